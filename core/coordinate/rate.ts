/** A token bucket of one second: so many a second, and no more than that at once. */
import type { Micros } from '../types.js'

export class RateLimit {
  readonly #perSecond: number
  #tokens: number
  #atMicros: Micros = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#tokens = perSecond
  }

  take(nowMicros: Micros): boolean {
    const elapsed = nowMicros - this.#atMicros
    if (elapsed > 0) {
      this.#tokens = Math.min(
        this.#perSecond,
        this.#tokens + (elapsed * this.#perSecond) / 1_000_000,
      )
      this.#atMicros = nowMicros
    }
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
