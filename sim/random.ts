/**
 * All randomness of the simulated world: seedrandom's Alea (Baagøe 2010), one stream per concern.
 *
 * A stream is forked from the run's seed by a label, never from another stream, so one more draw in
 * one model cannot shift the draws of another. Alea computes with multiples of 2^-32 below 2^53,
 * where doubles are exact: the same numbers on every machine.
 */
import alea from 'seedrandom/lib/alea.js'
import { assert } from '../core/assert.js'

const million = 1_000_000

export class RandomStream {
  readonly #draw: () => number

  /** `seed` must say something: seedrandom would seed itself from the clock for an empty one. */
  constructor(seed: string) {
    assert(seed.length > 0, 'a random stream needs a seed')
    this.#draw = alea(seed)
  }

  /** [0, 1), a multiple of 2^-32. */
  next(): number {
    return this.#draw()
  }

  /** 0 .. below - 1. Above 2^32 only every (below / 2^32)-th integer is ever drawn. */
  integer(below: number): number {
    assert(below >= 1, `no integer below ${String(below)}`)
    return Math.floor(this.#draw() * below)
  }

  /**
   * True with a probability in parts per million. Zero does not draw: a fault that is off costs and
   * shifts nothing.
   */
  below(ppm: number): boolean {
    return ppm > 0 && Math.floor(this.#draw() * million) < ppm
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
