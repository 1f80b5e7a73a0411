/** Means and their confidence intervals over seeds: every seed is one independent draw. */

export interface Estimate {
  /** How many values there were. */
  readonly count: number
  readonly mean: number
  readonly min: number
  readonly max: number
  /** The 95% confidence interval of the mean (Student's t); null for fewer than two values. */
  readonly low: number | null
  readonly high: number | null
}

/** Null for no values. */
export function estimate(values: readonly number[]): Estimate | null {
  const count = values.length
  if (count === 0) return null
  let mean = 0
  let squares = 0
  let min = Infinity
  let max = -Infinity
  // Welford's recurrence: sums of squares of large values would cancel.
  values.forEach((value, index) => {
    const delta = value - mean
    mean += delta / (index + 1)
    squares += delta * (value - mean)
    min = Math.min(min, value)
    max = Math.max(max, value)
  })
  if (count === 1) return { count, mean, min, max, low: null, high: null }
  const error = Math.sqrt(squares / (count - 1) / count)
  const margin = tCritical(count - 1) * error
  return { count, mean, min, max, low: mean - margin, high: mean + margin }
}

const z = 1.959963984540054

/** For 1 to 10 degrees of freedom, where the expansion below is not exact enough. */
const fewFreedoms = [
  12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157,
  2.228139,
]

/**
 * The 97.5% point of Student's t, to five digits: a table, then the expansion about the normal
 * distribution (Abramowitz and Stegun, 26.7.5).
 */
export function tCritical(freedom: number): number {
  const known = fewFreedoms[freedom - 1]
  if (known !== undefined) return known
  const n = freedom
  return (
    z +
    (z ** 3 + z) / (4 * n) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * n ** 3) +
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / (92160 * n ** 4)
  )
}
