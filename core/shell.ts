/**
 * What the parts of one node share: its options, its stamp, its storage, and the one door to the
 * log.
 */
import type { NodeOptions } from './config.js'
import type { Effect } from './effect.js'
import type { Header } from './message.js'
import type { DurableState } from './log/recover.js'
import type { LogRecord } from './log/record.js'
import { Peers } from './member/peers.js'
import { Pace } from './pace.js'
import { Storage } from './storage.js'
import type { Actor, BucketRules, ConflictRule } from './types.js'

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
  readonly pace: Pace
  /**
   * Of a node that has lost what its disk held: how far each actor had counted when this life first
   * heard of it. What was minted before may be lost (core/reap/vouch.ts).
   */
  readonly mayHaveLost: Map<Actor, number>
  /**
   * The disk is full. New data is refused before anything of it is persisted; what must be finished
   * (hints delivered, repairs noted, the start of a life) has a reserve.
   */
  isReadOnly: boolean
  /** Persist effects issued so far; the number of the last one. */
  persists: number
  /** What `rulesOf` was asked last, and has said; null: nothing yet. */
  lastBucket: string | null
  lastRules: BucketRules | undefined
}

/** Of the life that begins with what the log held. */
export function createShell(
  options: NodeOptions,
  incarnation: number,
  actor: Actor,
  recovered: DurableState | null,
): Shell {
  const { clusterId, id, placement, timing } = options
  return {
    options,
    self: { clusterId, from: id, incarnation, ringEpoch: placement.ring.epoch },
    storage: new Storage(recovered),
    peers: new Peers(id, placement, timing),
    persists: 0,
    lastBucket: null,
    lastRules: undefined,
    pace: new Pace(options.backgroundYields ?? true),
    actor,
    counters: {
      expired: 0,
      otherIncarnation: 0,
      forwards: 0,
      readRepairs: 0,
      hintsTaken: 0,
      hintsDelivered: 0,
      shed: 0,
      syncedKeys: 0,
      reapedKeys: 0,
      staleReaps: 0,
    },
    mayHaveLost: new Map(),
    isReadOnly: false,
  }
}

/**
 * Undefined: there is no such bucket. Asked several times a message, and mostly of one bucket, so
 * that the last answer is kept.
 */
export function rulesOf(shell: Shell, bucket: string): BucketRules | undefined {
  if (shell.lastBucket !== bucket) {
    shell.lastBucket = bucket
    shell.lastRules = shell.options.buckets.get(bucket)
  }
  return shell.lastRules
}

/** The rule of the key's bucket; an unknown bucket is settled before a message is ever sent. */
export function conflictOf(shell: Shell, bucket: string): ConflictRule {
  if (shell.options.plant === 'siblings_as_lww') return 'lww'
  return rulesOf(shell, bucket)?.conflict ?? 'siblings'
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

/** Of these effects the sends wait until everything in flight is durable. */
export function sendsBehind(shell: Shell, effects: readonly Effect[]): readonly Effect[] {
  const sends = effects.filter(({ kind }) => kind === 'send')
  if (sends.length === 0) return effects
  const others = effects.filter(({ kind }) => kind !== 'send')
  barrier(shell, sends, others)
  return others
}
