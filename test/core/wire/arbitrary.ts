/** Random messages of every kind. */
import * as fc from 'fast-check'
import type { Message, MessageKind, Outcome } from '../../../core/index.js'
import { keyRef, memberStates, nodeId } from '../../../core/index.js'
import { outcomeCodes, refusalCodes } from '../../../core/wire/code.js'
import { actors, states, vectors } from '../version/arbitrary.js'

export const partitions = 1024

/** Plain objects: what is decoded has a prototype too. */
function record<Fields>(fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> }) {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<Fields>
}

const is = <const Value>(value: Value): fc.Arbitrary<Value> => fc.constant(value)
const uint = fc.oneof(fc.nat(200), fc.maxSafeNat())
const int = fc.oneof(fc.integer({ min: -200, max: 200 }), fc.maxSafeInteger())
/** Ends of every range of UTF-8, and surrogates without their other half. */
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', '\0', '\x7f\x80', '\u07ff\u0800', '\uffff\u{10000}', '\u{10ffff}'),
  fc.constantFrom('\ud800', 'a\udfff', '\udc00\ud800', '\ud83d\ud83d\ude00', 'x'.repeat(5_000)),
)
const node = text.map(nodeId)
const orNull = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { nil: null })
const bucket = text.map((name) => name.replaceAll('\0', ''))
const key = fc.tuple(bucket, text).map(([name, rest]) => keyRef(name, rest, partitions))
const dot = record({ actor: text.map((name) => name as never), n: uint.map((n) => Math.max(n, 1)) })
const hlcs = int

const header = { clusterId: text, from: node, incarnation: uint, ringEpoch: uint }
const asking = { ...header, request: uint, opId: text, budgetMicros: int }
const answer = { ...header, request: uint, asked: uint }
const refusal = fc.constantFrom(...refusalCodes)
const state = fc.tuple(states, hlcs, text).map(([held, hlc, value]) => ({
  vv: held.vv,
  siblings: held.siblings.map((one) => ({
    ...one,
    hlc,
    value: one.value === null ? null : value,
  })),
}))

const context = record({ keyHash: fc.integer(), vv: vectors })
const wanted = orNull(fc.nat(300))
const quorum = record({ r: wanted, w: wanted, pr: wanted, pw: wanted, monotonic: fc.boolean() })
const request = { request: uint, opId: text, bucket, key: text, quorum, timeoutMicros: int }
const operation = fc.oneof(
  record({ kind: is('put'), ...request, value: orNull(text), context: orNull(context) }),
  record({ kind: is('get'), ...request, minimum: orNull(vectors) }),
)

const counts = record({ nodes: uint, owners: uint })
const reason = { code: fc.constantFrom(...outcomeCodes), need: uint, got: uint }
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  record({ kind: is('ok'), f: is('put'), dot, context, siblings: uint, counts }),
  record({
    kind: is('ok'),
    f: is('get'),
    values: states.map(({ siblings }) => siblings),
    context,
    counts,
  }),
  record({ kind: is('rejected'), ...reason }),
  record({ kind: is('unknown'), ...reason, dot: orNull(dot) }),
)

const items = fc.array(record({ key, state, reapEpoch: uint }), { maxLength: 3 })
const pace = fc.integer({ min: 1, max: 64 })
const stale = fc.array(record({ partition: uint, epoch: uint }), { maxLength: 3 })
const round = { partition: uint, epoch: uint }
const reapItems = fc.array(record({ key, state }), { maxLength: 3 })

const question = { ...header, request: uint }
const word = fc.oneof(fc.constantFrom(0, -1, 0x7fffffff, -0x80000000), fc.integer())
const words = { a: word, b: word }
const sumsList = fc.array(record({ index: uint, ...words }), { maxLength: 3 })
const syncParts = fc.array(record({ partition: uint, sums: sumsList }), { maxLength: 3 })
const numbers = fc.array(uint, { maxLength: 4 })
const differences = fc.array(record({ partition: uint, indexes: numbers }), { maxLength: 3 })

export const updates = fc.array(
  record({
    node,
    state: fc.constantFrom(...memberStates),
    incarnation: uint,
    refutation: uint,
    by: orNull(node),
  }),
  { maxLength: 4 },
)

