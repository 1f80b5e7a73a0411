/**
 * A Merkle tree over the keys of one partition (protocol.md section 5; Dynamo 4.7): 2^10 segments
 * of 2^5 leaves.
 *
 * A node of the tree is the sum of the hashes below it, in two words of 32 bits: a change of one
 * key is an addition, whatever the number of keys. Sums, not XOR: a key counted twice would vanish
 * from an XOR. Sparse: what is empty takes no memory.
 */
import { refOfId } from '../ring/hash.js'
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
  return Math.floor((((hash >>> 0) * partitions) % twoTo32) / (twoTo32 / leafCount))
}

export const segmentOf = (leaf: number): number => leaf >> leafBits
export const firstLeafOf = (segment: number): number => segment << leafBits

/** A key as it was last summed. */
export interface SummedKey {
  readonly key: KeyRef
  readonly sums: Sums
}

/** There is one for every key: no larger than it must be. */
interface Item {
  readonly id: string
  readonly a: number
  readonly b: number
}

/** A handful, so a list will do; of one, which is the rule, not even that. */
type Leaf = Item | readonly Item[]

const noItems: readonly Item[] = []

function itemsOf(leaf: Leaf | undefined): readonly Item[] {
  if (leaf === undefined) return noItems
  return 'id' in leaf ? [leaf] : leaf
}

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
    const items = itemsOf(this.#leaves.get(index))
    const before = items.find(({ id }) => id === key.id) ?? null
    if (before === null && state === null) return
    const after = state === null ? noSums : stateSums(key.id, state)
    const change = minus(after, before ?? noSums)
    const others = before === null ? items : items.filter((item) => item !== before)
    // The string that is there already: another one that says the same would be kept beside it.
    const id = before?.id ?? key.id
    const next = state === null ? others : [...others, { id, a: after.a, b: after.b }]
    const [first] = next
    if (first === undefined) this.#leaves.delete(index)
    else this.#leaves.set(index, next.length === 1 ? first : next)
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
    return sumOf(itemsOf(this.#leaves.get(index)))
  }

  /** Of one leaf, in no order that means anything. */
  keys(leaf: number): readonly SummedKey[] {
    return itemsOf(this.#leaves.get(leaf)).map((item) => this.#summed(item))
  }

  /** Is every node the sum of those below it? */
  addsUp(): boolean {
    const segments = new Map<number, Sums>()
    let root = noSums
    for (const [index, leaf] of this.#leaves) {
      const sums = sumOf(itemsOf(leaf))
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
    for (const leaf of this.#leaves.values()) {
      for (const item of itemsOf(leaf)) yield this.#summed(item)
    }
  }

  #summed({ id, a, b }: Item): SummedKey {
    return { key: refOfId(id, this.#partitions), sums: { a, b } }
  }
}

function sumOf(items: readonly Item[]): Sums {
  let a = 0
  let b = 0
  for (const item of items) {
    a = (a + item.a) | 0
    b = (b + item.b) | 0
  }
  return { a, b }
}
