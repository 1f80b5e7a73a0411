import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createZipf, CurveZipf, type Ranks, TableZipf } from '../../scenarios/zipf.js'
import { chiSquareDeviations, streamOf } from './stream.js'

function countsOf(ranks: Ranks, count: number, draws: number, label: string): number[] {
  const stream = streamOf(label)
  const counts = Array.from({ length: count }, () => 0)
  for (let draw = 0; draw < draws; draw += 1) {
    const rank = ranks.draw(stream)
    if (rank <= count) counts[rank - 1]! += 1
  }
  return counts
}

/** k^-exponent, normalised: the definition. */
function sharesOf(count: number, exponent: number): number[] {
  const heights = Array.from({ length: count }, (_, index) => Math.pow(index + 1, -exponent))
  const sum = heights.reduceRight((total, height) => total + height, 0)
  return heights.map((height) => height / sum)
}

const cases = [
  [1, 0.99],
  [2, 3],
  [100, 0.99],
  [100, 0.1],
  [50, 1],
  [100, 1.00001],
  [30, 2.5],
] as const

for (const [count, exponent] of cases) {
  for (const kind of [TableZipf, CurveZipf]) {
    const label = `${kind.name} ${String(count)} ${String(exponent)}`
    test(`zipf: ${label}: ranks come as often as the law says`, () => {
      const counts = countsOf(new kind(count, exponent), count, 200_000, label)
      assert.is(
        counts.reduce((sum, each) => sum + each, 0),
        200_000,
      )
      if (count === 1) return
      assert.ok(chiSquareDeviations(counts, sharesOf(count, exponent)) < 4)
    })
  }
}

test('zipf: ten million keys without a table, the head as often as the law says', () => {
  const count = 10_000_000
  const draws = 300_000
  let sum = 0
  for (let rank = count; rank >= 1; rank -= 1) sum += Math.pow(rank, -0.99)
  const head = Array.from({ length: 50 }, (_, index) => Math.pow(index + 1, -0.99) / sum)
  const rest = 1 - head.reduce((total, share) => total + share, 0)
  const counts = countsOf(new CurveZipf(count, 0.99), 50, draws, 'ten million')
  const others = draws - counts.reduce((total, each) => total + each, 0)
  assert.ok(chiSquareDeviations([...counts, others], [...head, rest]) < 4)
})

test('zipf: every draw is a rank, whatever the count and the exponent', () => {
  const exponents = fc.double({ min: 0.01, max: 10, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), exponents, (count, exponent) => {
      const ranks = new CurveZipf(count, exponent)
      const stream = streamOf(`${String(count)} ${String(exponent)}`)
      for (let draw = 0; draw < 20; draw += 1) {
        const rank = ranks.draw(stream)
        assert.ok(Number.isInteger(rank) && rank >= 1 && rank <= count, String(rank))
      }
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('zipf: the ends of the stream give the ends of the ranks', () => {
  const lowest = { next: () => 0 }
  const highest = { next: () => 1 - 2 ** -32 }
  for (const ranks of [new TableZipf(100, 0.99), new CurveZipf(100, 0.99)]) {
    const ends = [ranks.draw(lowest), ranks.draw(highest)].sort((left, right) => left - right)
    assert.equal(ends, [1, 100])
  }
})

test('zipf: a table where it is small, none where it would be large', () => {
  assert.instance(createZipf(65_536, 0.99), TableZipf)
  assert.instance(createZipf(65_537, 0.99), CurveZipf)
})

test.run()
