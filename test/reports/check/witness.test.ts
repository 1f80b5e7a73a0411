/**
 * A counterexample is evidence: whoever has nothing but its operations must come to the same
 * verdict.
 */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
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

test.run()
