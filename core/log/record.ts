/**
 * What a node must find again after a crash (protocol.md section 10). A node's log is a sequence of
 * these; a later record of the same identity replaces an earlier one, so replay is idempotent.
 */
import type { Hlc, KeyRef, KeyState, NodeId } from '../types.js'

export type LogRecord =
  /** First record of every life. */
  | {
      readonly type: 'incarnation'
      readonly clusterId: string
      readonly nodeId: NodeId
      readonly incarnation: number
      readonly actorEpoch: number
    }
  /** Dots up to and including `upTo` may be minted; none above. */
  | { readonly type: 'counter_lease'; readonly upTo: number }
  | { readonly type: 'key_state'; readonly key: KeyRef; readonly state: KeyState }
  | {
      readonly type: 'hint'
      readonly target: NodeId
      readonly key: KeyRef
      readonly state: KeyState
    }
  | { readonly type: 'hint_deleted'; readonly target: NodeId; readonly key: KeyRef }
  /** `needed: false` clears it; only an anti-entropy round may. */
  | {
      readonly type: 'needs_repair'
      readonly target: NodeId
      readonly partition: number
      readonly needed: boolean
    }
  /** Last record of a snapshot: so many before it say all that was logged up to `upTo`. */
  | { readonly type: 'snapshot_end'; readonly upTo: number; readonly records: number }
  /**
   * Nothing that was read under an older epoch of this partition is taken in any more. `hlc`: the
   * latest stamp of any tombstone that this node has agreed to reap, whatever the partition.
   */
  | {
      readonly type: 'reap_epoch'
      readonly partition: number
      readonly epoch: number
      readonly hlc: Hlc
    }
  /** The key is gone: its tombstones were reaped, or a memory of it that they cover. */
  | { readonly type: 'key_reaped'; readonly key: KeyRef }
  /**
   * This node has lost what it had agreed to (core/reap/doubt). `begun`: nothing of these
   * partitions may be told. `kept`, `forgotten`: the doubt is over, at these epochs, and what was
   * held of them is good, or gone. `hlc` as in `reap_epoch`.
   */
  | {
      readonly type: 'doubt'
      readonly phase: DoubtPhase
      readonly marks: readonly { readonly partition: number; readonly epoch: number }[]
      readonly hlc: Hlc
    }

export const doubtPhases = ['begun', 'kept', 'forgotten'] as const
export type DoubtPhase = (typeof doubtPhases)[number]

export type LogRecordType = LogRecord['type']

/** In the order of their codes on disk. Append only. */
export const logRecordTypes: readonly LogRecordType[] = [
  'incarnation',
  'counter_lease',
  'key_state',
  'hint',
  'hint_deleted',
  'needs_repair',
  'snapshot_end',
  'reap_epoch',
  'key_reaped',
  'doubt',
]
