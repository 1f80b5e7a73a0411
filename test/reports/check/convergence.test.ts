import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import type { RawEvent } from '../../../reports/check/build.js'
import { checkConvergence } from '../../../reports/check/convergence.js'
import type { ConvergenceOptions } from '../../../reports/check/convergence.js'
import { subjectOf } from '../../../reports/check/subject.js'
import type { Finding } from '../../../reports/check/verdict.js'
import { storeEvents } from './store.js'

const healed = { owners: 3, withinMicros: 1000, healedAtMicros: 5000, convergedAtMicros: 5500 }

const check = (events: readonly RawEvent[], options: Partial<ConvergenceOptions> = {}): Finding =>
  checkConvergence(subjectOf(historyOf(events)), { ...healed, ...options })

/** The last final state, changed. */
const withLast = (change: (event: RawEvent) => RawEvent[]): readonly RawEvent[] => {
  const events = storeEvents({ keys: 2 })
  return [...events.slice(0, -1), ...change(events.at(-1) as RawEvent)]
}

test('convergence: equal owners in time are ok, and the time is told', () => {
  const finding = check(storeEvents())
  assert.is(finding.verdict, 'ok')
  assert.is(finding.figures['convergedAfterMicros'], 500)
})

test('convergence: too late, or never, is a violation', () => {
  assert.is(check(storeEvents(), { convergedAtMicros: 6001 }).verdict, 'violation')
  assert.is(check(storeEvents(), { convergedAtMicros: 6000 }).verdict, 'ok')
  assert.is(check(storeEvents(), { convergedAtMicros: null }).verdict, 'violation')
})

test('convergence: an owner with another value, another vector, or without the key differs', () => {
  const other = withLast((event) => [{ ...event, value: 'x-other', dots: ['n9:0#1'] }])
  const behind = withLast((event) => [{ ...event, vv: { 'n1:0': 1 } }])
  const missing = withLast(() => [])
  for (const events of [other, behind, missing]) {
    const finding = check(events)
    assert.is(finding.verdict, 'violation')
    assert.is(finding.figures['divergentKeys'], 1)
    assert.is(finding.counterexamples[0]?.key, 'k1')
  }
  assert.match(check(missing).summary, /Only 2 of 3 owners hold the key/)
})

test('convergence: without a heal (an interrupted run) the time is unknown', () => {
  const finding = check(storeEvents(), { healedAtMicros: null, convergedAtMicros: null })
  assert.is(finding.verdict, 'unknown')
  const events = storeEvents().filter(({ f }) => f !== 'final')
  assert.is(check(events).verdict, 'unknown')
})

test.run()
