/**
 * A log segment's bytes (protocol.md section 10):
 *
 *   segment = header, records
 *   header  = magic (4) | format (1) | node id (text) | incarnation (varint) | crc32c of that (4)
 *   record  = length of payload (4) | crc32c of all that follows (4) | type (1) | seq (8) | payload
 *
 * Fixed numbers are lowest byte first. A wrong length shows itself too: it makes the checksum cover
 * other bytes.
 */
import { never } from '../assert.js'
import { keyRef } from '../ring/hash.js'
import type { KeyRef, NodeId } from '../types.js'
import { ByteReader, ByteWriter, uint32At } from '../wire/bytes.js'
import type { Names } from '../wire/names.js'
import { readMarks, writeMarks } from '../wire/reap.js'
import { readBucket, readNodeId, readState, writeKey, writeState } from '../wire/part.js'
import { crc32c } from './crc32c.js'
import type { LogRecord, LogRecordType } from './record.js'
import { doubtPhases, logRecordTypes } from './record.js'

export interface SegmentHeader {
  readonly nodeId: NodeId
  readonly incarnation: number
}

/** A record where it lies in its segment. */
export interface FoundRecord {
  readonly record: LogRecord
  readonly seq: number
  readonly from: number
  /** Offset of the byte after it. */
  readonly to: number
}

export const logFormat = 1
/** "DYNL". */
const magic = 0x4c4e5944
const magicBytes = 4
const checksumBytes = 4

/** Of a record: where its parts are, counted from its start. */
const checksumAt = 4
const coveredAt = 8
const payloadAt = 17
export const leastRecordBytes = payloadAt

const codes = new Map(logRecordTypes.map((type, code) => [type, code]))

export function encodeHeader(writer: ByteWriter, header: SegmentHeader): void {
  const start = writer.length
  writer.uint32(magic)
  writer.byte(logFormat)
  writer.text(header.nodeId)
  writer.uint(header.incarnation)
  writer.uint32(writer.within(start, crc32c))
}

/**
 * Null unless the bytes begin with a whole, valid header; `to` is the offset of the first record.
 */
export function decodeHeader(
  bytes: Uint8Array,
): { readonly header: SegmentHeader; readonly to: number } | null {
  if (bytes.length < magicBytes || uint32At(bytes, 0) !== magic) return null
  const reader = new ByteReader(bytes, magicBytes)
  const format = reader.byte()
  const header = { nodeId: readNodeId(reader), incarnation: reader.uint() }
  const covered = reader.position
  if (format !== logFormat || reader.uint32() !== crc32c(bytes, 0, covered)) return null
  return reader.failed ? null : { header, to: covered + checksumBytes }
}

/** Format of a file that begins like one of ours; null for anything else. */
export function formatOf(bytes: Uint8Array): number | null {
  if (bytes.length <= magicBytes || uint32At(bytes, 0) !== magic) return null
  return bytes[magicBytes] as number
}

/** `seq` rises by one from record to record, over segments. */
export function encodeRecord(writer: ByteWriter, record: LogRecord, seq: number): void {
  const start = writer.length
  writer.uint32(0)
  writer.uint32(0)
  writer.byte(codeOf(record.type))
  writer.uint64(seq)
  writePayload(writer, record)
  writer.patchUint32(start, writer.length - start - payloadAt)
  writer.patchUint32(start + checksumAt, writer.within(start + coveredAt, crc32c))
}

/** The record that begins at `from`; null if none does, or not a whole and valid one. */
export function decodeRecord(
  bytes: Uint8Array,
  from: number,
  names: Names | null = null,
): FoundRecord | null {
  const to = endOfRecord(bytes, from)
  if (to < 0) return null
  if (uint32At(bytes, from + checksumAt) !== crc32c(bytes, from + coveredAt, to)) return null
  const reader = new ByteReader(bytes, from + coveredAt, to, names)
  const type = logRecordTypes[reader.byte()]
  const seq = reader.uint64()
  if (type === undefined) return null
  const record = readPayload(reader, type)
  return reader.done ? { record, seq, from, to } : null
}

