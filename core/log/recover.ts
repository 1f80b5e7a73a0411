/** What a log says, once read: the state a node starts from (protocol.md section 10). */
import type { KeyRef, KeyState, NodeId } from '../types.js'
import type { LogRecord } from './record.js'

export interface Held {
  readonly key: KeyRef
  readonly state: KeyState
}

export interface DurableState {
  readonly incarnation: number
  readonly actorEpoch: number
  /** Dots up to this may have been minted. */
  readonly leaseUpTo: number
  readonly keys: ReadonlyMap<string, Held>
  readonly hints: ReadonlyMap<NodeId, ReadonlyMap<string, Held>>
  readonly needsRepair: ReadonlyMap<NodeId, ReadonlySet<number>>
}

/** Later records replace earlier ones of the same identity, so folding twice changes nothing (WAL-3). */
export function foldRecords(records: readonly LogRecord[]): DurableState {
  let incarnation = 0
  let actorEpoch = 0
  let leaseUpTo = 0
  const keys = new Map<string, Held>()
  const hints = new Map<NodeId, Map<string, Held>>()
  const needsRepair = new Map<NodeId, Set<number>>()
  for (const record of records) {
    switch (record.type) {
      case 'incarnation':
        incarnation = Math.max(incarnation, record.incarnation)
        actorEpoch = Math.max(actorEpoch, record.actorEpoch)
        break
      case 'counter_lease':
        leaseUpTo = Math.max(leaseUpTo, record.upTo)
        break
      case 'key_state':
        keys.set(record.key.id, { key: record.key, state: record.state })
        break
      case 'hint': {
        let held = hints.get(record.target)
        if (held === undefined) hints.set(record.target, (held = new Map<string, Held>()))
        held.set(record.key.id, { key: record.key, state: record.state })
        break
      }
      case 'hint_deleted':
        hints.get(record.target)?.delete(record.key.id)
        if (hints.get(record.target)?.size === 0) hints.delete(record.target)
        break
      case 'needs_repair': {
        let partitions = needsRepair.get(record.target)
        if (partitions === undefined) {
          needsRepair.set(record.target, (partitions = new Set<number>()))
        }
        if (record.needed) partitions.add(record.partition)
        else partitions.delete(record.partition)
        break
      }
    }
  }
  return { incarnation, actorEpoch, leaseUpTo, keys, hints, needsRepair }
}
