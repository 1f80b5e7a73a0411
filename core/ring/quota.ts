/** How many replicas each member gets in a new ring. */
import type { Table } from './table.js'

export interface Quota {
  /** Replicas per member; they add up to partitions * replicas. */
  readonly counts: Int32Array
  /** How many owners of one partition may share a zone: 1 where there are zones enough. */
  readonly perZone: number
}

/**
 * One replica at a time to the member that has least for its weight, as far as no member gets more
 * than one replica of a partition and no zone more than `perZone`. The limits are nested (members
 * within zones), so this greedy way never gets stuck before all are given, and members of equal
 * weight that no limit stops differ by at most one (RING-3).
 */
export function quotaOf(table: Table): Quota {
  const { partitions, replicas, members, zones } = table
  const perZone = leastPerZone(table)
  const counts = new Int32Array(members.length)
  const zoneCounts = new Int32Array(members.length)
  const waiting = new LeastFirst(members.map((member) => member.weight))
  for (let given = 0; given < partitions * replicas;) {
    const member = waiting.first
    const zone = zones[member] as number
    const full = counts[member] === partitions || zoneCounts[zone] === perZone * partitions
    if (full) waiting.removeFirst()
    else {
      counts[member] = (counts[member] as number) + 1
      zoneCounts[zone] = (zoneCounts[zone] as number) + 1
      waiting.countFirst()
      given++
    }
  }
  return { counts, perZone }
}

function leastPerZone({ members, zones, replicas }: Table): number {
  const sizes = new Int32Array(members.length)
  for (const zone of zones) sizes[zone] = (sizes[zone] as number) + 1
  for (let perZone = 1; perZone < replicas; perZone++) {
    let room = 0
    for (const size of sizes) room += Math.min(size, perZone)
    if (room >= replicas) return perZone
  }
  return replicas
}

/**
 * A binary heap of members, the one with the smallest (count + 1/2) / weight first (Webster's
 * method: rounding favours neither light nor heavy members), ties by index.
 */
class LeastFirst {
  readonly #weights: readonly number[]
  readonly #keys: number[]
  readonly #heap: number[]
  readonly #counts: number[]

  constructor(weights: readonly number[]) {
    this.#weights = weights
    this.#counts = weights.map(() => 0)
    this.#keys = weights.map((weight) => 0.5 / weight)
    this.#heap = weights.map((_, index) => index)
    for (let at = this.#heap.length >> 1; at >= 0; at--) this.#sink(at)
  }

  get first(): number {
    return this.#heap[0] as number
  }

  countFirst(): void {
    const member = this.first
    const count = (this.#counts[member] as number) + 1
    this.#counts[member] = count
    this.#keys[member] = (count + 0.5) / (this.#weights[member] as number)
    this.#sink(0)
  }

  removeFirst(): void {
    const last = this.#heap.pop() as number
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #sink(start: number): void {
    const heap = this.#heap
    let at = start
    for (;;) {
      let least = at
      const left = 2 * at + 1
      if (left < heap.length && this.#less(left, least)) least = left
      if (left + 1 < heap.length && this.#less(left + 1, least)) least = left + 1
      if (least === at) return
      const member = heap[at] as number
      heap[at] = heap[least] as number
      heap[least] = member
      at = least
    }
  }

  #less(i: number, j: number): boolean {
    const a = this.#heap[i] as number
    const b = this.#heap[j] as number
    const difference = (this.#keys[a] as number) - (this.#keys[b] as number)
    return difference < 0 || (difference === 0 && a < b)
  }
}
