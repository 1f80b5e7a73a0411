import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import type { History } from '../../../reports/check/history.js'
import { checkLinearizable } from '../../../reports/check/linearizable.js'
import type { LinearizableOptions } from '../../../reports/check/linearizable.js'
import { subjectOf } from '../../../reports/check/subject.js'
import type { Finding } from '../../../reports/check/verdict.js'

/** An operation of process `p` between two moments. */
const op = (p: number, f: string, value: unknown, at: number, until: number, type = 'ok') => [
  {
    at,
    event: {
      process: p,
      session: `c${String(p)}`,
      key: 'k3',
      f,
      type: 'invoke',
      value: f === 'read' ? null : value,
    },
  },
  { at: until, event: { process: p, session: `c${String(p)}`, key: 'k3', f, type, value } },
]

/** Moments are milliseconds. */
const timed = (...operations: readonly ReturnType<typeof op>[]): History =>
  historyOf(
    operations
      .flat()
      .sort((a, b) => a.at - b.at)
      .map(({ at, event }) => ({ ...event, time: at * 1e6 })),
  )

const check = (history: History, options: Partial<LinearizableOptions> = {}): Finding =>
  checkLinearizable(subjectOf(history), { model: 'register', ...options })

test('linearizable: a stale read is explained by who, what and when, with its lines', () => {
  const history = timed(
    op(1, 'write', 'x1', 0, 10),
    op(2, 'write', 'x2', 20, 30),
    op(3, 'read', 'x1', 40, 50),
  )
  const finding = check(history)
  assert.is(finding.verdict, 'violation')
  assert.equal(finding.counterexamples, [
    {
      key: 'k3',
      fromMicros: 0,
      toMicros: 50_000,
      explanation:
        "c1's write of x1 was over at 0.0100 s; after that c2's write of x2 ran from 0.0200 s to " +
        '0.0300 s; yet c3, who began to read at 0.0400 s, still got x1.',
      events: [0, 1, 2, 3, 4, 5],
    },
  ])
})

test('linearizable: a read that overlaps the write may see either', () => {
  const before = [op(1, 'write', 'x1', 0, 10), op(2, 'write', 'x2', 20, 30)] as const
  assert.is(check(timed(...before, op(3, 'read', 'x1', 25, 50))).verdict, 'ok')
  assert.is(check(timed(...before, op(3, 'read', 'x2', 25, 50))).verdict, 'ok')
  assert.is(check(timed(...before, op(3, 'read', null, 25, 50))).verdict, 'violation')
})

test('linearizable: an info write may take effect late, or never; a failed one never does', () => {
  const written = op(1, 'write', 'x1', 0, 10, 'info')
  const unseen = op(3, 'read', null, 20, 30)
  const seen = op(3, 'read', 'x1', 20, 30)
  const late = op(4, 'read', 'x1', 40, 50)
  assert.is(check(timed(written, unseen)).verdict, 'ok')
  assert.is(check(timed(written, unseen, late)).verdict, 'ok')
  assert.is(check(timed(written, seen, op(4, 'read', null, 40, 50))).verdict, 'violation')
  assert.is(check(timed(op(1, 'write', 'x1', 0, 10, 'fail'), late)).verdict, 'violation')
  const open = historyOf([{ process: 1, type: 'invoke', f: 'write', key: 'k', value: 1 }])
  assert.is(check(open).verdict, 'ok')
})

test('linearizable: a failed read says nothing', () => {
  assert.is(
    check(timed(op(1, 'write', 'x1', 0, 10), op(3, 'read', null, 20, 30, 'fail'))).verdict,
    'ok',
  )
})

test('linearizable: a read of two siblings is a violation of itself', () => {
  const finding = check(
    timed(
      op(1, 'write', 'x1', 0, 10),
      op(2, 'write', 'x2', 0, 10),
      op(3, 'read', ['x1', 'x2'], 20, 30),
    ),
  )
  assert.is(finding.verdict, 'violation')
  assert.match(
    finding.counterexamples[0]?.explanation ?? '',
    /x1 and x2 \(siblings\).*one value at a time/,
  )
})

test('linearizable: deletes write nothing, which the initial state also holds', () => {
  const [write, erase] = [op(1, 'write', 'x1', 0, 10), op(2, 'delete', null, 20, 30)]
  assert.is(
    check(timed(op(4, 'read', null, -9, -5), write, erase, op(3, 'read', null, 40, 50))).verdict,
    'ok',
  )
  assert.is(check(timed(write, erase, op(3, 'read', 'x1', 40, 50))).verdict, 'violation')
})

