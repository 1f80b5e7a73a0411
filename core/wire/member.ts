/** The messages of failure detection as bytes, and back; how large they are. */
import { never } from '../assert.js'
import { updateBytes } from '../member/rumours.js'
import type { Header, MemberMessage, MemberUpdate } from '../message.js'
import type { NodeId } from '../types.js'
import type { ByteReader, ByteWriter } from './bytes.js'
import { memberStateNumber, memberStateOf } from './code.js'
import { readNodeId } from './part.js'

/** The body, behind the header. */
export function writeMember(writer: ByteWriter, message: MemberMessage): void {
  switch (message.kind) {
    case 'announce':
      return
    case 'ping':
      writer.uint(message.request)
      break
    case 'ping_req':
      writer.uint(message.request)
      writer.text(message.target)
      break
    case 'ack':
    case 'push_pull_ok':
      writer.uint(message.request)
      writer.uint(message.asked)
      break
    case 'nack':
      writer.uint(message.request)
      writer.uint(message.asked)
      return
    case 'push_pull':
      writer.uint(message.request)
      writer.uint(message.start)
      writer.uint(message.end)
      break
    case 'gossip':
      break
    default:
      never(message)
  }
  writeUpdates(writer, message.updates)
}

export function readMember(
  reader: ByteReader,
  kind: MemberMessage['kind'],
  header: Header,
): MemberMessage {
  switch (kind) {
    case 'announce':
      return { kind, ...header }
    case 'ping':
      return { kind, ...header, request: reader.uint(), updates: readUpdates(reader) }
    case 'ping_req': {
      const request = reader.uint()
      const target = readNodeId(reader)
      return { kind, ...header, request, target, updates: readUpdates(reader) }
    }
    case 'ack':
    case 'push_pull_ok': {
      const request = reader.uint()
      const asked = reader.uint()
      return { kind, ...header, request, asked, updates: readUpdates(reader) }
    }
    case 'nack': {
      const request = reader.uint()
      return { kind, ...header, request, asked: reader.uint() }
    }
    case 'gossip':
      return { kind, ...header, updates: readUpdates(reader) }
    case 'push_pull': {
      const request = reader.uint()
      const start = reader.uint()
      const end = reader.uint()
      return { kind, ...header, request, start, end, updates: readUpdates(reader) }
    }
    default:
      return never(kind)
  }
}

/** A name, a state, two numbers, perhaps another name. */
const leastUpdateBytes = 5

function writeUpdates(writer: ByteWriter, updates: readonly MemberUpdate[]): void {
  writer.uint(updates.length)
  for (const { node, state, incarnation, refutation, by } of updates) {
    writer.text(node)
    writer.byte(memberStateNumber(state))
    writer.uint(incarnation)
    writer.uint(refutation)
    writer.textOrNull(by)
  }
}

function readUpdates(reader: ByteReader): readonly MemberUpdate[] {
  const count = reader.count(leastUpdateBytes)
  const updates: MemberUpdate[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const node = readNodeId(reader)
    const state = memberStateOf(reader.byte())
    if (state === null) {
      reader.fail()
      break
    }
    const incarnation = reader.uint()
    const refutation = reader.uint()
    updates.push({ node, state, incarnation, refutation, by: reader.textOrNull() as NodeId | null })
  }
  return updates
}

const numbersBytes = 8

/** At most how many bytes the body takes, but for the numbers. */
export function memberBytes(message: MemberMessage): number {
  if (message.kind === 'announce') return 0
  if (message.kind === 'nack') return numbersBytes
  let bytes = numbersBytes + (message.kind === 'ping_req' ? message.target.length : 0)
  for (const update of message.updates) bytes += updateBytes(update)
  return bytes
}
