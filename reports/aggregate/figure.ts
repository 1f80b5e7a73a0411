/** The figures of a run: rows of summary.csv, and of the table that compares runs. */
import type { RunData } from '../aggregate.js'
import type { Figure } from '../csv.js'
import { answeredShare } from './operation.js'
import type { Histogram } from './histogram.js'

export function figuresOf(data: RunData): readonly Figure[] {
  return [...identity(data), ...clients(data), ...cluster(data), ...checks(data)]
}

const row = (figure: string, value: Figure['value'], unit: string): Figure => ({
  figure,
  value,
  unit,
})

function identity({ run }: RunData): readonly Figure[] {
  return [
    row('scenario', run.scenario.name, 'text'),
    row('seed', run.seed, 'number'),
    row('version', run.version, 'text'),
    row('trace_hash', run.traceHash, 'text'),
    row('interrupted', run.interrupted, 'true or false'),
    row('simulated_time', run.counts.simulatedMicros, 'us'),
    row('events', run.counts.events, 'count'),
  ]
}

function clients({ operations }: RunData): readonly Figure[] {
  const { whole } = operations
  const tally = whole.tally
  return [
    row('operations', tally.ok + tally.fail + tally.info, 'count'),
    row('operations_ok', tally.ok, 'count'),
    row('operations_fail', tally.fail, 'count'),
    row('operations_info', tally.info, 'count'),
    row('availability', answeredShare(tally), 'share'),
    ...side('read', whole.reads.latency),
    ...side('write', whole.writes.latency),
    ...operations
      .explained()
      .map(({ outcome, code, count }) =>
        row(`${outcome}_${code.replaceAll(' ', '_')}`, count, 'count'),
      ),
  ]
}

function side(name: string, latency: Histogram): readonly Figure[] {
  return [
    row(`${name}s_ok`, latency.count, 'count'),
    row(`${name}_latency_mean`, latency.mean === null ? null : Math.round(latency.mean), 'us'),
    row(`${name}_latency_p50`, latency.quantile(0.5), 'us'),
    row(`${name}_latency_p99`, latency.quantile(0.99), 'us'),
    row(`${name}_latency_p999`, latency.quantile(0.999), 'us'),
    row(`${name}_latency_max`, latency.count === 0 ? null : latency.max, 'us'),
  ]
}

const peak = (column: readonly (number | null)[] | undefined): number | null =>
  (column ?? []).reduce(
    (most, value) => (value !== null && value > (most ?? -1) ? value : most),
    null,
  )

function cluster({ run, metrics }: RunData): readonly Figure[] {
  const total = (name: 'sent' | 'lost' | 'cut' | 'bytes'): number =>
    run.messages.reduce((sum, message) => sum + message[name], 0)
  const { healedAtMicros: healed, convergedAtMicros: converged } = run
  const recovery = healed === null || converged === null ? null : Math.max(0, converged - healed)
  return [
    row('faults', run.faults.length, 'count'),
    row('recovery_after_heal', recovery, 'us'),
    row('messages_sent', total('sent'), 'count'),
    row('messages_lost', total('lost'), 'count'),
    row('messages_cut', total('cut'), 'count'),
    row('bytes_sent', total('bytes'), 'bytes'),
    row('divergent_keys_max', peak(metrics.columns.get('divergent_keys')), 'count'),
    row('hints_max', peak(metrics.columns.get('hints')), 'count'),
    row('tombstones_max', peak(metrics.columns.get('tombstones')), 'count'),
    row('siblings_max', peak(metrics.columns.get('siblings_max')), 'count'),
    row('input_queue_max', peak(metrics.columns.get('input_queue_max')), 'count'),
  ]
}

/** Each verdict, and the figures that its checker measured. */
function checks({ verdict }: RunData): readonly Figure[] {
  if (verdict === null) return []
  return [
    row('verdict', verdict.verdict, 'ok, violation or unknown'),
    ...verdict.checks.flatMap((check) => [
      row(`check_${check.check}`, check.verdict, 'ok, violation or unknown'),
      ...Object.entries(check.figures).map(([name, value]) =>
        row(`${check.check}_${snake(name)}`, value, unitOf(name, value)),
      ),
    ]),
  ]
}

/** staleReads is stale_reads, t99Micros is t99: the unit has a column of its own. */
const snake = (name: string): string =>
  name
    .replace(/Micros$/, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()

function unitOf(name: string, value: Figure['value']): string {
  // What was not decided keeps its unit and has no value.
  if (typeof value !== 'number' && value !== null)
    return typeof value === 'boolean' ? 'true or false' : 'text'
  if (name.endsWith('Micros')) return 'us'
  return /availability|share|probability/i.test(name) ? 'share' : 'number'
}
