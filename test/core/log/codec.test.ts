import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogRecord, LogRecordType } from '../../../core/index.js'
import {
  ByteWriter,
  crc32c,
  decodeHeader,
  decodeRecord,
  encodeHeader,
  encodeRecord,
  keyRef,
  logRecordTypes,
  nodeId,
} from '../../../core/index.js'
import { pure } from '../freeze.js'
import { records, segmentOf } from './arbitrary.js'

function bytesOf(record: LogRecord, seq: number): Uint8Array {
  const writer = new ByteWriter(1)
  encodeRecord(writer, record, seq)
  return writer.finish()
}

const seqs = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.maxSafeNat().filter((seq) => seq > 0),
)

test('record: comes back with its seq and its place, wherever it lies', () => {
  const seen = new Set<LogRecordType>()
  fc.assert(
    fc.property(records, seqs, fc.uint8Array({ maxLength: 9 }), (record, seq, before) => {
      seen.add(record.type)
      const bytes = Uint8Array.from([...before, ...bytesOf(record, seq), 1, 2, 3])
      const found = pure(decodeRecord)(bytes, before.length)
      const to = bytes.length - 3
      assert.equal(found, { record, seq, from: before.length, to })
    }),
    { seed: 1, numRuns: 1_000 },
  )
  assert.is(seen.size, logRecordTypes.length, 'every type was tried')
})

test('record: the bytes are what the format says', () => {
  const bytes = bytesOf({ type: 'counter_lease', upTo: 300 }, 0x1_0000_0002)
  const head = [2, 0, 0, 0]
  const covered = [1, 2, 0, 0, 0, 1, 0, 0, 0, 0xac, 0x02]
  const crc = crc32c(Uint8Array.from(covered))
  const checksum = [crc & 0xff, (crc >>> 8) & 0xff, (crc >>> 16) & 0xff, crc >>> 24]
  assert.equal([...bytes], [...head, ...checksum, ...covered])
})

test('record: what follows from a key is worked out, its partition is kept', () => {
  const key = keyRef('carts', 'a\0b', 1024)
  const record: LogRecord = { type: 'hint_deleted', target: nodeId('n2'), key }
  assert.equal(decodeRecord(bytesOf(record, 1), 0)?.record, record)
})

/** A record with any type and payload, under a checksum that holds. */
function forged(type: number, payload: readonly number[]): Uint8Array {
  const writer = new ByteWriter()
  const covered = Uint8Array.from([type, 1, 0, 0, 0, 0, 0, 0, 0, ...payload])
  writer.uint32(payload.length)
  writer.uint32(crc32c(covered))
  writer.raw(covered)
  return writer.finish()
}

test('record: a checksum that holds does not make nonsense a record', () => {
  assert.ok(decodeRecord(forged(1, [5]), 0) !== null, 'the forgery itself works')
  assert.is(decodeRecord(forged(1, [5, 0]), 0), null, 'bytes left over')
  assert.is(decodeRecord(forged(1, [0x85, 0]), 0), null, 'a number in a longer form')
  assert.is(decodeRecord(forged(1, []), 0), null, 'nothing')
  assert.is(decodeRecord(forged(6, [5]), 0), null, 'an unknown type')
  assert.is(decodeRecord(forged(5, [1, 0x61, 1, 2]), 0), null, 'neither true nor false')
  assert.is(decodeRecord(forged(4, [1, 0x61, 1, 0, 0, 0]), 0), null, 'a bucket with a zero byte')
})

test('record: any bytes under a checksum that holds: null, or what encodes to them again', () => {
  fc.assert(
    fc.property(fc.nat(6), fc.uint8Array({ maxLength: 40 }), (type, payload) => {
      const bytes = forged(type, [...payload])
      const found = decodeRecord(bytes, 0)
      if (found !== null) assert.equal(bytesOf(found.record, found.seq), bytes)
    }),
    { seed: 1, numRuns: 5_000 },
  )
})

test('record: impossible lengths and places are no records', () => {
  const bytes = bytesOf({ type: 'counter_lease', upTo: 300 }, 1)
  for (const length of [0, 1, 3, 0x7fffffff, 0x80000000, 0xffffffff]) {
    const writer = new ByteWriter()
    writer.uint32(length)
    writer.raw(bytes.subarray(4))
    assert.is(decodeRecord(writer.finish(), 0), null, String(length))
  }
  assert.is(decodeRecord(bytes, bytes.length), null)
  assert.is(decodeRecord(bytes, 1), null)
})

test('header: comes back, and not with a byte changed or missing', () => {
  const writer = new ByteWriter()
  encodeHeader(writer, { nodeId: nodeId('n1'), incarnation: 300 })
  const bytes = writer.finish()
  const expected = { header: { nodeId: 'n1', incarnation: 300 }, to: bytes.length }
  assert.equal(pure(decodeHeader)(bytes), expected)
  const { bytes: longer } = segmentOf([{ type: 'counter_lease', upTo: 1 }])
  assert.is(decodeHeader(longer)?.header.incarnation, 7)
  for (let at = 0; at < bytes.length; at++) {
    assert.is(decodeHeader(bytes.subarray(0, at)), null)
    for (let bit = 0; bit < 8; bit++) {
      const damaged = bytes.slice()
      damaged[at] = (damaged[at] as number) ^ (1 << bit)
      assert.is(decodeHeader(damaged), null)
    }
  }
})

test.run()