test('linearizable: keys stand alone, and each violating key counts', () => {
  const events = [1, 2, 3].flatMap((process) => [
    { process, type: 'invoke', f: 'write', key: `k${String(process)}`, value: 'a' },
    { process, type: 'ok', f: 'write', key: `k${String(process)}`, value: 'a' },
    { process, type: 'invoke', f: 'read', key: `k${String(process)}`, value: null },
    {
      process,
      type: 'ok',
      f: 'read',
      key: `k${String(process)}`,
      value: process === 2 ? 'a' : null,
    },
  ])
  const finding = check(historyOf(events))
  assert.is(finding.figures['keys'], 3)
  assert.is(finding.figures['violatingKeys'], 2)
})

test('linearizable: out of steps or memory is unknown, and an easy violation is still found beside a hard key', () => {
  // Writes of three values side by side, again and again, and a read that nothing explains at the
  // very end.
  const hard = Array.from({ length: 12 }, (_, round) =>
    Array.from({ length: 12 }, (__, p) => op(p, 'write', p % 3, round * 10, round * 10 + 5)),
  ).flat()
  const impossible = [...hard, op(20, 'cas', [7, 8], 200, 210)]
  const history = timed(...impossible)
  assert.is(check(history, { model: 'cas-register', steps: 3000 }).verdict, 'unknown')
  assert.is(check(history, { model: 'cas-register', memory: 2000 }).verdict, 'unknown')
  const easy = { process: 99, key: 'easy', f: 'read' }
  const events = impossible
    .flat()
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event)
  const both = historyOf([
    ...events,
    { ...easy, f: 'cas', type: 'invoke', value: [1, 1] },
    { ...easy, f: 'cas', type: 'ok', value: [1, 1] },
  ])
  const finding = check(both, { model: 'cas-register', steps: 3000 })
  assert.is(finding.verdict, 'violation')
  assert.is(finding.figures['undecidedKeys'], 1)
})

test('linearizable: an operation without meaning in the model is refused with its line', () => {
  const history = timed(op(1, 'acquire', null, 0, 10))
  assert.throws(() => check(history), /line 1: a register knows no acquire/)
  assert.throws(() => check(history, { model: 'kv-append' }), /a key with append knows no acquire/)
})

test('linearizable: an initial value other than null', () => {
  const history = timed(op(1, 'read', 0, 0, 10))
  assert.is(check(history, { initial: 0 }).verdict, 'ok')
  assert.is(check(history).verdict, 'violation')
  assert.is(check(timed(op(1, 'read', null, 0, 10)), { initial: 7 }).verdict, 'violation')
})

test('linearizable: texts that lost a piece, forked, or hold what nobody wrote are told in words', () => {
  const words = (...operations: readonly ReturnType<typeof op>[]): string =>
    check(timed(...operations), { model: 'kv-append' }).counterexamples[0]?.explanation ?? ''
  const [a, b] = [op(1, 'append', 'a.', 0, 10), op(2, 'append', 'b.', 0, 10)]
  assert.match(words(a, b, op(3, 'read', 'a.b.', 20, 30), op(4, 'read', 'b.', 40, 50)), /b\./)
  assert.match(
    words(a, b, op(3, 'read', 'a.b.', 20, 30), op(4, 'read', 'a.', 40, 50)),
    /knows nothing of/,
  )
  assert.match(words(a, op(3, 'read', 'z', 20, 30)), /contains "z", which nobody wrote/)
  assert.match(words(a, op(3, 'read', 'a.a.', 20, 30)), /seen in more places than it was written/)
  const put = op(2, 'put', 'p.', 0, 10)
  assert.match(words(a, put, op(3, 'read', 'a.p.', 20, 30)), /put, which replaces/)
})

test('linearizable: a register with unique values takes no search steps, however long', () => {
  const operations = Array.from({ length: 3000 }, (_, index) => [
    op(index % 7, 'write', `x${String(index)}`, index * 10, index * 10 + 4),
    op(7 + (index % 5), 'read', `x${String(index)}`, index * 10 + 3, index * 10 + 8),
  ]).flat()
  const finding = check(timed(...operations))
  assert.is(finding.verdict, 'ok')
  assert.is(finding.figures['steps'], 0)
})

test.run()
