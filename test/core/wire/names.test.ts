import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message } from '../../../core/index.js'
import { ByteReader, ByteWriter, decodeMessage, encodeMessage, Names } from '../../../core/index.js'
import { messages, partitions } from './arbitrary.js'

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.subarray(start, end)).toString('latin1')

for (const [how, ascii] of [
  ['alone', null],
  ['with a faster way to read ASCII', latin1],
] as const) {
  test(`names, ${how}: messages that share them are the same as without`, () => {
    const names = new Names(ascii)
    fc.assert(
      fc.property<[Message]>(messages, (message) => {
        const bytes = encodeMessage(message)
        assert.equal(decodeMessage(bytes, partitions, names), message)
        assert.is(decodeMessage(bytes.slice(0, -1), partitions, names), null)
      }),
      { seed: 2, numRuns: 1_000 },
    )
  })
}

test('names: any texts, one after the other, come back as they were', () => {
  const names = new Names()
  const text = fc.oneof(
    fc.constantFrom('n1', 'n2', 'n1:0', 'default', '', 'é', 'n\ud800'),
    fc.string({ unit: 'binary', maxLength: 80 }),
  )
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      const writer = new ByteWriter()
      for (const each of texts) writer.text(each)
      const reader = new ByteReader(writer.finish(), 0, writer.length, names)
      assert.equal(
        texts.map(() => reader.name()),
        texts,
      )
      assert.ok(reader.done)
    }),
    { seed: 1, numRuns: 1_000 },
  )
})

test('names: a name longer than the bytes fails like any text', () => {
  const reader = new ByteReader(Uint8Array.from([5, 110, 49]), 0, 3, new Names())
  assert.is(reader.name(), '')
  assert.ok(reader.failed)
})

test.run()
