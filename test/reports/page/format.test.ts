import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  bytes,
  count,
  duration,
  listed,
  percent,
  plural,
  short,
} from '../../../reports/page/format.js'

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

test('format: durations in the unit that suits them', () => {
  const given = [0, 310, 1000, 4123, 99_950, 1_250_000, 61_000_000, 120_000_000]
  assert.equal(
    given.map((micros) => plain(duration(micros))),
    ['0 µs', '310 µs', '1 ms', '4.12 ms', '100 ms', '1.25 s', '1 min 1 s', '2 min'],
  )
})

test('format: a number and its unit never part at the end of a line', () => {
  for (const text of [duration(310), duration(4123), bytes(5000)]) assert.not.match(text, / /)
})

test('format: percentages never claim all or nothing', () => {
  assert.equal([0, 0.5, 1].map(percent), ['0%', '50%', '100%'])
  assert.equal([0.9958, 0.99996, 0.9999999].map(percent), ['99.6%', '99.996%', '>99.999%'])
  assert.equal([0.0000001, 0.001, 0.0364].map(percent), ['<0.001%', '0.1%', '3.64%'])
  const inside = fc.double({ min: Number.MIN_VALUE, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(inside, (share) => {
      assert.not(['0%', '100%'].includes(percent(share)))
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('format: counts, sizes, short numbers and lists', () => {
  assert.equal([0, 999, 1000, 1234567.5].map(count), ['0', '999', '1,000', '1,234,567.5'])
  assert.equal(
    [512, 2048, 5 * 1024 ** 2].map((size) => plain(bytes(size))),
    ['512 B', '2 KiB', '5 MiB'],
  )
  assert.equal(
    [0.000123456, 1234567, 1.5].map((value) => short(value)),
    ['0.000123', '1,234,567', '1.5'],
  )
  assert.equal([plural(1, 'key'), plural(2, 'key')], ['1 key', '2 keys'])
  assert.equal([listed([]), listed(['a']), listed(['a', 'b', 'c'])], ['', 'a', 'a, b and c'])
})

test.run()
