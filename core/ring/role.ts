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
  left.forEach((_, m) => {
    left[m] = (holdings.starts[m + 1] as number) - (holdings.starts[m] as number)
  })
  for (let place = 0; place < replicas - 1; place++) {
    const counts = new Int32Array(members.length)
    for (let p = 0; p < partitions; p++) {
      const owner = table.slots[p * replicas + place] as number
      counts[owner] = (counts[owner] as number) + 1
    }
    new Balance(table, holdings, place, counts, left).run()
    counts.forEach((count, m) => (left[m] = (left[m] as number) - count))
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
    return this.#chain(
      start,
      (member) => this.#count(member) < this.#most(member),
      (member, visit) => this.#successors(member, visit),
      (end) => this.#swapBack(end, start, 1),
    )
  }

  /** A chain from a member that can spare this place to `start`, which has too little. */
  #feed(start: number): boolean {
    return this.#chain(
      start,
      (member) => this.#count(member) > this.#least(member),
      (member, visit) => this.#predecessors(member, visit),
      (end) => this.#swapBack(end, start, -1),
    )
  }

  /**
   * Breadth first. False where no chain exists: then the place stays as it is, rather than being
   * tried for ever.
   */
  #chain(
    start: number,
    isEnd: (member: number) => boolean,
    neighbours: (member: number, visit: (other: number, by: number) => void) => void,
    apply: (end: number) => void,
  ): boolean {
    const search = ++this.#search
    let filled = 1
    let end = -1
    this.#queue[0] = start
    this.#seenBy[start] = search
    for (let head = 0; head < filled && end < 0; head++) {
      const member = this.#queue[head] as number
      neighbours(member, (other, by) => {
        if (end >= 0 || this.#seenBy[other] === search) return
        this.#seenBy[other] = search
        this.#cameFrom[other] = member
        this.#cameBy[other] = by
        if (isEnd(other)) end = other
        this.#queue[filled++] = other
      })
    }
    if (end >= 0) apply(end)
    return end >= 0
  }

  /** Members that could take this place over from `member`, with the slot where each stands now. */
  #successors(member: number, visit: (other: number, by: number) => void): void {
    const { replicas, slots } = this.#table
    this.#eachPartition(member, (first) => {
      if (slots[first + this.#place] !== member) return
      for (let by = first + this.#place + 1; by < first + replicas; by++) {
        visit(slots[by] as number, by)
      }
    })
  }

  /** Members whose place `member` could take over, with the slot where `member` stands now. */
  #predecessors(member: number, visit: (other: number, by: number) => void): void {
    const { replicas, slots } = this.#table
    this.#eachPartition(member, (first) => {
      for (let by = first + this.#place + 1; by < first + replicas; by++) {
        if (slots[by] === member) visit(slots[first + this.#place] as number, by)
      }
    })
  }

  #eachPartition(member: number, visit: (firstSlot: number) => void): void {
    const { starts, slots } = this.#holdings
    const { replicas } = this.#table
    for (let at = starts[member] as number; at < (starts[member + 1] as number); at++) {
      const slot = slots[at] as number
      visit(slot - (slot % replicas))
    }
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
