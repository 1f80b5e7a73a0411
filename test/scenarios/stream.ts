/** Streams for tests. */
import type { RandomStream } from '../../scenarios/stream.js'
import { forkStream } from '../../sim/random.js'

export const streamOf = (label: string): RandomStream => forkStream(1, label)

/** Gives these numbers, one after the other, and counts how many were asked for. */
export class Scripted implements RandomStream {
  readonly #numbers: readonly number[]
  drawn = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  next(): number {
    const number = this.#numbers[this.drawn % this.#numbers.length] ?? 0
    this.drawn += 1
    return number
  }
}

/**
 * Pearson's chi-square of what was counted against what was expected, in standard deviations from
 * its mean (Wilson and Hilferty): below 4 but once in thirty thousand tests of a true hypothesis.
 */
export function chiSquareDeviations(counts: readonly number[], shares: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const chiSquare = shares.reduce((sum, share, index) => {
    const expected = share * total
    return sum + ((counts[index] ?? 0) - expected) ** 2 / expected
  }, 0)
  const freedom = shares.length - 1
  const cube = Math.cbrt(chiSquare / freedom)
  return (cube - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom))
}
