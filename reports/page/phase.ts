/**
 * What clients saw during each fault, beside what they saw without: the figures behind the bands.
 */
import type { RunData } from '../aggregate.js'
import { effects } from '../aggregate/effect.js'
import { answeredShare } from '../aggregate/operation.js'
import type { Side, Stretch } from '../aggregate/operation.js'
import type { Table } from '../chart/chart.js'
import { count, duration, percent } from './format.js'

const mostRows = 40

/** Null without faults: there is nothing to compare. */
export function phases(data: RunData): Table | null {
  if (data.faults.length === 0) return null
  const { ok, fail, info } = data.operations.undisturbed.tally
  const usual = ok + fail + info === 0 ? [] : [row('–', 'no fault', data.operations.undisturbed)]
  return {
    head: [
      '',
      'during',
      'operations',
      'answered',
      'read p50',
      'read p99',
      'read p99.9',
      'write p50',
      'write p99',
      'write p99.9',
    ],
    rows: [
      ...usual,
      ...effects(data)
        .slice(0, mostRows)
        .map(({ sign, fault, during }) => row(sign, fault.label, during)),
    ],
  }
}

function row(sign: string, name: string, stretch: Stretch): readonly string[] {
  const { ok, fail, info } = stretch.tally
  const share = answeredShare(stretch.tally)
  const quantile = (side: Side, q: number): string => {
    const micros = side.latency.quantile(q)
    return micros === null ? '–' : duration(micros)
  }
  return [
    sign,
    name,
    count(ok + fail + info),
    share === null ? '–' : percent(share),
    ...[stretch.reads, stretch.writes].flatMap((side) =>
      [0.5, 0.99, 0.999].map((q) => quantile(side, q)),
    ),
  ]
}
