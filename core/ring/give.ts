/** Who gets what a leaver had. */
import type { Table } from './table.js'
import { loadsOf, owns, zonesWith } from './table.js'

/**
 * Fills the empty slots of `table`, at most one a partition, and returns them. `order`: of going
 * through partitions.
 */
export function giveAway(table: Table, order: Int32Array): number[] {
  const giving = new Giving(table)
  for (const partition of order) {
    const from = partition * table.replicas
    for (let slot = from; slot < from + table.replicas; slot++) {
      if (table.slots[slot] === -1) giving.give(slot)
    }
  }
  giving.level()
  return giving.given
}

class Giving {
  readonly given: number[] = []
  readonly #table: Table
  readonly #loads: Int32Array
  /**
   * Of each gift, by its slot: zones among the partition's owners, the most that any heir can make
   * of it.
   */
  readonly #zones = new Map<number, number>()

  constructor(table: Table) {
    this.#table = table
    this.#loads = loadsOf(table)
  }

  /** To whom keeps zones apart best, and of those to whom has least. */
  give(slot: number): void {
    let heir = -1
    let zones = 0
    for (let member = 0; member < this.#loads.length; member++) {
      if (owns(this.#table, Math.floor(slot / this.#table.replicas), member)) continue
      const distinct = zonesWith(this.#table, slot, member)
      if (
        heir < 0 ||
        distinct > zones ||
        (distinct === zones && this.#after(member) < this.#after(heir))
      ) {
        heir = member
        zones = distinct
      }
    }
    this.#table.slots[slot] = heir
    this.#loads[heir] = (this.#loads[heir] as number) + 1
    this.#zones.set(slot, zones)
    this.given.push(slot)
  }

  /**
   * The last gifts found the emptiest nodes among their partition's owners already, and went
   * elsewhere. Chains of passing gifts on bring loads closer together, strictly, so they come to an
   * end.
   */
  level(): void {
    for (let member = 0; member < this.#loads.length; member++) {
      while (this.#passOn(member));
    }
  }

  /**
   * One gift less for `start`, one more for somebody who has less even then; those between pass one
   * on.
   */
  #passOn(start: number): boolean {
    const cameBy = new Map<number, number>()
    const queue = [start]
    for (const member of queue) {
      for (const slot of this.given) {
        if (this.#table.slots[slot] !== member) continue
        for (let heir = 0; heir < this.#loads.length; heir++) {
          if (heir === start || cameBy.has(heir) || !this.#mayHave(heir, slot)) continue
          cameBy.set(heir, slot)
          queue.push(heir)
          if (this.#after(heir) < this.#now(start)) {
            this.#apply(heir, start, cameBy)
            return true
          }
        }
      }
    }
    return false
  }

  #mayHave(heir: number, slot: number): boolean {
    if (owns(this.#table, Math.floor(slot / this.#table.replicas), heir)) return false
    return zonesWith(this.#table, slot, heir) === this.#zones.get(slot)
  }

  /** Each gift has one holder, so it lies on a chain once. */
  #apply(end: number, start: number, cameBy: ReadonlyMap<number, number>): void {
    this.#loads[end] = (this.#loads[end] as number) + 1
    this.#loads[start] = (this.#loads[start] as number) - 1
    for (let heir = end; heir !== start;) {
      const slot = cameBy.get(heir) as number
      const giver = this.#table.slots[slot] as number
      this.#table.slots[slot] = heir
      heir = giver
    }
  }

  #now(member: number): number {
    return (this.#loads[member] as number) / this.#weight(member)
  }

  #after(member: number): number {
    return ((this.#loads[member] as number) + 1) / this.#weight(member)
  }

  #weight(member: number): number {
    return (this.#table.members[member] as { weight: number }).weight
  }
}
