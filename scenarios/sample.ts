/**
 * Durations drawn from the distributions of a scenario, as integer micros: for the simulator's
 * network, which draws a million a second, and for the durations of faults.
 *
 * No Math.log, Math.exp or Math.pow: they may differ in the last digit between engines and
 * versions, one digit can move a rounding, and one moved microsecond is another run. What is used
 * instead is + - * / and integer operations, which IEEE 754 fixes to the last bit (as it does
 * Math.sqrt). The logarithm is our own because it is drawn through once a message: five times
 * faster than the general one of real.ts.
 */
import { assert, never } from '../core/assert.js'
import type { Latency } from './model.js'
import { exponential as exponent } from './real.js'
import type { RandomStream } from './stream.js'

export type Sampler = (random: RandomStream) => number

/**
 * Nothing takes longer than a day: heavy tails are cut there, so that times stay exact integers.
 */
export const longestMicros = 86_400_000_000

const twoTo30 = 1_073_741_824
const twoTo31 = 2_147_483_648
const twoTo32 = 4_294_967_296
const naturalTwo = 0.6931471805599453

/** The table of `logarithm`: cells of width 1/512; only those from 1/2 up are used. */
const cells = 512
const cellMiddle = (cell: number): number => (cell + 0.5) / cells
const cellInverse = Float64Array.from({ length: cells + 1 }, (_, cell) => 1 / cellMiddle(cell))
const cellLogarithm = cellInverse.map((_, cell) => slowLogarithm(cellMiddle(cell)))

/**
 * Compiled once per use; the sampler returns integer micros, 0..longestMicros. A constant does not
 * draw.
 */
export function compileLatency(latency: Latency): Sampler {
  switch (latency.kind) {
    case 'constant':
      return constant(latency.micros)
    case 'uniform':
      return uniform(latency.minMicros, latency.maxMicros)
    case 'exponential':
      return exponential(latency.minMicros, latency.meanMicros)
    case 'pareto':
      return pareto(latency.minMicros, latency.alpha)
    case 'lognormal':
      return lognormal(latency.medianMicros, latency.sigma)
    case 'empirical':
      return empirical(latency.points)
    case 'mixture':
      return mixture(latency.parts)
    default:
      return never(latency)
  }
}

function wholeMicros(micros: number): number {
  return micros >= longestMicros ? longestMicros : micros <= 0 ? 0 : Math.round(micros)
}

function constant(micros: number): Sampler {
  const whole = wholeMicros(micros)
  return () => whole
}

function uniform(minMicros: number, maxMicros: number): Sampler {
  const least = wholeMicros(minMicros)
  const values = wholeMicros(maxMicros) - least + 1
  assert(values >= 1, 'a uniform latency has min <= max')
  return (random) => least + Math.floor(random.next() * values)
}

function exponential(minMicros: number, meanMicros: number): Sampler {
  const excess = meanMicros - minMicros
  assert(excess >= 0, 'an exponential latency has min <= mean')
  return (random) => wholeMicros(minMicros - excess * logarithm(positive(random)))
}

/** Inverse transform: min / u^(1 / alpha). */
function pareto(minMicros: number, alpha: number): Sampler {
  assert(alpha > 0, 'a pareto latency has alpha > 0')
  return (random) => wholeMicros(minMicros * exponent(-logarithm(positive(random)) / alpha))
}

function lognormal(medianMicros: number, sigma: number): Sampler {
  return (random) => wholeMicros(medianMicros * exponent(sigma * normal(random)))
}

/** Inverse of the piecewise linear distribution function through the points. */
function empirical(
  points: readonly { readonly quantile: number; readonly micros: number }[],
): Sampler {
  const quantiles = points.map((point) => point.quantile)
  const micros = points.map((point) => point.micros)
  const last = quantiles.length - 1
  assert(last >= 0, 'an empirical latency has a point')
  return (random) => {
    const at = random.next()
    if (at <= quantiles[0]!) return wholeMicros(micros[0]!)
    if (at >= quantiles[last]!) return wholeMicros(micros[last]!)
    let upper = 1
    while (quantiles[upper]! < at) upper++
    const from = quantiles[upper - 1]!
    const part = (at - from) / (quantiles[upper]! - from)
    return wholeMicros(micros[upper - 1]! + part * (micros[upper]! - micros[upper - 1]!))
  }
}

/** One draw chooses the part, the part draws for itself. */
function mixture(
  parts: readonly { readonly weight: number; readonly latency: Latency }[],
): Sampler {
  const samplers = parts.map((part) => compileLatency(part.latency))
  const total = parts.reduce((sum, part) => sum + part.weight, 0)
  const last = samplers.length - 1
  assert(last >= 0 && total > 0, 'a mixture has a part with weight')
  let sum = 0
  const upTo = parts.map((part) => (sum += part.weight) / total)
  return (random) => {
    const at = random.next()
    let index = 0
    while (index < last && at >= upTo[index]!) index++
    return samplers[index]!(random)
  }
}

/**
 * Marsaglia's polar method; the second value of each pair is thrown away, so that a sampler has no
 * state.
 */
function normal(random: RandomStream): number {
  for (;;) {
    const x = 2 * random.next() - 1
    const y = 2 * random.next() - 1
    const square = x * x + y * y
    if (square < 1 && square > 0) return x * Math.sqrt((-2 * logarithm(square)) / square)
  }
}

/** (0, 1): zero, one draw in 2^32, becomes the smallest draw above it. */
function positive(random: RandomStream): number {
  const at = random.next()
  return at === 0 ? 1 / twoTo32 : at
}

/**
 * Natural logarithm of 0 < x <= 1, to about 1e-15. x is m / 2^shifts with m in 1/2..1, and m is (1
 * + r) times the middle of its cell in a table: r is small, and ln (1 + r) a short series.
 */
export function logarithm(x: number): number {
  let mantissa = x
  let shifts = 0
  while (mantissa < 1 / twoTo30) {
    mantissa *= twoTo30
    shifts += 30
  }
  // A mantissa just above a power of two may end just above 1: there is a cell for it.
  const shift = Math.clz32(mantissa * (twoTo31 - 1)) - 1
  mantissa *= 1 << shift
  const cell = (mantissa * cells) | 0
  const r = mantissa * cellInverse[cell]! - 1
  const series = r * (1 - r * (1 / 2 - r * (1 / 3 - r * (1 / 4 - r * (1 / 5 - r * (1 / 6))))))
  return series + cellLogarithm[cell]! - (shifts + shift) * naturalTwo
}

/** For the table: ln x as twice the series of artanh ((x - 1) / (x + 1)), for x in 1/2..1. */
function slowLogarithm(x: number): number {
  const s = (x - 1) / (x + 1)
  let sum = 0
  for (let power = 41; power > 0; power -= 2) sum = sum * s * s + 1 / power
  return 2 * s * sum
}
