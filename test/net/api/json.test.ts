/** The JSON reader against `JSON.parse`, its dumb twin. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { jsonProblem, membersOf } from '../../../net/api/json.js'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const pieces = fc.constantFrom(
  ...'{}[],:"'.split(''),
  ...['\\', '"a"', '"\\u00', '\\n', '1', '-', '0', '.5', 'e+', 'E', '9', 'true', 'null', 'fals'],
  ...[' ', '\n', '\u0000', '\u00a0', 'é', '\ud800', '"__proto__":', '"x":[', '1}'],
)

test('json: takes what JSON.parse takes, and nothing else', () => {
  const texts = fc.oneof(
    fc.json(),
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.tuple(fc.json(), fc.nat(), pieces).map(([text, at, piece]) => {
      const cut = at % (text.length + 1)
      return text.slice(0, cut) + piece + text.slice(cut + 1)
    }),
  )
  fc.assert(
    fc.property(texts, (text) => {
      assert.is(jsonProblem(text, 1_000) === null, parses(text), JSON.stringify(text))
    }),
    { seed: 7, numRuns: 20_000 },
  )
})

test('json: members are those of JSON.parse, each as it was written', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (object) => {
      const spaced = JSON.stringify(object, null, 2)
      const members = membersOf(spaced, 1_000)
      if ('message' in members) throw new Error(members.message)
      const read = [...members].map(([name, text]) => [name, JSON.parse(text) as unknown])
      assert.equal(read, Object.entries(JSON.parse(spaced) as object))
    }),
    { seed: 7, numRuns: 500 },
  )
})

test('json: a name that comes twice, and a depth above the bound, are refused with their place', () => {
  const problem = (text: string, depth: number): unknown => membersOf(text, depth)
  assert.equal(problem('{"a":1,"a":2}', 4), { at: 7, message: 'a name comes twice' })
  assert.equal(problem('{"a":[[[1]]]}', 2), { at: 7, message: 'nested too deeply' })
  assert.equal(problem('{"a":1 [', 2), { at: 7, message: 'not JSON' })
  assert.equal(problem('{"a"', 2), { at: 4, message: 'the text ends too early' })
})

test('json: a million brackets cost no stack', () => {
  const million = '['.repeat(1_000_000)
  assert.is(jsonProblem(million, 128)?.at, 128)
  assert.is(jsonProblem(million, 2_000_000)?.message, 'the text ends too early')
})

test.run()
