import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileLatency } from '../../scenarios/sample.js'
import type { Latency } from '../../scenarios/model.js'
import { Scripted, streamOf } from './stream.js'

const draws = 100_000

function sorted(latency: Latency): number[] {
  const stream = streamOf(latency.kind)
  const values = Array.from({ length: draws }, () => compileLatency(latency)(stream))
  assert.ok(values.every((value) => Number.isSafeInteger(value) && value >= 0))
  return values.sort((left, right) => left - right)
}

const quantile = (values: readonly number[], at: number): number =>
  values[Math.floor(at * draws)] ?? NaN
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / draws

function near(actual: number, expected: number, relative: number): void {
  const message = `${String(actual)} is not within ${String(relative)} of ${String(expected)}`
  assert.ok(Math.abs(actual - expected) <= relative * expected, message)
}

test('sample of a fault: a constant needs no draw', () => {
  const stream = new Scripted([0.5])
  assert.is(compileLatency({ kind: 'constant', micros: 7 })(stream), 7)
  assert.is(stream.drawn, 0)
})

test('sample of a fault: uniform spreads evenly between its ends', () => {
  const values = sorted({ kind: 'uniform', minMicros: 1_000, maxMicros: 3_000 })
  near(mean(values), 2_000, 0.01)
  near(quantile(values, 0.9), 2_800, 0.01)
  assert.ok((values[0] ?? 0) >= 1_000 && (values[draws - 1] ?? 0) <= 3_000)
})

test('sample of a fault: exponential has its minimum, mean and tail', () => {
  const values = sorted({ kind: 'exponential', minMicros: 200, meanMicros: 1_000 })
  near(mean(values), 1_000, 0.01)
  near(quantile(values, 0.99), 200 + 800 * Math.log(100), 0.03)
  assert.ok((values[0] ?? 0) >= 200)
})

test('sample of a fault: pareto has its tail, cut at a day', () => {
  const values = sorted({ kind: 'pareto', minMicros: 1_000, alpha: 1.5 })
  near(quantile(values, 0.5), 1_000 * Math.pow(2, 1 / 1.5), 0.02)
  near(quantile(values, 0.99), 1_000 * Math.pow(100, 1 / 1.5), 0.05)
  const heavy = sorted({ kind: 'pareto', minMicros: 1_000_000, alpha: 0.05 })
  assert.is(heavy[draws - 1], 86_400_000_000)
})

test('sample of a fault: lognormal has its median and spread', () => {
  const values = sorted({ kind: 'lognormal', medianMicros: 1_000, sigma: 0.5 })
  near(quantile(values, 0.5), 1_000, 0.02)
  near(quantile(values, 0.975), 1_000 * Math.exp(0.5 * 1.959964), 0.03)
})

test('sample of a fault: empirical goes through its points and stays within them', () => {
  const points = [
    { quantile: 0.5, micros: 1_000 },
    { quantile: 0.99, micros: 9_000 },
  ]
  const values = sorted({ kind: 'empirical', points })
  assert.is(quantile(values, 0.25), 1_000)
  near(quantile(values, 0.745), 5_000, 0.02)
  assert.is(values[draws - 1], 9_000)
})

test('sample of a fault: a mixture takes its parts by weight', () => {
  const values = sorted({
    kind: 'mixture',
    parts: [
      { weight: 3, latency: { kind: 'constant', micros: 1 } },
      { weight: 1, latency: { kind: 'constant', micros: 9 } },
    ],
  })
  near(values.filter((value) => value === 1).length, 0.75 * draws, 0.01)
})

test.run()
