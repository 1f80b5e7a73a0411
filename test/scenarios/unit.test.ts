import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  formatBandwidth,
  formatDuration,
  formatProbability,
  formatSize,
  parseBandwidth,
  parseDuration,
  parseProbability,
  parseRate,
  parseSize,
} from '../../scenarios/unit.js'

test('unit: durations are exact micros', () => {
  const micros = {
    '250us': 250,
    '1.5ms': 1_500,
    '0.2ms': 200,
    '0.3ms': 300,
    '10s': 10_000_000,
    '2m': 120_000_000,
    '1h': 3_600_000_000,
    '24h': 86_400_000_000,
    '0.000001s': 1,
    '10 s': 10_000_000,
    '0s': 0,
  }
  for (const [text, value] of Object.entries(micros)) {
    assert.equal(parseDuration(text), { value }, text)
  }
})

test('unit: a negative duration is read where a sign means something', () => {
  assert.equal(parseDuration('-5ms', true), { value: -5_000 })
  assert.ok('problem' in parseDuration('-5ms'))
})

test('unit: durations without unit, too fine, too long or in words are refused', () => {
  for (const text of ['5', '', 's', '0.5us', '25h', '1e3ms', '1.2.3s', 'soon', '5 days', '١s']) {
    assert.ok('problem' in parseDuration(text), text)
  }
})

test('unit: what is written is read again, for every quantity', () => {
  const integer = (max: number) => fc.integer({ min: 0, max })
  fc.assert(
    fc.property(integer(86_400_000_000), (micros) => {
      assert.equal(parseDuration(formatDuration(micros)), { value: micros })
      assert.equal(parseDuration(formatDuration(-micros), true), {
        value: micros === 0 ? 0 : -micros,
      })
    }),
    { seed: 1, numRuns: 500 },
  )
  fc.assert(
    fc.property(integer(1_000_000), (ppm) => {
      assert.equal(parseProbability(formatProbability(ppm)), { value: ppm })
      assert.equal(parseProbability(ppm / 1_000_000), { value: ppm })
    }),
    { seed: 1, numRuns: 2_000 },
  )
  fc.assert(
    fc.property(integer(2 ** 40), (count) => {
      const value = count + 1
      assert.equal(parseSize(formatSize(value)), { value })
      assert.equal(parseBandwidth(formatBandwidth(value)), { value })
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('unit: round quantities are written short', () => {
  assert.is(formatDuration(1_500_000), '1500ms')
  assert.is(formatDuration(120_000_000), '2m')
  assert.is(formatDuration(0), '0us')
  assert.is(formatProbability(1_000), '0.1%')
  assert.is(formatProbability(1_000_000), '100%')
  assert.is(formatProbability(1), '0.0001%')
  assert.is(formatSize(4_096), '4KiB')
  assert.is(formatBandwidth(1_000_000_000), '1Gbit/s')
})

test('unit: probabilities are percentages or numbers from 0 to 1, in whole millionths', () => {
  assert.equal(parseProbability('0.1%'), { value: 1_000 })
  assert.equal(parseProbability('100%'), { value: 1_000_000 })
  assert.equal(parseProbability(0.001), { value: 1_000 })
  assert.equal(parseProbability(1), { value: 1_000_000 })
  for (const bad of ['0.1', '101%', '-1%', '0.00001%', 'x%', -0.1, 1.1, NaN, Infinity, 1e-7]) {
    assert.ok('problem' in parseProbability(bad), String(bad))
  }
})

test('unit: sizes, bandwidths and rates', () => {
  assert.equal(parseSize('100B'), { value: 100 })
  assert.equal(parseSize('4KiB'), { value: 4_096 })
  assert.equal(parseSize('0.5KiB'), { value: 512 })
  assert.equal(parseBandwidth('1Gbit/s'), { value: 1_000_000_000 })
  assert.equal(parseRate('500/s'), { value: 500 })
  assert.equal(parseRate('0.5/s'), { value: 0.5 })
  assert.ok('problem' in parseSize('0B'))
  assert.ok('problem' in parseSize('4kb'))
  assert.ok('problem' in parseBandwidth('1GB/s'))
  assert.ok('problem' in parseRate('0/s'))
  assert.ok('problem' in parseRate('500'))
})

test.run()
