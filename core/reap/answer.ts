/**
 * A member's side of a reaping round: says which tombstones it has no objection to, and deletes
 * them on the first owner's word.
 *
 * What is confirmed: an owner holds just these tombstones, or nothing; nobody keeps a hint of the
 * key. Together with the raise, one step, that means: nothing of the key but its tombstones is read
 * anywhere under the new epoch. A member may have followed the epoch before it was asked; then it
 * confirms only what has not changed since it did.
 */
import type { Effect } from '../effect.js'
import type { LogRecord } from '../log/record.js'
import type { ReapCheck, ReapDelete, ReapItem } from '../message.js'
import type { Shell } from '../shell.js'
import { conflictOf, nextPersist, persist } from '../shell.js'
import type { Hlc } from '../types.js'
import { noHlc } from '../version/hlc.js'
import { mergeStates, sameState } from '../version/siblings.js'

export function onReapCheck(shell: Shell, message: ReapCheck, out: Effect[]): void {
  if (!isFromFirstOwner(shell, message)) return
  const { storage } = shell
  const { partition, items, from } = message
  const confirmed = mayConfirm(shell, message) ? confirmable(shell, message) : []
  const records: LogRecord[] = []
  const isNewer = storage.noteReaped(latestOf(confirmed.map((index) => items[index] as ReapItem)))
  if (message.epoch > storage.reapEpoch(partition)) {
    records.push(storage.raise(partition, message.epoch, nextPersist(shell)))
  } else if (isNewer) records.push(storage.raiseRecord(partition))
  for (const index of confirmed) forgetMemory(shell, items[index] as ReapItem, records)
  const answer: Effect = {
    kind: 'send',
    to: from,
    message: {
      kind: 'reap_check_ok',
      ...shell.self,
      request: message.request,
      asked: message.incarnation,
      partition,
      epoch: storage.reapEpoch(partition),
      confirmed,
    },
  }
  persist(shell, records, [answer], out)
}

/** Only one node proposes epochs for a partition, so each number is one round's. */
function isFromFirstOwner({ options, self }: Shell, message: ReapCheck | ReapDelete): boolean {
  const { placement } = options
  return (
    message.ringEpoch === self.ringEpoch &&
    message.partition < placement.ring.partitions &&
    placement.owners(message.partition)[0] === message.from
  )
}

function mayConfirm({ storage }: Shell, { partition, epoch }: ReapCheck): boolean {
  const raised = storage.raised(partition)
  if (raised === null || raised.epoch < epoch) return true
  return raised.epoch === epoch && raised.persist > 0 && !raised.hintsMoved
}

function confirmable(shell: Shell, { partition, epoch, items }: ReapCheck): readonly number[] {
  const { storage } = shell
  const raised = storage.raised(partition)
  const since = raised?.epoch === epoch ? raised.persist : nextPersist(shell)
  const confirmed: number[] = []
  items.forEach((item, index) => {
    if (item.key.partition === partition && isFree(shell, item, since)) confirmed.push(index)
  })
  return confirmed
}

/** `since`: the persist that raised the epoch; what was written later may have been told. */
function isFree(shell: Shell, { key, state }: ReapItem, since: number): boolean {
  const { storage, options } = shell
  if (storage.hasHint(key.id)) return false
  const entry = storage.find(key)
  if (entry === null) return true
  if (options.placement.isOwner(key.partition, options.id)) {
    return entry.persist < since && sameState(entry.state, state)
  }
  // A memory of what this node once coordinated. It may go if the tombstones know all of it.
  return sameState(mergeStates(state, entry.state, conflictOf(shell, key.bucket)), state)
}

/**
 * A memory is there so that the next dot minted here does not bury the earlier ones unseen
 * (core/replica/merge.ts). The tombstones have buried them all; were it kept, the next write would
 * bring them back.
 */
function forgetMemory(shell: Shell, { key }: ReapItem, records: LogRecord[]): void {
  const { storage, options } = shell
  if (options.placement.isOwner(key.partition, options.id)) return
  if (storage.find(key) !== null) records.push(storage.remove(key))
}

export function onReapDelete(shell: Shell, message: ReapDelete, out: Effect[]): void {
  if (!isFromFirstOwner(shell, message)) return
  const { storage } = shell
  // It has confirmed, so it is at this epoch at least; else it is not the node that has.
  if (storage.reapEpoch(message.partition) < message.epoch) return
  const records: LogRecord[] = []
  for (const item of message.items) deleteReaped(shell, item, records)
  const answer: Effect = {
    kind: 'send',
    to: message.from,
    message: {
      kind: 'reap_delete_ok',
      ...shell.self,
      request: message.request,
      asked: message.incarnation,
    },
  }
  persist(shell, records, [answer], out)
}

/** Unless it has changed since. */
export function deleteReaped(shell: Shell, item: ReapItem, records: LogRecord[]): void {
  const entry = shell.storage.find(item.key)
  if (entry === null || !sameState(entry.state, item.state)) return
  shell.counters.reapedKeys++
  records.push(shell.storage.remove(entry.key))
}

function latestOf(items: readonly ReapItem[]): Hlc {
  let latest = noHlc
  for (const { state } of items) {
    for (const { hlc } of state.siblings) if (hlc > latest) latest = hlc
  }
  return latest
}
