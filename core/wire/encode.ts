/**
 * A message as bytes: format | kind | header | what the kind adds, in the order of core/message.ts.
 * `core/wire/bytes.ts` says how numbers and text look. What a receiver works out itself is not
 * sent: a key's hash and partition.
 */
import { never } from '../assert.js'
import type { ClientRequest, QuorumOptions } from '../request.js'
import type {
  Forward,
  ForwardFailed,
  HandoffOk,
  MemberMessage,
  Message,
  Read,
  ReadFailed,
  ReadOk,
  Replicate,
  ReplicateFailed,
  ReplicateOk,
} from '../message.js'
import { isMemberMessage } from '../message.js'
import type { Outcome } from '../outcome.js'
import type { Dot } from '../types.js'
import { ByteWriter } from './bytes.js'
import { kindNumber, outcomeNumber, refusalNumber, wireFormat } from './code.js'
import { writeMember } from './member.js'
import {
  writeContext,
  writeDot,
  writeItems,
  writeKey,
  writeSiblings,
  writeState,
  writeVector,
} from './part.js'
import { messageBytes } from './size.js'
import { writeMarks, writeReap } from './reap.js'
import { writeSync } from './sync.js'

export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter(messageBytes(message))
  writeMessage(writer, message)
  // The writer ends here, so its own bytes will do: a copy would cost as much as the rest.
  return writer.view(0)
}

/** Behind whatever the writer holds already: for many messages in one stretch of bytes. */
export function writeMessage(writer: ByteWriter, message: Message): void {
  writer.byte(wireFormat)
  writer.byte(kindNumber(message.kind))
  writer.text(message.clusterId)
  writer.text(message.from)
  writer.uint(message.incarnation)
  writer.uint(message.ringEpoch)
  if (isMemberMessage(message)) writeMember(writer, message)
  else writeBody(writer, message)
}

function writeBody(writer: ByteWriter, message: Exclude<Message, MemberMessage>): void {
  switch (message.kind) {
    case 'forward':
      writeAsking(writer, message)
      writer.uint(message.expects)
      writeOperation(writer, message.operation)
      return
    case 'forward_ok':
      writeAnswer(writer, message)
      writeOutcome(writer, message.outcome)
      return
    case 'replicate':
      writeAsking(writer, message)
      writeKey(writer, message.key)
      writeState(writer, message.state)
      writer.uint(message.reapEpoch)
      writer.textOrNull(message.hintFor)
      return
    case 'read':
      writeAsking(writer, message)
      writeKey(writer, message.key)
      writer.uint(message.reapEpoch)
      return
    case 'read_ok':
      writeReadOk(writer, message)
      return
    case 'repair':
      writeKey(writer, message.key)
      writeState(writer, message.state)
      writer.uint(message.reapEpoch)
      return
    case 'handoff':
      writer.uint(message.request)
      writeItems(writer, message.items)
      writer.uint(message.goodMicros)
      return
    case 'replicate_ok':
    case 'handoff_ok':
    case 'forward_failed':
    case 'replicate_failed':
    case 'read_failed':
      writeShortAnswer(writer, message)
      return
    case 'sync_roots':
    case 'sync_roots_ok':
    case 'sync_segments':
    case 'sync_segments_ok':
    case 'sync_keys':
    case 'sync_keys_ok':
    case 'sync_states':
    case 'sync_states_ok':
    case 'sync_wanted':
    case 'sync_wanted_ok':
      writeSync(writer, message)
      return
    case 'reap_check':
    case 'reap_check_ok':
    case 'reap_delete':
    case 'reap_delete_ok':
    case 'reap_epochs':
    case 'reap_epochs_ok':
    case 'vouch':
    case 'vouch_ok':
      writeReap(writer, message)
      return
    default:
      never(message)
  }
}

function writeReadOk(writer: ByteWriter, message: ReadOk): void {
  writeAnswer(writer, message)
  writer.byte(message.owner ? 1 : 0)
  writer.byte(message.state === null ? 0 : 1)
  if (message.state !== null) writeState(writer, message.state)
  writer.uint(message.reapEpoch)
}

/** Done, or refused. */
type ShortAnswer = ReplicateOk | HandoffOk | ForwardFailed | ReplicateFailed | ReadFailed

function writeShortAnswer(writer: ByteWriter, message: ShortAnswer): void {
  writeAnswer(writer, message)
  switch (message.kind) {
    case 'replicate_ok':
      writer.uint(message.reapEpoch)
      return
    case 'handoff_ok':
      writeMarks(writer, message.stale)
      writer.byte(message.pace)
      return
    case 'replicate_failed':
      writer.byte(refusalNumber(message.code))
      writer.uint(message.reapEpoch)
      return
    case 'forward_failed':
    case 'read_failed':
      writer.byte(refusalNumber(message.code))
      return
    default:
      never(message)
  }
}

function writeAsking(writer: ByteWriter, message: Forward | Replicate | Read): void {
  writer.uint(message.request)
  writer.text(message.opId)
  writer.int(message.budgetMicros)
}

function writeAnswer(writer: ByteWriter, message: { request: number; asked: number }): void {
  writer.uint(message.request)
  writer.uint(message.asked)
}

function writeOperation(writer: ByteWriter, operation: ClientRequest): void {
  writer.byte(operation.kind === 'put' ? 0 : 1)
  writer.uint(operation.request)
  writer.text(operation.opId)
  writer.text(operation.bucket)
  writer.text(operation.key)
  writeQuorum(writer, operation.quorum)
  writer.int(operation.timeoutMicros)
  if (operation.kind === 'put') {
    writer.textOrNull(operation.value)
    writer.byte(operation.context === null ? 0 : 1)
    if (operation.context !== null) writeContext(writer, operation.context)
  } else {
    writer.byte(operation.minimum === null ? 0 : 1)
    if (operation.minimum !== null) writeVector(writer, operation.minimum)
  }
}

function writeQuorum(writer: ByteWriter, quorum: QuorumOptions): void {
  for (const wanted of [quorum.r, quorum.w, quorum.pr, quorum.pw]) {
    writer.uint(wanted === null ? 0 : wanted + 1)
  }
  writer.byte(quorum.monotonic ? 1 : 0)
}

/** A put's and a get's `ok` are two kinds. */
export const outcomeKinds = { putOk: 0, getOk: 1, rejected: 2, unknown: 3 } as const

function writeOutcome(writer: ByteWriter, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'ok':
      if (outcome.f === 'put') {
        writer.byte(outcomeKinds.putOk)
        writeDot(writer, outcome.dot)
        writer.uint(outcome.siblings)
      } else {
        writer.byte(outcomeKinds.getOk)
        writeSiblings(writer, outcome.values)
      }
      writeContext(writer, outcome.context)
      writer.uint(outcome.counts.nodes)
      writer.uint(outcome.counts.owners)
      return
    case 'rejected':
      writer.byte(outcomeKinds.rejected)
      writeReason(writer, outcome)
      return
    case 'unknown':
      writer.byte(outcomeKinds.unknown)
      writeReason(writer, outcome)
      writeDotOrNull(writer, outcome.dot)
      return
    default:
      never(outcome)
  }
}

function writeReason(
  writer: ByteWriter,
  outcome: Extract<Outcome, { kind: 'rejected' | 'unknown' }>,
): void {
  writer.byte(outcomeNumber(outcome.code))
  writer.uint(outcome.need)
  writer.uint(outcome.got)
}

function writeDotOrNull(writer: ByteWriter, dot: Dot | null): void {
  writer.byte(dot === null ? 0 : 1)
  if (dot !== null) writeDot(writer, dot)
}
