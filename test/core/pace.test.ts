import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as fc from 'fast-check'
import { Pace } from '../../core/pace.js'

const second = 1_000_000

/** A second of clients, each answered after so long; returns when it is over. */
function clients(pace: Pace, fromMicros: number, latencies: readonly number[]): number {
  latencies.forEach((latency, i) => {
    pace.answered(latency, fromMicros + Math.floor((i * second) / latencies.length))
  })
  // A look closes the window.
  pace.reserve(fromMicros + second)
  return fromMicros + second
}

const steady = (micros: number, count = 200): number[] =>
  Array.from({ length: count }, () => micros)
/** One in ten is slow: far above the one in a hundred that a p99 overlooks. */
const slowTail = (): number[] => steady(1_000).map((micros, i) => (i % 10 === 0 ? 60_000 : micros))

/** Past its slow start, with clients that are answered within a millisecond. */
function settled(): { readonly pace: Pace; readonly now: number } {
  const pace = new Pace(true)
  let now = 0
  while (pace.progress.share < 1) now = clients(pace, now, steady(1_000))
  return { pace, now: now + second }
}

test('it starts slowly; then, while clients are well, nothing waits', () => {
  const fresh = new Pace(true)
  assert.is(fresh.reserve(0), 0)
  assert.ok(fresh.reserve(0) > 0)
  const { pace, now: start } = settled()
  const { deferred } = pace.progress
  let now = start
  for (let i = 0; i < 5; i++) {
    now = clients(pace, now, steady(1_000))
    assert.is(pace.reserve(now), now)
    assert.ok(pace.admits(now))
  }
  assert.is(pace.progress.share, 1)
  assert.is(pace.progress.deferred, deferred)
})

test("silence is nobody's suffering", () => {
  const pace = new Pace(true)
  for (let i = 1; i <= 8; i++) pace.reserve(i * 10 * second)
  assert.is(pace.progress.share, 1)
})

test('a p99 far above that of good times halves the pace, window by window, and not below its end', () => {
  const { pace, now: start } = settled()
  let now = start
  const shares: number[] = []
  for (let i = 0; i < 10; i++) {
    now = clients(pace, now, slowTail())
    shares.push(pace.progress.share)
  }
  assert.equal(shares.slice(0, 4), [1 / 2, 1 / 4, 1 / 8, 1 / 16])
  assert.is(shares.at(-1), 1 / 16)
  assert.ok(pace.progress.p99Micros >= 60_000 && pace.progress.p99Micros < 70_000)
  // At a sixteenth, after a piece of ten milliseconds fifteen times as long is left to clients.
  const first = pace.reserve(now)
  assert.is(pace.reserve(first) - first, 150_000)
  assert.not(pace.admits(first))
})

test('it rises again step by step once clients are well', () => {
  const { pace, now: start } = settled()
  let now = start
  for (let i = 0; i < 8; i++) now = clients(pace, now, slowTail())
  for (let i = 0; i < 8; i++) now = clients(pace, now, steady(1_000))
  assert.is(pace.progress.share, 1)
  now += second
  assert.is(pace.reserve(now), now)
})

test('a far away cluster is held to its own figures', () => {
  const pace = new Pace(true)
  let now = 0
  for (let i = 0; i < 8; i++) now = clients(pace, now, steady(150_000))
  assert.is(pace.progress.share, 1)
  assert.ok(pace.progress.goodMicros >= 150_000)
})

test('a handful of slow requests proves nothing', () => {
  const { pace, now } = settled()
  clients(pace, now, steady(500_000, 19))
  assert.is(pace.progress.share, 1)
  clients(pace, now + second, [500_000, ...steady(1_000, 60)])
  assert.is(pace.progress.share, 1)
})

test('a piece that follows another waits in proportion to what that took, by the slower of two', () => {
  const { pace, now } = settled()
  assert.is(pace.reserve(now, 40_000), now)
  assert.is(pace.reserve(now, 40_000, 32), now + 40_000)
  assert.is(pace.told(now), 64)
  const slow = clients(pace, now, slowTail())
  assert.is(pace.told(slow), 32)
  const later = slow + second
  assert.is(pace.reserve(later, 40_000, 16), later + 120_000)
})

test('who has just come back takes over what its peers call good', () => {
  const pace = new Pace(true)
  pace.learn(1_500)
  assert.is(pace.progress.goodMicros, 1_500)
  const now = clients(pace, 0, slowTail())
  assert.is(pace.progress.share, 1 / 16)
  // What it has seen itself counts more.
  pace.learn(90_000)
  clients(pace, now, steady(1_000))
  assert.ok(pace.progress.goodMicros <= 1_500)
})

test('told not to yield, it never puts anything off', () => {
  const pace = new Pace(false)
  let now = clients(pace, 0, steady(1_000))
  for (let i = 0; i < 5; i++) now = clients(pace, now, slowTail())
  assert.is(pace.reserve(now), now)
  assert.ok(pace.admits(now))
  assert.is(pace.progress.deferred, 0)
})

test('whatever clients feel: never earlier than asked, never later than a second, in order', () => {
  const latency = fc.integer({ min: 0, max: 100 * second })
  const window = fc.array(latency, { maxLength: 120 })
  fc.assert(
    fc.property(fc.array(window, { maxLength: 20 }), (windows) => {
      const pace = new Pace(true)
      let now = 0
      let last = 0
      for (const latencies of windows) {
        now = clients(pace, now, latencies)
        const at = pace.reserve(now)
        assert.ok(at >= now && at <= now + second)
        assert.ok(at >= Math.min(last, now + second))
        last = at
        const { share } = pace.progress
        assert.ok(share >= 1 / 16 && share <= 1)
      }
    }),
    { seed: 34, numRuns: 200 },
  )
})

test.run()
