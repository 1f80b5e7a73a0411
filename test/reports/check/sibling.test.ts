import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import type { RawEvent } from '../../../reports/check/build.js'
import { checkSiblings } from '../../../reports/check/sibling.js'
import { subjectOf } from '../../../reports/check/subject.js'
import type { Finding } from '../../../reports/check/verdict.js'
import { smallStates } from './generate.js'
import { expectedStates } from './sibling-twin.js'
import { storeEvents, storeHistory } from './store.js'
import type { StoreOptions } from './store.js'

const check = (
  events: readonly RawEvent[],
  conflict: StoreOptions['conflict'] = 'siblings',
): Finding => checkSiblings(subjectOf(historyOf(events)), () => conflict)

const isShown = (event: RawEvent): boolean => Array.isArray(event['dots']) && event['type'] === 'ok'
const values = (event: RawEvent): readonly unknown[] =>
  Array.isArray(event['value']) ? (event['value'] as unknown[]) : [event['value']]

/** The first event that fits, changed. */
const changed = (
  events: readonly RawEvent[],
  fits: (event: RawEvent) => boolean,
  change: (event: RawEvent) => RawEvent,
): readonly RawEvent[] => {
  const at = events.findIndex(fits)
  assert.ok(at >= 0, 'nothing to change')
  return events.map((event, index) => (index === at ? change(event) : event))
}

test('siblings: what must be shown agrees with sets of dots, on made-up states', () => {
  let right = 0
  let wrong = 0
  fc.assert(
    fc.property(smallStates(6), (events) => {
      const history = historyOf(events)
      const isRight = expectedStates(history).every(
        ({ alive, shown }) =>
          alive.size === shown.size && [...alive].every((dot) => shown.has(dot)),
      )
      const finding = checkSiblings(subjectOf(history), () => 'siblings')
      assert.is(finding.verdict, isRight ? 'ok' : 'violation')
      if (isRight) right++
      else wrong++
    }),
    { seed: 1, numRuns: 4000 },
  )
  assert.ok(right > 300 && wrong > 300, `${String(right)} right, ${String(wrong)} wrong`)
})

test('siblings: a store that merges whole states is right, however slow, with unknown writes and blind ones', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const options = { seed, delivery: (seed % 5) / 5, contexts: seed % 3 !== 0, unknown: 0.15 }
    const finding = checkSiblings(subjectOf(storeHistory(options)), () => 'siblings')
    assert.is(finding.verdict, 'ok', `seed ${String(seed)}: ${finding.summary}`)
    assert.ok((finding.figures['mostSiblings'] ?? 0) >= 2)
  }
})

/** Of a write whose value a delete took along. */
const taken = (outcome: 'ok' | 'info', f: 'delete' | 'write'): Finding => {
  const told = outcome === 'ok' ? { vv: { a: 2 } } : {}
  const value = f === 'delete' ? null : 'y'
  return check([
    { process: 0, type: 'invoke', f: 'write', key: 'k', value: 'x', context: null },
    { process: 0, type: 'ok', f: 'write', key: 'k', value: 'x', dot: 'a#1', vv: { a: 1 } },
    { process: 1, type: 'invoke', f, key: 'k', value, context: null },
    { process: 1, type: outcome, f, key: 'k', value, dot: 'a#2', ...told },
    { process: 2, type: 'invoke', f: 'read', key: 'k', value: null },
    {
      ...{ process: 2, type: 'ok', f: 'read', key: 'k', vv: { a: 2 } },
      ...(f === 'delete' ? { value: null, dots: [] } : { value: 'y', dots: ['a#2'] }),
    },
  ])
}

test('siblings: what a blind delete took is not demanded, not even if nobody heard its answer', () => {
  assert.is(taken('ok', 'delete').verdict, 'ok')
  assert.is(taken('info', 'delete').verdict, 'ok')
  assert.is(taken('info', 'write').verdict, 'violation')
})

test('siblings: one of two values left out of a read has vanished, and the words name it', () => {
  const events = storeEvents({ seed: 3, unknown: 0 })
  const broken = changed(
    events,
    (event) => isShown(event) && values(event).length === 2,
    (event) => ({
      ...event,
      value: values(event)[0],
      dots: (event['dots'] as unknown[]).slice(0, 1),
    }),
  )
  const finding = check(broken)
  assert.is(finding.verdict, 'violation')
  assert.is(finding.figures['vanished'], 1)
  assert.match(
    finding.counterexamples[0]?.explanation ?? '',
    /nobody had replaced, but does not show/,
  )
})

