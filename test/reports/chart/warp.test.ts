import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { warp } from '../../../reports/chart/warp.js'

const times = fc.array(fc.nat(5_000_000), { minLength: 1, maxLength: 60 })

test('warp: order is kept, equal times share a place, nothing leaves the picture', () => {
  const check = (given: readonly number[]): void => {
    const axis = warp(given, 760)
    const sorted = [...given].sort((a, b) => a - b)
    sorted.forEach((time, index) => {
      const place = axis.toPixels(time)
      const before = sorted[index - 1]
      assert.ok(place >= 0 && place <= axis.widthPixels + 1e-6)
      if (before === undefined) return
      if (before === time) assert.is(axis.toPixels(before), place)
      else assert.ok(axis.toPixels(before) < place)
    })
  }
  fc.assert(fc.property(times, check), { seed: 1, numRuns: 300 })
})

test('warp: fills the width that is asked for', () => {
  const check = (given: readonly number[]): void => {
    if (new Set(given).size < 2) return
    assert.ok(warp(given, 760).widthPixels > 759)
  }
  fc.assert(fc.property(times, check), { seed: 1, numRuns: 100 })
})

test('warp: an idle second between bursts of milliseconds is left out, and said to be', () => {
  const { breaks, starts } = warp([0, 1000, 2000, 3000, 1_003_000, 1_004_000], 760)
  assert.equal(
    breaks.map((one) => one.micros),
    [1_000_000],
  )
  assert.equal(
    starts.map((one) => one.micros),
    [0, 1_003_000],
  )
})

test('warp: one moment alone is drawn at the beginning', () => {
  const axis = warp([42, 42], 760)
  assert.is(axis.toPixels(42), 0)
  assert.equal(axis.breaks, [])
})

test.run()
