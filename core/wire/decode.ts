/**
 * Bytes as a message, or null: whatever the bytes, nothing is thrown, and no more is allocated than
 * the bytes have room for. Only what `encodeMessage` writes is taken: a message has one form, and
 * nothing may follow it.
 */
import { never } from '../assert.js'
import type { ClientRequest, GetRequest, PutRequest, QuorumOptions } from '../request.js'
import type { Header, Message, MessageKind } from '../message.js'
import { isMemberKind } from '../message.js'
import type { Outcome, OutcomeCode, RefusalCode } from '../outcome.js'
import type { NodeId } from '../types.js'
import { ByteReader } from './bytes.js'
import { kindOf, outcomeOf, refusalOf, wireFormat } from './code.js'
import { outcomeKinds } from './encode.js'
import { readMember } from './member.js'
import type { Names } from './names.js'
import {
  readBucket,
  readContext,
  readDot,
  readItems,
  readKey,
  readNodeId,
  readSiblings,
  readState,
  readVector,
  readPace,
} from './part.js'
import { readMarks, readReap } from './reap.js'
import { readSync } from './sync.js'

/**
 * `partitions`: Q of the ring, from which each key's place is worked out. `names`: of the messages
 * decoded before; without it each has strings of its own. The message is `bytes[start..end)`.
 */
export function decodeMessage(
  bytes: Uint8Array,
  partitions: number,
  names: Names | null = null,
  start = 0,
  end = bytes.length,
): Message | null {
  const reader = new ByteReader(bytes, start, end, names)
  const format = reader.byte()
  const kind = kindOf(reader.byte())
  if (format !== wireFormat || kind === null) return null
  const clusterId = reader.name()
  const from = readNodeId(reader)
  const incarnation = reader.uint()
  const header = { clusterId, from, incarnation, ringEpoch: reader.uint() }
  if (reader.failed) return null
  const message = readBody(reader, kind, header, partitions)
  return reader.done ? message : null
}

function readBody(
  reader: ByteReader,
  kind: MessageKind,
  header: Header,
  partitions: number,
): Message {
  if (isMemberKind(kind)) return readMember(reader, kind, header)
  switch (kind) {
    case 'forward': {
      const asking = readAsking(reader)
      const expects = reader.uint()
      return { kind, ...header, ...asking, expects, operation: readOperation(reader) }
    }
    case 'forward_ok': {
      return { kind, ...header, ...readAnswer(reader), outcome: readOutcome(reader) }
    }
    case 'replicate':
      return readReplicate(reader, header, partitions)
    case 'read':
      return readRead(reader, header, partitions)
    case 'read_ok':
      return readReadOk(reader, header)
    case 'repair':
      return { kind, ...header, ...readHeld(reader, partitions) }
    case 'handoff': {
      const request = reader.uint()
      const items = readItems(reader, partitions)
      return { kind, ...header, request, items, goodMicros: reader.uint() }
    }
    case 'replicate_ok':
    case 'handoff_ok':
    case 'forward_failed':
    case 'replicate_failed':
    case 'read_failed':
      return readShortAnswer(reader, kind, header)
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
      return readSync(reader, kind, header, partitions)
    case 'reap_check':
    case 'reap_check_ok':
    case 'reap_delete':
    case 'reap_delete_ok':
    case 'reap_epochs':
    case 'reap_epochs_ok':
    case 'vouch':
    case 'vouch_ok':
      return readReap(reader, kind, header, partitions)
    default:
      return never(kind)
  }
}

// The four that every request is made of are spelled out: a spread costs several times as much.

function readReplicate(reader: ByteReader, header: Header, partitions: number): Message {
  const { clusterId, from, incarnation, ringEpoch } = header
  return {
    kind: 'replicate',
    clusterId,
    from,
    incarnation,
    ringEpoch,
    request: reader.uint(),
    opId: reader.text(),
    budgetMicros: reader.int(),
    key: readKey(reader, partitions),
    state: readState(reader),
    reapEpoch: reader.uint(),
    hintFor: reader.textOrNull() as NodeId | null,
  }
}

function readRead(reader: ByteReader, header: Header, partitions: number): Message {
  const { clusterId, from, incarnation, ringEpoch } = header
  return {
    kind: 'read',
    clusterId,
    from,
    incarnation,
    ringEpoch,
    request: reader.uint(),
    opId: reader.text(),
    budgetMicros: reader.int(),
    key: readKey(reader, partitions),
    reapEpoch: reader.uint(),
  }
}

