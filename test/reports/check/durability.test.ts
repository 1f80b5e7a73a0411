import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { historyOf } from '../../../reports/check/build.js'
import type { RawEvent } from '../../../reports/check/build.js'
import { checkDurability } from '../../../reports/check/durability.js'
import { subjectOf } from '../../../reports/check/subject.js'
import type { Finding } from '../../../reports/check/verdict.js'
import { smallStates } from './generate.js'
import { lostWrites } from './sibling-twin.js'
import { storeEvents, storeHistory } from './store.js'

const check = (events: readonly RawEvent[], conflict: 'siblings' | 'lww' = 'siblings'): Finding =>
  checkDurability(subjectOf(historyOf(events)), () => conflict)

/** A write of one key that ran from line to line; finals come last. */
const write = (process: number, value: string, type: RawEvent['type'] = 'ok'): RawEvent[] => {
  const head = { process, f: 'write', key: 'k', value }
  return [
    { ...head, type: 'invoke' },
    { ...head, type },
  ]
}
const final = (value: unknown): RawEvent => ({
  process: -1,
  type: 'ok',
  f: 'final',
  key: 'k',
  node: 'n1',
  value,
})

test('durability: what is lost agrees with sets of dots, on made-up contexts and finals', () => {
  let clean = 0
  let lossy = 0
  fc.assert(
    fc.property(smallStates(6), (events) => {
      const history = historyOf(events)
      const finding = checkDurability(subjectOf(history), () => 'siblings')
      if (history.finals === 0) {
        const isSure = (finding.figures['acknowledged'] ?? 0) === 0
        assert.is(finding.verdict, isSure ? 'ok' : 'unknown')
        return
      }
      const lost = lostWrites(history).length
      assert.is(finding.figures['lost'], lost)
      assert.is(finding.verdict, lost === 0 ? 'ok' : 'violation')
      if (lost === 0) clean++
      else lossy++
    }),
    { seed: 1, numRuns: 4000 },
  )
  assert.ok(clean > 200 && lossy > 200, `${String(clean)} clean, ${String(lossy)} lossy`)
})

test('durability: a store that merges everything in the end loses nothing', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const history = storeHistory({ seed, delivery: (seed % 4) / 4, contexts: seed % 3 !== 0 })
    const finding = checkDurability(subjectOf(history), () => 'siblings')
    assert.is(finding.verdict, 'ok', `seed ${String(seed)}: ${finding.summary}`)
  }
})

test('durability: a value taken out of all final states is lost, and the words name it', () => {
  const events = storeEvents({ seed: 2, unknown: 0, keys: 1 })
  const last = events.findLast(({ f }) => f === 'final') as RawEvent
  const gone = [last['value']].flat()[0] as string
  const broken = events.map((event) => {
    if (event['f'] !== 'final') return event
    const kept = [event['value']].flat().map((value) => value !== gone)
    const pick = (list: unknown): unknown => (list as unknown[]).filter((_, at) => kept[at])
    return { ...event, value: pick([event['value']].flat()), dots: pick(event['dots']) }
  })
  const finding = check(broken)
  assert.is(finding.verdict, 'violation')
  assert.is(finding.figures['lost'], 1)
  assert.match(
    finding.counterexamples[0]?.explanation ?? '',
    new RegExp(`write of ${gone} was ack`),
  )
})

test('durability: a key with no final state at all has lost its writes', () => {
  const events = storeEvents({ seed: 2, unknown: 0, keys: 2 })
  const broken = events.filter(({ f, key }) => f !== 'final' || key !== 'k1')
  const finding = check(broken)
  assert.is(finding.verdict, 'violation')
  assert.match(finding.counterexamples[0]?.explanation ?? '', /no owner holds the key/)
})

