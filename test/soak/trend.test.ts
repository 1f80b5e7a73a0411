import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { descriptorTrend, folderTrend, heapTrend, residentTrend } from './trend.js'

const mebibyte = 1_048_576

const series = (
  of: (second: number) => number,
  descriptors = (_: number): number => 40,
  perSecond = 3_000,
) =>
  Array.from({ length: 80 }, (_, seconds) => ({
    ...{ seconds, residentBytes: of(seconds) * mebibyte, heapBytes: of(seconds) * mebibyte },
    ...{ descriptors: descriptors(seconds), writes: seconds * perSecond },
    ...{ folderBytes: of(seconds) * mebibyte, operations: seconds * perSecond * 10 },
  }))

test('soak: memory that fills up and then stays is flat', () => {
  const fills = series((second) => 80 + Math.min(100, second * 5) + (second % 7))
  assert.is(residentTrend(fills)?.grows, false)
})

test('soak: memory that goes on growing is found, and a peak is not taken for it', () => {
  assert.is(residentTrend(series((second) => 100 + second * 3))?.grows, true)
  assert.is(residentTrend(series((second) => (second === 79 ? 900 : 100)))?.grows, false)
})

test('soak: before a node remembers all that it may, nothing is said of its memory', () => {
  const short = series(
    () => 100,
    () => 40,
    700,
  )
  assert.is(residentTrend(short), null)
})

test('soak: descriptors that leak slowly are found', () => {
  const flat = series(
    () => 100,
    (second) => 40 + (second % 3),
  )
  assert.is(descriptorTrend(flat)?.grows, false)
  const leaks = series(
    () => 100,
    (second) => 40 + Math.floor(second / 2),
  )
  const trend = descriptorTrend(leaks)
  assert.ok(trend !== null && trend.grows && trend.after > trend.before)
  assert.is(descriptorTrend(leaks.slice(0, 30)), null)
})

test('soak: a slow leak that resident memory hides is found in the heap, with its slope', () => {
  const leaks = series((second) => 60 + second * 0.2)
  assert.is(residentTrend(leaks)?.grows, false)
  const trend = heapTrend(leaks)
  assert.is(trend?.grows, true)
  // A fifth of a mebibyte in 30,000 operations.
  assert.is(((trend?.perMillion ?? 0) / mebibyte).toFixed(2), '6.67')
  assert.is(heapTrend(series((second) => 60 + (second % 3)))?.grows, false)
  const untold = leaks.map((sample) => ({ ...sample, heapBytes: null }))
  assert.is(heapTrend(untold), null, 'of what was never seen nothing is said')
})

test('soak: a folder that goes up and down is flat, one that is never cut is not judged', () => {
  assert.is(folderTrend(series((second) => 20 + (second % 17) * 4))?.grows, false)
  assert.is(folderTrend(series((second) => 20 + (second % 17) * 4 + second * 3))?.grows, true)
  assert.is(folderTrend(series((second) => 20 + second)), null)
})

test.run()