/** By its length alone; -1 where no record can begin. Cheap: for looking at every offset. */
export function endOfRecord(bytes: Uint8Array, from: number): number {
  if (from + leastRecordBytes > bytes.length) return -1
  const to = from + payloadAt + uint32At(bytes, from)
  const plausible =
    to <= bytes.length && (bytes[from + coveredAt] as number) < logRecordTypes.length
  return plausible ? to : -1
}

/** What claims to be a record's seq; not checked. */
export function seqAt(bytes: Uint8Array, from: number): number {
  const at = from + coveredAt + 1
  return uint32At(bytes, at + 4) * 0x100000000 + uint32At(bytes, at)
}

function codeOf(type: LogRecordType): number {
  return codes.get(type) as number
}

function writePayload(writer: ByteWriter, record: LogRecord): void {
  switch (record.type) {
    case 'incarnation':
      writer.text(record.clusterId)
      writer.text(record.nodeId)
      writer.uint(record.incarnation)
      writer.uint(record.actorEpoch)
      return
    case 'counter_lease':
      writer.uint(record.upTo)
      return
    case 'key_state':
      writeLoggedKey(writer, record.key)
      writeState(writer, record.state)
      return
    case 'hint':
      writer.text(record.target)
      writeLoggedKey(writer, record.key)
      writeState(writer, record.state)
      return
    case 'hint_deleted':
      writer.text(record.target)
      writeLoggedKey(writer, record.key)
      return
    case 'needs_repair':
      writer.text(record.target)
      writer.uint(record.partition)
      writer.byte(record.needed ? 1 : 0)
      return
    case 'snapshot_end':
      writer.uint(record.upTo)
      writer.uint(record.records)
      return
    case 'reap_epoch':
      writer.uint(record.partition)
      writer.uint(record.epoch)
      writer.int(record.hlc)
      return
    case 'key_reaped':
      writeLoggedKey(writer, record.key)
      return
    case 'doubt':
      writer.byte(doubtPhases.indexOf(record.phase))
      writeMarks(writer, record.marks)
      writer.int(record.hlc)
      return
    default:
      never(record)
  }
}

function readPayload(reader: ByteReader, type: LogRecordType): LogRecord {
  switch (type) {
    case 'incarnation': {
      const clusterId = reader.name()
      const nodeId = readNodeId(reader)
      return { type, clusterId, nodeId, incarnation: reader.uint(), actorEpoch: reader.uint() }
    }
    case 'counter_lease':
      return { type, upTo: reader.uint() }
    case 'key_state':
      return { type, key: readLoggedKey(reader), state: readState(reader) }
    case 'hint': {
      const target = readNodeId(reader)
      return { type, target, key: readLoggedKey(reader), state: readState(reader) }
    }
    case 'hint_deleted': {
      const target = readNodeId(reader)
      return { type, target, key: readLoggedKey(reader) }
    }
    case 'needs_repair': {
      const target = readNodeId(reader)
      return { type, target, partition: reader.uint(), needed: reader.boolean() }
    }
    case 'snapshot_end':
      return { type, upTo: reader.uint(), records: reader.uint() }
    case 'reap_epoch': {
      const partition = reader.uint()
      return { type, partition, epoch: reader.uint(), hlc: reader.int() }
    }
    case 'key_reaped':
      return { type, key: readLoggedKey(reader) }
    case 'doubt': {
      const phase = doubtPhases[reader.byte()]
      if (phase === undefined) reader.fail()
      return { type, phase: phase ?? 'begun', marks: readMarks(reader), hlc: reader.int() }
    }
    default:
      return never(type)
  }
}

/** With its partition: a log can be read without knowing the ring that it was written under. */
function writeLoggedKey(writer: ByteWriter, key: KeyRef): void {
  writeKey(writer, key)
  writer.uint(key.partition)
}

function readLoggedKey(reader: ByteReader): KeyRef {
  const bucket = readBucket(reader)
  const { key, id, hash } = keyRef(bucket, reader.text(), 1)
  return { bucket, key, id, hash, partition: reader.uint() }
}