export const messagesOf: {
  readonly [Kind in MessageKind]: fc.Arbitrary<Extract<Message, { kind: Kind }>>
} = {
  forward: record({ kind: is('forward'), ...asking, expects: uint, operation }),
  forward_ok: record({ kind: is('forward_ok'), ...answer, outcome }),
  forward_failed: record({ kind: is('forward_failed'), ...answer, code: refusal }),
  replicate: record({
    kind: is('replicate'),
    ...asking,
    key,
    state,
    reapEpoch: uint,
    hintFor: orNull(node),
  }),
  replicate_ok: record({ kind: is('replicate_ok'), ...answer, reapEpoch: uint }),
  replicate_failed: record({
    kind: is('replicate_failed'),
    ...answer,
    code: refusal,
    reapEpoch: uint,
  }),
  read: record({ kind: is('read'), ...asking, key, reapEpoch: uint }),
  read_ok: record({
    kind: is('read_ok'),
    ...answer,
    state: orNull(state),
    owner: fc.boolean(),
    reapEpoch: uint,
  }),
  read_failed: record({ kind: is('read_failed'), ...answer, code: refusal }),
  repair: record({ kind: is('repair'), ...header, key, state, reapEpoch: uint }),
  handoff: record({ kind: is('handoff'), ...header, request: uint, items, goodMicros: uint }),
  handoff_ok: record({ kind: is('handoff_ok'), ...answer, stale, pace }),
  announce: record({ kind: is('announce'), ...header }),
  ping: record({ kind: is('ping'), ...question, updates }),
  ping_req: record({ kind: is('ping_req'), ...question, target: node, updates }),
  ack: record({ kind: is('ack'), ...answer, updates }),
  nack: record({ kind: is('nack'), ...answer }),
  gossip: record({ kind: is('gossip'), ...header, updates }),
  push_pull: record({ kind: is('push_pull'), ...question, start: uint, end: uint, updates }),
  push_pull_ok: record({ kind: is('push_pull_ok'), ...answer, updates }),
  sync_roots: record({ kind: is('sync_roots'), ...question, roots: sumsList }),
  sync_roots_ok: record({ kind: is('sync_roots_ok'), ...answer, partitions: numbers }),
  sync_segments: record({ kind: is('sync_segments'), ...question, parts: syncParts }),
  sync_segments_ok: record({ kind: is('sync_segments_ok'), ...answer, parts: differences }),
  sync_keys: record({ kind: is('sync_keys'), ...question, parts: syncParts }),
  sync_keys_ok: record({
    kind: is('sync_keys_ok'),
    ...answer,
    parts: differences,
    keys: fc.array(record({ key, ...words, busy: fc.boolean() }), { maxLength: 3 }),
  }),
  sync_states: record({
    kind: is('sync_states'),
    ...question,
    items,
    wanted: fc.array(key, { maxLength: 3 }),
  }),
  sync_states_ok: record({ kind: is('sync_states_ok'), ...answer, items, stale, pace }),
  sync_wanted: record({ kind: is('sync_wanted'), ...question, partitions: numbers }),
  sync_wanted_ok: record({ kind: is('sync_wanted_ok'), ...answer, partitions: numbers }),
  reap_check: record({ kind: is('reap_check'), ...question, ...round, items: reapItems }),
  reap_check_ok: record({ kind: is('reap_check_ok'), ...answer, ...round, confirmed: numbers }),
  reap_delete: record({ kind: is('reap_delete'), ...question, ...round, items: reapItems }),
  reap_delete_ok: record({ kind: is('reap_delete_ok'), ...answer }),
  reap_epochs: record({
    kind: is('reap_epochs'),
    ...question,
    partitions: numbers,
    actor: fc.constantFrom(...actors),
  }),
  reap_epochs_ok: record({
    kind: is('reap_epochs_ok'),
    ...answer,
    sure: stale,
    doubtful: stale,
    hlc: fc.maxSafeInteger(),
    minted: dot,
  }),
  vouch: record({ kind: is('vouch'), ...question, round: uint, key, dots: vectors }),
  vouch_ok: record({
    kind: is('vouch_ok'),
    ...answer,
    round: uint,
    known: vectors,
    isSure: fc.boolean(),
  }),
}

export const messages: fc.Arbitrary<Message> = fc.oneof(...Object.values(messagesOf))
