/** What `sim bench` prints at its end. */
import pc from 'picocolors'
import { totalOf } from '../../../reports/bench/fault.js'
import type { BenchFile, ErrorCount, FaultEffect } from '../../../reports/bench/model.js'
import type { Check, VerdictFile } from '../../../reports/check/verdict.js'
import type { Figure } from '../../../reports/csv.js'
import { quoted } from '../quoted.js'
import { unjudgedBecause } from './ending.js'

export interface BenchResult {
  readonly folder: string
  readonly file: BenchFile
  readonly figures: readonly Figure[]
  readonly effects: readonly FaultEffect[]
  readonly verdict: VerdictFile | null
  readonly report: string
}

export function printBench(result: BenchResult): void {
  const { folder, file, effects } = result
  if (file.counts.measured === 0) {
    process.stdout.write(`interrupted before anything was measured\n${folder}\n`)
    return
  }
  const lines = [
    ...(file.interrupted ? [pc.yellow('interrupted: what follows is a part of the run')] : []),
    ...figureLines(result),
    ...effects.flatMap(effectLines),
    ...verdictLines(result),
    '',
    result.report,
    `npx sim check ${quoted(folder)} --model sessions`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

function figureLines({ figures, file: { counts } }: BenchResult): readonly string[] {
  const values = new Map(figures.map(({ figure, value }) => [figure, value]))
  const number = (name: string): string => (values.get(name) ?? '–').toLocaleString('en')
  const millis = (name: string): string => {
    const micros = values.get(name)
    return typeof micros === 'number' ? (micros / 1000).toFixed(2) : '–'
  }
  const latency = (name: string): string =>
    ['p50', 'p90', 'p99', 'p999', 'max'].map((q) => millis(`${name}latency_${q}`)).join(' / ')
  const transactions = values.has('transactions_ok')
    ? [
        `${number('transaction_throughput')} transactions per second, each ` +
          `${number('transaction_keys')} keys read and then written, without isolation`,
        `whole   p50 / p90 / p99 / p99.9 / max: ${latency('transaction_')} ms`,
        `${number('transactions_ok')} done, ${number('transactions_fail')} failed, ` +
          `${number('transactions_info')} unknown, ${number('transactions_partial')} of them done in part; ` +
          `${number('transactions_overlapped')} overlapped with others, ` +
          `${number('transactions_merged')} merged siblings`,
      ]
    : []
  return [
    ...transactions,
    `${number('throughput')} operations per second: ` +
      `${number('read_throughput')} reads, ${number('write_throughput')} writes`,
    `reads   p50 / p90 / p99 / p99.9 / max: ${latency('read_')} ms`,
    `writes  p50 / p90 / p99 / p99.9 / max: ${latency('write_')} ms`,
    `${number('operations_ok')} answered, ${number('operations_fail')} failed, ` +
      `${number('operations_info')} unknown` +
      (counts.merges === 0 ? '' : `; ${String(counts.merges)} reads more to merge siblings`),
  ]
}

function effectLines(effect: FaultEffect): readonly string[] {
  const { window, fault, during, after } = effect
  const from = seconds(window.fromMicros)
  const lag =
    fault.missedKeys === 0
      ? 'nothing was written that it could have missed'
      : `${seconds(effect.lagMicros)} until it held the ${String(fault.missedKeys)} keys last ` +
        'written while it was away'
  const last =
    effect.lastErrorMicros === null ? '' : `, last error after ${seconds(effect.lastErrorMicros)}`
  return [
    '',
    pc.bold(`${window.label} at ${from}`),
    ...(fault.problem === null ? [] : [pc.red(`  ${fault.problem}`)]),
    `  failover     ${seconds(effect.failoverMicros)} until service was back${last}; longest ` +
      `without an answer ${seconds(effect.gapMicros)}`,
    `  errors       during: ${errorText(during)}; after: ${errorText(after)}`,
    `  recovery     ${seconds(effect.recoveryMicros)} until all was well, serving after ` +
      seconds(effect.readyMicros),
    `  replication  ${lag}`,
  ]
}

function errorText(errors: readonly ErrorCount[]): string {
  if (totalOf(errors) === 0) return 'none'
  return errors
    .map(({ outcome, code, count }) => {
      return `${String(count)} ${outcome === 'fail' ? 'failed' : 'unknown'} (${code})`
    })
    .join(', ')
}

const seconds = (micros: number | null): string =>
  micros === null ? 'not seen:' : `${(micros / 1e6).toFixed(2)} s`

function verdictLines({ verdict, file }: BenchResult): readonly string[] {
  const { finals, counts } = file
  const why = finals?.kind === 'unread' ? finals.why : unjudgedBecause(counts)
  if (why !== null) return [pc.yellow(`durability and convergence are unknown: ${why}`)]
  if (verdict === null) return []
  const asked = verdict.checks.filter(({ met }) => met !== null)
  return ['', ...asked.map((each) => `${painted(each)} ${each.check}: ${each.summary}`)]
}

function painted({ verdict }: Check): string {
  const paint = { ok: pc.green, violation: pc.red, unknown: pc.yellow }[verdict]
  return paint(verdict.padEnd(9))
}
