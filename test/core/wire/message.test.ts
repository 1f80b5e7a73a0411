import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message } from '../../../core/index.js'
import {
  actorOf,
  AssertionError,
  decodeMessage,
  encodeMessage,
  keyRef,
  messageBytes,
  messageKinds,
  nodeId,
} from '../../../core/index.js'
import { pure } from '../freeze.js'
import { messages, messagesOf, partitions } from './arbitrary.js'

for (const kind of messageKinds) {
  test(`wire, ${kind}: comes back as it was`, () => {
    fc.assert(
      fc.property<[Message]>(messagesOf[kind], (message) => {
        const bytes = pure(encodeMessage)(message)
        assert.equal(decodeMessage(bytes, partitions), message)
      }),
      { seed: 1, numRuns: 150 },
    )
  })
}

/** Null, or the one message whose bytes these are. */
function assertCanonical(bytes: Uint8Array): void {
  const message = decodeMessage(bytes, partitions)
  if (message !== null) assert.equal(encodeMessage(message), bytes)
}

test('wire: cut anywhere, or with a byte more, it is no message', () => {
  fc.assert(
    fc.property(messages, fc.nat(), fc.nat(255), (message, cut, extra) => {
      const bytes = encodeMessage(message)
      assert.is(decodeMessage(bytes.slice(0, cut % bytes.length), partitions), null)
      assert.is(decodeMessage(Uint8Array.from([...bytes, extra]), partitions), null)
    }),
    { seed: 1, numRuns: 1_000 },
  )
})

test('wire: with bytes changed: null, or a message with exactly these bytes', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(messages, changes, (message, places) => {
      const bytes = encodeMessage(message).slice(0, 300)
      for (const [at, value] of places) bytes[at % bytes.length] = value
      assertCanonical(bytes)
    }),
    { seed: 1, numRuns: 3_000 },
  )
})

test('wire: with a stretch cut out or doubled: null, or exactly these bytes', () => {
  fc.assert(
    fc.property(messages, fc.nat(), fc.nat(20), fc.boolean(), (message, at, count, doubled) => {
      const bytes = [...encodeMessage(message)].slice(0, 300)
      const from = at % bytes.length
      const stretch = bytes.slice(from, from + count)
      bytes.splice(from, doubled ? 0 : count, ...(doubled ? stretch : []))
      assertCanonical(Uint8Array.from(bytes))
    }),
    { seed: 1, numRuns: 2_000 },
  )
})

test('wire: any bytes behind a valid start: null, or exactly these bytes', () => {
  const start = [1, 1, 0x63, 2, 0x6e, 0x31, 1, 1]
  const small = fc.oneof(fc.nat(4), fc.nat(255))
  fc.assert(
    fc.property(
      fc.nat(messageKinds.length + 1),
      fc.array(small, { maxLength: 60 }),
      (kind, rest) => {
        assertCanonical(Uint8Array.from([1, kind, ...start.slice(1), ...rest]))
      },
    ),
    { seed: 1, numRuns: 20_000 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => assertCanonical(bytes)),
    { seed: 2, numRuns: 2_000 },
  )
})

test('wire: a claim of a billion items costs nothing', () => {
  const claim = [0xff, 0xff, 0xff, 0xff, 0x0f]
  const handoff = [1, 10, 1, 0x63, 2, 0x6e, 0x31, 1, 1, 1, ...claim, 0, 0, 0]
  assert.is(decodeMessage(Uint8Array.from(handoff), partitions), null)
})

const key = keyRef('default', 'k', partitions)
const [n1, n2] = [actorOf(nodeId('n1'), 0), actorOf(nodeId('n2'), 0)]
const header = { clusterId: 'c', from: nodeId('n1'), incarnation: 1, ringEpoch: 1 }
const sibling = { actor: n1, n: 2, value: 'v', hlc: 1 }

test('wire: the partition is worked out by the receiver', () => {
  const repair: Message = {
    kind: 'repair',
    ...header,
    key: { ...key, partition: 0, hash: 0 },
    state: { vv: [], siblings: [] },
    reapEpoch: 0,
  }
  const decoded = decodeMessage(encodeMessage(repair), partitions)
  assert.equal(decoded?.kind === 'repair' ? decoded.key : null, key)
})

test('wire: a state that is none of ours is a mistake of the sender', () => {
  const states = [
    { vv: [], siblings: [sibling] },
    { vv: [{ actor: n1, n: 1 }], siblings: [sibling] },
    {
      vv: [
        { actor: n1, n: 2 },
        { actor: n2, n: 2 },
      ],
      siblings: [{ ...sibling, actor: n2 }, sibling],
    },
  ]
  for (const state of states) {
    assert.throws(
      () => encodeMessage({ kind: 'repair', ...header, key, state, reapEpoch: 0 }),
      (e: unknown) => e instanceof AssertionError,
    )
  }
})

