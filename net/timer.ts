/**
 * The timers of one node, over a single timer of the system.
 *
 * A heap of deadlines, out of which nothing is ever taken but the earliest: a timer disarmed or
 * replaced stays behind as a dead entry and is passed over when its time comes. Nearly every timer
 * is of a request and is disarmed within milliseconds, so dead entries are swept out as soon as
 * they are the larger part.
 */
import type { Micros, TimerId } from '../core/index.js'
import { Pending } from '../core/pending.js'
import { monoMicros } from './clock.js'

interface Armed {
  readonly timer: TimerId
  readonly atMicros: Micros
  alive: boolean
}

/** Sweeping fewer than these is not worth it. */
const leastDead = 1_024

export class Timers {
  readonly #fire: (timer: TimerId) => void
  /** Of requests, by their rising numbers. */
  readonly #armed = new Pending<Armed>()
  /** The node's own, whose numbers are below zero. */
  readonly #own = new Map<TimerId, Armed>()
  #heap: Armed[] = []
  #dead = 0
  #wake: NodeJS.Timeout | null = null
  #wakeAtMicros = Infinity

  constructor(fire: (timer: TimerId) => void) {
    this.#fire = fire
  }

  get size(): number {
    return this.#armed.size + this.#own.size
  }

  /** Entries held, dead ones too. */
  get held(): number {
    return this.#heap.length
  }

  arm(timer: TimerId, atMicros: Micros): void {
    this.disarm(timer)
    const armed = { timer, atMicros, alive: true }
    if (timer < 0) this.#own.set(timer, armed)
    else this.#armed.set(timer, armed)
    this.#push(armed)
    if (atMicros < this.#wakeAtMicros) this.#wakeLater(atMicros)
  }

  disarm(timer: TimerId): void {
    const armed = (timer < 0 ? this.#own.get(timer) : this.#armed.get(timer)) ?? null
    if (armed === null) return
    armed.alive = false
    this.#forget(timer)
    this.#dead++
    if (this.#dead > leastDead && this.#dead * 2 > this.#heap.length) this.#sweep()
  }

  clear(): void {
    if (this.#wake !== null) clearTimeout(this.#wake)
    this.#wake = null
    this.#wakeAtMicros = Infinity
    this.#armed.clear()
    this.#own.clear()
    this.#heap = []
    this.#dead = 0
  }

  #forget(timer: TimerId): void {
    if (timer < 0) this.#own.delete(timer)
    else this.#armed.delete(timer)
  }

  /** The system's timers count in milliseconds: rounded up, so that none fires early. */
  #wakeLater(atMicros: Micros): void {
    if (this.#wake !== null) clearTimeout(this.#wake)
    this.#wakeAtMicros = atMicros
    const millis = Math.max(0, Math.ceil((atMicros - monoMicros()) / 1_000))
    this.#wake = setTimeout(() => {
      this.#wake = null
      this.#wakeAtMicros = Infinity
      this.#run()
    }, millis)
  }

  /**
   * What is due at the start: a timer that arms itself for now has its turn next time, or a round
   * of such would never end.
   */
  #run(): void {
    const nowMicros = monoMicros()
    const due: Armed[] = []
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.atMicros > nowMicros) break
      this.#pop()
      if (first.alive) due.push(first)
      else this.#dead--
    }
    for (const armed of due) {
      // One that fired before it in this round may have disarmed or replaced it.
      if (!armed.alive) this.#dead--
      else {
        this.#forget(armed.timer)
        this.#fire(armed.timer)
      }
    }
    const next = this.#heap[0]
    if (next !== undefined && next.atMicros < this.#wakeAtMicros) this.#wakeLater(next.atMicros)
  }

  #sweep(): void {
    const alive = this.#heap.filter((armed) => armed.alive)
    this.#heap = []
    this.#dead = 0
    for (const armed of alive) this.#push(armed)
  }

  #push(armed: Armed): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above] as Armed
      if (parent.atMicros <= armed.atMicros) break
      heap[at] = parent
      at = above
    }
    heap[at] = armed
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      const right = heap[below + 1]
      if (right !== undefined && right.atMicros < (heap[below] as Armed).atMicros) below++
      const child = heap[below] as Armed
      if (last.atMicros <= child.atMicros) break
      heap[at] = child
      at = below
    }
    heap[at] = last
  }
}
