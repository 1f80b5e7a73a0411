import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HistoryEvent } from '../../../core/history.js'
import type { TracedMessage } from '../../../reports/aggregate/verdict.js'
import type { Witness } from '../../../reports/aggregate/witness.js'
import { operationText, spaceTime } from '../../../reports/chart/spacetime.js'

const event = (fields: Partial<HistoryEvent>): HistoryEvent => ({
  index: 0,
  process: 1,
  type: 'invoke',
  f: 'write',
  key: 'k',
  value: 'x1',
  time: 0,
  session: 'c1',
  ...fields,
})

const message = (fields: Partial<TracedMessage>): TracedMessage => ({
  sentMicros: 100,
  deliveredMicros: 200,
  fate: 'delivered',
  from: 'n1',
  to: 'n2',
  kind: 'replicate',
  key: 'k',
  request: 1,
  opId: 'c1.0',
  detail: '',
  ...fields,
})

const write: Witness = { invoke: event({}), completion: event({ type: 'ok', time: 900_000 }) }

const count = (text: string, part: string): number => text.split(part).length - 1

test('space-time: a line for each client and node, clients first, by number', () => {
  const given = [message({ from: 'n10', to: 'n9' }), message({ from: 'c2', to: 'n1' })]
  const svg = spaceTime('x', [write], given)?.svg.text ?? ''
  const lanes = [...svg.matchAll(/class="lane-name"[^>]*>([^<]+)</g)].map(([, name]) => name)
  assert.equal(lanes, ['c1', 'c2', 'n1', 'n9', 'n10'])
})

test('space-time: an arrow for what arrived, a cross for what did not, each with its fate', () => {
  const lost = { deliveredMicros: null, fate: 'lost' } as const
  const cut = { deliveredMicros: null, fate: 'cut' } as const
  const svg = spaceTime('x', [], [message({}), message(lost), message(cut)])?.svg.text ?? ''
  assert.is(count(svg, 'class="head"'), 1)
  assert.is(count(svg, 'class="cross"'), 2)
  for (const words of [
    'delivered after 100\u00a0µs',
    'lost by the network',
    'cut by a partition',
  ]) {
    assert.ok(svg.includes(words), words)
  }
})

test('space-time: every operation is a bar that says what it did', () => {
  const read = { f: 'read', value: null, session: 'c2' } as const
  const answered: Witness = {
    invoke: event({ ...read, index: 5 }),
    completion: event({ ...read, type: 'ok', value: ['a', 'b'], time: 2000 }),
  }
  assert.is(operationText(write), 'write x1')
  assert.is(operationText(answered), 'read → a, b')
  assert.is(operationText({ ...write, completion: null }), 'write x1, never answered')
  const late = event({ type: 'info', code: 'timeout' })
  assert.is(operationText({ ...write, completion: late }), 'write x1, unknown (timeout)')
  const gone = event({ f: 'delete', value: null })
  assert.is(operationText({ invoke: gone, completion: event({ type: 'ok' }) }), 'delete')
  const svg = spaceTime('x', [write, answered], [])?.svg.text ?? ''
  assert.is(count(svg, '<rect x='), 2)
})

test('space-time: of messages that cross each other no label covers another', () => {
  const crossing = Array.from({ length: 8 }, (_, i) =>
    message({ sentMicros: 100 + i, deliveredMicros: 200 + i, from: i % 2 ? 'n1' : 'n2', to: 'n3' }),
  )
  const svg = spaceTime('x', [], crossing)?.svg.text ?? ''
  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)">(\d+[^<]*)</g)]
  assert.ok(texts.length >= 4, String(texts.length))
  for (const [i, [, x1, y1, text = '']] of texts.entries()) {
    for (const [, x2, y2] of texts.slice(i + 1)) {
      const beside = Math.abs(Number(x1) - Number(x2)) > Math.min(text.length, 3) * 6
      assert.ok(beside || Math.abs(Number(y1) - Number(y2)) > 10, `${text} at ${String(x2)}`)
    }
  }
  assert.is([...svg.matchAll(/<title>\d+\. /g)].length, 8, 'what has no label has its title')
})

test('space-time: hostile names are text', () => {
  const bad = '</svg><script>alert(1)</script>'
  const svg = spaceTime(
    bad,
    [{ ...write, invoke: event({ value: bad }) }],
    [message({ kind: bad })],
  )
  assert.not.match(svg?.svg.text ?? '<script', /<script|<\/svg><(?!\/)/)
})

test('space-time: nothing to draw is null, and a hundred messages too many are left out', () => {
  assert.is(spaceTime('x', [], []), null)
  const many = Array.from({ length: 400 }, (_, index) => message({ sentMicros: index }))
  assert.is(spaceTime('x', [], many)?.messages.length, 160)
})

test.run()
