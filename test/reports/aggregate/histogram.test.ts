import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Histogram } from '../../../reports/aggregate/histogram.js'

const latencies = fc.array(
  fc.oneof(fc.nat(70), fc.nat(10_000), fc.integer({ min: 0, max: 4_000_000_000 })),
  { minLength: 1, maxLength: 200 },
)

/** The dumb twin: sort, and count. */
function exact(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? NaN
}

function filled(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.add(value)
  return histogram
}

test('histogram: quantiles against the sorted values, never below, at most 1.6% above', () => {
  const check = (values: readonly number[], q: number): void => {
    const found = filled(values).quantile(q) ?? NaN
    const wanted = exact(values, q)
    assert.ok(found >= wanted, `${String(found)} is below ${String(wanted)}`)
    assert.ok(found <= wanted * (1 + 1 / 64), `${String(found)} is far above ${String(wanted)}`)
  }
  const q = fc.constantFrom(0, 0.5, 0.9, 0.99, 0.999, 1)
  fc.assert(fc.property(latencies, q, check), { seed: 1, numRuns: 500 })
})

test('histogram: count, sum, mean and largest are exact', () => {
  const check = (values: readonly number[]): void => {
    const histogram = filled(values)
    const sum = values.reduce((a, b) => a + b, 0)
    assert.is(histogram.count, values.length)
    assert.is(histogram.sum, sum)
    assert.is(histogram.mean, sum / values.length)
    assert.is(histogram.max, Math.max(...values))
  }
  fc.assert(fc.property(latencies, check), { seed: 1, numRuns: 100 })
})

test('histogram: empty has no quantile and no mean', () => {
  assert.is(new Histogram().quantile(0.5), null)
  assert.is(new Histogram().mean, null)
  assert.equal(new Histogram().curve(10), [])
})

test('histogram: the curve rises to 1, and is a count of values at each of its points', () => {
  const check = (values: readonly number[]): void => {
    const curve = filled(values).curve(50)
    assert.is(curve.at(-1)?.share, 1)
    curve.forEach((point, index) => {
      const before = curve[index - 1]
      assert.ok(before === undefined || (before.value < point.value && before.share < point.share))
      const below = values.filter((value) => value <= point.value).length
      assert.ok(Math.abs(below / values.length - point.share) < 1e-9)
    })
  }
  fc.assert(fc.property(latencies, check), { seed: 1, numRuns: 200 })
})

test('histogram: a curve of very many values has few points', () => {
  const histogram = new Histogram()
  for (let value = 0; value < 200_000; value++) histogram.add(value)
  assert.ok(histogram.curve(200).length < 450)
})

test.run()
