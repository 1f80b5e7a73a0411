import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AssertionError, ByteReader, ByteWriter } from '../../../core/index.js'
import { textBytes } from '../../../core/wire/bytes.js'

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(1)
  write(writer)
  return writer.finish()
}

const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text)

const settings = { seed: 1, numRuns: 2_000 }
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.integer({ min: 0xd7fe, max: 0xe001 }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
)

test('bytes: numbers come back, in as few bytes as they need', () => {
  const edges = [0, 1, 127, 128, 16_383, 16_384, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 35]
  const numbers = fc.oneof(
    fc.constantFrom(...edges, 2 ** 49 - 1, 2 ** 49, Number.MAX_SAFE_INTEGER),
    fc.maxSafeNat(),
  )
  fc.assert(
    fc.property(numbers, (value) => {
      const bytes = written((writer) => writer.uint(value))
      assert.is(bytes.length, Math.max(1, Math.ceil(value.toString(2).length / 7)))
      const reader = new ByteReader(bytes)
      assert.is(reader.uint(), value)
      assert.ok(reader.done)
    }),
    settings,
  )
})

test('bytes: signed numbers come back from end to end', () => {
  const ends = [Number.MIN_SAFE_INTEGER, -1, 0, 1, Number.MAX_SAFE_INTEGER]
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...ends), fc.maxSafeInteger()), (value) => {
      const reader = new ByteReader(written((writer) => writer.int(value)))
      assert.is(reader.int(), value)
      assert.ok(reader.done)
    }),
    settings,
  )
})

test('bytes: what is no number of ours is a mistake of the writer', () => {
  for (const value of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(
      () => written((writer) => writer.uint(value)),
      (e: unknown) => e instanceof AssertionError,
    )
  }
})

test('bytes: fixed numbers, lowest byte first', () => {
  const bytes = written((writer) => {
    writer.uint32(0xfedcba98)
    writer.uint64(2 ** 53 - 1)
  })
  assert.equal([...bytes.subarray(0, 4)], [0x98, 0xba, 0xdc, 0xfe])
  const reader = new ByteReader(bytes)
  assert.is(reader.uint32(), 0xfedcba98)
  assert.is(reader.uint64(), 2 ** 53 - 1)
  assert.ok(reader.done)
  const tooLarge = new ByteReader(Uint8Array.from([0, 0, 0, 0, 0, 0, 0x20, 0]))
  assert.is(tooLarge.uint64(), 0)
  assert.ok(tooLarge.failed)
})

test('bytes: any text comes back; well-formed text is UTF-8', () => {
  const encoder = new TextEncoder()
  fc.assert(
    fc.property(anyText, (text) => {
      const bytes = written((writer) => writer.text(text))
      const reader = new ByteReader(bytes)
      assert.is(reader.text(), text)
      assert.ok(reader.done)
      const body = bytes.subarray(bytes.length - textBytes(text))
      if (!hasLoneSurrogate(text)) assert.equal(body, encoder.encode(text))
      assert.is(textBytes(text) - Buffer.byteLength(text), 0, 'a lone surrogate has three bytes')
    }),
    settings,
  )
})

test('bytes: long text comes back', () => {
  for (const text of ['x'.repeat(100_000), 'ж'.repeat(50_000), '😀'.repeat(30_000)]) {
    assert.is(new ByteReader(written((writer) => writer.text(text))).text(), text)
  }
})

test('bytes: null and the empty text are two things', () => {
  for (const value of [null, '', 'a']) {
    assert.is(new ByteReader(written((writer) => writer.textOrNull(value))).textOrNull(), value)
  }
})

/** Reads one thing; null where that fails or leaves bytes over. */
function readAll<Value>(bytes: readonly number[], read: (reader: ByteReader) => Value) {
  const reader = new ByteReader(Uint8Array.from(bytes))
  const value = read(reader)
  return reader.done ? value : null
}

test('bytes: no second way to write a number', () => {
  const uint = (reader: ByteReader): number => reader.uint()
  assert.is(readAll([0x80, 0x01], uint), 128)
  assert.is(readAll([0x80, 0x00], uint), null)
  assert.is(readAll([0xff, 0x80, 0x00], uint), null)
  assert.is(readAll([0x80], uint), null, 'cut short')
  assert.is(readAll([...new Array<number>(7).fill(0xff), 0x0f], uint), 2 ** 53 - 1)
  assert.is(readAll([...new Array<number>(7).fill(0xff), 0x10], uint), null, 'above 2^53')
  assert.is(readAll(new Array<number>(12).fill(0xff), uint), null)
  assert.is(
    readAll([2, 5], (reader) => reader.int()),
    null,
    'a sign is 0 or 1',
  )
  assert.is(
    readAll([2], (reader) => reader.boolean()),
    null,
  )
})

test('bytes: no second way to write text', () => {
  const wrong = [
    [0x80],
    [0xc0, 0x80],
    [0xc1, 0xbf],
    [0xe0, 0x80, 0x80],
    [0xe0, 0x9f, 0xbf],
    [0xf0, 0x80, 0x80, 0x80],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf8, 0x80, 0x80, 0x80, 0x80],
    [0xff],
    [0xc3],
    [0xe2, 0x82],
    [0xc3, 0x28],
    // A pair as two halves: one character would have two forms.
    [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
  ]
  for (const bytes of wrong) {
    assert.is(
      readAll([bytes.length, ...bytes], (reader) => reader.text()),
      null,
      String(bytes),
    )
  }
})

test('bytes: any bytes read as text: null, or what is written as those bytes', () => {
  const pieces = fc.constantFrom(
    0x00,
    0x41,
    0x80,
    0xbf,
    0xc2,
    0xe0,
    0xed,
    0xa0,
    0xb0,
    0xf0,
    0xf4,
    0x90,
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 9 }), (body) => {
      const bytes = [body.length, ...body]
      const text = readAll(bytes, (reader) => reader.text())
      if (text !== null) assert.equal([...written((writer) => writer.text(text))], bytes)
    }),
    { seed: 1, numRuns: 20_000 },
  )
})

test('bytes: after a failure everything is empty, and a count never exceeds what is there', () => {
  const reader = new ByteReader(Uint8Array.from([200, 1, 2, 3]))
  assert.is(reader.text(), '')
  assert.ok(reader.failed)
  assert.is(reader.uint(), 0)
  assert.is(reader.textOrNull(), null)
  assert.is(reader.uint32(), 0)
  assert.not.ok(reader.done)
  const counting = new ByteReader(Uint8Array.from([3, 1, 2, 3, 4, 5]))
  assert.is(counting.count(2), 0)
  assert.ok(counting.failed)
  assert.is(new ByteReader(Uint8Array.from([2, 1, 2, 3, 4])).count(2), 2)
})

test.run()
