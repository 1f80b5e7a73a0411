import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { estimate, tCritical } from '../../../reports/sweep/statistics.js'

test("sweep: critical values of Student's t agree with the published table", () => {
  const table: readonly (readonly [freedom: number, value: number])[] = [
    [1, 12.7062],
    [5, 2.5706],
    [11, 2.20099],
    [20, 2.08596],
    [30, 2.04227],
    [120, 1.97993],
    [100_000, 1.95999],
  ]
  for (const [freedom, value] of table) {
    assert.ok(Math.abs(tCritical(freedom) - value) < 5e-5, `${String(freedom)} degrees`)
  }
})

test('sweep: the interval of a mean is the one by the book', () => {
  // Mean 5, standard deviation sqrt(32 / 7), t for 7 degrees of freedom.
  const found = estimate([2, 4, 4, 4, 5, 5, 7, 9])
  const margin = 2.364624 * Math.sqrt(32 / 7 / 8)
  assert.is(found?.mean, 5)
  assert.is(found?.min, 2)
  assert.is(found?.max, 9)
  assert.ok(Math.abs((found?.high ?? 0) - 5 - margin) < 1e-9)
  assert.ok(Math.abs((found?.low ?? 0) - 5 + margin) < 1e-9)
})

test('sweep: one value has no interval, none has no mean', () => {
  assert.equal(estimate([3]), { count: 1, mean: 3, min: 3, max: 3, low: null, high: null })
  assert.is(estimate([]), null)
})

test('sweep: large values that hardly differ keep their difference', () => {
  const found = estimate([1e9, 1e9 + 1, 1e9 + 2])
  const margin = 4.302653 * Math.sqrt(1 / 3)
  assert.ok(Math.abs((found?.high ?? 0) - (1e9 + 1) - margin) < 1e-5)
})

test.run()
