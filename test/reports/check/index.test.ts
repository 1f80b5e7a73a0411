import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import { checkRun } from '../../../reports/check/index.js'
import type { CheckInput } from '../../../reports/check/index.js'
import type { Check, VerdictFile } from '../../../reports/check/verdict.js'
import { overall, withExpectation } from '../../../reports/check/verdict.js'
import type { ExpectModel, Scenario } from '../../../scenarios/model.js'
import { storeEvents, storeHistory, strictQuorum } from './store.js'

const nothing: ExpectModel = {
  durability: null,
  convergence: null,
  sessions: [],
  linearizable: null,
  siblings: null,
  availability: null,
  staleness: null,
  goodput: null,
}

const run = (expect: Partial<ExpectModel>): CheckInput['run'] => ({
  scenario: {
    cluster: { n: 3, nodes: [1, 2, 3], buckets: [{ name: 'default', conflict: 'siblings' }] },
    expect: { ...nothing, ...expect },
  } as unknown as Scenario,
  faults: [],
  healedAtMicros: 1_000_000,
  convergedAtMicros: 1_500_000,
})

const find = ({ checks }: VerdictFile, name: string): Check =>
  checks.find(({ check }) => check === name) as Check

test('checks: all ten are there, in order, and those not asked fail nothing', () => {
  const file = checkRun({ history: storeHistory({ delivery: 0.1 }), run: run({}) })
  assert.equal(
    file.checks.map(({ check }) => check),
    [
      'durability',
      'convergence',
      'siblings',
      'read_your_writes',
      'monotonic_reads',
      'monotonic_writes',
      'writes_follow_reads',
      'linearizable',
      'availability',
      'staleness',
    ],
  )
  assert.is(find(file, 'linearizable').verdict, 'violation')
  assert.ok(file.checks.every(({ expected, met }) => expected === null && met === null))
  assert.is(file.verdict, 'ok')
})

test('checks: a promise that does not hold makes the run a violation, its neighbours stay met', () => {
  const history = storeHistory({ delivery: 0.1 })
  const file = checkRun({
    history,
    run: run({ durability: true, sessions: [{ guarantee: 'monotonic_reads', expected: true }] }),
  })
  assert.is(file.verdict, 'violation')
  assert.equal([find(file, 'durability').expected, find(file, 'durability').met], ['ok', true])
  assert.equal(
    [find(file, 'monotonic_reads').expected, find(file, 'monotonic_reads').met],
    ['ok', false],
  )
  assert.is(find(file, 'read_your_writes').met, null)
})

test('checks: a violation that is expected is green if found, red if not', () => {
  const expected = run({ linearizable: 'violation' })
  const bad = checkRun({ history: storeHistory({ delivery: 0.1 }), run: expected })
  assert.is(find(bad, 'linearizable').met, true)
  assert.is(bad.verdict, 'ok')
  const history = historyOf([
    { process: 0, type: 'invoke', f: 'write', key: 'k', value: 'a' },
    { process: 0, type: 'ok', f: 'write', key: 'k', value: 'a' },
  ])
  const good = checkRun({ history, run: expected })
  assert.is(find(good, 'linearizable').met, false)
  assert.is(good.verdict, 'violation')
})

test('checks: what cannot be decided leaves the run unknown, unless something else is wrong', () => {
  const events = storeEvents().filter(({ f }) => f !== 'final')
  const asked = { durability: true, availability: { minPpm: 1, expected: true } } as const
  const file = checkRun({ history: historyOf(events), run: run(asked) })
  assert.equal([find(file, 'durability').verdict, find(file, 'durability').met], ['unknown', null])
  assert.is(file.verdict, 'unknown')
  const impossible = { ...asked, availability: { minPpm: 1_000_000, expected: true } } as const
  assert.is(checkRun({ history: historyOf(events), run: run(impossible) }).verdict, 'violation')
})

test('checks: limits of the scenario reach their checks', () => {
  const history = storeHistory(strictQuorum)
  const within = (withinMicros: number): boolean | null =>
    find(
      checkRun({ history, run: run({ convergence: { withinMicros, expected: true } }) }),
      'convergence',
    ).met
  assert.equal([within(500_000), within(499_999)], [true, false])
  const staleness = (p99Micros: number): boolean | null =>
    find(checkRun({ history, run: run({ staleness: { p99Micros, expected: true } }) }), 'staleness')
      .met
  assert.is(staleness(0), true)
})

test('checks: the verdict file is plain JSON', () => {
  const file = checkRun({
    history: storeHistory({ delivery: 0.1 }),
    run: run({ linearizable: true }),
  })
  assert.equal(JSON.parse(JSON.stringify(file)), file)
})

test('checks: an expectation turns a finding into met, not met or neither', () => {
  const finding = { check: 'x', summary: '', figures: {}, counterexamples: [] } as const
  const met = (
    verdict: 'ok' | 'violation' | 'unknown',
    wished: true | 'violation' | null,
  ): unknown => withExpectation({ ...finding, verdict }, wished).met
  assert.equal([met('ok', true), met('violation', true), met('unknown', true)], [true, false, null])
  assert.equal([met('ok', 'violation'), met('violation', 'violation')], [false, true])
  assert.equal([met('ok', null), met('violation', null)], [null, null])
  assert.is(overall([]), 'ok')
})

test.run()
