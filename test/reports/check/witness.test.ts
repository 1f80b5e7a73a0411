/**
 * A counterexample is evidence: whoever has nothing but its operations must come to the same
 * verdict.
 */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import type { RawEvent } from '../../../reports/check/build.js'
import { checkLinearizable } from '../../../reports/check/linearizable.js'
import { subjectOf } from '../../../reports/check/subject.js'
import type { Finding } from '../../../reports/check/verdict.js'
import { eventsFrom, smallRegister, smallUnique } from './generate.js'
import type { SmallOperation } from './generate.js'
import { isLinearizable, registerStep } from './twin.js'

const check = (operations: readonly SmallOperation[]): Finding =>
  checkLinearizable(subjectOf(historyOf(eventsFrom(operations))), { model: 'cas-register' })

/** By trying every order of what the counterexample shows. */
const standsAlone = (operations: readonly SmallOperation[], shown: readonly number[]): boolean => {
  const all = eventsFrom(operations)
  const part = historyOf(shown.map((index) => all[index] as (typeof all)[number]))
  return !isLinearizable<unknown>(part, [null], registerStep(part))
}

const holds = (arbitrary: fc.Arbitrary<SmallOperation[]>): number => {
  let seen = 0
  fc.assert(
    fc.property(arbitrary, (operations) => {
      const example = check(operations).counterexamples[0]
      // One that begins at a moment when the state was certain says so, and leans on all before it.
      if (example === undefined || example.explanation.startsWith('By line')) return
      assert.ok(standsAlone(operations, example.events), example.explanation)
      seen++
    }),
    { seed: 1, numRuns: 1500 },
  )
  return seen
}

test('witness: of unique values, what is shown is enough to be sure', () => {
  assert.ok(holds(smallUnique(8)) > 200)
})

test('witness: of repeated values, what is shown is enough to be sure', () => {
  assert.ok(holds(smallRegister({ values: 3, cas: true, most: 8 })) > 200)
})

test('witness: who saw what a crashed write left is shown, and is the one that was over', () => {
  const operation = (f: string, value: unknown, at: number, type: 'ok' | 'info' = 'ok') => ({
    f,
    value: f === 'read' ? null : value,
    answer: value,
    at,
    until: at,
    type,
  })
  const finding = check([
    operation('write', 'x1', 0),
    operation('write', 'x2', 1, 'info'),
    operation('read', 'x1', 2),
    operation('read', 'x2', 3),
    operation('read', 'x1', 4),
  ])
  const [example] = finding.counterexamples
  assert.is(
    example?.explanation,
    "process 0's write of x1 was over at line 2; after that process 3's read of x2 ran from " +
      'line 7 to line 8; yet process 4, who began to read at line 9, still got x1.',
  )
  assert.equal(example?.events, [0, 1, 2, 3, 6, 7, 8, 9])
})

/** `f` and value: of a cas what it wants and what it leaves. */
interface Told {
  readonly f: string
  readonly value: unknown
  readonly lines: readonly number[]
}

const toldOf = (events: readonly RawEvent[]): Told[] =>
  events.flatMap((event, line) => {
    if (event.type !== 'invoke') return []
    const end = events.findIndex((other, at) => at > line && other.process === event.process)
    if (events[end]?.type === 'fail') return []
    if (event.f === 'read' && events[end]?.type !== 'ok') return []
    const value = event.f === 'read' ? events[end]?.value : event.value
    return [{ f: event.f as string, value, lines: [line, end] }]
  })

const wanted = ({ f, value }: Told): readonly unknown[] =>
  f === 'read' ? [value] : f === 'cas' ? [(value as unknown[])[0]] : []
const left = ({ f, value }: Told): unknown => (f === 'cas' ? (value as unknown[])[1] : value)

/** With every write, of all, whose value one of them wants. */
const withWriters = (some: readonly Told[], all: readonly Told[]): readonly Told[] => {
  const taken = new Set(some)
  for (const one of taken) {
    for (const other of all) {
      if (other.f !== 'read' && wanted(one).includes(left(other))) taken.add(other)
    }
  }
  return [...taken]
}

const isExplained = (some: readonly Told[], events: readonly RawEvent[]): boolean => {
  const lines = some.flatMap((one) => one.lines).sort((a, b) => a - b)
  const part = historyOf(lines.map((line) => events[line] as RawEvent))
  return isLinearizable<unknown>(part, [null], registerStep(part))
}

