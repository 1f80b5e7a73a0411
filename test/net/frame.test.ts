import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ByteWriter } from '../../core/index.js'
import { beginFrame, endFrame, FrameReader, newFrameCounters } from '../../net/frame.js'

const seed = 20_261_125

function frames(payloads: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter()
  for (const payload of payloads) {
    const start = beginFrame(writer)
    writer.raw(payload)
    endFrame(writer, start)
  }
  return writer.finish()
}

function read(chunks: readonly Uint8Array[], mostBytes = 1_000) {
  const counters = newFrameCounters()
  const received: string[] = []
  const reader = new FrameReader({
    mostBytes,
    counters,
    receive: (bytes, start, end) => {
      received.push(Buffer.from(bytes.subarray(start, end)).toString('latin1'))
      return true
    },
  })
  const whole = chunks.every((chunk) => reader.push(chunk))
  return { counters, received, whole, reader }
}

/** The same bytes in pieces that end anywhere. */
function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]
  ends.sort((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const word = (letters: string): Uint8Array => Buffer.from(letters, 'latin1')

test('frame: whatever the pieces they come in, the same payloads come out', () => {
  const payload = fc.uint8Array({ minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(
      fc.array(payload, { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (payloads, cuts) => {
        const { received, whole, counters } = read(cutAt(frames(payloads), cuts))
        assert.ok(whole)
        assert.equal(received, payloads.map(text))
        assert.is(counters.malformed + counters.tooLarge, 0)
      },
    ),
    { seed, numRuns: 300 },
  )
})

test('frame: one that is too large is left out, and what follows is read', () => {
  const bytes = frames([word('a'), new Uint8Array(2_000), word('b')])
  for (let cut = 0; cut <= bytes.length; cut += 7) {
    const { received, counters, whole } = read(cutAt(bytes, [cut]))
    assert.ok(whole)
    assert.equal(received, ['a', 'b'])
    assert.is(counters.tooLarge, 1)
  }
})

test('frame: a damaged payload is left out, and what follows is read', () => {
  const bytes = frames([word('abc'), word('def'), word('ghi')])
  bytes[8 + 3 + 8 + 1]! ^= 1
  const { received, counters, whole } = read([bytes])
  assert.ok(whole)
  assert.equal(received, ['abc', 'ghi'])
  assert.is(counters.malformed, 1)
})

test('frame: a payload that makes no sense to its reader is counted', () => {
  const counters = newFrameCounters()
  const reader = new FrameReader({ mostBytes: 100, counters, receive: () => false })
  assert.ok(reader.push(frames([word('x'), word('y')])))
  assert.is(counters.malformed, 2)
  assert.is(counters.frames, 2)
})

test('frame: an empty one says that the link lives, and is no message', () => {
  const bytes = frames([new Uint8Array(0), word('a'), new Uint8Array(0)])
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { received, counters } = read(cutAt(bytes, [cut]))
    assert.equal(received, ['a'])
    assert.is(counters.frames, 3)
    assert.is(counters.malformed, 0)
  }
})

test('frame: a stream whose lengths are no lengths is lost at once', () => {
  const { whole, counters, received } = read([new Uint8Array(64).fill(0xff)])
  assert.not.ok(whole)
  assert.is(counters.tooLarge, 1)
  assert.equal(received, [])
})

test('frame: damage that does not end loses the stream', () => {
  const bytes = frames(Array.from({ length: 20 }, () => word('abcd')))
  for (let at = 8; at < bytes.length; at += 12) bytes[at]! ^= 1
  const { whole, received } = read([bytes])
  assert.not.ok(whole)
  assert.equal(received, [])
})

test('frame: any bytes at all are borne, and nothing is kept of what is too large', () => {
  const bytes = fc.uint8Array({ maxLength: 400 })
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 6 }), (chunks) => {
      const { counters, received } = read(chunks, 64)
      assert.ok(received.every((payload) => payload.length <= 64))
      assert.ok(counters.frames >= counters.malformed)
    }),
    { seed, numRuns: 2_000 },
  )
})

test.run()
