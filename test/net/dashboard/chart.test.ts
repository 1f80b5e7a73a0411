/** What the charts and the ring of the dashboard are made of, without a browser. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { linear, linePath, logarithmic, niceTop } from '../../../net/dashboard/page/chart.js'
import { placesOf } from '../../../net/dashboard/page/ring.js'
import type { Buckets, Totals } from '../../../net/dashboard/page/sample.js'
import { quantileMillis, sampleOf, totalsOf } from '../../../net/dashboard/page/sample.js'
import { putJson, serve } from '../api/serve.js'
import { firstView } from '../api/stream.js'

const bounds = [0.001, 0.002, 0.004]

/** The dumb twin: cumulative counts of these seconds. */
const histogramOf = (seconds: readonly number[]): Buckets =>
  new Map([
    [
      'get',
      [...bounds, Infinity].map(
        (bound) => [bound, seconds.filter((each) => each <= bound).length] as const,
      ),
    ],
  ])

test('latency: the bound under which 99 of 100 stayed, of what came in between alone', () => {
  const some = fc.array(fc.constantFrom(0.0005, 0.0015, 0.003), { maxLength: 300 })
  fc.assert(
    fc.property(some, some, (old, fresh) => {
      const found = quantileMillis(histogramOf(old), histogramOf([...old, ...fresh]), ['get'], 0.99)
      if (fresh.length === 0) return assert.is(found, null)
      const sorted = [...fresh].sort((a, b) => a - b)
      const value = sorted[Math.ceil(0.99 * fresh.length) - 1] as number
      assert.is(found, (bounds.find((bound) => value <= bound) as number) * 1_000)
    }),
    { seed: 1, numRuns: 200 },
  )
})

test('latency: above the last bound it is shown above', () => {
  const none: Buckets = new Map()
  assert.is(quantileMillis(none, histogramOf([7]), ['get'], 0.99), 8)
})

test('latency: the live view of a node is understood', async () => {
  const served = await serve({ cluster: { nodes: 1, replication: { n: 1, r: 1, w: 1 } } })
  for (let i = 0; i < 5; i++) await putJson(`${served.url}/kv/k`, { value: i })
  const { stats, latency_buckets: histograms } = await firstView(served.url)
  await served.close()
  const { buckets, writes, reads } = totalsOf(stats, histograms, 0)
  assert.equal(buckets.get('put')?.at(-1), [Infinity, 5])
  assert.equal(buckets.get('get')?.at(-1), [Infinity, 0])
  assert.equal([writes, reads], [5, 0])
})

const totals = (some: Partial<Totals>): Totals => ({
  atMillis: 1_000,
  incarnation: 1,
  reads: 10,
  writes: 20,
  failed: 0,
  buckets: new Map(),
  ...some,
})

test('rates: differences a second; none across two lives, or totals that fell', () => {
  const before = totals({})
  const now = totals({ atMillis: 3_000, reads: 30, writes: 20, failed: 4 })
  const { reads, writes, failed } = sampleOf(before, now)
  assert.equal([reads, writes, failed], [10, 0, 2])
  assert.is(sampleOf(null, now).reads, null)
  assert.is(sampleOf(before, { ...now, incarnation: 2 }).reads, null)
  assert.is(sampleOf(before, { ...now, reads: 5 }).reads, null)
})

test('charts: no value is above the top, and no tick is off the scale', () => {
  const most = fc.double({ min: 0, max: 1e6, noNaN: true })
  const check = (value: number): void => {
    assert.ok(niceTop(value) >= value * 0.999)
    for (const scale of [linear(value), logarithmic(value)]) {
      assert.ok(scale.share(value) <= 1.001, String(value))
      const shares = scale.ticks.map(scale.share)
      assert.ok(Math.abs(shares[0] as number) < 1e-9)
      assert.ok(Math.abs((shares.at(-1) as number) - 1) < 1e-9)
    }
  }
  fc.assert(fc.property(most, check), { seed: 1, numRuns: 300 })
})

test('charts: a gap in the samples is a gap in the line', () => {
  const samples = [1, 2, null, 3].map((reads, second) => ({
    ...sampleOf(null, totals({})),
    atMillis: second * 1_000,
    reads,
  }))
  const path = linePath(samples, ({ reads }) => reads, linear(3).share)
  assert.is(path.match(/M/g)?.length, 2)
  assert.is(path.match(/L/g)?.length, 1)
})

test('ring: each track is full, with one arc for neighbours of one owner', () => {
  const owners = [
    ['a', 'b'],
    ['a', 'b'],
    ['b', 'a'],
    ['c', 'a'],
  ]
  const arcs = (place: number): Record<string, number> =>
    Object.fromEntries(
      placesOf(owners, place).map(({ owner, path }) => [owner, path.match(/M/g)?.length ?? 0]),
    )
  assert.equal(arcs(0), { a: 1, b: 1, c: 1 })
  assert.equal(arcs(1), { b: 1, a: 1 })
  assert.equal(arcs(2), {})
})

test.run()
