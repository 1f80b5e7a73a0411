/** What a scenario asks of its runs, resolved. */
import type { Micros } from '../core/index.js'

/** 'violation': the run is green only if this is found to be violated. */
export type Expected = true | 'violation'

export interface ExpectModel {
  readonly durability: Expected | null
  readonly convergence: { readonly withinMicros: Micros | null; readonly expected: Expected } | null
  readonly sessions: readonly {
    readonly guarantee: SessionGuarantee
    readonly expected: Expected
  }[]
  readonly linearizable: Expected | null
  readonly siblings: Expected | null
  readonly availability: { readonly minPpm: number; readonly expected: Expected } | null
  readonly staleness: { readonly p99Micros: Micros; readonly expected: Expected } | null
  readonly goodput: GoodputModel | null
}

/** Good answers a second, against what there were before the first surge. */
export interface GoodputModel {
  /** So long after a surge, */
  readonly withinMicros: Micros
  /** so many are back. */
  readonly minPpm: number
  /** So many are left while one lasts; null: not asked. */
  readonly duringPpm: number | null
  readonly expected: Expected
}

export const sessionGuarantees = [
  'read_your_writes',
  'monotonic_reads',
  'monotonic_writes',
  'writes_follow_reads',
] as const
export type SessionGuarantee = (typeof sessionGuarantees)[number]