test('siblings: a replaced value that comes back under its old dot is a resurrection', () => {
  const events = storeEvents({ seed: 3, keys: 1, delivery: 1, asked: 3, unknown: 0 })
  const reads = events.filter((event) => isShown(event) && values(event)[0] !== null)
  const [early, late] = [reads[0], reads.at(-1)] as [RawEvent, RawEvent]
  const broken = changed(
    events,
    (event) => event === late,
    (event) => ({
      ...event,
      value: [...values(early), ...values(late)],
      dots: [...(early['dots'] as unknown[]), ...(late['dots'] as unknown[])],
    }),
  )
  const finding = check(broken)
  assert.is(finding.verdict, 'violation')
  assert.ok((finding.figures['resurrected'] ?? 0) >= 1)
})

test('siblings: a value that nobody wrote, and a rejected one, may not appear', () => {
  const events = storeEvents({ seed: 5 })
  const invented = changed(
    events,
    (event) => isShown(event) && values(event).length === 1 && event['value'] !== null,
    (event) => ({ ...event, value: 'x-invented' }),
  )
  assert.is(check(invented).figures['unwritten'], 1)
  const seen = new Set(events.filter(isShown).flatMap(values))
  const rejected = changed(
    events,
    ({ type, f, value }) => type === 'ok' && f === 'write' && seen.has(value),
    ({ dot: _dot, vv: _vv, ...event }) => ({ ...event, type: 'fail', code: 'w_unsatisfied' }),
  )
  const finding = check(rejected)
  assert.is(finding.figures['rejected'], 1)
  assert.match(finding.counterexamples[0]?.explanation ?? '', /which was rejected/)
})

test('siblings: an unknown write may appear under one dot, not under two', () => {
  const write = { process: 0, f: 'write', key: 'k', value: 'a' }
  const read = { process: 1, f: 'read', key: 'k' }
  const events: RawEvent[] = [
    { ...write, type: 'invoke', context: null },
    { ...write, type: 'info', code: 'timeout' },
    { ...read, type: 'invoke', value: null },
    { ...read, type: 'ok', value: 'a', dots: ['n1:0#1'], vv: { 'n1:0': 1 } },
  ]
  assert.is(check(events).verdict, 'ok')
  const twice: RawEvent[] = [
    ...events,
    { ...read, type: 'invoke', value: null },
    {
      ...read,
      type: 'ok',
      value: ['a', 'a'],
      dots: ['n1:0#1', 'n2:0#1'],
      vv: { 'n1:0': 1, 'n2:0': 1 },
    },
  ]
  assert.is(check(twice).figures['twice'], 1)
})

test('siblings: one dot given to two writes is found without any read of it', () => {
  const events = [0, 1].flatMap((process): RawEvent[] => {
    const head = { process, f: 'write', key: 'k', value: `x${String(process)}` }
    return [
      { ...head, type: 'invoke', context: null },
      { ...head, type: 'ok', dot: 'n1:0#7', vv: { 'n1:0': 7 } },
    ]
  })
  const read = { process: 5, f: 'read', key: 'k' }
  const state = { value: null, dots: [], vv: {} }
  const all = [...events, { ...read, type: 'invoke' }, { ...read, type: 'ok', ...state }]
  assert.is(check(all).figures['dot_reused'], 1)
})

test('siblings: a last-write-wins store is right, two values in it are not', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const events = storeEvents({ seed, conflict: 'lww' })
    assert.is(check(events, 'lww').verdict, 'ok')
  }
  const events = storeEvents({ seed: 3 })
  assert.ok((check(events, 'lww').figures['siblings_in_lww'] ?? 0) > 0)
})

test('siblings: a history without dots cannot say, which is unknown', () => {
  const read = { process: 1, f: 'read', key: 'k' }
  assert.is(
    check([
      { ...read, type: 'invoke' },
      { ...read, type: 'ok', value: null },
    ]).verdict,
    'unknown',
  )
})

test.run()
