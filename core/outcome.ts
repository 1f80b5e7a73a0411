/**
 * How an operation ended. `ok`; `rejected`: provably nothing happened; `unknown`: it may have
 * happened, once. A timeout of a write is `unknown`, never a failure.
 */
import type { Context, Dot, Sibling } from './types.js'

export interface PutOk {
  readonly kind: 'ok'
  readonly f: 'put'
  /** The event this write became. */
  readonly dot: Dot
  /**
   * Safe to write with next: covers this write only if no sibling that the client never saw
   * remains.
   */
  readonly context: Context
  /** Siblings the key has after this write, at its coordinator. */
  readonly siblings: number
  readonly counts: Counts
}

export interface GetOk {
  readonly kind: 'ok'
  readonly f: 'get'
  /** Live values only, no tombstones; empty means not found. Sorted by actor, then n. */
  readonly values: readonly Sibling[]
  readonly context: Context
  readonly counts: Counts
}

/** Distinct nodes that acknowledged (put) or answered (get), and those of them that own the key. */
export interface Counts {
  readonly nodes: number
  readonly owners: number
}

/** At most so many take part in a request: masks hold no more. */
const mostCounted = 31
const allCounts: readonly Counts[] = Array.from({ length: (mostCounted + 1) ** 2 }, (_, at) => ({
  nodes: Math.floor(at / (mostCounted + 1)),
  owners: at % (mostCounted + 1),
}))

/** One object of each: outcomes are remembered by the thousand, and most say the same. */
export const countsOf = (nodes: number, owners: number): Counts =>
  allCounts[nodes * (mostCounted + 1) + owners] as Counts

export type OutcomeCode =
  | RefusalCode
  | 'bad_context'
  | 'bad_quorum'
  | 'no_such_bucket'
  | 'no_reachable_owner'
  /** The node could not be connected to: said by the client's side, never by a node. */
  | 'unreachable'
  | 'expired'
  | 'timeout'
  | 'r_unsatisfied'
  | 'pr_unsatisfied'
  | 'w_unsatisfied'
  | 'pw_unsatisfied'
  | 'minimum_unsatisfied'

export interface Rejected {
  readonly kind: 'rejected'
  readonly code: OutcomeCode
  readonly need: number
  readonly got: number
}
export interface Unknown {
  readonly kind: 'unknown'
  readonly code: OutcomeCode
  readonly need: number
  readonly got: number
  /** Of a write that was minted before it went astray; null where the coordinator is silent. */
  readonly dot: Dot | null
}

export type Outcome = PutOk | GetOk | Rejected | Unknown

/** Why a node refused; all are definite: it changed nothing. */
export type RefusalCode =
  | 'not_ready'
  | 'not_accepted'
  | 'stale_epoch'
  | 'hint_refused'
  | 'clock_skew'
  | 'too_many_siblings'
  | 'read_only'
  | 'overloaded'
  /** Read under an older reap epoch: it might bring back what has been reaped. */
  | 'stale_reap'
