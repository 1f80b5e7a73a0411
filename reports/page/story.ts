/**
 * What happened, in three sentences: what clients saw, what became of the data, and what the
 * faults did.
 */
import { checkOf, figureOf } from '../aggregate.js'
import type { RunData } from '../aggregate.js'
import { worstHarm } from '../aggregate/effect.js'
import { answeredShare } from '../aggregate/operation.js'
import { capital, count, duration, listed, percent, plural } from './format.js'

export function story(data: RunData): readonly string[] {
  return [clients(data), values(data), faults(data)]
}

function clients(data: RunData): string {
  const tally = data.operations.whole.tally
  const share = answeredShare(tally)
  const total = tally.ok + tally.fail + tally.info
  if (share === null) return 'No client asked for anything.'
  const asked = `Clients asked ${total === 1 ? 'once' : `${count(total)} times`}`
  if (share === 1) return `${asked}, and every operation was answered.`
  const parts = [
    ...(tally.fail > 0 ? [`${count(tally.fail)} failed cleanly`] : []),
    ...(tally.info > 0 ? [`${count(tally.info)} ended unknown`] : []),
  ]
  return `${asked}: ${percent(share)} of operations were answered, ${listed(parts)}.`
}

function values(data: RunData): string {
  return capital(`${listed([lost(data), stale(data)])}.`)
}

function lost(data: RunData): string {
  const check = checkOf(data, 'durability')
  if (check === undefined) return 'whether a write was lost was not checked'
  if (check.verdict === 'unknown') return 'whether a write was lost could not be decided'
  if (check.verdict === 'ok') return 'no acknowledged write was lost'
  const number = figureOf(check, 'lost') ?? check.counterexamples.length
  return `${plural(number, 'acknowledged write was', 'acknowledged writes were')} lost`
}

function stale(data: RunData): string {
  const check = checkOf(data, 'staleness')
  const staleReads = figureOf(check, 'staleReads')
  const reads = figureOf(check, 'reads') ?? data.operations.whole.reads.tally.ok
  const soon = figureOf(check, 't99Micros')
  if (check === undefined) return 'staleness was not measured'
  if (staleReads === 0) return `all of ${plural(reads, 'read')} saw the newest version`
  const share = staleReads === null || reads === 0 ? null : percent(staleReads / reads)
  const first = share === null ? 'some reads were stale' : `${share} of reads were stale`
  if (soon === null) return `${first} (no delay was enough for 99% of reads to be fresh)`
  return `${first} (a read begun ${duration(soon)} after a write sees it with 99% probability)`
}

function faults(data: RunData): string {
  const whole = wholeAgain(data)
  if (data.faults.length === 0) return `No fault was injected; ${whole}.`
  const harm = worstHarm(data)
  if (harm === null) return `${capital(whole)}.`
  const { effect, side, p99Micros, usualP99Micros, unanswered, usualUnanswered } = harm
  const slower =
    p99Micros > usualP99Micros * 1.1
      ? `p99 ${side} latency rose from ${duration(usualP99Micros)} to ${duration(p99Micros)}`
      : `p99 ${side} latency stayed at ${duration(p99Micros)}`
  const usually = usualUnanswered === 0 ? 'none' : percent(usualUnanswered)
  const refused =
    unanswered === 0
      ? 'every operation was answered'
      : `${percent(unanswered)} of operations went unanswered (${usually} without faults)`
  const most = data.faults.length === 1 ? 'during the' : 'hurt most:'
  const name = effect.fault.label
  return data.faults.length === 1
    ? `${capital(whole)}; ${most} ${name} ${slower} and ${refused}.`
    : `${capital(whole)}; the ${name} ${most} ${slower} and ${refused}.`
}

/** When the replicas were equal again. */
export function wholeAgain(data: RunData): string {
  const { healedAtMicros, convergedAtMicros } = data.run
  if (healedAtMicros === null) return 'the run ended before the faults were healed'
  if (convergedAtMicros === null) return 'replicas still differed at the end'
  const after = convergedAtMicros - healedAtMicros
  if (after <= 0) return 'replicas were equal when the clients stopped'
  return `replicas were equal again ${duration(after)} after the heal`
}
