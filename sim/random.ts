/**
 * All randomness of the simulated world: seedrandom's Alea (Baagøe 2010), one stream per concern.
 *
 * A stream is forked from the run's seed by a label, never from another stream, so one more draw in
 * one model cannot shift the draws of another. Alea computes with multiples of 2^-32 below 2^53,
 * where doubles are exact: the same numbers on every machine.
 *
 * seedrandom seeds a stream; it goes on here by the same recurrence in whole numbers of 2^-32.
 * The state is four small integers side by side in the stream itself, where the library's is six
 * objects apart: a simulation of a thousand nodes draws from thousands of streams, and each draw
 * finds its state in no cache.
 */
import alea from 'seedrandom/lib/alea.js'
import { assert } from '../core/assert.js'

const million = 1_000_000
const twoTo32 = 4_294_967_296
const multiplier = 2_091_639

export class RandomStream {
  /** The last three draws, times 2^32, as signed integers of 32 bits. */
  #oldest: number
  #older: number
  #last: number
  #carry: number

  /** `seed` must say something: seedrandom would seed itself from the clock for an empty one. */
  constructor(seed: string) {
    assert(seed.length > 0, 'a random stream needs a seed')
    const { s0, s1, s2, c } = alea(seed, { state: true }).state()
    this.#oldest = (s0 * twoTo32) | 0
    this.#older = (s1 * twoTo32) | 0
    this.#last = (s2 * twoTo32) | 0
    this.#carry = c
  }

  /** [0, 1), a multiple of 2^-32. */
  next(): number {
    const sum = multiplier * (this.#oldest >>> 0) + this.#carry
    const carry = (sum / twoTo32) | 0
    const draw = sum - carry * twoTo32
    this.#oldest = this.#older
    this.#older = this.#last
    this.#last = draw | 0
    this.#carry = carry
    return draw / twoTo32
  }

  /** 0 .. below - 1. Above 2^32 only every (below / 2^32)-th integer is ever drawn. */
  integer(below: number): number {
    assert(below >= 1, `no integer below ${String(below)}`)
    return Math.floor(this.next() * below)
  }

  /**
   * True with a probability in parts per million. Zero does not draw: a fault that is off costs and
   * shifts nothing.
   */
  below(ppm: number): boolean {
    return ppm > 0 && Math.floor(this.next() * million) < ppm
  }
}

/**
 * The stream of one concern, for example `latency/n3`. Same seed and label, same draws; labels are
 * unrelated.
 */
export function forkStream(seed: number, label: string): RandomStream {
  assert(Number.isSafeInteger(seed), `a seed is an integer, not ${String(seed)}`)
  assert(label.length > 0, 'a random stream needs a label')
  return new RandomStream(`${String(seed)}/${label}`)
}
