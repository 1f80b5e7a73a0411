/**
 * The messages of anti-entropy as bytes, and back; `core/wire/encode.ts` and `decode.ts` say the
 * rest of it.
 */
import { never } from '../assert.js'
import type {
  Header,
  SyncDifference,
  SyncKey,
  SyncMessage,
  SyncPart,
  SyncStates,
  SyncSums,
} from '../message.js'
import type { KeyRef } from '../types.js'
import { stateBytes } from '../version/siblings.js'
import type { ByteReader, ByteWriter } from './bytes.js'
import { readMarks, writeMarks } from './reap.js'
import { readItems, readKey, writeItems, writeKey, readPace } from './part.js'

/** The body, behind the header. */
export function writeSync(writer: ByteWriter, message: SyncMessage): void {
  writer.uint(message.request)
  if ('asked' in message) writer.uint(message.asked)
  switch (message.kind) {
    case 'sync_roots':
      writeSumsList(writer, message.roots)
      return
    case 'sync_segments':
    case 'sync_keys':
      writeParts(writer, message.parts)
      return
    case 'sync_segments_ok':
      writeDifferences(writer, message.parts)
      return
    case 'sync_keys_ok':
      writeDifferences(writer, message.parts)
      writeSyncKeys(writer, message.keys)
      return
    case 'sync_states':
      writeItems(writer, message.items)
      writeKeys(writer, message.wanted)
      return
    case 'sync_states_ok':
      writeItems(writer, message.items)
      writeMarks(writer, message.stale)
      writer.byte(message.pace)
      return
    case 'sync_roots_ok':
    case 'sync_wanted':
    case 'sync_wanted_ok':
      writeNumbers(writer, message.partitions)
      return
    default:
      never(message)
  }
}

export function readSync(
  reader: ByteReader,
  kind: SyncMessage['kind'],
  header: Header,
  partitions: number,
): SyncMessage {
  const question = { ...header, request: reader.uint() }
  switch (kind) {
    case 'sync_roots':
      return { kind, ...question, roots: readSumsList(reader) }
    case 'sync_segments':
    case 'sync_keys':
      return { kind, ...question, parts: readParts(reader) }
    case 'sync_states': {
      const items = readItems(reader, partitions)
      return { kind, ...question, items, wanted: readKeys(reader, partitions) }
    }
    case 'sync_wanted':
      return { kind, ...question, partitions: readNumbers(reader) }
    case 'sync_segments_ok':
      return { kind, ...question, asked: reader.uint(), parts: readDifferences(reader) }
    case 'sync_keys_ok': {
      const asked = reader.uint()
      const parts = readDifferences(reader)
      return { kind, ...question, asked, parts, keys: readSyncKeys(reader, partitions) }
    }
    case 'sync_states_ok': {
      const asked = reader.uint()
      const items = readItems(reader, partitions)
      const stale = readMarks(reader)
      return { kind, ...question, asked, items, stale, pace: readPace(reader) }
    }
    case 'sync_roots_ok':
    case 'sync_wanted_ok':
      return { kind, ...question, asked: reader.uint(), partitions: readNumbers(reader) }
    default:
      return never(kind)
  }
}

// --- lists

/** Two words of four bytes, and an index. */
const leastSumsBytes = 9
/** A number and an empty list. */
const leastPartBytes = 2
/** Two texts. */
const leastKeyBytes = 2
const leastSyncKeyBytes = leastKeyBytes + 9

function writeSumsList(writer: ByteWriter, sums: readonly SyncSums[]): void {
  writer.uint(sums.length)
  for (const { index, a, b } of sums) {
    writer.uint(index)
    writer.uint32(a >>> 0)
    writer.uint32(b >>> 0)
  }
}

function readSumsList(reader: ByteReader): readonly SyncSums[] {
  const count = reader.count(leastSumsBytes)
  const sums: SyncSums[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const index = reader.uint()
    const a = reader.uint32() | 0
    sums.push({ index, a, b: reader.uint32() | 0 })
  }
  return sums
}

