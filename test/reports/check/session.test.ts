import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import type { RawEvent } from '../../../reports/check/build.js'
import { checkSessions } from '../../../reports/check/session.js'
import { subjectOf } from '../../../reports/check/subject.js'
import type { Finding } from '../../../reports/check/verdict.js'
import { sessionHistory, smallVersions } from './generate.js'
import { hasOrder, sessionViolations } from './session-twin.js'
import { storeEvents, storeHistory, strictQuorum } from './store.js'

const verdicts = (findings: readonly Finding[]): Record<string, string> =>
  Object.fromEntries(findings.map(({ check, verdict }) => [check, verdict]))

const check = (events: readonly RawEvent[]): readonly Finding[] =>
  checkSessions(subjectOf(historyOf(events)))

const allOk = {
  read_your_writes: 'ok',
  monotonic_reads: 'ok',
  monotonic_writes: 'ok',
  writes_follow_reads: 'ok',
}

test('sessions: vectors agree with the definitions, written out, on made-up vectors', () => {
  const found = new Map<string, number>()
  fc.assert(
    fc.property(smallVersions(9), (events) => {
      const history = historyOf(events)
      const expected = sessionViolations(history)
      for (const finding of checkSessions(subjectOf(history))) {
        const reads = expected.get(finding.check) ?? new Set()
        assert.is(finding.figures['violations'], reads.size, finding.check)
        if (reads.size > 0) found.set(finding.check, (found.get(finding.check) ?? 0) + 1)
      }
    }),
    { seed: 1, numRuns: 3000 },
  )
  for (const name of Object.keys(allOk)) assert.ok((found.get(name) ?? 0) > 50, name)
})

test('sessions: a store with overlapping quorums and contexts keeps all four', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const history = storeHistory({ ...strictQuorum, seed })
    assert.equal(verdicts(checkSessions(subjectOf(history))), allOk)
  }
})

test('sessions: a store that reads one replica of a slow three breaks the reads, not what follows contexts', () => {
  const found = verdicts(checkSessions(subjectOf(storeHistory({ delivery: 0.1 }))))
  assert.is(found['read_your_writes'], 'violation')
  assert.is(found['monotonic_reads'], 'violation')
  assert.is(found['writes_follow_reads'], 'ok')
})

test('sessions: without contexts a write can overtake what its session did before', () => {
  const history = storeHistory({ delivery: 0.1, contexts: false, operations: 2000, keys: 1 })
  const found = verdicts(checkSessions(subjectOf(history)))
  assert.is(found['monotonic_writes'], 'violation')
  assert.is(found['writes_follow_reads'], 'violation')
})

test('sessions: a good history with one read made older breaks monotonic reads and says where', () => {
  const events = storeEvents({ ...strictQuorum, keys: 1 })
  const reads = events.filter(
    ({ f, type, session }) => f === 'read' && type === 'ok' && session === 'c1',
  )
  const [early, late] = [reads[2], reads.at(-1)] as [RawEvent, RawEvent]
  const { value, dots, vv } = early
  const broken = events.map((event) => (event === late ? { ...event, value, dots, vv } : event))
  const finding = check(broken).find((each) => each.check === 'monotonic_reads') as Finding
  assert.is(finding.verdict, 'violation')
  const example = finding.counterexamples[0]
  assert.ok(example?.events.includes(late['index'] as number))
  assert.match(example?.explanation ?? '', /c1's read of .* in the same session, is older/)
})

test('sessions: values without versions agree with trying every order of the versions', () => {
  const counted = new Map<string, number>()
  fc.assert(
    fc.property(sessionHistory(7), (events) => {
      const history = historyOf(events)
      const findings = verdicts(checkSessions(subjectOf(history)))
      // Where writes and what they follow have no order at all, no read can be to blame.
      const isOrdered = hasOrder(history, 'writes_follow_reads')
      const reads = isOrdered ? ['read_your_writes', 'monotonic_reads'] : []
      for (const guarantee of ['writes_follow_reads', ...reads]) {
        const expected = hasOrder(history, guarantee) ? 'ok' : 'violation'
        assert.is(findings[guarantee], expected, guarantee)
        counted.set(expected + guarantee, (counted.get(expected + guarantee) ?? 0) + 1)
      }
    }),
    { seed: 1, numRuns: 3500 },
  )
  for (const [name, count] of counted) assert.ok(count > 50, `${name}: ${String(count)}`)
  assert.is(counted.size, 6)
})

test('sessions: repeated values without versions cannot be told apart, which is unknown', () => {
  const events: RawEvent[] = [
    { process: 0, type: 'invoke', f: 'write', key: 'k', value: 1 },
    { process: 0, type: 'ok', f: 'write', key: 'k', value: 1 },
    { process: 0, type: 'invoke', f: 'write', key: 'k', value: 1 },
    { process: 0, type: 'ok', f: 'write', key: 'k', value: 1 },
    { process: 0, type: 'invoke', f: 'read', key: 'k', value: null },
    { process: 0, type: 'ok', f: 'read', key: 'k', value: 1 },
  ]
  for (const finding of check(events)) assert.is(finding.verdict, 'unknown', finding.check)
})

test('sessions: a session goes on over an info under another process number', () => {
  const events: RawEvent[] = [
    { process: 0, type: 'invoke', f: 'write', key: 'k', value: 'a', session: 'c1', context: null },
    { process: 0, type: 'ok', f: 'write', key: 'k', value: 'a', session: 'c1', dot: 'n1:0#1' },
    { process: 0, type: 'invoke', f: 'write', key: 'k', value: 'b', session: 'c1', context: null },
    { process: 0, type: 'info', f: 'write', key: 'k', value: 'b', session: 'c1' },
    { process: 7, type: 'invoke', f: 'read', key: 'k', value: null, session: 'c1' },
    { process: 7, type: 'ok', f: 'read', key: 'k', value: null, session: 'c1', dots: [], vv: {} },
  ]
  assert.equal(verdicts(check(events)), { ...allOk, read_your_writes: 'violation' })
})

test.run()
