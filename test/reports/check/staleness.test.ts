import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import type { RawEvent } from '../../../reports/check/build.js'
import { OK, READ, isWrite } from '../../../reports/check/history.js'
import type { History } from '../../../reports/check/history.js'
import { checkStaleness } from '../../../reports/check/staleness.js'
import {
  packSighting,
  quantiles,
  seldomSeen,
  visibilityCurve,
  wilson,
} from '../../../reports/check/staleness/visibility.js'
import { subjectOf } from '../../../reports/check/subject.js'
import type { Finding } from '../../../reports/check/verdict.js'
import { storeHistory, strictQuorum } from './store.js'

const check = (history: History, p99Micros: number | null = null): Finding =>
  checkStaleness(subjectOf(history), { p99Micros })

/** k -> reads, by looking at every pair of a read and a write of its key. */
const versionsBehind = (
  history: History,
  isMissed: (read: number, write: number) => boolean,
): Map<number, number> => {
  const all = Array.from({ length: history.size }, (_, index) => index)
  const counts = new Map<number, number>()
  for (const read of all) {
    if (history.kind[read] !== READ || history.outcome[read] !== OK) continue
    const k = all.filter(
      (write) =>
        isWrite(history.kind[write] as number) &&
        history.key[write] === history.key[read] &&
        history.outcome[write] === OK &&
        (history.end[write] as number) < (history.start[read] as number) &&
        isMissed(read, write),
    ).length
    counts.set(k, (counts.get(k) ?? 0) + 1)
  }
  return counts
}

const counted = (finding: Finding): Map<unknown, unknown> =>
  new Map((finding.series?.['k'] ?? []).map((point) => [point['k'], point['reads']]))

const sorted = (counts: ReadonlyMap<number, number>): [number, number][] =>
  [...counts].sort((a, b) => a[0] - b[0])

test('staleness: versions behind agree with looking at every pair, by vectors', () => {
  let stale = 0
  for (let seed = 1; seed <= 20; seed++) {
    const history = storeHistory({ seed, delivery: 0.3 })
    const covers = (read: number, write: number): boolean => {
      const from = history.vectorStart[read] as number
      const to = from + (history.vectorCount[read] as number)
      for (let at = from; at < to; at++) {
        const isActor = history.vectorActor[at] === history.dotActor[write]
        if (isActor)
          return (history.vectorCounter[at] as number) >= (history.dotCounter[write] as number)
      }
      return false
    }
    const expected = versionsBehind(history, (read, write) => !covers(read, write))
    const finding = check(history)
    assert.equal([...counted(finding)], sorted(expected))
    stale += finding.figures['staleReads'] ?? 0
  }
  assert.ok(stale > 300)
})

test('staleness: versions behind agree with looking at every pair, by values', () => {
  const operation = fc.record({
    isRead: fc.boolean(),
    pick: fc.nat(6),
    at: fc.integer({ min: 0, max: 60 }),
    open: fc.integer({ min: 0, max: 9 }),
  })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 10 }), (operations) => {
      const history = byValue(operations)
      const writer = new Map<number, number>()
      for (let each = 0; each < history.size; each++) {
        if (history.kind[each] !== READ) writer.set(history.value[each] as number, each)
      }
      const expected = versionsBehind(history, (read, write) => {
        const shown = writer.get(history.value[read] as number)
        return (
          shown === undefined || (history.end[shown] as number) < (history.start[write] as number)
        )
      })
      const finding = check(history)
      const isSampled = finding.verdict !== 'unknown'
      if (isSampled) assert.equal([...counted(finding)], sorted(expected))
    }),
    { seed: 1, numRuns: 2000 },
  )
})

const byValue = (
  operations: readonly {
    readonly isRead: boolean
    readonly pick: number
    readonly at: number
    readonly open: number
  }[],
): History => {
  const values = operations.filter(({ isRead }) => !isRead).map((_, index) => `x${String(index)}`)
  let writes = 0
  const events = operations.flatMap(({ isRead, pick, at, open }, process) => {
    const head = { process, key: 'k', f: isRead ? 'read' : 'write' }
    const value = isRead ? (values[pick] ?? null) : values[writes++]
    return [
      { at, event: { ...head, type: 'invoke', value: isRead ? null : value } },
      { at: at + open + 0.5, event: { ...head, type: 'ok', value } },
    ]
  })
  return historyOf(events.sort((a, b) => a.at - b.at).map(({ event }): RawEvent => event))
}

