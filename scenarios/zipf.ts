/**
 * Zipf's law over 1..count: rank k with a probability proportional to k^-exponent, exactly, for
 * any exponent above 0. Few ranks are looked up in a table (about 15 ns a draw); many are drawn
 * without one (about 95 ns), so that ten million keys cost no memory.
 */
import { exponential, logarithm } from './real.js'
import type { RandomStream } from './stream.js'

export interface Ranks {
  /** 1..count. */
  draw(stream: RandomStream): number
}

const largestTable = 65_536

export function createZipf(count: number, exponent: number): Ranks {
  return count <= largestTable ? new TableZipf(count, exponent) : new CurveZipf(count, exponent)
}

/**
 * Inversion by indexed search (Chen and Asau 1974): a guide says where in the running sum to
 * start looking.
 */
export class TableZipf implements Ranks {
  readonly #count: number
  /** Probability of each rank or a lower one. */
  readonly #upTo: Float64Array
  /** Part of [0, 1) -> index of the first rank that may hold there. */
  readonly #guide: Int32Array

  constructor(count: number, exponent: number) {
    this.#count = count
    this.#upTo = new Float64Array(count)
    this.#guide = new Int32Array(count)
    let sum = 0
    for (let index = 0; index < count; index += 1) {
      sum += exponential(-exponent * logarithm(index + 1))
      this.#upTo[index] = sum
    }
    for (let index = 0; index < count; index += 1) this.#upTo[index]! /= sum
    this.#upTo[count - 1] = 1
    this.#fillGuide()
  }

  #fillGuide(): void {
    let index = 0
    for (let part = 0; part < this.#count; part += 1) {
      while (this.#upTo[index]! <= part / this.#count) index += 1
      this.#guide[part] = index
    }
  }

  draw(stream: RandomStream): number {
    const at = stream.next()
    let index = this.#guide[Math.floor(at * this.#count)]!
    while (at >= this.#upTo[index]!) index += 1
    return index + 1
  }
}

/**
 * Rejection-inversion (Hörmann and Derflinger 1996, algorithm ZRI). The histogram of
 * k^-exponent lies below a continuous curve whose integral can be inverted: draw under the
 * curve, round to the nearest rank, and reject the little that falls outside the histogram.
 * Fewer than 1.3 tries a draw, whatever the exponent and the count.
 */
export class CurveZipf implements Ranks {
  readonly #count: number
  readonly #exponent: number
  readonly #lowest: number
  readonly #highest: number
  /** A draw no farther than this below its rank is inside the histogram without looking. */
  readonly #surely: number

  constructor(count: number, exponent: number) {
    this.#count = count
    this.#exponent = exponent
    this.#lowest = this.#integral(1.5) - 1
    this.#highest = this.#integral(count + 0.5)
    this.#surely = 2 - this.#inverse(this.#integral(2.5) - this.#height(2))
  }

  draw(stream: RandomStream): number {
    for (;;) {
      const area = this.#highest + stream.next() * (this.#lowest - this.#highest)
      const x = this.#inverse(area)
      const rank = Math.min(this.#count, Math.max(1, Math.floor(x + 0.5)))
      if (rank - x <= this.#surely) return rank
      if (area >= this.#integral(rank + 0.5) - this.#height(rank)) return rank
    }
  }

  /** x^-exponent. */
  #height(x: number): number {
    return exponential(-this.#exponent * logarithm(x))
  }

  /**
   * Antiderivative of the height: (x^(1 - exponent) - 1) / (1 - exponent), and ln x where the
   * exponent is 1.
   */
  #integral(x: number): number {
    const log = logarithm(x)
    return log * growth((1 - this.#exponent) * log)
  }

  #inverse(area: number): number {
    const t = Math.max(-1, area * (1 - this.#exponent))
    return exponential(area * slowing(t))
  }
}

/** (e^t - 1) / t, also near 0, where the quotient would lose its digits. */
function growth(t: number): number {
  if (t > 1e-3 || t < -1e-3) return (exponential(t) - 1) / t
  return 1 + (t / 2) * (1 + (t / 3) * (1 + (t / 4) * (1 + t / 5)))
}

/** ln(1 + t) / t, also near 0. */
function slowing(t: number): number {
  if (t > 1e-3 || t < -1e-3) return logarithm(1 + t) / t
  return 1 - t * (1 / 2 - t * (1 / 3 - t * (1 / 4 - t * (1 / 5 - t / 6))))
}
