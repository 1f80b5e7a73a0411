/** The deciders behind the linearizability check, each against trying every order. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { groupByKey } from '../../../reports/check/group.js'
import type { History } from '../../../reports/check/history.js'
import { compileText, decideAppend } from '../../../reports/check/linearize/append.js'
import { findConflict, isTraceable } from '../../../reports/check/linearize/chain.js'
import {
  StateNames,
  compileMutex,
  compileRegister,
  telling,
} from '../../../reports/check/linearize/compile.js'
import { decide } from '../../../reports/check/linearize/decide.js'
import { justInTime } from '../../../reports/check/linearize/justintime.js'
import { subset } from '../../../reports/check/linearize/problem.js'
import type { Problem } from '../../../reports/check/linearize/problem.js'
import { search } from '../../../reports/check/linearize/search.js'
import { shrink } from '../../../reports/check/linearize/shrink.js'
import { historyFrom, smallAppend, smallMutex, smallRegister, smallUnique } from './generate.js'
import type { SmallOperation } from './generate.js'
import { appendStep, isLinearizable, mutexStep, registerStep } from './twin.js'

const limits = { steps: 1_000_000, memory: 1 << 20 }

const registerProblem = (history: History): Problem =>
  compileRegister(history, operationsOf(history), new StateNames(history, null))

const operationsOf = (history: History): readonly number[] =>
  history.keys.length === 0 ? [] : telling(history, groupByKey(history).operations(0))

const isLegal = (history: History): boolean =>
  isLinearizable<unknown>(history, [null], registerStep(history))

const agree = (
  arbitrary: fc.Arbitrary<SmallOperation[]>,
  runs: number,
  compare: (history: History) => void,
): void => {
  fc.assert(
    fc.property(arbitrary, (operations) => {
      compare(historyFrom(operations))
    }),
    { seed: 1, numRuns: runs },
  )
}

test('linearize: just-in-time search agrees with trying every order, cas and repeated values', () => {
  const verdicts = { ok: 0, violation: 0 }
  agree(smallRegister({ values: 3, cas: true, most: 8 }), 1500, (history) => {
    const expected = isLegal(history) ? 'ok' : 'violation'
    const decision = justInTime(registerProblem(history), limits)
    assert.is(decision.verdict, expected)
    assert.is(justInTime(registerProblem(history), limits, 'earliest').verdict, expected)
    verdicts[decision.verdict as 'ok' | 'violation']++
  })
  assert.ok(verdicts.ok > 200 && verdicts.violation > 200, JSON.stringify(verdicts))
})

test('linearize: depth-first search agrees with trying every order, cas and repeated values', () => {
  agree(smallRegister({ values: 3, cas: true, most: 8 }), 1500, (history) => {
    const expected = isLegal(history) ? 'ok' : 'violation'
    assert.is(search(registerProblem(history), limits).verdict, expected)
    assert.is(search(registerProblem(history), limits, 'earliest').verdict, expected)
  })
})

test('linearize: both searches name the same first end that cannot be', () => {
  agree(smallRegister({ values: 2, cas: true, most: 10 }), 1500, (history) => {
    const problem = registerProblem(history)
    const one = justInTime(problem, limits, 'earliest')
    const other = search(problem, limits, 'earliest')
    assert.is(one.verdict, other.verdict)
    if (one.verdict !== 'violation' || other.verdict !== 'violation') return
    // Ends may coincide where a crashed write was given the end of its reader.
    assert.is(problem.end[one.blocked], problem.end[other.blocked])
  })
})

test('linearize: zones of unique values agree with trying every order, cas chains included', () => {
  const verdicts = { ok: 0, violation: 0 }
  agree(smallUnique(8), 1500, (history) => {
    const problem = registerProblem(history)
    assert.ok(isTraceable(problem))
    const legal = findConflict(problem) === null
    assert.is(legal, isLegal(history))
    verdicts[legal ? 'ok' : 'violation']++
  })
  assert.ok(verdicts.ok > 200 && verdicts.violation > 200, JSON.stringify(verdicts))
})

test('linearize: traced appends agree with trying every order, repeated pieces included', () => {
  const verdicts = { ok: 0, violation: 0, untraceable: 0 }
  agree(smallAppend(7), 1500, (history) => {
    const decision = decideAppend(history, operationsOf(history))
    verdicts[decision.verdict]++
    if (decision.verdict === 'untraceable') return
    assert.is(decision.verdict === 'ok', isLinearizable(history, '', appendStep(history)))
  })
  assert.ok(verdicts.ok > 200 && verdicts.violation > 200, JSON.stringify(verdicts))
})

test('linearize: searching texts agrees with trying every order', () => {
  agree(smallAppend(7), 1500, (history) => {
    const problem = compileText(history, operationsOf(history))
    const expected = isLinearizable(history, '', appendStep(history)) ? 'ok' : 'violation'
    assert.is(search(problem, limits).verdict, expected)
    assert.is(justInTime(problem, limits).verdict, expected)
  })
})

test('linearize: a mutex agrees with trying every order', () => {
  const verdicts = { ok: 0, violation: 0 }
  agree(smallMutex(8), 1500, (history) => {
    const { verdict } = decide(compileMutex(history, operationsOf(history)), limits)
    assert.is(verdict, isLinearizable(history, 'free', mutexStep(history)) ? 'ok' : 'violation')
    verdicts[verdict as 'ok' | 'violation']++
  })
  assert.ok(verdicts.ok > 200 && verdicts.violation > 200, JSON.stringify(verdicts))
})

test('linearize: what shrinking leaves is illegal, and all of it is needed', () => {
  let shrunk = 0
  agree(smallRegister({ values: 3, cas: true, most: 10 }), 1500, (history) => {
    const problem = registerProblem(history)
    const decision = justInTime(problem, limits)
    if (decision.verdict !== 'violation') return
    const core = shrink(problem, limits).problem
    assert.is(search(core, limits).verdict, 'violation')
    for (let left = 0; left < core.start.length; left++) {
      const isLook = (core.leaves[left] as number) < 0
      if (!isLook && core.wants.includes(core.leaves[left] as number)) continue
      const rest = [...core.start.keys()].filter((index) => index !== left)
      assert.is(search(subset(core, rest, core.initial), limits).verdict, 'ok')
    }
    shrunk++
  })
  assert.ok(shrunk > 300)
})

test.run()
