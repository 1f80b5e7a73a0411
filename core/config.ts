/** What a node is told at its start and keeps for its life. */
import type { Plant } from './plant.js'
import type { Placement } from './ring/preference.js'
import type { BucketRules, Micros, NodeId } from './types.js'

export interface Replication {
  readonly n: number
  readonly r: number
  readonly w: number
  /** Of the r, how many must be owners. */
  readonly pr: number
  readonly pw: number
  /** Fallbacks stand in for owners that the detector dislikes (Dynamo 4.6). */
  readonly sloppy: boolean
  /** Ask r replicas first, one more when they take longer than the p99 of recent reads. */
  readonly hedge: boolean
  /**
   * Who coordinates a put of a last-write-wins bucket that comes to a node that does not own the
   * key: an owner that it forwards it to, or that node itself (Cassandra's way). Buckets with
   * siblings are always coordinated where the key is held: the context of a blind dot would bury
   * earlier ones of the same actor.
   */
  readonly coordinator: 'owner' | 'any'
}

export interface Timing {
  /** A peer is probed this often. `failure_check_interval_ms`. */
  readonly probeMicros: Micros
  /** A ping unanswered for so long is tried through others. */
  readonly probeTimeoutMicros: Micros
  /** Through so many others. */
  readonly indirectProbes: number
  /**
   * News of members are passed on this often, to so many. `gossip_interval_ms`, `gossip_fanout`.
   */
  readonly gossipMicros: Micros
  readonly gossipFanout: number
  /** All that is known of members is compared this often, with somebody. */
  readonly pushPullMicros: Micros
  /**
   * How long a suspected member has to contradict before it is dead: at least and at most. null: as
   * the size of the cluster and `probeMicros` say (protocol.md). `suspicion_timeout_ms`,
   * `failure_timeout_ms`.
   */
  readonly suspicionMinMicros: Micros | null
  readonly suspicionMaxMicros: Micros | null
  /** After so many unanswered requests in a row a node no longer relies on a peer. */
  readonly suspectTimeouts: number
  /**
   * A write gives a silent owner this long before it is asked again, or a fallback is asked to keep
   * a hint for it; null: it waits as long as its client does.
   */
  readonly fallbackAfterMicros: Micros | null
  readonly handoffEveryMicros: Micros
  /** An unanswered handoff batch is sent again after this. */
  readonly handoffRetryMicros: Micros
  /** Anti-entropy: what differs is looked at again after this, before it is repaired. */
  readonly syncConfirmMicros: Micros
  /** An unanswered question of an exchange is asked again after this. */
  readonly syncRetryMicros: Micros
  /** An unanswered question of a reaping round is asked again after this. */
  readonly reapRetryMicros: Micros
  /** Merkle trees are built anew from storage this often. */
  readonly syncRebuildMicros: Micros
}

export interface Limits {
  readonly siblings: number
  /** Requests coordinated at once; above, `overloaded`. */
  readonly openRequests: number
  /** Dots leased per log record. */
  readonly leaseBlock: number
  /** A write from further in the future than this is refused (lww). */
  readonly maxSkewMicros: Micros
  readonly hintBytesPerTarget: number
  readonly hintWindowMicros: Micros
  readonly handoffBatch: number
  readonly handoffBatchBytes: number
  /** Finished writes remembered to recognise a retry. */
  readonly rememberedWrites: number
  readonly repairsPerSecond: number
  /** Anti-entropy: sums in one message, at most; keys in one answer, but for the last leaf's. */
  readonly syncSums: number
  /** Keys that one exchange takes up; the rest is found by the next. */
  readonly syncSuspects: number
  /** Keys, and bytes of states, in one message. */
  readonly syncBatch: number
  readonly syncBatchBytes: number
  /** How often a question is asked before the exchange is given up. */
  readonly syncTries: number
  /** Tombstones, and bytes of them, in one round of reaping. */
  readonly reapBatch: number
  readonly reapBatchBytes: number
  /** How often a question is asked before the round is given up. */
  readonly reapTries: number
  /** Of a message about members, in bytes: it must fit a packet, sealed. */
  readonly memberBytes: number
  /** Probes made on behalf of others at once. */
  readonly relays: number
}

export interface ReapOptions {
  /** Every partition has its round this often, if it has tombstones. */
  readonly everyMicros: Micros
  /** A tombstone younger than this is left alone. */
  readonly afterMicros: Micros
}

export interface NodeOptions {
  readonly clusterId: string
  readonly id: NodeId
  readonly placement: Placement
  readonly buckets: ReadonlyMap<string, BucketRules>
  readonly replication: Replication
  readonly handoff: boolean
  /** Background work gives way to clients (core/pace.ts); left out, it does. */
  readonly backgroundYields?: boolean
  readonly readRepair: boolean
  /** How long a round of anti-entropy takes that calls on every peer once; null: none. */
  readonly antiEntropyMicros: Micros | null
  /** Tombstones that every member can do without are deleted; null: none ever is. */
  readonly reap: ReapOptions | null
  readonly timing: Timing
  readonly limits: Limits
  /** Whom to probe and to tell, in which order: nodes with equal seeds differ all the same. */
  readonly seed: number
  /** Set in the simulator and in tests only. */
  readonly plant: Plant | null
}

export const defaultTiming: Timing = {
  probeMicros: 1_000_000,
  probeTimeoutMicros: 500_000,
  indirectProbes: 3,
  gossipMicros: 200_000,
  gossipFanout: 3,
  pushPullMicros: 30_000_000,
  suspicionMinMicros: null,
  suspicionMaxMicros: null,
  suspectTimeouts: 3,
  fallbackAfterMicros: 250_000,
  handoffEveryMicros: 1_000_000,
  handoffRetryMicros: 2_000_000,
  syncConfirmMicros: 2_000_000,
  syncRetryMicros: 1_000_000,
  reapRetryMicros: 1_000_000,
  syncRebuildMicros: 3_600_000_000,
}

export const defaultLimits: Limits = {
  siblings: 100,
  openRequests: 20_000,
  leaseBlock: 1_000,
  maxSkewMicros: 500_000,
  hintBytesPerTarget: 64 * 1024 * 1024,
  hintWindowMicros: 3 * 3_600_000_000,
  handoffBatch: 64,
  handoffBatchBytes: 256 * 1024,
  rememberedWrites: 4_096,
  repairsPerSecond: 1_000,
  syncSums: 1_024,
  syncSuspects: 16_384,
  syncBatch: 64,
  syncBatchBytes: 256 * 1024,
  syncTries: 3,
  reapBatch: 256,
  reapBatchBytes: 64 * 1024,
  reapTries: 3,
  memberBytes: 1_300,
  relays: 256,
}
