/**
 * Requests and latencies second by second: the differences of the node's running totals, as its
 * live view tells them.
 */
import type { z } from 'zod'
import type * as schema from '../../api/schema.js'

type Stats = z.output<typeof schema.stats>

export interface Sample {
  readonly atMillis: number
  /** A second; null where two totals cannot be compared. */
  readonly reads: number | null
  readonly writes: number | null
  readonly failed: number | null
  /** Upper bounds in milliseconds; null where nothing was asked in that second. */
  readonly readMillis: number | null
  readonly writeMillis: number | null
}

/** Operation -> [upper bound in seconds, how many at most that], bounds rising. */
export type Buckets = ReadonlyMap<string, readonly (readonly [bound: number, count: number])[]>

export interface Totals {
  readonly atMillis: number
  readonly incarnation: number
  readonly reads: number
  readonly writes: number
  readonly failed: number
  readonly buckets: Buckets
}

type Histograms = z.output<typeof schema.view>['latency_buckets']

const bucketsOf = (histograms: Histograms): Buckets =>
  new Map(
    Object.entries(histograms).map(([operation, pairs]) => [
      operation,
      pairs.map(([bound, count]) => [bound ?? Infinity, count] as const),
    ]),
  )

const failures = ['rejected', 'unknown', 'problem']

export function totalsOf(stats: Stats, histograms: Histograms, atMillis: number): Totals {
  const of = (operation: string): number =>
    Object.values(stats.requests[operation] ?? {}).reduce((sum, count) => sum + count, 0)
  const failed = Object.values(stats.requests).reduce(
    (sum, results) => sum + failures.reduce((some, result) => some + (results[result] ?? 0), 0),
    0,
  )
  return {
    atMillis,
    incarnation: stats.incarnation,
    reads: of('get'),
    writes: of('put') + of('delete'),
    failed,
    buckets: bucketsOf(histograms),
  }
}

const readOperations = ['get']
const writeOperations = ['put', 'delete']

export function sampleOf(before: Totals | null, now: Totals): Sample {
  const { atMillis } = now
  const gap = { reads: null, writes: null, failed: null, readMillis: null, writeMillis: null }
  if (before?.incarnation !== now.incarnation) return { atMillis, ...gap }
  const seconds = (now.atMillis - before.atMillis) / 1_000
  // Totals that fall are those of another process.
  if (seconds <= 0 || now.reads < before.reads || now.writes < before.writes) {
    return { atMillis, ...gap }
  }
  return {
    atMillis,
    reads: (now.reads - before.reads) / seconds,
    writes: (now.writes - before.writes) / seconds,
    failed: Math.max(0, now.failed - before.failed) / seconds,
    readMillis: quantileMillis(before.buckets, now.buckets, readOperations, 0.99),
    writeMillis: quantileMillis(before.buckets, now.buckets, writeOperations, 0.99),
  }
}

/** The upper bound of the bucket in which this share of what came in between lies. */
export function quantileMillis(
  before: Buckets,
  now: Buckets,
  operations: readonly string[],
  share: number,
): number | null {
  const sums = new Map<number, number>()
  for (const operation of operations) {
    const old = new Map(before.get(operation) ?? [])
    for (const [bound, count] of now.get(operation) ?? []) {
      sums.set(bound, (sums.get(bound) ?? 0) + count - (old.get(bound) ?? 0))
    }
  }
  const total = sums.get(Infinity) ?? 0
  if (total <= 0) return null
  const bounds = [...sums.keys()].sort((a, b) => a - b)
  const bound = bounds.find((each) => (sums.get(each) ?? 0) >= share * total) ?? Infinity
  if (Number.isFinite(bound)) return bound * 1_000
  // Above the last bound all that is known is that it is above.
  const last = bounds.filter((each) => Number.isFinite(each)).at(-1)
  return last === undefined ? null : last * 2_000
}
