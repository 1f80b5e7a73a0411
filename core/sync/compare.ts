/**
 * What one side's leaves say against the other's: both sides of an exchange look at trees through
 * here.
 */
import type { Now } from '../input.js'
import type { SyncKey, SyncKeys, SyncKeysOk, SyncPart } from '../message.js'
import type { KeyRef } from '../types.js'
import type { Forest } from './forest.js'
import type { Sums } from './hash.js'
import { noSums, sameSums } from './hash.js'
import type { MerkleTree } from './merkle.js'

/** A segment or a leaf of one partition's tree. */
export interface Place {
  readonly partition: number
  readonly index: number
}

/** A key that is not the same here and there; `noSums` where one side has none. */
export interface Difference {
  readonly key: KeyRef
  readonly leaf: number
  readonly own: Sums
  readonly peer: Sums
}

/** The sums of these leaves; leaves of one partition stand together. */
export function partsOf(forest: Forest, now: Now, leaves: readonly Place[]): readonly SyncPart[] {
  const parts: { readonly partition: number; readonly sums: SyncPart['sums'][number][] }[] = []
  let part = parts[0]
  let tree: MerkleTree | null = null
  for (const { partition, index } of leaves) {
    if (part?.partition !== partition) {
      part = { partition, sums: [] }
      parts.push(part)
      tree = forest.tree(partition, now.durablePersists)
    }
    const { a, b } = tree?.leaf(index) ?? noSums
    part.sums.push({ index, a, b })
  }
  return parts
}

/**
 * Every key that this node has in these leaves of one partition, by id; those in flight marked
 * busy.
 */
export function keysIn(
  forest: Forest,
  now: Now,
  partition: number,
  leaves: readonly number[],
): ReadonlyMap<string, SyncKey> {
  const tree = forest.tree(partition, now.durablePersists)
  const found = new Map<string, SyncKey>()
  if (tree === null) return found
  for (const leaf of leaves) {
    for (const { key, sums } of tree.keys(leaf)) {
      found.set(key.id, { key, a: sums.a, b: sums.b, busy: false })
    }
  }
  for (const key of forest.busyKeys(partition, new Set(leaves))) {
    const { a, b } = found.get(key.id) ?? noSums
    found.set(key.id, { key, a, b, busy: true })
  }
  return found
}

/**
 * Keys that differ and are not being written on either side, by leaf and id, in the order of the
 * answer's leaves.
 */
export function differences(
  { forest }: { readonly forest: Forest },
  now: Now,
  question: SyncKeys,
  answer: SyncKeysOk,
): readonly Difference[] {
  const theirs = new Map<number, Map<string, SyncKey>>()
  for (const item of answer.keys) {
    const { partition } = item.key
    const ofPartition = theirs.get(partition) ?? new Map<string, SyncKey>()
    theirs.set(partition, ofPartition.set(item.key.id, item))
  }
  const found: Difference[] = []
  for (const { partition, indexes } of answer.parts) {
    const asked = question.parts.find((part) => part.partition === partition)?.sums ?? []
    const known = new Set(asked.map(({ index }) => index))
    const leaves = indexes.filter((leaf) => known.has(leaf))
    const own = keysIn(forest, now, partition, leaves)
    const peer = theirs.get(partition) ?? new Map<string, SyncKey>()
    found.push(...differing(forest, new Set(leaves), own, peer))
  }
  return found
}

function differing(
  forest: Forest,
  leaves: ReadonlySet<number>,
  own: ReadonlyMap<string, SyncKey>,
  peer: ReadonlyMap<string, SyncKey>,
): readonly Difference[] {
  const found: Difference[] = []
  const compare = (key: KeyRef): void => {
    const mine = own.get(key.id)
    const their = peer.get(key.id)
    if (mine?.busy === true || their?.busy === true) return
    const sums = { own: sumsOf(mine), peer: sumsOf(their) }
    const leaf = forest.leafOf(key)
    if (leaves.has(leaf) && !sameSums(sums.own, sums.peer)) found.push({ key, leaf, ...sums })
  }
  for (const { key } of own.values()) compare(key)
  for (const { key } of peer.values()) if (!own.has(key.id)) compare(key)
  return found.sort((x, y) => x.leaf - y.leaf || (x.key.id < y.key.id ? -1 : 1))
}

const sumsOf = (key: SyncKey | undefined): Sums =>
  key === undefined ? noSums : { a: key.a, b: key.b }
