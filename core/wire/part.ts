/** The parts that messages, log records and context tokens are made of. */
import { assert } from '../assert.js'
import { keyRef } from '../ring/hash.js'
import type {
  Actor,
  Context,
  Dot,
  KeyRef,
  KeyState,
  NodeId,
  Sibling,
  VersionVector,
} from '../types.js'
import { fullPace } from '../pace.js'
import type { ByteReader, ByteWriter } from './bytes.js'

export function writeKey(writer: ByteWriter, key: KeyRef): void {
  writer.text(key.bucket)
  writer.text(key.key)
}

/** Hash and partition are worked out again: nobody can claim a key for another partition. */
export function readKey(reader: ByteReader, partitions: number): KeyRef {
  const bucket = readBucket(reader)
  return keyRef(bucket, reader.text(), partitions)
}

/** A bucket's name with a `\0` in it could make two keys share one id. */
export function readBucket(reader: ByteReader): string {
  const bucket = reader.name()
  if (bucket.includes('\0')) reader.fail()
  return bucket
}

export const readNodeId = (reader: ByteReader): NodeId => reader.name() as NodeId

export function writeDot(writer: ByteWriter, dot: Dot): void {
  writer.text(dot.actor)
  writer.uint(dot.n)
}

export function readDot(reader: ByteReader): Dot {
  const actor = reader.name() as Actor
  return { actor, n: readEventNumber(reader) }
}

/** Events count from 1. */
function readEventNumber(reader: ByteReader): number {
  const n = reader.uint()
  if (n === 0) reader.fail()
  return n
}

const leastEntryBytes = 2

export function writeVector(writer: ByteWriter, vv: VersionVector): void {
  writer.uint(vv.length)
  for (let i = 0; i < vv.length; i++) writeDot(writer, vv[i] as Dot)
}

/** Fails where the order is not that of `VersionVector`. */
export function readVector(reader: ByteReader): VersionVector {
  const count = reader.count(leastEntryBytes)
  // An array that grows takes room for many; most have one entry, and are kept for long.
  if (count === 1) return [readDot(reader)]
  const vv: Dot[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const entry = readDot(reader)
    if (i > 0 && (vv[i - 1] as Dot).actor >= entry.actor) reader.fail()
    vv.push(entry)
  }
  return vv
}

/** actor, n, value, hlc: one byte each, and the sign of hlc. */
const leastSiblingBytes = 5

/**
 * A sibling's actor is written as its place in the vector: shorter, and a dot that is not covered
 * cannot be said.
 */
export function writeState(writer: ByteWriter, state: KeyState): void {
  const { vv, siblings } = state
  writeVector(writer, vv)
  writer.uint(siblings.length)
  let at = 0
  for (let i = 0; i < siblings.length; i++) {
    const sibling = siblings[i] as Sibling
    while (at < vv.length && (vv[at] as Dot).actor !== sibling.actor) at++
    assert(at < vv.length && (vv[at] as Dot).n >= sibling.n, 'siblings are sorted and covered')
    writer.uint(at)
    writeContent(writer, sibling)
  }
}

export function readState(reader: ByteReader): KeyState {
  const vv = readVector(reader)
  const count = reader.count(leastSiblingBytes)
  if (count === 1) return { vv, siblings: [readSibling(reader, vv)] }
  const siblings: Sibling[] = []
  let lastAt = 0
  let lastN = 0
  for (let i = 0; i < count && !reader.failed; i++) {
    const at = reader.uint()
    const entry = vv[at]
    if (entry === undefined) {
      reader.fail()
      break
    }
    const sibling = readContent(reader, entry.actor)
    const { n } = sibling
    if (n > entry.n || at < lastAt || (at === lastAt && n <= lastN)) reader.fail()
    lastAt = at
    lastN = n
    siblings.push(sibling)
  }
  return { vv, siblings }
}

/** The only one of a state. */
function readSibling(reader: ByteReader, vv: VersionVector): Sibling {
  const entry = vv[reader.uint()]
  if (entry === undefined) reader.fail()
  const sibling = readContent(reader, entry?.actor ?? ('' as Actor))
  if (sibling.n > (entry?.n ?? 0)) reader.fail()
  return sibling
}

/** Of `fullPace`; never nothing. */
export function readPace(reader: ByteReader): number {
  const pace = reader.byte()
  if (pace < 1 || pace > fullPace) reader.fail()
  return pace
}

/** A key and all that is known of it. */
interface Item {
  readonly key: KeyRef
  readonly state: KeyState
  readonly reapEpoch: number
}

/** Two texts, two counts, an epoch. */
const leastItemBytes = 5

export function writeItems(writer: ByteWriter, items: readonly Item[]): void {
  writer.uint(items.length)
  for (const { key, state, reapEpoch } of items) {
    writeKey(writer, key)
    writeState(writer, state)
    writer.uint(reapEpoch)
  }
}

export function readItems(reader: ByteReader, partitions: number): readonly Item[] {
  const count = reader.count(leastItemBytes)
  const items: Item[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const key = readKey(reader, partitions)
    const state = readState(reader)
    items.push({ key, state, reapEpoch: reader.uint() })
  }
  return items
}

function writeContent(writer: ByteWriter, sibling: Sibling): void {
  writer.uint(sibling.n)
  writer.textOrNull(sibling.value)
  writer.int(sibling.hlc)
}

function readContent(reader: ByteReader, actor: Actor): Sibling {
  const n = readEventNumber(reader)
  const value = reader.textOrNull()
  return { actor, n, value, hlc: reader.int() }
}

/** Values alone, without the vector that covers them. */
export function writeSiblings(writer: ByteWriter, siblings: readonly Sibling[]): void {
  writer.uint(siblings.length)
  for (const sibling of siblings) {
    writer.text(sibling.actor)
    writeContent(writer, sibling)
  }
}

export function readSiblings(reader: ByteReader): readonly Sibling[] {
  const count = reader.count(leastSiblingBytes)
  const siblings: Sibling[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const sibling = readContent(reader, reader.name() as Actor)
    const last = siblings[i - 1]
    if (last !== undefined && !isAfter(sibling, last)) reader.fail()
    siblings.push(sibling)
  }
  return siblings
}

function isAfter(dot: Dot, other: Dot): boolean {
  return dot.actor === other.actor ? dot.n > other.n : dot.actor > other.actor
}

export function writeContext(writer: ByteWriter, context: Context): void {
  writer.uint(context.keyHash >>> 0)
  writeVector(writer, context.vv)
}

export function readContext(reader: ByteReader): Context {
  const keyHash = reader.uint()
  if (keyHash > 0xffffffff) reader.fail()
  return { keyHash: keyHash | 0, vv: readVector(reader) }
}
