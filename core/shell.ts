/**
 * What the parts of one node share: its options, its stamp, its storage, and the one door to the
 * log.
 */
import type { NodeOptions } from './config.js'
import type { Effect } from './effect.js'
import type { Header } from './message.js'
import type { LogRecord } from './log/record.js'
import type { Peers } from './member/peers.js'
import type { Storage } from './storage.js'
import type { Actor } from './types.js'

/** Plain running totals, for metrics; no rule depends on them. */
export interface NodeCounters {
  expired: number
  otherIncarnation: number
  forwards: number
  readRepairs: number
  hintsTaken: number
  hintsDelivered: number
  shed: number
  /** Keys whose states an exchange that this node began has carried over. */
  syncedKeys: number
  /** Keys whose tombstones were deleted here. */
  reapedKeys: number
  /** States refused because they were read under an older reap epoch. */
  staleReaps: number
}

export interface Shell {
  readonly options: NodeOptions
  readonly self: Header
  readonly actor: Actor
  readonly storage: Storage
  readonly peers: Peers
  readonly counters: NodeCounters
  /**
   * The disk is full. New data is refused before anything of it is persisted; what must be finished
   * (hints delivered, repairs noted, the start of a life) has a reserve.
   */
  isReadOnly: boolean
  /** Persist effects issued so far; the number of the last one. */
  persists: number
}

/**
 * The number that the next persist effect will carry: what an entry written with it must remember.
 */
export const nextPersist = (shell: Shell): number => shell.persists + 1

export function persist(
  shell: Shell,
  records: readonly LogRecord[],
  then: readonly Effect[],
  out: Effect[],
): void {
  shell.persists++
  out.push({ kind: 'persist', records, then })
}

const noRecords: readonly LogRecord[] = []

/** "Once everything in flight is durable." */
export function barrier(shell: Shell, then: readonly Effect[], out: Effect[]): void {
  persist(shell, noRecords, then, out)
}
