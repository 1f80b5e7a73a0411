/**
 * What happened, in three sentences: what clients saw, what became of the data, and what the
 * faults did.
 */
import { checkOf, figureOf } from '../aggregate.js'
import { isSeldomSeen } from '../aggregate/verdict.js'
import type { RunData } from '../aggregate.js'
import { worstHarm } from '../aggregate/effect.js'
import type { Harm } from '../aggregate/effect.js'
import { answeredShare } from '../aggregate/operation.js'
import { capital, count, duration, listed, percent, plural, short } from './format.js'

export function story(data: RunData): readonly string[] {
  return [clients(data), values(data), faults(data), ...kept(data.run.atlas)]
}

/** The fault atlas, where it stepped in. */
export function kept(atlas: RunData['run']['atlas']): readonly string[] {
  if (atlas === undefined || atlas.heldBack + atlas.moved === 0) return []
  const held = plural(atlas.heldBack, 'fault was held back', 'faults were held back')
  const moved = plural(atlas.moved, 'was moved to another node', 'were moved to other nodes')
  const done = [...(atlas.heldBack > 0 ? [held] : []), ...(atlas.moved > 0 ? [moved] : [])]
  return [`The fault atlas kept a good copy of what was acknowledged: ${listed(done)}.`]
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
  return `${asked}: ${percent(share)} of operations were answered; ${listed(parts)}.`
}

function values(data: RunData): string {
  return capital(`${listed([lost(data), ...shadowed(data), stale(data)])}.`)
}

function lost(data: RunData): string {
  const check = checkOf(data, 'durability')
  if (check === undefined) return 'whether a write was lost was not checked'
  if (check.verdict === 'unknown') return 'whether a write was lost could not be decided'
  if (check.verdict === 'ok') return 'no acknowledged write was lost'
  const number = figureOf(check, 'lost') ?? check.counterexamples.length
  return `${plural(number, 'acknowledged write was', 'acknowledged writes were')} lost`
}

/** Last write wins, by clocks that disagree: an answer of ok, and then nothing to show for it. */
function shadowed(data: RunData): readonly string[] {
  const number = figureOf(checkOf(data, 'durability'), 'lwwShadowed') ?? 0
  const writes = plural(number, 'write was', 'writes were')
  return number === 0 ? [] : [`${writes} discarded for an older one, as clocks disagreed`]
}

function stale(data: RunData): string {
  const check = checkOf(data, 'staleness')
  const staleReads = figureOf(check, 'staleReads')
  const reads = figureOf(check, 'reads') ?? data.operations.whole.reads.tally.ok
  const soon = figureOf(check, 't99Micros')
  if (check === undefined) return 'staleness was not measured'
  if (check.verdict === 'unknown') return 'how stale reads were could not be measured'
  if (staleReads === 0) {
    return reads === 1
      ? 'the only read saw the newest version'
      : `all of ${plural(reads, 'read')} saw the newest version`
  }
  const share = staleReads === null || reads === 0 ? null : percent(staleReads / reads)
  const first = share === null ? 'some reads were stale' : `${share} of reads were stale`
  if (soon === null) return `${first} (no delay was enough for 99% of reads to be fresh)`
  if (isSeldomSeen(check, soon)) {
    return `${first} (too few reads began late enough to say when 99% see a write)`
  }
  const begun = soon === 0 ? 'right' : duration(soon)
  return `${first} (a read begun ${begun} after a write sees it with 99% probability)`
}

function faults(data: RunData): string {
  const whole = capital(wholeAgain(data))
  if (data.faults.length === 0) return `No fault was injected. ${whole}.`
  const harm = worstHarm(data)
  if (harm === null) return `${whole}.`
  const effects = listed([latencyEffect(harm), answerEffect(harm), ...rateEffect(harm)])
  const hurt = [harm.effect, ...harm.together].map(({ fault }) => `“${fault.label}”`)
  const some = hurt.length > mostTold ? [...hurt.slice(0, mostTold), 'others'] : hurt
  return data.faults.length === hurt.length
    ? `${whole}. During ${listed(some)}, ${effects}.`
    : `${whole}. ${listed(some)} hurt most: ${effects}.`
}

/** Of faults that hurt together. */
const mostTold = 3

function latencyEffect({ side, p99Micros, usualP99Micros }: Harm): string {
  const [now, usual] = [duration(p99Micros), duration(usualP99Micros)]
  if (p99Micros > usualP99Micros * 1.1) return `p99 ${side} latency rose from ${usual} to ${now}`
  return `p99 ${side} latency was ${now} (${usual} without faults)`
}

function answerEffect({ unanswered, usualUnanswered }: Harm): string {
  if (unanswered === 0) return 'every operation was answered'
  const usually = usualUnanswered === 0 ? 'none' : percent(usualUnanswered)
  return `${percent(unanswered)} of operations went unanswered (${usually} without faults)`
}

/** Only where it is a fall that one would see in the chart. */
function rateEffect({ worstPerSecond, usualPerSecond }: Harm): readonly string[] {
  if (worstPerSecond === null || worstPerSecond > usualPerSecond * 0.8) return []
  const [worst, usual] = [short(worstPerSecond, 2), short(usualPerSecond, 2)]
  return [`throughput fell from ${usual} to ${worst} operations per second at worst`]
}

/** When the replicas were equal again. */
export function wholeAgain(data: RunData): string {
  const { convergedAtMicros, healedAtMicros, recoveries, interrupted } = data.run
  if (interrupted || healedAtMicros === null) {
    return data.faults.length === 0
      ? 'the run stopped before its end'
      : 'the run stopped before the faults were healed'
  }
  if (convergedAtMicros === null) return 'replicas still differed at the end'
  const longest = longestRecovery(data)
  if (longest === null) return 'replicas were equal at the end'
  const after = recoveries.length > 1 ? 'at the latest after a fault' : 'after the fault ended'
  return `replicas were equal again ${duration(longest)} ${after}`
}

/**
 * From the end of a fault, or of all faults, until replicas were equal; null if nothing was
 * healed.
 */
export function longestRecovery({ run }: RunData): number | null {
  const { healedAtMicros: healed, convergedAtMicros: converged } = run
  const last = healed === null || converged === null ? [] : [Math.max(0, converged - healed)]
  const each = run.recoveries.flatMap(({ healedAtMicros, convergedAtMicros }) =>
    convergedAtMicros === null ? [] : [Math.max(0, convergedAtMicros - healedAtMicros)],
  )
  const all = [...last, ...each]
  return all.length === 0 || (run.recoveries.length === 0 && run.faults.length === 0)
    ? null
    : Math.max(...all)
}
