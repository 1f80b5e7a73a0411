/**
 * Reap epochs (protocol.md section 5). When tombstones are deleted, what they had replaced may
 * still be under way somewhere, and nothing is left at an owner to say that it is dead. So every
 * state travels with the reap epoch of its partition as it was when the state was read, every
 * member raises its own before anything is deleted, and nobody ever takes in what is older:
 *
 *     n1 -> n3  (n1,1) v, read under epoch 4, held up in the network
 *     delete; all owners hold the tombstone; all members raise 4 to 5; the tombstone is deleted
 *     n3        has nothing of the key, and is at 5: v is refused
 *
 * Being at a higher epoch than others is always safe: it only refuses more. So whoever hears of a
 * higher one follows at once, or its word would count for nothing.
 */
import type { Effect } from '../effect.js'
import type { Now } from '../input.js'
import type { MessageKind, ReapMark } from '../message.js'
import type { Shell } from '../shell.js'
import { barrier, nextPersist, persist } from '../shell.js'

/** A peer is at this epoch: so is this node, from now on. */
export function hearEpoch(shell: Shell, partition: number, epoch: number, out: Effect[]): void {
  if (epoch <= shell.storage.reapEpoch(partition)) return
  if (partition >= shell.options.placement.ring.partitions) return
  const record = shell.storage.raise(partition, epoch, nextPersist(shell))
  persist(shell, [record], [], out)
}

/** False: it was read under an older epoch than this node's, and must not be taken in. */
export function admits(shell: Shell, partition: number, epoch: number, out: Effect[]): boolean {
  hearEpoch(shell, partition, epoch, out)
  if (epoch >= shell.storage.reapEpoch(partition)) return true
  shell.counters.staleReaps++
  return false
}

/** What of a batch may be taken in, and which partitions' items may not. */
export interface Admitted<Item> {
  readonly items: readonly Item[]
  readonly stale: readonly ReapMark[]
}

interface Stamped {
  readonly key: { readonly partition: number }
  readonly reapEpoch: number
}

/**
 * Of all items before any is merged: hearing of an epoch is a persist of its own, and an entry
 * remembers the number of the persist that it goes into.
 */
export function admitAll<Item extends Stamped>(
  shell: Shell,
  batch: readonly Item[],
  out: Effect[],
): Admitted<Item> {
  const { storage } = shell
  for (const { key, reapEpoch } of batch) hearEpoch(shell, key.partition, reapEpoch, out)
  const stale = new Map<number, number>()
  const items = batch.filter(({ key: { partition }, reapEpoch }) => {
    const epoch = storage.reapEpoch(partition)
    if (reapEpoch >= epoch) return true
    shell.counters.staleReaps++
    stale.set(partition, epoch)
    return false
  })
  if (stale.size === 0) return { items, stale: noMarks }
  const marks = [...stale].map(([partition, epoch]) => ({ partition, epoch }))
  return { items, stale: marks.sort((a, b) => a.partition - b.partition) }
}

const noMarks: readonly ReapMark[] = []

/**
 * No state leaves under an epoch that a crash could take back: this node would come up again under
 * the older one, agree to the same round a second time, and what it said before the crash would
 * count as read since. While a raise is on its way to the disk, states wait behind it.
 */
export function behindRaise(shell: Shell, now: Now, out: Effect[]): readonly Effect[] {
  if (shell.storage.lastRaise <= now.durablePersists) return out
  const [states, others]: [Effect[], Effect[]] = [[], []]
  for (const effect of out) (carriesState(effect) ? states : others).push(effect)
  if (states.length > 0) barrier(shell, states, others)
  return others
}

const carriers: ReadonlySet<MessageKind> = new Set<MessageKind>([
  'replicate',
  'read_ok',
  'repair',
  'handoff',
  'sync_states',
  'sync_states_ok',
])

const carriesState = (effect: Effect): boolean =>
  effect.kind === 'send' && carriers.has(effect.message.kind)
