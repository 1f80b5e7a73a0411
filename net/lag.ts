/**
 * How long what comes in may have waited: a process that was halted, or has had no time, finds in
 * its sockets what came meanwhile, and nothing there says when. A tick tells for how long nothing
 * was looked at. What is read in the same turn may have come at any time of that, and what is read
 * right after it, on connections that are only accepted now, too: all of it is taken for old.
 * Clients ask again, elsewhere, what they still want.
 */
import type { Micros } from '../core/index.js'

export const tickMicros: Micros = 100_000
/** Less is the everyday life of a process. */
const leastMicros: Micros = 200_000
/** Connections that have waited to be accepted are read some turns later. */
const afterwardsMicros: Micros = 50_000

export class Lag {
  readonly #nowMicros: () => Micros
  #lastMicros: Micros
  #lateMicros: Micros = 0
  #lateUntilMicros: Micros = 0

  constructor(nowMicros: () => Micros) {
    this.#nowMicros = nowMicros
    this.#lastMicros = nowMicros()
  }

  /** From now on it ticks. */
  begin(): void {
    this.#lastMicros = this.#nowMicros()
  }

  /** Every `tickMicros`, or when it can be done. */
  tick(): void {
    const nowMicros = this.#nowMicros()
    const late = this.#lateAt(nowMicros)
    this.#lastMicros = nowMicros
    if (late === 0) return
    this.#lateMicros = late
    this.#lateUntilMicros = nowMicros + afterwardsMicros
  }

  /** What is read at that time has waited for so long, at most. */
  waitedMicros(nowMicros: Micros): Micros {
    const late = this.#lateAt(nowMicros)
    return nowMicros < this.#lateUntilMicros ? Math.max(late, this.#lateMicros) : late
  }

  #lateAt(nowMicros: Micros): Micros {
    const late = nowMicros - this.#lastMicros - tickMicros
    return late < leastMicros ? 0 : late
  }
}
