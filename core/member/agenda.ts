/**
 * What is due when, of one part of a node that has one timer: a heap, first in first out among
 * those due together. Nothing is ever taken back: who finds an item no longer true ignores it.
 */
import type { Micros } from '../types.js'

export interface Due<Item> {
  readonly atMicros: Micros
  readonly order: number
  readonly item: Item
}

export class Agenda<Item> {
  readonly #heap: Due<Item>[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  /** Infinity: nothing is due ever. */
  get nextMicros(): Micros {
    return this.#heap[0]?.atMicros ?? Infinity
  }

  add(atMicros: Micros, item: Item): void {
    const heap = this.#heap
    const due = { atMicros, order: this.#order++, item }
    let at = heap.length
    heap.push(due)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (isBefore(heap[above] as Due<Item>, due)) break
      heap[at] = heap[above] as Due<Item>
      at = above
    }
    heap[at] = due
  }

  /** The earliest item that is due by then; null if there is none. */
  take(nowMicros: Micros): Item | null {
    const first = this.#heap[0]
    if (first === undefined || first.atMicros > nowMicros) return null
    const last = this.#heap.pop() as Due<Item>
    if (last !== first) this.#sink(last)
    return first.item
  }

  #sink(due: Due<Item>): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      const right = heap[below + 1]
      if (right !== undefined && isBefore(right, heap[below] as Due<Item>)) below++
      if (isBefore(due, heap[below] as Due<Item>)) break
      heap[at] = heap[below] as Due<Item>
      at = below
    }
    heap[at] = due
  }
}

const isBefore = <Item>(a: Due<Item>, b: Due<Item>): boolean =>
  a.atMicros < b.atMicros || (a.atMicros === b.atMicros && a.order < b.order)