const isTight = (arbitrary: fc.Arbitrary<SmallOperation[]>): number => {
  let seen = 0
  fc.assert(
    fc.property(arbitrary, (operations) => {
      const example = check(operations).counterexamples[0]
      if (example === undefined || example.explanation.startsWith('By line')) return
      const events = eventsFrom(operations)
      const all = toldOf(events)
      const shown = all.filter(({ lines }) => lines.some((line) => example.events.includes(line)))
      assert.not.match(example.explanation, 'Infinity')
      // Nobody who is not shown explains it either.
      assert.not.ok(isExplained(withWriters(shown, all), events), example.explanation)
      for (const one of shown) {
        const others = shown.filter((other) => other !== one)
        const isUnwanted = !others.some((other) => wanted(other).includes(left(one)))
        if (one.f !== 'read' && !isUnwanted) continue
        const why = `${example.explanation} Without ${JSON.stringify(one)}?`
        assert.ok(isExplained(withWriters(others, all), events), why)
      }
      seen++
    }),
    { seed: 2, numRuns: 1500 },
  )
  return seen
}

test('witness: of unique values, nothing shown can be spared, nothing hidden explains it', () => {
  assert.ok(isTight(smallUnique(8)) > 200)
})

test('witness: of repeated values, nothing shown can be spared, nothing hidden explains it', () => {
  assert.ok(isTight(smallRegister({ values: 3, cas: false, most: 8 })) > 200)
})

const plain = (...lines: readonly (readonly [number, string, string, unknown])[]): RawEvent[] =>
  lines.map(([process, type, f, value]) => ({ process, type, f, value, key: 'k' }))

const saysOf = (events: RawEvent[]): string | undefined =>
  checkLinearizable(subjectOf(historyOf(events)), { model: 'cas-register' }).counterexamples[0]
    ?.explanation

test('witness: a crashed cas has no end; who saw its value had one', () => {
  const says = saysOf(
    plain(
      [2, 'invoke', 'cas', ['x2', 'x4']],
      [2, 'info', 'cas', ['x2', 'x4']],
      [0, 'invoke', 'cas', ['x4', 'x5']],
      [3, 'invoke', 'cas', ['x5', 'x6']],
      [3, 'ok', 'cas', ['x5', 'x6']],
    ),
  )
  assert.is(
    says,
    "process 3's cas of x5 to x6 was over at line 5 and builds on process 2's cas of x2 to x4, " +
      'which needs a value that nobody had written by then.',
  )
})

test('witness: a read that was still open may see what is written later: it shows nothing', () => {
  const says = saysOf(
    plain(
      [0, 'invoke', 'write', 'x1'],
      [0, 'ok', 'write', 'x1'],
      [0, 'invoke', 'write', 'x1'],
      [0, 'ok', 'write', 'x1'],
      [1, 'invoke', 'read', null],
      [2, 'invoke', 'read', null],
      [1, 'ok', 'read', 'x2'],
      [0, 'invoke', 'write', 'x2'],
      [0, 'ok', 'write', 'x2'],
      [2, 'ok', 'read', 'x2'],
    ),
  )
  assert.is(says, "process 1's read of x2 ended at line 7, but nobody had written that.")
})

const keyValue = (events: RawEvent[]): Finding =>
  checkLinearizable(subjectOf(historyOf(events)), { model: 'kv-append' })

test('witness: a text that was appended first and put later is two versions of one text', () => {
  const finding = keyValue(
    plain(
      [0, 'invoke', 'append', 'x1'],
      [0, 'ok', 'append', 'x1'],
      [1, 'invoke', 'read', null],
      [1, 'ok', 'read', 'x1'],
      [1, 'invoke', 'write', 'x1'],
      [1, 'ok', 'write', 'x1'],
      [1, 'invoke', 'read', null],
      [1, 'ok', 'read', 'x1'],
    ),
  )
  assert.is(finding.verdict, 'ok', finding.summary)
})

test('witness: of texts that grow, the read that shows what was appended to what is shown', () => {
  const finding = keyValue(
    plain(
      [0, 'invoke', 'append', 'x3'],
      [0, 'ok', 'append', 'x3'],
      [1, 'invoke', 'write', 'x6'],
      [1, 'ok', 'write', 'x6'],
      [2, 'invoke', 'read', null],
      [2, 'ok', 'read', 'x6x3'],
    ),
  )
  assert.match(finding.summary, 'builds on')
  assert.equal(finding.counterexamples[0]?.events, [0, 1, 2, 3, 4, 5])
})

test('witness: one cas that needs its own value does not need another of them', () => {
  const says = saysOf(plain([1, 'invoke', 'cas', ['x1', 'x1']], [1, 'ok', 'cas', ['x1', 'x1']]))
  assert.is(says, "process 1's cas of x1 to x1 needs a value that nobody else had written.")
})

test.run()
