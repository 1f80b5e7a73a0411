import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { descriptorTrend, residentTrend } from './trend.js'

const mebibyte = 1_048_576

const series = (of: (second: number) => number, descriptors = (_: number): number => 40) =>
  Array.from({ length: 60 }, (_, seconds) => ({
    ...{ seconds, residentBytes: of(seconds) * mebibyte },
    descriptors: descriptors(seconds),
  }))

test('soak: memory that fills up and then stays is flat', () => {
  const fills = series((second) => 80 + Math.min(100, second * 4) + (second % 7))
  assert.not.ok(residentTrend(fills).grows)
})

test('soak: memory that goes on growing is found, and a peak is not taken for it', () => {
  assert.ok(residentTrend(series((second) => 100 + second * 3)).grows)
  assert.not.ok(residentTrend(series((second) => (second === 59 ? 900 : 100))).grows)
})

test('soak: descriptors that leak slowly are found', () => {
  const flat = series(
    () => 100,
    (second) => 40 + (second % 3),
  )
  assert.not.ok(descriptorTrend(flat).grows)
  const leaks = series(
    () => 100,
    (second) => 40 + Math.floor(second / 2),
  )
  const { before, after, grows } = descriptorTrend(leaks)
  assert.ok(grows && after > before)
})

test.run()