test('staleness: quorums that overlap are never stale', () => {
  const finding = check(storeHistory(strictQuorum), 0)
  assert.is(finding.verdict, 'ok')
  assert.is(finding.figures['staleReads'], 0)
  assert.is(finding.figures['maxVersionsBehind'], 0)
})

test('staleness: a time that hardly a read came after is told as a guess', () => {
  const sightings = (late: number): Float64Array =>
    Float64Array.from({ length: late + 5 }, (_, i) => packSighting(i < 5 ? 10 : 2_000, i >= 5))
  assert.is(seldomSeen(sightings(99), 2_000), 99)
  assert.is(seldomSeen(sightings(100), 2_000), null)
  const few = storeHistory({ ...strictQuorum, operations: 60 })
  assert.match(check(few, 0).summary, / \(a guess: \d\d reads so late\)/)
  const many = storeHistory({ ...strictQuorum, operations: 1000 })
  assert.not.match(check(many, 0).summary, /guess/)
})

test('staleness: slower than asked is a violation that shows the oldest miss', () => {
  const finding = check(storeHistory({ delivery: 0.2, operations: 2000 }), 1000)
  assert.is(finding.verdict, 'violation')
  assert.match(
    finding.counterexamples[0]?.explanation ?? '',
    /was acknowledged at .* does not include/,
  )
})

test('staleness: reads before any commit say nothing, which is unknown', () => {
  const read = { process: 0, f: 'read', key: 'k' }
  const finding = check(
    historyOf([
      { ...read, type: 'invoke' },
      { ...read, type: 'ok', value: null },
    ]),
  )
  assert.is(finding.verdict, 'unknown')
})

const sighting = fc.record({ age: fc.integer({ min: 0, max: 12 }), sees: fc.boolean() })

const pack = (
  sightings: readonly { readonly age: number; readonly sees: boolean }[],
): Float64Array => Float64Array.from(sightings, ({ age, sees }) => packSighting(age, sees)).sort()

test('staleness: quantiles agree with the max-min formula of isotonic regression', () => {
  fc.assert(
    fc.property(fc.array(sighting, { minLength: 1, maxLength: 25 }), (sightings) => {
      const ages = [...new Set(sightings.map(({ age }) => age))].sort((a, b) => a - b)
      const mean = (from: number, to: number): number => {
        const within = sightings.filter(({ age }) => age >= from && age <= to)
        return within.filter(({ sees }) => sees).length / within.length
      }
      const fitted = ages.map((age) =>
        Math.max(
          ...ages
            .filter((low) => low <= age)
            .map((low) =>
              Math.min(...ages.filter((high) => high >= age).map((high) => mean(low, high))),
            ),
        ),
      )
      for (const share of [0.2, 0.5, 0.9, 1]) {
        const expected = ages.find((_, index) => (fitted[index] as number) >= share - 1e-12) ?? null
        // Nothing speaks against 0 if the earliest reads are good enough.
        const least = expected === ages[0] ? 0 : expected
        assert.is(quantiles(pack(sightings), [share])[0], least, String(share))
      }
    }),
    { seed: 1, numRuns: 2000 },
  )
})

test('staleness: the curve counts every sample once, with intervals around each share', () => {
  fc.assert(
    fc.property(fc.array(sighting, { maxLength: 40 }), (sightings) => {
      const curve = visibilityCurve(pack(sightings))
      const reads = curve.reduce((sum, point) => sum + (point['reads'] as number), 0)
      assert.is(reads, sightings.length)
      for (const { low, probability, high } of curve as readonly Record<string, number>[]) {
        assert.ok((low as number) <= (probability as number) + 1e-12)
        assert.ok((probability as number) <= (high as number) + 1e-12)
      }
    }),
    { seed: 1, numRuns: 300 },
  )
})

test("staleness: Wilson's interval is wide for few samples and stays within 0 and 1", () => {
  const { low, high } = wilson(81, 263)
  // Worked by hand: share 0.3080, centre 0.3108, spread 0.0555.
  assert.ok(Math.abs(low - 0.2553) < 1e-4, String(low))
  assert.ok(Math.abs(high - 0.3662) < 1e-4, String(high))
  assert.is(wilson(0, 10).low, 0)
  assert.ok(wilson(0, 10).high > 0.25)
  assert.ok(wilson(10, 10).high > 1 - 1e-12 && wilson(10, 10).high <= 1)
})

test.run()
