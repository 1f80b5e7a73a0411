/**
 * A Merkle tree over the keys of one partition (protocol.md section 5; Dynamo 4.7): 2^10 segments
 * of 2^5 leaves.
 *
 * A node of the tree is the sum of the hashes below it, in two words of 32 bits: a change of one
 * key is an addition, whatever the number of keys. Sums, not XOR: a key counted twice would vanish
 * from an XOR. Sparse: what is empty takes no memory.
 */
import type { KeyRef, KeyState } from '../types.js'
import type { Sums } from './hash.js'
import { minus, noSums, plus, sameSums, stateSums } from './hash.js'

const segmentBits = 10
const leafBits = 5
export const segmentCount = 1 << segmentBits
export const leavesPerSegment = 1 << leafBits
const leafCount = 1 << (segmentBits + leafBits)

const twoTo32 = 4_294_967_296

/** 0..2^15-1, from the bits of the placement hash below those that chose the partition. */
export function leafOf(hash: number, partitions: number): number {
  return Math.floor(((hash * partitions) % twoTo32) / (twoTo32 / leafCount))
}

export const segmentOf = (leaf: number): number => leaf >> leafBits
export const firstLeafOf = (segment: number): number => segment << leafBits

/** A key as it was last summed. */
export interface SummedKey {
  readonly key: KeyRef
  readonly sums: Sums
}

interface Leaf {
  /** A handful, so a list will do. */
  readonly keys: SummedKey[]
  sums: Sums
}

const noKeys: readonly SummedKey[] = []

export class MerkleTree {
  readonly #partitions: number
  readonly #leaves = new Map<number, Leaf>()
  readonly #segments = new Map<number, Sums>()
  #root: Sums = noSums

  /** `partitions`: Q of the ring, which says which bits of the hash are used up. */
  constructor(partitions: number) {
    this.#partitions = partitions
  }

  get root(): Sums {
    return this.#root
  }

  /** Puts the key's state in place of what the tree last knew of it; null: the key is gone. */
  update(key: KeyRef, state: KeyState | null): void {
    const index = leafOf(key.hash, this.#partitions)
    const leaf = this.#leaves.get(index)
    const at = leaf === undefined ? -1 : leaf.keys.findIndex(({ key: { id } }) => id === key.id)
    const before = leaf?.keys[at]?.sums ?? noSums
    const after = state === null ? noSums : stateSums(key.id, state)
    const change = minus(after, before)
    if (leaf === undefined) {
      if (state === null) return
      this.#leaves.set(index, { keys: [{ key, sums: after }], sums: after })
    } else {
      if (state === null) {
        if (at >= 0) leaf.keys.splice(at, 1)
      } else if (at < 0) leaf.keys.push({ key, sums: after })
      else leaf.keys[at] = { key, sums: after }
      leaf.sums = plus(leaf.sums, change)
      if (leaf.keys.length === 0) this.#leaves.delete(index)
    }
    const segment = segmentOf(index)
    const sums = plus(this.#segments.get(segment) ?? noSums, change)
    if (sameSums(sums, noSums)) this.#segments.delete(segment)
    else this.#segments.set(segment, sums)
    this.#root = plus(this.#root, change)
  }

  /** Those whose sums are not zero, ascending. */
  segments(): readonly (readonly [segment: number, sums: Sums])[] {
    return [...this.#segments].sort(([x], [y]) => x - y)
  }

  segment(index: number): Sums {
    return this.#segments.get(index) ?? noSums
  }

  leaf(index: number): Sums {
    return this.#leaves.get(index)?.sums ?? noSums
  }

  /** Of one leaf, in no order that means anything. */
  keys(leaf: number): readonly SummedKey[] {
    return this.#leaves.get(leaf)?.keys ?? noKeys
  }

  /** Is every node the sum of those below it? */
  addsUp(): boolean {
    const segments = new Map<number, Sums>()
    let root = noSums
    for (const [index, leaf] of this.#leaves) {
      const sums = leaf.keys.reduce((sum, key) => plus(sum, key.sums), noSums)
      if (!sameSums(sums, leaf.sums)) return false
      const segment = segmentOf(index)
      segments.set(segment, plus(segments.get(segment) ?? noSums, sums))
      root = plus(root, sums)
    }
    const found = [...segments].every(([index, sums]) => sameSums(sums, this.segment(index)))
    const listed = [...this.#segments.keys()].every((index) => segments.has(index))
    return found && listed && sameSums(root, this.#root)
  }

  /** All of them: what the tree knows, for comparing it with the data. */
  *all(): Generator<SummedKey> {
    for (const { keys } of this.#leaves.values()) yield* keys
  }
}