test('durability: values alone, replaced by a later write is no loss, by an older one is', () => {
  assert.is(check([...write(0, 'a'), ...write(1, 'b'), final('b')]).verdict, 'ok')
  const shadowed = check([...write(0, 'a'), ...write(1, 'b'), final('a')])
  assert.is(shadowed.verdict, 'violation')
  assert.is(shadowed.figures['lost'], 1)
  assert.match(shadowed.counterexamples[0]?.explanation ?? '', /older than it: .*write of a/)
})

test('durability: last write wins, of two at the same time one is dropped, which is counted and no loss', () => {
  const [beginA, endA] = write(0, 'a') as [RawEvent, RawEvent]
  const [beginB, endB] = write(1, 'b') as [RawEvent, RawEvent]
  const finding = check([beginA, beginB, endA, endB, final('a')], 'lww')
  assert.is(finding.verdict, 'ok')
  assert.is(finding.figures['lwwDropped'], 1)
})

test('durability: an unknown write that replaced an acknowledged one excuses it', () => {
  assert.is(check([...write(0, 'a'), ...write(1, 'b', 'info'), final('b')]).verdict, 'ok')
  // It may have replaced it, and be gone itself.
  assert.is(check([...write(0, 'a'), ...write(1, 'b', 'info'), final(null)]).verdict, 'ok')
  assert.is(check([...write(0, 'a'), ...write(1, 'b', 'fail'), final(null)]).verdict, 'violation')
})

test('durability: a write that the store hid behind an older value is counted as shadowed', () => {
  const read = { process: 2, f: 'read', key: 'k' }
  const vv = { 'n1:0': 1, 'n2:0': 1 }
  const withDot = ([begin, end]: RawEvent[], dot: string): RawEvent[] => [
    begin as RawEvent,
    { ...(end as RawEvent), dot },
  ]
  const events = [
    ...withDot(write(0, 'a'), 'n1:0#1'),
    ...withDot(write(1, 'b'), 'n2:0#1'),
    { ...read, type: 'invoke', value: null },
    { ...read, type: 'ok', value: 'a', dots: ['n1:0#1'], vv },
    ...withDot(write(0, 'c'), 'n1:0#2'),
    { ...final('c'), dots: ['n1:0#2'], vv: { ...vv, 'n1:0': 2 } },
  ]
  const finding = check(events, 'lww')
  assert.is(finding.verdict, 'ok')
  assert.is(finding.figures['lwwShadowed'], 1)
})

test('durability: without final reads nobody can say', () => {
  assert.is(check(write(0, 'a')).verdict, 'unknown')
})

test('durability: where tombstones are reaped, a delete is lost only if what it saw is back', () => {
  const removal = { process: 2, f: 'delete', key: 'k', value: null, context: { 'n1:0': 1 } }
  const events: RawEvent[] = [
    { process: 1, f: 'write', key: 'k', value: 'a', type: 'invoke', context: null },
    { process: 1, f: 'write', key: 'k', value: 'a', type: 'ok', dot: 'n1:0#1' },
    { ...removal, type: 'invoke' },
    { ...removal, type: 'ok', dot: 'n2:0#1' },
  ]
  const held = (value: string, dot: string, vv: Record<string, number>): RawEvent => ({
    ...final([value]),
    dots: [dot],
    vv,
  })
  const other: RawEvent[] = [
    { process: 3, f: 'write', key: 'k', value: 'b', type: 'invoke', context: null },
    { process: 3, f: 'write', key: 'k', value: 'b', type: 'ok', dot: 'n1:0#2' },
  ]
  const lost = (reaps: boolean, ...more: readonly RawEvent[]) =>
    checkDurability(subjectOf(historyOf([...events, ...more])), () => 'siblings', reaps).figures[
      'lost'
    ]
  assert.is(lost(true, ...other, held('b', 'n1:0#2', { 'n1:0': 2 })), 0)
  assert.is(lost(false, ...other, held('b', 'n1:0#2', { 'n1:0': 2 })), 1)
  assert.is(lost(true, held('a', 'n1:0#1', { 'n1:0': 1 })), 1)
})

test.run()