function writeParts(writer: ByteWriter, parts: readonly SyncPart[]): void {
  writer.uint(parts.length)
  for (const { partition, sums } of parts) {
    writer.uint(partition)
    writeSumsList(writer, sums)
  }
}

function readParts(reader: ByteReader): readonly SyncPart[] {
  const count = reader.count(leastPartBytes)
  const parts: SyncPart[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const partition = reader.uint()
    parts.push({ partition, sums: readSumsList(reader) })
  }
  return parts
}

function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  writer.uint(numbers.length)
  for (const number of numbers) writer.uint(number)
}

function readNumbers(reader: ByteReader): readonly number[] {
  const count = reader.count(1)
  const numbers: number[] = []
  for (let i = 0; i < count && !reader.failed; i++) numbers.push(reader.uint())
  return numbers
}

function writeDifferences(writer: ByteWriter, parts: readonly SyncDifference[]): void {
  writer.uint(parts.length)
  for (const { partition, indexes } of parts) {
    writer.uint(partition)
    writeNumbers(writer, indexes)
  }
}

function readDifferences(reader: ByteReader): readonly SyncDifference[] {
  const count = reader.count(leastPartBytes)
  const parts: SyncDifference[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const partition = reader.uint()
    parts.push({ partition, indexes: readNumbers(reader) })
  }
  return parts
}

function writeSyncKeys(writer: ByteWriter, keys: readonly SyncKey[]): void {
  writer.uint(keys.length)
  for (const { key, a, b, busy } of keys) {
    writeKey(writer, key)
    writer.uint32(a >>> 0)
    writer.uint32(b >>> 0)
    writer.byte(busy ? 1 : 0)
  }
}

function readSyncKeys(reader: ByteReader, partitions: number): readonly SyncKey[] {
  const count = reader.count(leastSyncKeyBytes)
  const keys: SyncKey[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const key = readKey(reader, partitions)
    const a = reader.uint32() | 0
    const b = reader.uint32() | 0
    keys.push({ key, a, b, busy: reader.boolean() })
  }
  return keys
}

function writeKeys(writer: ByteWriter, keys: readonly KeyRef[]): void {
  writer.uint(keys.length)
  for (const key of keys) writeKey(writer, key)
}

function readKeys(reader: ByteReader, partitions: number): readonly KeyRef[] {
  const count = reader.count(leastKeyBytes)
  const keys: KeyRef[] = []
  for (let i = 0; i < count && !reader.failed; i++) keys.push(readKey(reader, partitions))
  return keys
}

// --- size

const numbersBytes = 6
const bytesPerSums = 10
const bytesPerKey = 12

/** About how many bytes the body takes. */
export function syncBytes(message: SyncMessage): number {
  switch (message.kind) {
    case 'sync_roots':
      return numbersBytes + message.roots.length * bytesPerSums
    case 'sync_segments':
    case 'sync_keys':
      return numbersBytes + partsBytes(message.parts)
    case 'sync_segments_ok':
      return numbersBytes + differenceBytes(message.parts)
    case 'sync_keys_ok': {
      let bytes = numbersBytes + differenceBytes(message.parts)
      for (const { key } of message.keys) bytes += bytesPerKey + key.id.length
      return bytes
    }
    case 'sync_roots_ok':
    case 'sync_wanted':
    case 'sync_wanted_ok':
      return numbersBytes + message.partitions.length * 2
    case 'sync_states': {
      let bytes = numbersBytes + itemBytes(message.items)
      for (const { id } of message.wanted) bytes += 2 + id.length
      return bytes
    }
    case 'sync_states_ok':
      return numbersBytes + itemBytes(message.items)
    default:
      return never(message)
  }
}

function itemBytes(items: SyncStates['items']): number {
  let bytes = 0
  for (const { key, state } of items) bytes += 2 + key.id.length + stateBytes(state)
  return bytes
}

function partsBytes(parts: readonly SyncPart[]): number {
  let bytes = 0
  for (const { sums } of parts) bytes += 3 + sums.length * bytesPerSums
  return bytes
}

function differenceBytes(parts: readonly SyncDifference[]): number {
  let bytes = 0
  for (const { indexes } of parts) bytes += 3 + indexes.length * 2
  return bytes
}
