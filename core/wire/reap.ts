/**
 * The messages of reaping as bytes, and back; `core/wire/encode.ts` and `decode.ts` say the rest of
 * it.
 */
import { never } from '../assert.js'
import type { Header, Minted, ReapItem, ReapMark, ReapMessage } from '../message.js'
import { stateBytes } from '../version/siblings.js'
import type { Actor } from '../types.js'
import type { ByteReader, ByteWriter } from './bytes.js'
import { readKey, readState, readVector, writeKey, writeState, writeVector } from './part.js'

/** The body, behind the header. */
export function writeReap(writer: ByteWriter, message: ReapMessage): void {
  writer.uint(message.request)
  switch (message.kind) {
    case 'reap_check':
    case 'reap_delete':
      writer.uint(message.partition)
      writer.uint(message.epoch)
      writer.uint(message.items.length)
      for (const { key, state } of message.items) {
        writeKey(writer, key)
        writeState(writer, state)
      }
      return
    case 'reap_check_ok':
      writer.uint(message.asked)
      writer.uint(message.partition)
      writer.uint(message.epoch)
      writer.uint(message.confirmed.length)
      for (const index of message.confirmed) writer.uint(index)
      return
    case 'reap_delete_ok':
      writer.uint(message.asked)
      return
    case 'reap_epochs':
      writer.uint(message.partitions.length)
      for (const partition of message.partitions) writer.uint(partition)
      writer.text(message.actor)
      return
    case 'reap_epochs_ok':
      writer.uint(message.asked)
      writeMarks(writer, message.sure)
      writeMarks(writer, message.doubtful)
      writer.int(message.hlc)
      writeMinted(writer, message.minted)
      return
    case 'vouch':
      writer.uint(message.round)
      writeKey(writer, message.key)
      writeVector(writer, message.dots)
      return
    case 'vouch_ok':
      writer.uint(message.asked)
      writer.uint(message.round)
      writeVector(writer, message.known)
      writer.byte(message.isSure ? 1 : 0)
      return
    default:
      never(message)
  }
}

export function readReap(
  reader: ByteReader,
  kind: ReapMessage['kind'],
  header: Header,
  partitions: number,
): ReapMessage {
  const question = { ...header, request: reader.uint() }
  switch (kind) {
    case 'reap_check':
    case 'reap_delete': {
      const partition = reader.uint()
      const epoch = reader.uint()
      return { kind, ...question, partition, epoch, items: readItems(reader, partitions) }
    }
    case 'reap_check_ok': {
      const asked = reader.uint()
      const partition = reader.uint()
      const epoch = reader.uint()
      return { kind, ...question, asked, partition, epoch, confirmed: readNumbers(reader) }
    }
    case 'reap_delete_ok':
      return { kind, ...question, asked: reader.uint() }
    case 'reap_epochs': {
      const partitions = readNumbers(reader)
      return { kind, ...question, partitions, actor: reader.name() as Actor }
    }
    case 'reap_epochs_ok': {
      const asked = reader.uint()
      const sure = readMarks(reader)
      const doubtful = readMarks(reader)
      const hlc = reader.int()
      return { kind, ...question, asked, sure, doubtful, hlc, minted: readMinted(reader) }
    }
    case 'vouch': {
      const round = reader.uint()
      const key = readKey(reader, partitions)
      return { kind, ...question, round, key, dots: readVector(reader) }
    }
    case 'vouch_ok': {
      const asked = reader.uint()
      const round = reader.uint()
      const known = readVector(reader)
      return { kind, ...question, asked, round, known, isSure: reader.boolean() }
    }
    default:
      return never(kind)
  }
}

/** Two texts, two counts. */
const leastItemBytes = 4

function readItems(reader: ByteReader, partitions: number): readonly ReapItem[] {
  const count = reader.count(leastItemBytes)
  const items: ReapItem[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const key = readKey(reader, partitions)
    items.push({ key, state: readState(reader) })
  }
  return items
}

function readNumbers(reader: ByteReader): readonly number[] {
  const count = reader.count(1)
  const numbers: number[] = []
  for (let i = 0; i < count && !reader.failed; i++) numbers.push(reader.uint())
  return numbers
}

const leastMarkBytes = 2

export function writeMarks(writer: ByteWriter, marks: readonly ReapMark[]): void {
  writer.uint(marks.length)
  for (const { partition, epoch } of marks) {
    writer.uint(partition)
    writer.uint(epoch)
  }
}

export function readMarks(reader: ByteReader): readonly ReapMark[] {
  const count = reader.count(leastMarkBytes)
  const marks: ReapMark[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const partition = reader.uint()
    marks.push({ partition, epoch: reader.uint() })
  }
  return marks
}

function writeMinted(writer: ByteWriter, { actor, n }: Minted): void {
  writer.text(actor)
  writer.uint(n)
}

function readMinted(reader: ByteReader): Minted {
  const actor = reader.name() as Actor
  return { actor, n: reader.uint() }
}

const numberBytes = 6
const entryBytes = 8

/** About what the body takes. */
export function reapBytes(message: ReapMessage): number {
  switch (message.kind) {
    case 'reap_check':
    case 'reap_delete': {
      let bytes = numberBytes
      for (const { key, state } of message.items) bytes += 2 + key.id.length + stateBytes(state)
      return bytes
    }
    case 'reap_check_ok':
      return numberBytes + message.confirmed.length * 2
    case 'reap_delete_ok':
      return numberBytes
    case 'reap_epochs':
      return numberBytes + entryBytes + message.partitions.length * 2
    case 'reap_epochs_ok':
      return numberBytes + 8 + entryBytes + (message.sure.length + message.doubtful.length) * 3
    case 'vouch':
      return numberBytes + 2 + message.key.id.length + message.dots.length * entryBytes
    case 'vouch_ok':
      return numberBytes + 1 + message.known.length * entryBytes
    default:
      return never(message)
  }
}
