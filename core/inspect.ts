/**
 * What people and tools may see of a node that runs: copies and counts, taken when they are asked
 * for. No rule of the protocol depends on any of it.
 */
import type { PaceProgress } from './pace.js'
import type { Shell } from './shell.js'
import type { HintEntry } from './storage.js'
import type { SyncProgress } from './sync/sync.js'
import type { NodeId } from './types.js'

export interface HintsHeld {
  readonly target: NodeId
  readonly keys: number
  readonly bytes: number
}

export interface RepairNeeded {
  readonly target: NodeId
  /** Ascending. */
  readonly partitions: readonly number[]
}

export interface Inspection {
  readonly ready: boolean
  readonly openRequests: number
  /** Keys held as an owner, deleted ones included until they are reaped. */
  readonly keys: number
  /** Those of them of which nothing but tombstones is left. */
  readonly tombstones: number
  /** By target, in the order of their names; as is `needsRepair`. */
  readonly hints: readonly HintsHeld[]
  readonly needsRepair: readonly RepairNeeded[]
  /** Null where there is no anti-entropy. */
  readonly sync: SyncProgress | null
  /** How far background work gives way to clients. */
  readonly pace: PaceProgress
}

const byTarget = (a: { target: NodeId }, b: { target: NodeId }): number =>
  a.target < b.target ? -1 : 1

export function hintsHeld({ storage }: Shell): readonly HintsHeld[] {
  return [...storage.hints]
    .map(([target, { entries, bytes }]) => ({ target, keys: entries.size, bytes }))
    .sort(byTarget)
}

export function repairsNeeded({ storage }: Shell): readonly RepairNeeded[] {
  return [...storage.needsRepair]
    .map(([target, partitions]) => ({ target, partitions: [...partitions].sort((a, b) => a - b) }))
    .sort(byTarget)
}

/** For whom this node keeps a hint of the key, and what it says. */
export function hintsOf({ storage }: Shell, id: string): ReadonlyMap<NodeId, HintEntry> {
  const found = new Map<NodeId, HintEntry>()
  for (const target of [...storage.hints.keys()].sort((a, b) => (a < b ? -1 : 1))) {
    const hint = storage.hint(target, id)
    if (hint !== null) found.set(target, hint)
  }
  return found
}