/** The bytes of a repair: format, kind, header, key, then what is given, and a reap epoch. */
const repairBytes = (...state: readonly number[]): Uint8Array =>
  Uint8Array.from([1, 9, 1, 0x63, 2, 0x6e, 0x31, 1, 1, 1, 0x62, 1, 0x6b, ...state, 0])
const entry = (name: number, n: number): number[] => [1, name, n]

test('wire: a state that is none of ours is no message', () => {
  const [a, b] = [0x61, 0x62]
  const decodes = (...state: number[]): boolean =>
    decodeMessage(repairBytes(...state), partitions) !== null
  assert.ok(decodes(2, ...entry(a, 2), ...entry(b, 1), 2, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0))
  assert.not.ok(decodes(2, ...entry(b, 1), ...entry(a, 2), 0), 'actors out of order')
  assert.not.ok(decodes(2, ...entry(a, 1), ...entry(a, 2), 0), 'an actor twice')
  assert.not.ok(decodes(1, ...entry(a, 0), 0), 'an entry of nothing')
  assert.not.ok(decodes(1, ...entry(a, 2), 1, 0, 3, 0, 0, 0), 'a sibling not covered')
  assert.not.ok(decodes(1, ...entry(a, 2), 1, 1, 1, 0, 0, 0), 'a sibling of no actor')
  assert.not.ok(decodes(1, ...entry(a, 2), 1, 0, 0, 0, 0, 0), 'a sibling without a number')
  assert.not.ok(
    decodes(1, ...entry(a, 2), 2, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0),
    'siblings out of order',
  )
  assert.not.ok(decodes(1, ...entry(a, 2), 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0), 'a sibling twice')
})

test('wire: another format, an unknown kind, an unknown code are no message', () => {
  const bytes = encodeMessage({
    kind: 'read_failed',
    ...header,
    request: 1,
    asked: 1,
    code: 'overloaded',
  })
  assert.ok(decodeMessage(bytes, partitions) !== null)
  const changed = (at: number, value: number): Message | null => {
    const other = bytes.slice()
    other[at] = value
    return decodeMessage(other, partitions)
  }
  assert.is(changed(0, 0), null)
  assert.is(changed(0, 2), null)
  assert.is(changed(1, messageKinds.length), null)
  assert.is(changed(bytes.length - 1, 9), null)
})

test('wire: the bytes of a known message stay what they are', () => {
  const bytes = encodeMessage({
    kind: 'replicate',
    ...header,
    request: 300,
    opId: 'o1',
    budgetMicros: -1,
    key,
    state: { vv: [{ actor: n1, n: 2 }], siblings: [sibling] },
    reapEpoch: 5,
    hintFor: nodeId('n2'),
  })
  const hex = Buffer.from(bytes).toString('hex')
  const parts = ['0103', '0163', '026e31', '01', '01', 'ac02', '026f31', '0100']
  const state = ['01', '046e313a30', '02', '01', '00', '02', '0276', '0001']
  assert.is(hex, [...parts, '0764656661756c74', '016b', ...state, '05', '036e32'].join(''))
})

test('size: within a third of the truth for text in ASCII', () => {
  const long = 'v'.repeat(100)
  const state = {
    vv: [
      { actor: n1, n: 1_000 },
      { actor: n2, n: 2_000 },
    ],
    siblings: [{ actor: n1, n: 1_000, value: long, hlc: 1_700_000_000_000_000 }],
  }
  const asking = {
    ...header,
    clusterId: 'cluster',
    request: 5_000,
    opId: 'c1-17',
    budgetMicros: 999_000,
  }
  const answer = { ...header, clusterId: 'cluster', request: 5_000, asked: 2 }
  const typical: Message[] = [
    { kind: 'replicate', ...asking, key, state, reapEpoch: 0, hintFor: null },
    { kind: 'repair', ...header, clusterId: 'cluster', key, state, reapEpoch: 0 },
    { kind: 'read_ok', ...answer, state, owner: true, reapEpoch: 0 },
    {
      kind: 'handoff',
      ...header,
      request: 1,
      items: [1, 2, 3].map(() => ({ key, state, reapEpoch: 0 })),
      goodMicros: 18_000,
    },
    {
      kind: 'forward_ok',
      ...answer,
      outcome: {
        kind: 'ok',
        f: 'get',
        values: state.siblings,
        context: { keyHash: -1, vv: state.vv },
        counts: { nodes: 2, owners: 2 },
      },
    },
  ]
  for (const message of typical) {
    const ratio = messageBytes(message) / encodeMessage(message).length
    assert.ok(ratio > 0.67 && ratio < 1.33, `${message.kind}: ${String(ratio)}`)
  }
  fc.assert(
    fc.property(messages, (message) => assert.ok(messageBytes(message) > 0)),
    { seed: 1, numRuns: 300 },
  )
})

test.run()
