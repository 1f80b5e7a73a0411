/**
 * What one node knows of its peers at first hand: when it last heard from each, how long that
 * usually takes (phi-accrual, Hayashibara et al. 2004), and how fast each answers.
 *
 * Phi says how unlikely a silence of this length is, as a power of ten. Intervals are taken to be
 * exponential around a running mean, as Cassandra does: one division, and no window to keep.
 *
 * Four numbers a peer, side by side in one array for all. Every message looks at those of its
 * sender, and among a thousand nodes that is one of a million places, in no cache: it had better be
 * one place, and nothing that the collector must look after.
 */
import type { Micros } from '../types.js'

/**
 * The life of the peer that is known, 0: nothing was heard of it. Where a word from it is to be
 * looked at closely, -1 less the life.
 */
const atLife = 0
/** Of the last word; 0: never. */
const atHeard = 1
/** Running mean of the time between two words; 0: not known. */
const atInterval = 2
/** Running mean of the time until an answer; 0: not known. */
const atLatency = 3
const width = 4

/** Weight of the newest sample: an eighth, as of TCP's round-trip times. */
const weight = 8

const averaged = (mean: Micros, sample: Micros): Micros =>
  mean === 0 ? sample : Math.round(mean + (sample - mean) / weight)

/** Hearing again within this does not change anything, so that most messages change nothing. */
export const freshMicros = 10_000

/** A peer that speaks more often than this is not expected to. */
const leastIntervalMicros = 100_000

/** Peers are numbers: their places among the members. */
export class Contacts {
  readonly #numbers: Float64Array

  constructor(members: number) {
    this.#numbers = new Float64Array(width * members)
  }

  incarnation(peer: number): number {
    const life = this.#numbers[width * peer + atLife] as number
    return life < 0 ? -1 - life : life
  }

  heardMicros(peer: number): Micros {
    return this.#numbers[width * peer + atHeard] as number
  }

  latencyMicros(peer: number): Micros {
    return this.#numbers[width * peer + atLatency] as number
  }

  /** Whether a word from that life of the peer changes nothing at this time. */
  isQuiet(peer: number, incarnation: number, nowMicros: Micros): boolean {
    const numbers = this.#numbers
    const at = width * peer
    return (
      numbers[at + atLife] === incarnation &&
      nowMicros < (numbers[at + atHeard] as number) + freshMicros
    )
  }

  /**
   * This is the life of it that holds. `easy`: its words are worth no closer look for a while after
   * each.
   */
  lives(peer: number, incarnation: number, easy: boolean): void {
    this.#numbers[width * peer + atLife] = easy ? incarnation : -1 - incarnation
  }

  /** A word from the peer itself. */
  heard(peer: number, nowMicros: Micros): void {
    const numbers = this.#numbers
    const at = width * peer
    const heardMicros = numbers[at + atHeard] as number
    const passed = nowMicros - heardMicros
    if (heardMicros !== 0 && passed >= freshMicros) {
      numbers[at + atInterval] = averaged(numbers[at + atInterval] as number, passed)
    }
    numbers[at + atHeard] = nowMicros
  }

  answered(peer: number, latencyMicros: Micros): void {
    const numbers = this.#numbers
    const at = width * peer + atLatency
    numbers[at] = averaged(numbers[at] as number, Math.max(1, latencyMicros))
  }

  phi(peer: number, nowMicros: Micros): number {
    const numbers = this.#numbers
    const at = width * peer
    const heardMicros = numbers[at + atHeard] as number
    const intervalMicros = numbers[at + atInterval] as number
    if (heardMicros === 0 || intervalMicros === 0) return 0
    const silence = Math.max(0, nowMicros - heardMicros)
    return (silence / Math.max(leastIntervalMicros, intervalMicros)) * Math.LOG10E
  }
}
