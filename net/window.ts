/**
 * Which counters of one sender's life have been seen (RFC 6479's idea, with a set of bits): each is
 * taken once, and those too far behind the newest never.
 */
const size = 1_024

export class ReplayWindow {
  #newest = 0
  /** Bit c modulo `size`: whether counter c was seen; of the `size` newest counters only. */
  readonly #seen = new Uint8Array(size)

  /** False: it came before, or is too old to tell. Counters begin at 1. */
  take(counter: number): boolean {
    if (counter <= this.#newest - size || counter < 1) return false
    if (counter > this.#newest) {
      const fresh = Math.min(size, counter - this.#newest)
      for (let i = 0; i < fresh; i++) this.#seen[(counter - i) % size] = 0
      this.#newest = counter
    } else if (this.#seen[counter % size] === 1) return false
    this.#seen[counter % size] = 1
    return true
  }
}
