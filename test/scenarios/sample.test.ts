import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Latency } from '../../scenarios/model.js'
import { forkStream } from '../../sim/random.js'
import { compileLatency, logarithm, longestMicros } from '../../scenarios/sample.js'

const count = 100_000

const sorted = (latency: Latency): number[] => {
  const random = forkStream(1, 'sample')
  const sample = compileLatency(latency)
  return Array.from({ length: count }, () => sample(random)).sort((left, right) => left - right)
}
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
const quantile = (values: readonly number[], at: number): number =>
  values[Math.floor(at * values.length)]!
const near = (actual: number, expected: number, relative: number): void =>
  assert.ok(
    Math.abs(actual - expected) <= relative * expected,
    `${String(actual)} is not within ${String(100 * relative)}% of ${String(expected)}`,
  )

test('sample: logarithm agrees with the library to the last digits', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1, noNaN: true }), (x) => {
      const expected = Math.log(x)
      assert.ok(Math.abs(logarithm(x) - expected) <= 2e-15 * (1 - expected), String(x))
    }),
    { seed: 1, numRuns: 20_000 },
  )
  for (let power = 0; power >= -40; power--) {
    const expected = Math.log(2 ** power)
    assert.ok(Math.abs(logarithm(2 ** power) - expected) <= 2e-15 * (1 - expected), String(power))
  }
})

test('sample: a constant is itself and does not draw', () => {
  const random = forkStream(1, 'sample')
  const sample = compileLatency({ kind: 'constant', micros: 250 })
  for (let index = 0; index < 10; index++) assert.is(sample(random), 250)
  assert.is(random.next(), forkStream(1, 'sample').next())
})

test('sample: uniform covers both ends and the middle evenly', () => {
  const values = sorted({ kind: 'uniform', minMicros: 100, maxMicros: 1_099 })
  assert.is(values[0], 100)
  assert.is(values.at(-1), 1_099)
  near(mean(values), 599.5, 0.01)
  near(quantile(values, 0.25), 350, 0.02)
  const point = sorted({ kind: 'uniform', minMicros: 7, maxMicros: 7 })
  assert.equal([point[0], point.at(-1)], [7, 7])
})

test('sample: exponential starts at min, and its mean is the mean of the whole', () => {
  const values = sorted({ kind: 'exponential', minMicros: 200, meanMicros: 1_000 })
  assert.is(values[0], 200)
  near(mean(values), 1_000, 0.01)
  for (const at of [0.1, 0.5, 0.9, 0.99])
    near(quantile(values, at), 200 - 800 * Math.log(1 - at), 0.03)
})

test('sample: exponential with min equal to mean is constant', () => {
  const values = sorted({ kind: 'exponential', minMicros: 300, meanMicros: 300 })
  assert.equal([values[0], values.at(-1)], [300, 300])
})

test('sample: pareto has its quantiles and, for alpha > 1, its mean', () => {
  const values = sorted({ kind: 'pareto', minMicros: 1_000, alpha: 3 })
  assert.is(values[0], 1_000)
  near(mean(values), 1_500, 0.02)
  for (const at of [0.1, 0.5, 0.9, 0.99])
    near(quantile(values, at), 1_000 * (1 - at) ** (-1 / 3), 0.03)
})

test('sample: a tail too heavy for any clock is cut at a day', () => {
  const values = sorted({ kind: 'pareto', minMicros: 1_000, alpha: 0.05 })
  assert.is(values.at(-1), longestMicros)
  assert.ok(values.every((value) => Number.isSafeInteger(value)))
})

test('sample: lognormal has its median, mean and spread', () => {
  const values = sorted({ kind: 'lognormal', medianMicros: 10_000, sigma: 0.5 })
  near(quantile(values, 0.5), 10_000, 0.01)
  near(mean(values), 10_000 * Math.exp(0.125), 0.01)
  near(quantile(values, 0.8413), 10_000 * Math.exp(0.5), 0.02)
  near(quantile(values, 0.1587), 10_000 * Math.exp(-0.5), 0.02)
})

test('sample: empirical passes through its points, straight in between, flat outside', () => {
  const points = [
    { quantile: 0.1, micros: 1_000 },
    { quantile: 0.5, micros: 2_000 },
    { quantile: 0.99, micros: 90_000 },
  ]
  const values = sorted({ kind: 'empirical', points })
  assert.is(values[0], 1_000)
  assert.is(values.at(-1), 90_000)
  near(quantile(values, 0.3), 1_500, 0.01)
  near(values.filter((value) => value <= 2_000).length, 0.5 * count, 0.01)
  near(quantile(values, 0.745), 46_000, 0.02)
  assert.is(quantile(values, 0.05), 1_000)
  assert.is(quantile(values, 0.995), 90_000)
  const single = sorted({ kind: 'empirical', points: [{ quantile: 0.5, micros: 40 }] })
  assert.equal([single[0], single.at(-1)], [40, 40])
})

test('sample: an empirical step, two points of one quantile, draws nothing in between', () => {
  const points = [
    { quantile: 0, micros: 10 },
    { quantile: 0.5, micros: 10 },
    { quantile: 0.5, micros: 1_000 },
    { quantile: 1, micros: 1_000 },
  ]
  const values = sorted({ kind: 'empirical', points })
  assert.equal([...new Set(values)], [10, 1_000])
  near(mean(values), 505, 0.02)
})

test('sample: a mixture takes its parts by weight, nested ones too', () => {
  const values = sorted({
    kind: 'mixture',
    parts: [
      { weight: 3, latency: { kind: 'constant', micros: 1 } },
      {
        weight: 1,
        latency: {
          kind: 'mixture',
          parts: [
            { weight: 0.5, latency: { kind: 'constant', micros: 10 } },
            { weight: 0.5, latency: { kind: 'uniform', minMicros: 100, maxMicros: 200 } },
          ],
        },
      },
    ],
  })
  near(values.filter((value) => value === 1).length, 0.75 * count, 0.02)
  near(values.filter((value) => value === 10).length, 0.125 * count, 0.04)
  near(values.filter((value) => value >= 100).length, 0.125 * count, 0.04)
})

test('sample: every kind gives non-negative whole micros, and the golden draws', () => {
  const random = forkStream(9, 'golden')
  const kinds: readonly Latency[] = [
    { kind: 'uniform', minMicros: 0, maxMicros: 100_000 },
    { kind: 'exponential', minMicros: 0, meanMicros: 1_000 },
    { kind: 'pareto', minMicros: 1_000, alpha: 1.5 },
    { kind: 'lognormal', medianMicros: 1_000, sigma: 2 },
  ]
  const drawn = kinds.map((latency) => {
    const sample = compileLatency(latency)
    return Array.from({ length: 4 }, () => sample(random))
  })
  for (const value of drawn.flat()) assert.ok(Number.isSafeInteger(value) && value >= 0)
  assert.equal(drawn, [
    [47_914, 35_241, 43_800, 46_958],
    [417, 250, 80, 313],
    [1_080, 12_980, 2_884, 40_679],
    [2_803, 5_984, 307, 1_151],
  ])
})

test('sample: impossible parameters are assertion errors', () => {
  const impossible: readonly Latency[] = [
    { kind: 'uniform', minMicros: 2, maxMicros: 1 },
    { kind: 'exponential', minMicros: 2, meanMicros: 1 },
    { kind: 'pareto', minMicros: 1, alpha: 0 },
    { kind: 'empirical', points: [] },
    { kind: 'mixture', parts: [] },
  ]
  for (const latency of impossible) assert.throws(() => compileLatency(latency), latency.kind)
})

test.run()
