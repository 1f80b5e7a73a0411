/**
 * Who of the owners comes first. The order moves no data, but it moves work: the first owner is
 * asked first, and with hedged reads only the first r are. So each place in the list is shared out
 * evenly on its own.
 *
 * Place by place, every member should have 1/(places left) of the replicas it has left, rounded
 * either way. That is always possible (de Werra 1971, equitable edge colouring), and chains of
 * swaps get there: from a member with too much at this place, over partitions where somebody else
 * could stand there, to one with too little.
 */
import type { Holdings, Table } from './table.js'
import { holdingsOf } from './table.js'

export function balanceRoles(table: Table, order: Int32Array): void {
  const { partitions, replicas, members } = table
  // Swaps stay within a partition: holdings are read as "which partitions", and stay true.
  const holdings = holdingsOf(table, order)
  const left = new Int32Array(members.length)
  for (let m = 0; m < left.length; m++) {
    left[m] = (holdings.starts[m + 1] as number) - (holdings.starts[m] as number)
  }
  for (let place = 0; place < replicas - 1; place++) {
    const counts = new Int32Array(members.length)
    for (let p = 0; p < partitions; p++) {
      const owner = table.slots[p * replicas + place] as number
      counts[owner] = (counts[owner] as number) + 1
    }
    new Balance(table, holdings, place, counts, left).run()
    for (let m = 0; m < left.length; m++) left[m] = (left[m] as number) - (counts[m] as number)
  }
}

class Balance {
  readonly #table: Table
  readonly #holdings: Holdings
  readonly #place: number
  readonly #counts: Int32Array
  readonly #left: Int32Array
  /** Of the running search: which search saw a member last, and over which slots it came there. */
  readonly #seenBy: Int32Array
  readonly #cameFrom: Int32Array
  readonly #cameBy: Int32Array
  readonly #queue: Int32Array
  #filled = 0
  #search = 0

  constructor(
    table: Table,
    holdings: Holdings,
    place: number,
    counts: Int32Array,
    left: Int32Array,
  ) {
    this.#table = table
    this.#holdings = holdings
    this.#place = place
    this.#counts = counts
    this.#left = left
    this.#seenBy = new Int32Array(counts.length)
    this.#cameFrom = new Int32Array(counts.length)
    this.#cameBy = new Int32Array(counts.length)
    this.#queue = new Int32Array(counts.length)
  }

  run(): void {
    for (let m = 0; m < this.#counts.length; m++) {
      while (this.#count(m) > this.#most(m) && this.#relieve(m));
    }
    for (let m = 0; m < this.#counts.length; m++) {
      while (this.#count(m) < this.#least(m) && this.#feed(m));
    }
  }

  #count(member: number): number {
    return this.#counts[member] as number
  }

  #least(member: number): number {
    return Math.floor((this.#left[member] as number) / (this.#table.replicas - this.#place))
  }

  #most(member: number): number {
    return Math.ceil((this.#left[member] as number) / (this.#table.replicas - this.#place))
  }

  /** A chain of swaps from `start`, which has too much at this place, to a member that has room. */
  #relieve(start: number): boolean {
    return this.#chain(start, true)
  }

  /** A chain from a member that can spare this place to `start`, which has too little. */
  #feed(start: number): boolean {
    return this.#chain(start, false)
  }

  /**
   * Breadth first. False where no chain exists: then the place stays as it is, rather than being
   * tried for ever.
   */
  #chain(start: number, relieves: boolean): boolean {
    this.#search++
    this.#filled = 0
    this.#reach(start, -1, -1)
    for (let head = 0; head < this.#filled; head++) {
      const end = this.#expand(this.#queue[head] as number, relieves)
      if (end < 0) continue
      this.#swapBack(end, start, relieves ? 1 : -1)
      return true
    }
    return false
  }

  /**
   * Reaches those next to `member`: who could take this place over from it, or else those whose
   * place it could take over. Returns one that the chain may end at; -1: there is none.
   */
  #expand(member: number, relieves: boolean): number {
    const { starts, slots: held } = this.#holdings
    const { replicas, slots } = this.#table
    for (let at = starts[member] as number; at < (starts[member + 1] as number); at++) {
      const slot = held[at] as number
      const first = slot - (slot % replicas)
      const here = first + this.#place
      if (relieves && slots[here] !== member) continue
      for (let by = here + 1; by < first + replicas; by++) {
        if (!relieves && slots[by] !== member) continue
        const other = slots[relieves ? by : here] as number
        if (this.#seenBy[other] === this.#search) continue
        this.#reach(other, member, by)
        if (this.#isEnd(other, relieves)) return other
      }
    }
    return -1
  }

  #isEnd(member: number, relieves: boolean): boolean {
    const count = this.#count(member)
    return relieves ? count < this.#most(member) : count > this.#least(member)
  }

  #reach(member: number, from: number, by: number): void {
    this.#seenBy[member] = this.#search
    this.#cameFrom[member] = from
    this.#cameBy[member] = by
    this.#queue[this.#filled++] = member
  }

  /**
   * Each partition lies on a chain once, for its place has one holder: the swaps do not disturb
   * each other.
   */
  #swapBack(end: number, start: number, atEnd: 1 | -1): void {
    const { replicas, slots } = this.#table
    for (let member = end; member !== start; member = this.#cameFrom[member] as number) {
      const by = this.#cameBy[member] as number
      const at = by - (by % replicas) + this.#place
      const holder = slots[at] as number
      slots[at] = slots[by] as number
      slots[by] = holder
    }
    this.#counts[end] = this.#count(end) + atEnd
    this.#counts[start] = this.#count(start) - atEnd
  }
}
