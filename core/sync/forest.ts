/**
 * The Merkle trees of one node, one per partition that it owns, kept equal to what is durable
 * (AE-3).
 *
 * Keys are hashed when an exchange needs them, not when they are written: between two exchanges a
 * hot key is written a thousand times and its hash asked for once. What waits is in `stale`, which
 * the write's own step adds to, so tree and data cannot drift; at a start everything recovered
 * waits. A key whose write is still in flight goes on waiting: what a crash could take back is
 * never told, nor taken for equal.
 */
import type { Storage } from '../storage.js'
import type { KeyRef, NodeId } from '../types.js'
import type { Placement } from '../ring/preference.js'
import { refOfId } from '../ring/hash.js'
import { noSums, sameSums, stateSums } from './hash.js'
import { leafOf, MerkleTree } from './merkle.js'

interface Plot {
  tree: MerkleTree
  /** Ids of keys written since they were last summed. */
  readonly stale: Set<string>
  /** Up to this persist they were, when that was. */
  summedUpTo: number
}

export class Forest {
  readonly #storage: Storage
  readonly #partitions: number
  readonly #plots = new Map<number, Plot>()

  /**
   * `drifts`: planted bug 24. The data of the last write before a crash is on the disk, and the
   * tree has not heard of it.
   */
  constructor(storage: Storage, placement: Placement, node: NodeId, drifts = false) {
    this.#storage = storage
    this.#partitions = placement.ring.partitions
    for (const partition of placement.partitionsOf(node)) {
      this.#plots.set(partition, {
        tree: new MerkleTree(this.#partitions),
        stale: new Set(),
        summedUpTo: 0,
      })
    }
    this.rebuild()
    if (!drifts) return
    for (const { stale } of this.#plots.values()) {
      const last = [...stale].at(-1)
      if (last !== undefined) stale.delete(last)
    }
  }

  /**
   * This key was written, and by the persist `before` the last time. Others than those of an owner
   * have no tree. An arrow, to be handed on.
   */
  readonly touched = (key: KeyRef, before: number): void => {
    const plot = this.#plots.get(key.partition)
    // What was written after the last look waits already.
    if (plot !== undefined && before <= plot.summedUpTo) plot.stale.add(key.id)
  }

  /**
   * Every tree anew from storage: whatever made one drift is undone. Hashes are worked out when
   * they are asked for.
   */
  rebuild(): void {
    for (const plot of this.#plots.values()) {
      plot.tree = new MerkleTree(this.#partitions)
      plot.stale.clear()
    }
    this.#storage.eachPlace((id, partition) => this.#plots.get(partition)?.stale.add(id))
  }

  /** How many keys `tree` has to hash before it can answer. */
  waiting(partition: number): number {
    return this.#plots.get(partition)?.stale.size ?? 0
  }

  /** Of a partition owned here, up to all that is durable; null for any other. */
  tree(partition: number, durablePersists: number): MerkleTree | null {
    const plot = this.#plots.get(partition)
    if (plot === undefined) return null
    plot.summedUpTo = Math.max(plot.summedUpTo, durablePersists)
    for (const id of plot.stale) {
      const entry = this.#storage.peek(id)
      if (entry !== null && entry.persist > durablePersists) continue
      if (entry === null) plot.tree.update(refOfId(id, this.#partitions), null)
      else plot.tree.update(entry.key, entry.state)
      plot.stale.delete(id)
    }
    return plot.tree
  }

  /**
   * Keys of these leaves of one partition whose writes are in flight, as of the last look at its
   * tree.
   */
  busyKeys(partition: number, leaves: ReadonlySet<number>): readonly KeyRef[] {
    const busy: KeyRef[] = []
    for (const id of this.#plots.get(partition)?.stale ?? []) {
      const key = refOfId(id, this.#partitions)
      if (leaves.has(leafOf(key.hash, this.#partitions))) busy.push(key)
    }
    return busy
  }

  /**
   * AE-3: partitions whose tree is not that of the data, ascending; there should be none. Looks at
   * every key, so it is for tests and for checks of whole clusters now and then.
   */
  drift(durablePersists: number): readonly number[] {
    const entries = [...this.#storage.entries()]
    return [...this.#plots].flatMap(([partition, { stale }]) => {
      const tree = this.tree(partition, durablePersists) as MerkleTree
      const settled = entries.filter(({ key }) => key.partition === partition && !stale.has(key.id))
      const known = [...tree.all()].filter(({ key }) => !stale.has(key.id))
      const sums = new Map(known.map((one) => [one.key.id, one.sums]))
      const isTrue =
        known.length === settled.length &&
        settled.every(({ key: { id }, state }) => {
          return sameSums(sums.get(id) ?? noSums, stateSums(id, state))
        })
      return isTrue && tree.addsUp() ? [] : [partition]
    })
  }

  leafOf(key: KeyRef): number {
    return leafOf(key.hash, this.#partitions)
  }
}
