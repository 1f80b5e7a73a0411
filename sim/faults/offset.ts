/**
 * Wall clocks that faults hold off the true time. A file cannot ask for two offsets of one clock
 * at a time, but chance and milestones bring them: then the latest of them holds, and after the
 * last the clock is what it was before the first.
 */
import type { NodeClock } from '../clock.js'
import type { Undo } from '../undo.js'

interface Offset {
  readonly micros: number
}

interface Held {
  readonly offsets: readonly Offset[]
  /** By how much they have moved the clock, all together. */
  readonly movedMicros: number
}

const free: Held = { offsets: [], movedMicros: 0 }

export class ClockOffsets {
  readonly #nowMicros: () => number
  readonly #held = new Map<NodeClock, Held>()

  constructor(nowMicros: () => number) {
    this.#nowMicros = nowMicros
  }

  start(clock: NodeClock, micros: number): Undo {
    const own: Offset = { micros }
    this.#hold(clock, (offsets) => [...offsets, own])
    return () => this.#hold(clock, (offsets) => offsets.filter((other) => other !== own))
  }

  #hold(clock: NodeClock, change: (offsets: readonly Offset[]) => readonly Offset[]): void {
    const before = this.#held.get(clock) ?? free
    const offsets = change(before.offsets)
    const latest = offsets.at(-1)
    // The end of one that a later one has overruled changes nothing.
    if (latest !== undefined && latest === before.offsets.at(-1)) {
      this.#held.set(clock, { ...before, offsets })
      return
    }
    const byMicros =
      latest === undefined
        ? -before.movedMicros
        : latest.micros - clock.wallErrorMicros(this.#nowMicros())
    clock.jump(byMicros)
    this.#held.set(clock, { offsets, movedMicros: before.movedMicros + byMicros })
  }
}
