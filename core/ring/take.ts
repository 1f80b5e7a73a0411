/** What a newcomer takes over, and from whom. */
import type { Holdings, Table } from './table.js'
import { holdingsOf, loadsOf, zonesAt, zonesWith } from './table.js'

/**
 * Hands slots of `table` over to `newcomer`, at most one a partition, and returns them. `order`: of
 * looking at partitions.
 */
export function takeFor(table: Table, newcomer: number, order: Int32Array): number[] {
  const taking = new Taking(table, newcomer)
  taking.level(order, 1)
  taking.level(order, 0)
  return taking.taken
}

class Taking {
  readonly taken: number[] = []
  readonly #table: Table
  readonly #newcomer: number
  readonly #weights: readonly number[]
  readonly #loads: Int32Array
  readonly #touched: Uint8Array
  readonly #target: number

  constructor(table: Table, newcomer: number) {
    this.#table = table
    this.#newcomer = newcomer
    this.#weights = table.members.map((member) => member.weight)
    this.#loads = loadsOf(table)
    this.#touched = new Uint8Array(table.partitions)
    const total = this.#weights.reduce((sum, weight) => sum + weight, 0)
    const share = (table.slots.length * this.#weight(newcomer)) / total
    this.#target = Math.min(table.partitions, Math.floor(share))
  }

  /**
   * From the most loaded, one at a time, where that leaves `gain` zones more among a partition's
   * owners. Parting owners that share a zone (gain 1) comes before even loads; otherwise nobody
   * gives who would then have less than the newcomer.
   */
  level(order: Int32Array, gain: 0 | 1): void {
    const holdings = holdingsOf(this.#table, order)
    const next = holdings.starts.slice()
    const exhausted = new Uint8Array(this.#weights.length)
    exhausted[this.#newcomer] = 1
    while (this.taken.length < this.#target) {
      const giver = this.#mostLoaded(exhausted)
      if (giver < 0 || (gain === 0 && this.#wouldStarve(giver))) return
      const slot = this.#nextOf(giver, holdings, next, gain)
      if (slot < 0) exhausted[giver] = 1
      else this.#take(slot)
    }
  }

  /** What was passed over once stays wrong: each giver's holdings are walked once. */
  #nextOf(giver: number, holdings: Holdings, next: Int32Array, gain: number): number {
    const { replicas } = this.#table
    const end = holdings.starts[giver + 1] as number
    for (let at = next[giver] as number; at < end; at++) {
      const slot = holdings.slots[at] as number
      const partition = Math.floor(slot / replicas)
      if (this.#touched[partition] === 1) continue
      const zones = zonesAt(this.#table, partition) + gain
      if (zonesWith(this.#table, slot, this.#newcomer) < zones) continue
      next[giver] = at + 1
      return slot
    }
    return -1
  }

  #take(slot: number): void {
    const { slots, replicas } = this.#table
    const giver = slots[slot] as number
    this.#loads[giver] = this.#load(giver) - 1
    this.#touched[Math.floor(slot / replicas)] = 1
    slots[slot] = this.#newcomer
    this.taken.push(slot)
  }

  #mostLoaded(exhausted: Uint8Array): number {
    let most = -1
    for (let member = 0; member < this.#weights.length; member++) {
      if (exhausted[member] === 1) continue
      if (most < 0 || this.#perWeight(member) > this.#perWeight(most)) most = member
    }
    return most
  }

  #wouldStarve(giver: number): boolean {
    return this.#perWeight(giver) < (this.taken.length + 1) / this.#weight(this.#newcomer)
  }

  #perWeight(member: number): number {
    return this.#load(member) / this.#weight(member)
  }

  #load(member: number): number {
    return this.#loads[member] as number
  }

  #weight(member: number): number {
    return this.#weights[member] as number
  }
}
