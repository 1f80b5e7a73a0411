/**
 * What a log says, once read: the state that a node starts from, and the shortest log that says the
 * same.
 */
import { never } from '../assert.js'
import type { Hlc, KeyRef, KeyState, NodeId } from '../types.js'
import { noHlc } from '../version/hlc.js'
import type { LogRecord } from './record.js'

export interface Held {
  readonly key: KeyRef
  readonly state: KeyState
}

export interface DurableState {
  /** Null where no life has begun yet. */
  readonly clusterId: string | null
  readonly nodeId: NodeId | null
  /** The latest life's; 0 before the first. */
  readonly incarnation: number
  readonly actorEpoch: number
  /** Dots up to this may have been minted. */
  readonly leaseUpTo: number
  /** By `KeyRef.id`. */
  readonly keys: ReadonlyMap<string, Held>
  /** By target, then by `KeyRef.id`; no target without hints. */
  readonly hints: ReadonlyMap<NodeId, ReadonlyMap<string, Held>>
  /** By target, partitions; no target without partitions. */
  readonly needsRepair: ReadonlyMap<NodeId, ReadonlySet<number>>
  /**
   * Something that had been told to others could not be read: what this node owns must be repaired,
   * and `actorEpoch` is a new one.
   */
  readonly damaged: boolean
  /** Partitions of which nothing may be told yet: see core/reap/doubt. */
  readonly doubtful: ReadonlySet<number>
  /** By partition; none where nothing was ever reaped. */
  readonly reapEpochs: ReadonlyMap<number, number>
  /** No tombstone was reaped here with a later stamp. */
  readonly reapedHlc: Hlc
}

/**
 * Records in the order of their seq. A later record replaces an earlier one of its identity, and
 * counters only rise, so folding a log twice in a row changes nothing (WAL-3).
 */
export function foldRecords(records: readonly LogRecord[]): DurableState {
  const fold = new Fold()
  for (const record of records) fold.add(record)
  return fold.state
}

/** The same, record by record: a long log is never in memory as a whole. */
export class Fold {
  readonly state = {
    clusterId: null as string | null,
    nodeId: null as NodeId | null,
    incarnation: 0,
    actorEpoch: 0,
    leaseUpTo: 0,
    keys: new Map<string, Held>(),
    hints: new Map<NodeId, Map<string, Held>>(),
    needsRepair: new Map<NodeId, Set<number>>(),
    damaged: false,
    doubtful: new Set<number>(),
    reapEpochs: new Map<number, number>(),
    reapedHlc: noHlc,
  }

  add(record: LogRecord): void {
    const folded = this.state
    switch (record.type) {
      case 'incarnation':
        folded.clusterId = record.clusterId
        folded.nodeId = record.nodeId
        folded.incarnation = Math.max(folded.incarnation, record.incarnation)
        folded.actorEpoch = Math.max(folded.actorEpoch, record.actorEpoch)
        break
      case 'counter_lease':
        folded.leaseUpTo = Math.max(folded.leaseUpTo, record.upTo)
        break
      case 'key_state':
        folded.keys.set(record.key.id, { key: record.key, state: record.state })
        break
      case 'hint':
        setHint(folded.hints, record.target, { key: record.key, state: record.state })
        break
      case 'hint_deleted':
        deleteHint(folded.hints, record.target, record.key.id)
        break
      case 'needs_repair':
        setRepair(folded.needsRepair, record.target, record.partition, record.needed)
        break
      case 'snapshot_end':
        break
      case 'reap_epoch': {
        const { partition, epoch, hlc } = record
        folded.reapEpochs.set(partition, Math.max(epoch, folded.reapEpochs.get(partition) ?? 0))
        folded.reapedHlc = Math.max(folded.reapedHlc, hlc)
        break
      }
      case 'key_reaped':
        folded.keys.delete(record.key.id)
        break
      case 'doubt':
        this.#doubt(record)
        break
      default:
        never(record)
    }
  }

  #doubt({ phase, marks, hlc }: LogRecord & { readonly type: 'doubt' }): void {
    const { doubtful, reapEpochs } = this.state
    for (const { partition, epoch } of marks) {
      if (phase === 'begun') doubtful.add(partition)
      else doubtful.delete(partition)
      if (epoch > (reapEpochs.get(partition) ?? 0)) reapEpochs.set(partition, epoch)
    }
    this.state.reapedHlc = Math.max(this.state.reapedHlc, hlc)
    if (phase === 'forgotten') this.#forget(new Set(marks.map(({ partition }) => partition)))
  }

  #forget(partitions: ReadonlySet<number>): void {
    const { keys, hints } = this.state
    for (const [id, { key }] of keys) if (partitions.has(key.partition)) keys.delete(id)
    for (const [target, held] of hints) {
      for (const [id, { key }] of held) if (partitions.has(key.partition)) held.delete(id)
      if (held.size === 0) hints.delete(target)
    }
  }
}

function setHint(hints: Map<NodeId, Map<string, Held>>, target: NodeId, hint: Held): void {
  const held = hints.get(target)
  if (held === undefined) hints.set(target, new Map([[hint.key.id, hint]]))
  else held.set(hint.key.id, hint)
}

function deleteHint(hints: Map<NodeId, Map<string, Held>>, target: NodeId, id: string): void {
  const held = hints.get(target)
  if (held?.delete(id) === true && held.size === 0) hints.delete(target)
}

function setRepair(
  needsRepair: Map<NodeId, Set<number>>,
  target: NodeId,
  partition: number,
  needed: boolean,
): void {
  const partitions = needsRepair.get(target)
  if (needed) {
    if (partitions === undefined) needsRepair.set(target, new Set([partition]))
    else partitions.add(partition)
  } else if (partitions?.delete(partition) === true && partitions.size === 0) {
    needsRepair.delete(target)
  }
}

/**
 * The records of a snapshot: folded, they give `state` again (WAL-4), and what is folded after them
 * goes on from there. In an order that the state alone determines, whatever order its maps were
 * filled in.
 */
export function snapshotRecords(state: DurableState): LogRecord[] {
  const { clusterId, nodeId, incarnation, actorEpoch, leaseUpTo } = state
  const records: LogRecord[] = []
  if (clusterId !== null && nodeId !== null) {
    records.push({ type: 'incarnation', clusterId, nodeId, incarnation, actorEpoch })
  }
  if (leaseUpTo > 0) records.push({ type: 'counter_lease', upTo: leaseUpTo })
  for (const [, { key, state: held }] of sorted(state.keys)) {
    records.push({ type: 'key_state', key, state: held })
  }
  for (const [target, hints] of sorted(state.hints)) {
    for (const [, { key, state: held }] of sorted(hints)) {
      records.push({ type: 'hint', target, key, state: held })
    }
  }
  for (const [target, partitions] of sorted(state.needsRepair)) {
    for (const partition of [...partitions].sort((a, b) => a - b)) {
      records.push({ type: 'needs_repair', target, partition, needed: true })
    }
  }
  for (const [partition, epoch] of [...state.reapEpochs].sort(([a], [b]) => a - b)) {
    records.push({ type: 'reap_epoch', partition, epoch, hlc: state.reapedHlc })
  }
  const marks = [...state.doubtful]
    .sort((a, b) => a - b)
    .map((partition) => ({ partition, epoch: 0 }))
  const isStampLost = state.reapEpochs.size === 0 && state.reapedHlc > noHlc
  if (marks.length > 0 || isStampLost)
    records.push({ type: 'doubt', phase: 'begun', marks, hlc: state.reapedHlc })
  return records
}

function sorted<Key extends string, Value>(map: ReadonlyMap<Key, Value>): [Key, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
