/** Each invariant against the smallest thing that breaks it, and its legal neighbour. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClientRequest, Outcome, QuorumOptions, VersionVector } from '../../../core/index.js'
import { nodeId, Placement } from '../../../core/index.js'
import {
  breaks,
  hand,
  header,
  held,
  ids,
  key,
  latestKey,
  optionsOf,
  placement,
  readOk,
  sibling,
  stateOf,
} from './scene.js'

const quorum: QuorumOptions = { r: null, w: null, pr: null, pw: null, monotonic: false }

const put = (request: number, value: string | null, seen: VersionVector = []): ClientRequest => ({
  kind: 'put',
  request,
  opId: `o${String(request)}`,
  bucket: 'default',
  key: 'k1',
  value,
  context: { keyHash: key.hash, vv: seen },
  quorum,
  timeoutMicros: 1_000_000,
})

const get = (request: number, more: object = {}): ClientRequest => ({
  kind: 'get',
  request,
  opId: `o${String(request)}`,
  bucket: 'default',
  key: 'k1',
  minimum: null,
  quorum,
  timeoutMicros: 1_000_000,
  ...more,
})

const a1 = sibling(0, 1, 'a')
const b1 = sibling(1, 1, 'b')

const putOk = (dot = a1, nodes = 2, owners = nodes): Outcome => ({
  kind: 'ok',
  f: 'put',
  dot,
  context: { keyHash: key.hash, vv: stateOf([dot]).vv },
  siblings: 1,
  counts: { nodes, owners },
})

const getOk = (state = stateOf([]), nodes = 2, owners = nodes): Outcome => ({
  kind: 'ok',
  f: 'get',
  values: state.siblings,
  context: { keyHash: key.hash, vv: state.vv },
  counts: { nodes, owners },
})

const refused: Outcome = { kind: 'rejected', code: 'w_unsatisfied', need: 2, got: 1 }

test('RING-1, RING-5: owners are distinct, and everybody has the same table', () => {
  const { ring } = placement
  const twice = new Placement({
    ...ring,
    owners: ring.owners.map(() => [ids[0]!, ids[0]!, ids[1]!]),
  })
  breaks('RING-1', () => hand(() => ({ ...optionsOf(0), placement: twice })).invariants.opened())
  const turned = new Placement({ ...ring, owners: ring.owners.map((o) => [...o].reverse()) })
  const differing = hand((i) => ({ ...optionsOf(i), ...(i === 2 && { placement: turned }) }))
  const found = breaks('RING-5', () => differing.invariants.opened())
  assert.match(found.explanation, 'n3 and n1 have different tables of epoch')
  hand().invariants.opened()
})

test('RING-5: a key is in the same partition for everybody', () => {
  const { invariants, store } = hand()
  store(0, held(stateOf([a1])))
  const message = (partition: number) => ({
    kind: 'replicate' as const,
    ...header(0),
    request: 1,
    opId: 'o1',
    budgetMicros: 1,
    key: { ...key, partition },
    state: stateOf([a1]),
    reapEpoch: 0,
    hintFor: null,
  })
  invariants.sent(0, 1, message(key.partition))
  breaks('RING-5', () => invariants.sent(0, 1, message((key.partition + 1) % 8)))
})

test('DVV-1: a dot stands for one write, at its own node only', () => {
  const { store } = hand()
  store(0, held(stateOf([a1])))
  store(1, held(stateOf([a1])))
  breaks('DVV-1', () => store(1, held(stateOf([{ ...a1, hlc: 99 }]))))
  breaks('DVV-1', () => store(1, held(stateOf([sibling(2, 7, 'c')]))))
})

test('DVV-1: what a crash took back may be minted again, what is durable may not', () => {
  const { store, invariants } = hand()
  invariants.persisted(0, [held(stateOf([a1]))])
  invariants.crashed(0)
  invariants.booted(0, null)
  store(0, held(stateOf([{ ...a1, hlc: 99 }])))
  breaks('DVV-1', () => store(0, held(stateOf([{ ...a1, hlc: 100 }]))))
})

test('DVV-2: what is covered is there, or replaced by something that is covered', () => {
  const { store, invariants } = hand()
  const a2 = sibling(0, 2, 'later')
  invariants.submitted(put(1, 'a'))
  invariants.submitted(put(2, 'later'))
  store(0, held(stateOf([a1])))
  store(0, held(stateOf([a1, a2])))
  breaks('DVV-2', () => store(1, held(stateOf([a2]))))
})

test('DVV-4: what was replaced does not come back', () => {
  const { store, invariants } = hand()
  const a2 = sibling(0, 2, 'later')
  invariants.submitted(put(1, 'a'))
  invariants.submitted(put(2, 'later', stateOf([a1]).vv))
  store(0, held(stateOf([a1])))
  store(0, held(stateOf([a2])))
  store(1, held(stateOf([a1])))
  store(1, held(stateOf([a2])))
  breaks('DVV-4', () => store(2, held(stateOf([a1, a2]))))
})

test('DVV-4: nor does it once nobody remembers it', () => {
  const { store, invariants } = hand()
  const a2 = sibling(0, 2, 'later')
  invariants.submitted(put(2, 'later', stateOf([a1]).vv))
  store(0, held(stateOf([a1])))
  for (const node of [0, 1, 2]) store(node, held(stateOf([a2])))
  invariants.checkpoint()
  assert.is(invariants.book.find(key.id)?.mints.length, 1)
  breaks('DVV-4', () => store(2, held(stateOf([a1, a2]))))
})

test('DVV-5: who has seen a sibling replaces it', () => {
  const { store, invariants } = hand()
  const a2 = sibling(0, 2, 'later')
  invariants.submitted(put(2, 'later', stateOf([a1]).vv))
  store(0, held(stateOf([a1])))
  breaks('DVV-5', () => store(0, held(stateOf([a1, a2]))))
})

test('RW-1: an answer counts only what is durable', () => {
  const { store, invariants } = hand()
  store(0, held(stateOf([a1])))
  invariants.persisted(1, [held(stateOf([a1]))])
  invariants.submitted(put(1, 'a'))
  breaks('RW-1', () => invariants.replied(0, 1, putOk()))
  invariants.durable(1)
  invariants.submitted(put(2, 'a'))
  invariants.replied(0, 2, putOk())
})

test('RW-2: a read meets what enough owners had acknowledged when it began', () => {
  const { store, invariants } = hand()
  invariants.submitted(put(1, 'a'))
  for (const node of [0, 1]) store(node, held(stateOf([a1])))
  invariants.submitted(get(2))
  invariants.replied(0, 1, putOk())
  // It began before the write was acknowledged.
  invariants.replied(2, 2, getOk())
  invariants.submitted(get(3))
  invariants.replied(2, 3, getOk(stateOf([a1])))
  invariants.submitted(get(4))
  invariants.replied(2, 4, getOk(stateOf([], [b1]), 2, 1))
  invariants.submitted(get(5))
  breaks('RW-2', () => invariants.replied(2, 5, getOk()))
})

test('RW-3: what a monotonic read shows is on w nodes', () => {
  const { store, invariants } = hand()
  const monotonic = { quorum: { ...quorum, monotonic: true } }
  store(0, held(stateOf([a1])))
  invariants.submitted(get(1, monotonic))
  breaks('RW-3', () => invariants.replied(0, 1, getOk(stateOf([a1]))))
  store(1, held(stateOf([a1])))
  invariants.submitted(get(2, monotonic))
  invariants.replied(0, 2, getOk(stateOf([a1])))
  invariants.submitted(get(3, monotonic))
  breaks('RW-3', () => invariants.replied(0, 3, getOk(stateOf([b1]))))
})

test('RW-1, RW-3: of a lost disk only what it held counts', () => {
  const monotonic = { quorum: { ...quorum, monotonic: true } }
  const { store, invariants } = hand()
  store(0, held(stateOf([a1])))
  // It had nothing, or something else: a copy there is not missing.
  invariants.diskLost(2)
  store(1, held(stateOf([b1])))
  invariants.diskLost(1)
  invariants.submitted(put(1, 'a'))
  breaks('RW-1', () => invariants.replied(0, 1, putOk()))
  invariants.submitted(get(2, monotonic))
  breaks('RW-3', () => invariants.replied(0, 2, getOk(stateOf([a1]))))
  store(1, held(stateOf([a1])))
  invariants.diskLost(1)
  invariants.submitted(put(3, 'a'))
  invariants.replied(0, 3, putOk())
  invariants.submitted(get(4, monotonic))
  invariants.replied(0, 4, getOk(stateOf([a1])))
  // Two halves at two times are no copy of the whole.
  store(0, held(stateOf([a1, b1])))
  invariants.submitted(get(5, monotonic))
  breaks('RW-3', () => invariants.replied(0, 5, getOk(stateOf([a1, b1]))))
})

test('RW-1: a hint that was lost with its holder had been a copy', () => {
  const { store, invariants } = hand()
  store(0, held(stateOf([a1])))
  store(1, { type: 'hint', target: nodeId('n3'), key, state: stateOf([a1]) })
  invariants.diskLost(1)
  invariants.submitted(put(1, 'a'))
  invariants.replied(0, 1, putOk())
})

test('RW-4: refused is not written, and written once', () => {
  const first = hand()
  first.invariants.submitted(put(1, 'a'))
  first.store(0, held(stateOf([a1])))
  breaks('RW-4', () => first.invariants.replied(0, 1, refused))
  const second = hand()
  second.invariants.submitted(put(1, 'a'))
  second.invariants.replied(0, 1, refused)
  breaks('RW-4', () => second.store(0, held(stateOf([a1]))))
  const third = hand()
  third.invariants.submitted(put(1, 'a'))
  third.store(0, held(stateOf([a1])))
  breaks('RW-4', () => third.store(1, held(stateOf([sibling(1, 1, 'a')]))))
  const fourth = hand()
  fourth.invariants.submitted(put(1, 'a'))
  fourth.invariants.replied(0, 1, refused)
  fourth.invariants.submitted(put(2, 'a'))
  fourth.store(0, held(stateOf([a1])))
})

test('RW-5: a session sees what it has seen', () => {
  const { invariants } = hand()
  invariants.submitted(get(1, { minimum: stateOf([a1]).vv }))
  breaks('RW-5', () => invariants.replied(0, 1, getOk(stateOf([b1]))))
})

test('RW-5: no stamp from the future buries what is acknowledged now', () => {
  const { store, invariants } = hand()
  const future = sibling(2, 1, null, 3_600_000_000)
  const both = stateOf([future], [a1])
  store(2, held(stateOf([future]), latestKey))
  store(0, held(stateOf([a1]), latestKey))
  store(1, held(both, latestKey))
  invariants.submitted({ ...put(1, 'a'), bucket: 'latest' })
  breaks('RW-5', () => invariants.replied(0, 1, putOk()))
})

test('RW-5: what is old by the clocks of who holds it is not held against them', () => {
  const future = sibling(2, 1, null, 3_600_000_000)
  const buried = (ahead: number) => {
    const scene = hand()
    scene.aheadMicros[1] = ahead
    scene.store(2, held(stateOf([future]), latestKey))
    scene.store(0, held(stateOf([a1]), latestKey))
    scene.store(1, held(stateOf([future], [a1]), latestKey))
    scene.invariants.submitted({ ...put(1, 'a'), bucket: 'latest' })
    scene.invariants.replied(0, 1, putOk())
  }
  buried(3_600_000_000)
  breaks('RW-5', () => buried(3_599_000_000))
  const own = hand()
  own.aheadMicros[2] = 3_600_000_000
  own.store(0, held(stateOf([a1]), latestKey))
  own.store(2, held(stateOf([future]), latestKey))
  own.store(2, held(stateOf([future], [a1]), latestKey))
  own.invariants.submitted({ ...put(1, 'a'), bucket: 'latest' })
  breaks('RW-5', () => own.invariants.replied(0, 1, putOk()))
  const later = hand()
  later.aheadMicros[2] = 3_600_000_000
  later.store(0, held(stateOf([a1]), latestKey))
  later.store(2, held(stateOf([a1]), latestKey))
  later.store(2, held(stateOf([future], [a1]), latestKey))
  later.invariants.submitted({ ...put(1, 'a'), bucket: 'latest' })
  later.invariants.replied(0, 1, putOk())
})

test('HINT-1, HINT-2: a hint goes when its target has what it says', () => {
  const { store, invariants } = hand()
  const target = ids[2] ?? nodeId('n3')
  store(0, held(stateOf([a1])))
  store(1, { type: 'hint', target, key, state: stateOf([a1]) })
  invariants.checkpoint()
  invariants.persisted(1, [{ type: 'hint_deleted', target, key }])
  breaks('HINT-2', () => invariants.durable(1))
  const delivered = hand()
  delivered.store(0, held(stateOf([a1])))
  delivered.store(1, { type: 'hint', target, key, state: stateOf([a1]) })
  delivered.store(2, held(stateOf([a1])))
  delivered.store(1, { type: 'hint_deleted', target, key })
  delivered.invariants.checkpoint()
})

test('HINT-1: an owner that forgets is noticed at the next look', () => {
  const { store, invariants } = hand()
  store(0, held(stateOf([a1])))
  invariants.checkpoint()
  store(0, held(stateOf([])))
  breaks('HINT-1', () => invariants.checkpoint())
})

test('HINT-4: who refuses a hint has noted what needs repair', () => {
  const { store, invariants } = hand()
  const target = ids[2] ?? nodeId('n3')
  const replicate = {
    kind: 'replicate' as const,
    ...header(0),
    request: 1,
    opId: 'o1',
    budgetMicros: 1,
    key,
    state: stateOf([a1]),
    reapEpoch: 0,
    hintFor: target,
  }
  const no = {
    kind: 'replicate_failed' as const,
    ...header(1),
    request: 1,
    asked: 1,
    code: 'hint_refused' as const,
    reapEpoch: 0,
  }
  store(0, held(stateOf([a1])))
  invariants.sent(0, 1, replicate)
  breaks('HINT-4', () => invariants.sent(1, 0, no))
  store(1, { type: 'needs_repair', target, partition: key.partition, needed: true })
  invariants.sent(1, 0, no)
})

test('WAL-1: nothing is told before it is durable, and what is durable is found again', () => {
  const { store, invariants } = hand()
  invariants.persisted(0, [held(stateOf([a1]))])
  breaks('WAL-1', () => invariants.sent(0, 1, readOk(0, stateOf([a1]))))
  invariants.durable(0)
  invariants.sent(0, 1, readOk(0, stateOf([a1])))
  store(0, { type: 'counter_lease', upTo: 1_000 })
  invariants.crashed(0)
  const found = breaks('WAL-1', () => invariants.booted(0, null))
  assert.equal(found.state, ['durable before: {n1:0:1} [n1:0#1=a]', 'found after: nothing'])
})

test('a violation names the key, and shows what those involved hold', () => {
  const { store, invariants } = hand()
  store(0, held(stateOf([a1])))
  invariants.submitted(put(1, 'a'))
  const found = breaks('RW-1', () => invariants.replied(0, 1, putOk()))
  assert.is(found.key?.key, 'k1')
  const owners = placement.owners(key.partition)
  assert.equal(
    found.state,
    owners.map(
      (owner) => `durable at ${owner}: ${owner === 'n1' ? '{n1:0:1} [n1:0#1=a]' : 'nothing'}`,
    ),
  )
})

test.run()
