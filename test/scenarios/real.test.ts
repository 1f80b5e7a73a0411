import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { exponential, logarithm } from '../../scenarios/real.js'

const near = (actual: number, expected: number, what: string): void => {
  const tolerance = 4 * Number.EPSILON * Math.abs(expected)
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${String(actual)}`)
}

test('real: the logarithm is that of the library, but for the last bits', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
      near(logarithm(x), Math.log(x), String(x))
    }),
    { seed: 1, numRuns: 20_000 },
  )
})

test('real: the logarithm keeps its digits near 1', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (x) => {
      near(logarithm(x), Math.log(x), String(x))
    }),
    { seed: 1, numRuns: 20_000 },
  )
  assert.is(logarithm(1), 0)
})

test('real: the exponential is that of the library, but for the last bits', () => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
      near(exponential(x), Math.exp(x), String(x))
    }),
    { seed: 1, numRuns: 20_000 },
  )
  assert.is(exponential(0), 1)
  assert.is(exponential(-1_000), 0)
  assert.is(exponential(1_000), Infinity)
})

test('real: some values to the last bit, the same on every machine', () => {
  assert.is(logarithm(10), 2.302585092994046)
  assert.is(logarithm(0.1), -2.3025850929940455)
  assert.is(exponential(1), 2.7182818284590455)
  assert.is(exponential(-7.5), 0.0005530843701478336)
})

test.run()