function readReadOk(reader: ByteReader, header: Header): Message {
  const { clusterId, from, incarnation, ringEpoch } = header
  const request = reader.uint()
  const asked = reader.uint()
  const owner = reader.boolean()
  return {
    kind: 'read_ok',
    clusterId,
    from,
    incarnation,
    ringEpoch,
    request,
    asked,
    state: reader.boolean() ? readState(reader) : null,
    owner,
    reapEpoch: reader.uint(),
  }
}

function readReplicateOk(reader: ByteReader, header: Header): Message {
  const { clusterId, from, incarnation, ringEpoch } = header
  return {
    kind: 'replicate_ok',
    clusterId,
    from,
    incarnation,
    ringEpoch,
    request: reader.uint(),
    asked: reader.uint(),
    reapEpoch: reader.uint(),
  }
}

function readShortAnswer(
  reader: ByteReader,
  kind: 'replicate_ok' | 'handoff_ok' | 'forward_failed' | 'replicate_failed' | 'read_failed',
  header: Header,
): Message {
  if (kind === 'replicate_ok') return readReplicateOk(reader, header)
  const answer = readAnswer(reader)
  switch (kind) {
    case 'handoff_ok':
      return { kind, ...header, ...answer, stale: readMarks(reader), pace: readPace(reader) }
    case 'replicate_failed': {
      const code = readRefusal(reader)
      return { kind, ...header, ...answer, code, reapEpoch: reader.uint() }
    }
    case 'forward_failed':
    case 'read_failed':
      return { kind, ...header, ...answer, code: readRefusal(reader) }
    default:
      return never(kind)
  }
}

function readHeld(reader: ByteReader, partitions: number) {
  const key = readKey(reader, partitions)
  const state = readState(reader)
  return { key, state, reapEpoch: reader.uint() }
}

function readAsking(reader: ByteReader) {
  const request = reader.uint()
  const opId = reader.text()
  return { request, opId, budgetMicros: reader.int() }
}

function readAnswer(reader: ByteReader) {
  const request = reader.uint()
  return { request, asked: reader.uint() }
}

function readOperation(reader: ByteReader): ClientRequest {
  const isGet = reader.boolean()
  const request = reader.uint()
  const opId = reader.text()
  const bucket = readBucket(reader)
  const key = reader.text()
  const quorum = readQuorum(reader)
  const base = { request, opId, bucket, key, quorum, timeoutMicros: reader.int() }
  return isGet ? readGet(reader, base) : readPut(reader, base)
}

type Base = Omit<PutRequest, 'kind' | 'value' | 'context'>

function readPut(reader: ByteReader, base: Base): PutRequest {
  const value = reader.textOrNull()
  const context = reader.boolean() ? readContext(reader) : null
  return { kind: 'put', ...base, value, context }
}

function readGet(reader: ByteReader, base: Base): GetRequest {
  return { kind: 'get', ...base, minimum: reader.boolean() ? readVector(reader) : null }
}

function readQuorum(reader: ByteReader): QuorumOptions {
  const r = readWanted(reader)
  const w = readWanted(reader)
  const pr = readWanted(reader)
  const pw = readWanted(reader)
  return { r, w, pr, pw, monotonic: reader.boolean() }
}

function readWanted(reader: ByteReader): number | null {
  const wanted = reader.uint()
  return wanted === 0 ? null : wanted - 1
}

function readOutcome(reader: ByteReader): Outcome {
  switch (reader.byte()) {
    case outcomeKinds.putOk: {
      const dot = readDot(reader)
      const siblings = reader.uint()
      const context = readContext(reader)
      return { kind: 'ok', f: 'put', dot, context, siblings, counts: readCounts(reader) }
    }
    case outcomeKinds.getOk: {
      const values = readSiblings(reader)
      const context = readContext(reader)
      return { kind: 'ok', f: 'get', values, context, counts: readCounts(reader) }
    }
    case outcomeKinds.unknown: {
      const reason = readReason(reader)
      return { kind: 'unknown', ...reason, dot: reader.boolean() ? readDot(reader) : null }
    }
    case outcomeKinds.rejected:
      return { kind: 'rejected', ...readReason(reader) }
    default:
      reader.fail()
      return { kind: 'rejected', ...readReason(reader) }
  }
}

function readCounts(reader: ByteReader) {
  const nodes = reader.uint()
  return { nodes, owners: reader.uint() }
}

function readReason(reader: ByteReader) {
  const code = readOutcomeCode(reader)
  const need = reader.uint()
  return { code, need, got: reader.uint() }
}

function readOutcomeCode(reader: ByteReader): OutcomeCode {
  const code = outcomeOf(reader.byte())
  if (code !== null) return code
  reader.fail()
  return 'timeout'
}

function readRefusal(reader: ByteReader): RefusalCode {
  const code = refusalOf(reader.byte())
  if (code !== null) return code
  reader.fail()
  return 'not_accepted'
}
