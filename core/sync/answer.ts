/**
 * The other side of an exchange: says what differs, takes in states. It keeps nothing between two
 * questions, so each may come twice, late, or never.
 */
import type { Effect } from '../effect.js'
import type { Now } from '../input.js'
import type { LogRecord } from '../log/record.js'
import type {
  HandoffItem,
  Message,
  SyncDifference,
  SyncKey,
  SyncKeys,
  SyncPart,
  SyncRoots,
  SyncSegments,
  SyncStates,
} from '../message.js'
import { admitAll } from '../reap/epoch.js'
import { mergeIn } from '../replica/merge.js'
import { tooFarAhead } from '../replica/replica.js'
import { persist } from '../shell.js'
import type { KeyRef, NodeId } from '../types.js'
import { sameState, stateBytes } from '../version/siblings.js'
import { keysIn } from './compare.js'
import type { Ground } from './exchange.js'
import { noSums, sameSums } from './hash.js'

export function onSyncRoots(ground: Ground, now: Now, message: SyncRoots, out: Effect[]): void {
  const { shell, forest } = ground
  if (
    !areShared(
      ground,
      message.from,
      message.roots.map(({ index }) => index),
    )
  )
    return
  const partitions = message.roots
    .filter(({ index, a, b }) => {
      // In doubt nothing is equal, and nothing is told of what differs.
      if (shell.storage.doubtful.has(index)) return true
      const root = forest.tree(index, now.durablePersists)?.root ?? noSums
      return !sameSums(root, { a, b })
    })
    .map(({ index }) => index)
  send(message.from, out, {
    kind: 'sync_roots_ok',
    ...shell.self,
    request: message.request,
    asked: message.incarnation,
    partitions,
  })
}

export function onSyncSegments(
  ground: Ground,
  now: Now,
  message: SyncSegments,
  out: Effect[],
): void {
  const { shell } = ground
  if (
    !areShared(
      ground,
      message.from,
      message.parts.map(({ partition }) => partition),
    )
  )
    return
  const parts: SyncDifference[] = []
  let room = shell.options.limits.syncSums
  for (const part of message.parts) {
    if (shell.storage.doubtful.has(part.partition)) continue
    const indexes = differingSegments(ground, now, part).slice(0, room)
    room -= indexes.length
    if (indexes.length > 0) parts.push({ partition: part.partition, indexes })
  }
  send(message.from, out, {
    kind: 'sync_segments_ok',
    ...shell.self,
    request: message.request,
    asked: message.incarnation,
    parts,
  })
}

/** All that the asker does not list are empty there. */
function differingSegments({ forest }: Ground, now: Now, part: SyncPart): readonly number[] {
  const tree = forest.tree(part.partition, now.durablePersists)
  if (tree === null) return []
  const listed = new Set(part.sums.map(({ index }) => index))
  const theirs = part.sums.filter(({ index, a, b }) => !sameSums(tree.segment(index), { a, b }))
  const ours = tree.segments().filter(([index]) => !listed.has(index))
  return [...theirs.map(({ index }) => index), ...ours.map(([index]) => index)].sort(
    (x, y) => x - y,
  )
}

/**
 * Whole leaves only, so that a key not told of is a key not there. The leaves that are left out
 * come up again.
 */
export function onSyncKeys(ground: Ground, now: Now, message: SyncKeys, out: Effect[]): void {
  const { shell, forest } = ground
  if (
    !areShared(
      ground,
      message.from,
      message.parts.map(({ partition }) => partition),
    )
  )
    return
  const parts: SyncDifference[] = []
  const keys: SyncKey[] = []
  for (const { partition, sums } of message.parts) {
    if (shell.storage.doubtful.has(partition)) continue
    const tree = forest.tree(partition, now.durablePersists)
    const indexes: number[] = []
    for (const { index, a, b } of sums) {
      if (keys.length >= shell.options.limits.syncSums) break
      if (tree === null || sameSums(tree.leaf(index), { a, b })) continue
      indexes.push(index)
      keys.push(...sortedKeys(keysIn(forest, now, partition, [index])))
    }
    if (indexes.length > 0) parts.push({ partition, indexes })
  }
  send(message.from, out, {
    kind: 'sync_keys_ok',
    ...shell.self,
    request: message.request,
    asked: message.incarnation,
    parts,
    keys,
  })
}

function sortedKeys(keys: ReadonlyMap<string, SyncKey>): readonly SyncKey[] {
  return [...keys.values()].sort((x, y) => (x.key.id < y.key.id ? -1 : 1))
}

/**
 * Merges, and answers what the asker lacks, once all of it is durable: the answer stands behind
 * this persist, and so behind all before it.
 */
export function onSyncStates(ground: Ground, now: Now, message: SyncStates, out: Effect[]): void {
  const { shell } = ground
  // No room for what it brings, and an answer would say that it was taken.
  if (shell.isReadOnly) return
  const keys = [...message.items.map(({ key }) => key), ...message.wanted]
  if (
    !areShared(
      ground,
      message.from,
      keys.map(({ partition }) => partition),
    )
  )
    return
  const { doubtful } = shell.storage
  const sure = message.items.filter(({ key }) => !doubtful.has(key.partition))
  const { items, stale } = admitAll(shell, sure, out)
  const records: LogRecord[] = []
  for (const { key, state } of items) {
    if (tooFarAhead(shell, now, key, state)) continue
    const record = mergeIn(shell, key, state)
    if (record !== null) records.push(record)
  }
  const answer: Message = {
    kind: 'sync_states_ok',
    ...shell.self,
    request: message.request,
    asked: message.incarnation,
    items: lackedBy(ground, message),
    stale,
    pace: shell.pace.told(now.monoMicros),
  }
  persist(shell, records, [{ kind: 'send', to: message.from, message: answer }], out)
}

function lackedBy({ shell }: Ground, message: SyncStates): readonly HandoffItem[] {
  const { storage, options } = shell
  const items: HandoffItem[] = []
  let bytes = 0
  const add = (key: KeyRef, known: HandoffItem['state'] | null): void => {
    const entry = storage.doubtful.has(key.partition) ? null : storage.find(key)
    if (entry === null || bytes >= options.limits.syncBatchBytes) return
    if (known !== null && sameState(entry.state, known)) return
    const reapEpoch = storage.reapEpoch(key.partition)
    items.push({ key: entry.key, state: entry.state, reapEpoch })
    bytes += stateBytes(entry.state)
  }
  for (const { key, state } of message.items) add(key, state)
  for (const key of message.wanted) add(key, null)
  return items
}

/**
 * A question about partitions that one of the two does not own is none of ours: "equal" would be a
 * lie.
 */
function areShared({ shell }: Ground, from: NodeId, partitions: readonly number[]): boolean {
  const { placement, id } = shell.options
  return partitions.every(
    (partition) =>
      partition < placement.ring.partitions &&
      placement.isOwner(partition, id) &&
      placement.isOwner(partition, from),
  )
}

function send(to: NodeId, out: Effect[], message: Message): void {
  out.push({ kind: 'send', to, message })
}
