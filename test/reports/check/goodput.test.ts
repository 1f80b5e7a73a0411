/** Good answers a second around a surge, on histories written by hand. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RawEvent } from '../../../reports/check/build.js'
import { historyOf } from '../../../reports/check/build.js'
import type { GoodputOptions } from '../../../reports/check/goodput.js'
import { checkGoodput } from '../../../reports/check/goodput.js'
import { kindsOf } from '../../../reports/check/kind.js'

/** So many operations end ok, and as many fail, in each second. */
const history = (perSecond: readonly number[]): ReturnType<typeof historyOf> =>
  historyOf(
    perSecond.flatMap((good, second) =>
      Array.from({ length: 2 * good }, (_, i): RawEvent[] => {
        const head = { process: second * 1_000 + i, f: 'read', key: 'k', value: null }
        const time = second * 1e9 + i * 1e6
        const type = i % 2 === 0 ? 'ok' : 'fail'
        return [
          { ...head, type: 'invoke', time },
          { ...head, type, time: time + 500_000 },
        ]
      }).flat(),
    ),
  )

const surge = (atSeconds: number, forSeconds: number) => ({
  ...{ atMicros: atSeconds * 1e6, forMicros: forSeconds * 1e6, perSecond: 100 },
})

const options: GoodputOptions = {
  surges: [surge(2, 2)],
  durationMicros: 8_000_000,
  ...{ withinMicros: 1_000_000, minPpm: 900_000, duringPpm: 300_000 },
}

const verdict = (perSecond: readonly number[], more: Partial<GoodputOptions> = {}) =>
  checkGoodput(history(perSecond), { ...options, ...more })

test('goodput: what comes back in time and is kept meanwhile is enough', () => {
  const { verdict: found, figures, summary, series } = verdict([10, 10, 3, 3, 0, 9, 9, 9])
  assert.is(found, 'ok')
  assert.equal(figures, { beforePerSecond: 10, during: 0.3, after: 0.9 })
  assert.is(
    summary,
    'surge at 2 s: 30% while it lasted, 90% from 1 s after its end on, of 10 good answers a second before it',
  )
  assert.equal(series?.['surges'], [{ label: 'surge at 2 s', during: 0.3, after: 0.9, sigmas: 0 }])
})

test('goodput: one answer fewer after it is a violation, and so is one fewer while it lasts', () => {
  const after = verdict([10, 10, 3, 3, 0, 9, 9, 8])
  assert.is(after.verdict, 'violation')
  assert.match(after.summary, /^surge at 2 s: 86\.6% of 10 good answers .* 90% asked$/)
  const during = verdict([10, 10, 3, 2, 0, 9, 9, 9])
  assert.is(during.verdict, 'violation')
  assert.match(
    during.summary,
    '25% of 10 good answers a second before it while it lasts; 30% asked',
  )
  assert.is(verdict([10, 10, 3, 2, 0, 9, 9, 9], { duringPpm: null }).verdict, 'ok')
})

test('goodput: every surge is held against the time before the first one', () => {
  const surges = [surge(2, 1), surge(5, 1)]
  assert.is(verdict([10, 10, 9, 0, 9, 9, 0, 9], { surges }).verdict, 'ok')
  const { verdict: found, summary } = verdict([10, 10, 9, 0, 9, 9, 0, 8], { surges })
  assert.is(found, 'violation')
  assert.match(summary, /^surge at 5 s: 80%/)
})

test('goodput: most answers gone for good is another failure than a few, or than chance', () => {
  const kinds = (perSecond: readonly number[]): readonly string[] => kindsOf(verdict(perSecond))
  assert.equal(kinds([50, 50, 30, 30, 0, 0, 5, 5]), ['lasting', 'goodput'])
  assert.equal(kinds([50, 50, 30, 30, 0, 40, 40, 40]), ['goodput'])
  // Of two answers one is missing: that says nothing of a rate.
  assert.equal(kinds([2, 2, 1, 1, 0, 0, 1, 1]), ['goodput'])
  assert.equal(kinds([50, 50, 30, 30, 0, 50, 50, 50]), [])
})

test('goodput: where nothing can be compared nothing is claimed', () => {
  const late = { durationMicros: 5_500_000 }
  assert.is(verdict([0, 0, 3, 3, 0, 9], {}).verdict, 'unknown')
  assert.is(verdict([10, 10, 3, 3, 0, 9], late).verdict, 'unknown')
  assert.is(verdict([10, 10, 3, 3], { surges: [] }).verdict, 'unknown')
  assert.is(verdict([10, 10], { surges: [surge(0, 2)] }).verdict, 'unknown')
})

test.run()
