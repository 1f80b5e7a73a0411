/** A history cut by key: every check of ours is per key. */
import { FINAL } from './history.js'
import type { History } from './history.js'

export class Groups {
  /** Operation (or final) -> where it stands in `operations` (or `finals`) of its key. */
  readonly position: Int32Array
  private readonly cut: Cut

  constructor(position: Int32Array, cut: Cut) {
    this.position = position
    this.cut = cut
  }

  /** Operations of key k in order of invocation. */
  operations(key: number): Int32Array {
    return this.cut.operations.of(key)
  }

  /** What the owners of key k hold at the end. */
  finals(key: number): Int32Array {
    return this.cut.finals.of(key)
  }

  /** Events of key k in order: operation * 2, + 1 for its completion. */
  events(key: number): Int32Array {
    return this.cut.events.of(key)
  }
}

interface Cut {
  readonly operations: Groupings
  readonly finals: Groupings
  readonly events: Groupings
}

/** Three counting sorts: linear in the history. */
export const groupByKey = (history: History): Groups => {
  const { kind, key, size } = history
  const operations = new Groupings(history.keys.length)
  const finals = new Groupings(history.keys.length)
  const events = new Groupings(history.keys.length)
  for (let at = 0; at < size; at++) {
    ;(kind[at] === FINAL ? finals : operations).count(key[at] as number)
  }
  for (const event of history.events) if (event >= 0) events.count(key[event >> 1] as number)
  const position = new Int32Array(size)
  for (let at = 0; at < size; at++) {
    position[at] = (kind[at] === FINAL ? finals : operations).place(key[at] as number, at)
  }
  for (const event of history.events) if (event >= 0) events.place(key[event >> 1] as number, event)
  return new Groups(position, { operations, finals, events })
}

/** First count every item, then place every item in the same order. */
class Groupings {
  private readonly from: Int32Array
  private next: Int32Array | null = null
  private items = new Int32Array(0)

  constructor(groups: number) {
    this.from = new Int32Array(groups + 1)
  }

  count(group: number): void {
    this.from[group + 1] = (this.from[group + 1] as number) + 1
  }

  /** Returns the item's place within its group. */
  place(group: number, item: number): number {
    const next = (this.next ??= this.begin())
    const at = next[group] as number
    this.items[at] = item
    next[group] = at + 1
    return at - (this.from[group] as number)
  }

  private begin(): Int32Array {
    const last = this.from.length - 1
    for (let group = 0; group < last; group++) {
      this.from[group + 1] = (this.from[group + 1] as number) + (this.from[group] as number)
    }
    this.items = new Int32Array(this.from[last] as number)
    return this.from.slice()
  }

  of(group: number): Int32Array {
    // Nothing was placed: the counts are all zero, and so is the slice.
    return this.items.subarray(this.from[group], this.from[group + 1])
  }
}
