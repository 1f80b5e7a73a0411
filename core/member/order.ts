/**
 * The order in which all members are probed (SWIM section 4.3): all once, in an order drawn anew
 * each time round, so that no member waits longer than two rounds. The shuffle goes on by one
 * member with each probe.
 */
import type { Chance } from './chance.js'

export class ProbeOrder {
  readonly #order: Int32Array
  readonly #chance: Chance
  #next = 0

  constructor(members: number, chance: Chance) {
    this.#order = Int32Array.from({ length: members }, (_, index) => index)
    this.#chance = chance
  }

  /** Index of a member. */
  next(): number {
    const order = this.#order
    const at = this.#next
    const other = at + this.#chance.below(order.length - at)
    const drawn = order[other] as number
    order[other] = order[at] as number
    order[at] = drawn
    this.#next = (at + 1) % order.length
    return drawn
  }
}
