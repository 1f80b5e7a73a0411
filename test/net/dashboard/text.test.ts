/** What the page makes of texts: events in pieces, JSON letter for letter. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EventParser } from '../../../net/dashboard/page/stream.js'
import { elements, members, pretty } from '../../../net/dashboard/page/text.js'

test('events: the same, wherever the network cuts the text', () => {
  const line = fc.string().filter((text) => !text.includes('\n') && !text.includes('\r'))
  const events = fc.array(fc.tuple(fc.constantFrom('view', 'log'), line), { maxLength: 8 })
  fc.assert(
    fc.property(events, fc.array(fc.nat(300)), (sent, cuts) => {
      const text = [': hello\n\n', ...sent.map(([name, data]) => eventOf(name, data))].join(':\n\n')
      const found: [string, string][] = []
      const parser = new EventParser((name, data) => found.push([name, data]))
      const places = [0, ...cuts.filter((at) => at < text.length).sort((a, b) => a - b)]
      places.forEach((from, i) => parser.push(text.slice(from, places[i + 1] ?? text.length)))
      assert.equal(found, sent)
    }),
    { seed: 1, numRuns: 200 },
  )
})

const eventOf = (name: string, data: string): string => `event: ${name}\nid: 1\ndata: ${data}\n\n`

test('values: numbers keep their digits and their form, doubled names stay', () => {
  const text = '{"value":{"big":12345678901234567890,"exact":1.0,"a":1,"a":2},"context":"c"}'
  const value = members(text).get('value') ?? ''
  assert.is(pretty(value), '{"big":12345678901234567890,"exact":1.0,"a":1,"a":2}')
  const siblings = elements('[{"value": 9007199254740993}, {"value":-0}]')
  assert.equal(
    siblings.map((each) => members(each).get('value')),
    ['9007199254740993', '-0'],
  )
  assert.is(members('[1]').size, 0)
  assert.equal(elements('{}'), [])
})

test('values: prettified text is the same value, as JSON.stringify would write it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.boolean(), (value, isSpaced) => {
      const compact = JSON.stringify(value)
      const long = JSON.stringify(value, null, 2)
      assert.is(pretty(isSpaced ? long : compact), compact.length <= 60 ? compact : long)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test.run()
