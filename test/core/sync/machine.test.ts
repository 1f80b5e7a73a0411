/** The machine of one exchange by itself: what it asks, and what it makes of answers. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Effect, KeyState, Message, SyncMessage } from '../../../core/index.js'
import { actorOf, keyRef, nodeId } from '../../../core/index.js'
import { createShell } from '../../../core/shell.js'
import { onSyncKeys } from '../../../core/sync/answer.js'
import type { ExchangeState, Ground } from '../../../core/sync/exchange.js'
import { exchangeAnswered, exchangeStart, exchangeTimer } from '../../../core/sync/exchange.js'
import { Forest } from '../../../core/sync/forest.js'
import { TestCluster } from '../cluster.js'
import { deepFreeze } from '../freeze.js'

const [n1, n2] = [nodeId('n1'), nodeId('n2')]
const keys = ['a', 'b', 'c'].map((name) => keyRef('default', name, 1))
const [a, b] = keys as [(typeof keys)[0], (typeof keys)[0]]

function stateOf(n: number): KeyState {
  const actor = actorOf(n1, 0)
  return { vv: [{ actor, n }], siblings: [{ actor, n, value: 'v', hlc: n }] }
}

const now = { monoMicros: 5_000_000, wallMicros: 5_000_000, durablePersists: 0 }

/** One of two nodes that share a single partition. */
function ground(id = n1, syncBatch = 64): Ground {
  const options = { nodes: 2, partitions: 1, replication: { n: 2 }, antiEntropyMicros: 1_000_000 }
  const box = new TestCluster({ ...options, limits: { syncBatch } }).box(id)
  const { placement } = box.options
  const shell = createShell(box.options, 3, actorOf(id, 0), null)
  const { storage } = shell
  const forest = new Forest(storage, placement, id)
  storage.onPut = forest.touched
  return { shell, forest }
}

const answer = { clusterId: 'test', from: n2, incarnation: 9, ringEpoch: 1, asked: 3 }

const questionIn = (effects: readonly Effect[]): SyncMessage =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []))[0] as SyncMessage

/** A state taken one step on by an answer; frozen, and taken twice, to the same end. */
function step(here: Ground, state: ExchangeState, message: Message): ExchangeState {
  deepFreeze(state)
  const first = exchangeAnswered(here, now, state, message as never)
  assert.equal(exchangeAnswered(here, now, state, message as never), first)
  return first[0]
}

/** Up to the wait: n1 has found that `found` differ, of which n2 has nothing. */
function waiting(here: Ground, ...leaves: readonly number[]): ExchangeState {
  let [state] = exchangeStart(here, now, { peer: n2, timer: -4, lastRequest: 40, partitions: [0] })
  const { forest } = here
  state = step(here, state, { kind: 'sync_roots_ok', ...answer, request: 41, partitions: [0] })
  const segments = [...new Set(leaves.map((leaf) => leaf >> 5))]
  const parts = [{ partition: 0, indexes: segments }]
  state = step(here, state, { kind: 'sync_segments_ok', ...answer, request: 42, parts })
  const differing = [{ partition: 0, indexes: leaves }]
  const found = { kind: 'sync_keys_ok', ...answer, request: 43, parts: differing } as const
  state = step(here, state, { ...found, keys: [] })
  assert.is(forest.tree(0, 0) === null, false)
  return state
}

test('exchange machine: roots, segments, keys, a wait, and keys again', () => {
  const here = ground()
  here.shell.storage.put(a, stateOf(1), 0)
  const leaf = here.forest.leafOf(a)
  const [asked, first] = exchangeStart(here, now, {
    peer: n2,
    timer: -4,
    lastRequest: 40,
    partitions: [0],
  })
  const root = here.forest.tree(0, 0)?.root
  const roots = [{ index: 0, ...root }]
  assert.equal(questionIn(first), { kind: 'sync_roots', ...here.shell.self, request: 41, roots })
  assert.equal(asked.phase, 'roots')
  const state = waiting(here, leaf)
  assert.is(state.phase, 'waiting')
  assert.equal(
    state.suspects.map(({ key }) => key.id),
    [a.id],
  )
  const later = { ...now, monoMicros: now.monoMicros + 2_000_000 }
  const [again, effects] = exchangeTimer(here, later, state)
  assert.is(again.phase, 'again')
  const sums = [{ index: leaf, ...root }]
  const parts = [{ partition: 0, sums }]
  assert.equal(questionIn(effects), { kind: 'sync_keys', ...here.shell.self, request: 44, parts })
})

test('exchange machine: equal roots end it at once, with nothing to tell', () => {
  const here = ground()
  const [state] = exchangeStart(here, now, { peer: n2, timer: -4, lastRequest: 0, partitions: [0] })
  const equal = { kind: 'sync_roots_ok', ...answer, request: 1, partitions: [] } as const
  const [done, effects] = exchangeAnswered(here, now, state, equal)
  assert.is(done.phase, 'done')
  assert.equal(
    effects.map(({ kind }) => kind),
    ['disarm'],
  )
})

test('exchange machine: late answers, doubled ones, those of other nodes or kinds: nothing', () => {
  const here = ground()
  here.shell.storage.put(a, stateOf(1), 0)
  const [state] = exchangeStart(here, now, {
    peer: n2,
    timer: -4,
    lastRequest: 40,
    partitions: [0],
  })
  const right = { kind: 'sync_roots_ok', ...answer, request: 41, partitions: [0] } as const
  const wrong = [
    { ...right, request: 40 },
    { ...right, request: 42 },
    { ...right, from: nodeId('n3') },
    { kind: 'sync_segments_ok', ...answer, request: 41, parts: [] },
    {
      kind: 'sync_states_ok',
      ...answer,
      request: 41,
      items: [{ key: b, state: stateOf(7), reapEpoch: 0 }],
      stale: [],
      pace: 64,
    },
  ] as const
  for (const message of wrong) {
    const [same, effects] = exchangeAnswered(here, now, state, message)
    assert.is(same, state)
    assert.equal(effects, [])
  }
  const [next] = exchangeAnswered(here, now, state, right)
  assert.is(exchangeAnswered(here, now, next, right)[0], next, 'doubled')
  const wait = waiting(here, here.forest.leafOf(a))
  const last = { kind: 'sync_keys_ok', ...answer, request: 43, parts: [], keys: [] } as const
  assert.is(exchangeAnswered(here, now, wait, last)[0], wait, 'doubled, in the wait')
  assert.is(here.shell.storage.entry(b.id), null)
})

test('exchange machine: what the answer has no business to name is left aside', () => {
  const here = ground()
  here.shell.storage.put(a, stateOf(1), 0)
  let [state] = exchangeStart(here, now, { peer: n2, timer: -4, lastRequest: 40, partitions: [0] })
  const roots = { kind: 'sync_roots_ok', ...answer, request: 41 } as const
  state = step(here, state, { ...roots, partitions: [0, 7] })
  assert.equal(state.partitions, [])
  const parts = [
    { partition: 0, indexes: [5, 1_024] },
    { partition: 7, indexes: [1] },
  ]
  state = step(here, state, { kind: 'sync_segments_ok', ...answer, request: 42, parts })
  const asked = state.question?.kind === 'sync_keys' ? state.question.parts : []
  assert.equal(
    asked.map(({ partition, sums }) => [partition, sums.length]),
    [[0, 32]],
  )
  const found = { kind: 'sync_keys_ok', ...answer, request: 43 } as const
  const nowhere = [{ partition: 0, indexes: [here.forest.leafOf(a), here.forest.leafOf(b)] }]
  const [done] = exchangeAnswered(here, now, state, {
    ...found,
    parts: nowhere,
    keys: [{ key: b, a: 1, b: 1, busy: false }],
  })
  assert.is(done.phase, 'done', 'neither leaf was asked about')
})

test('exchange machine: a key with a write in flight on either side is no suspect', () => {
  const here = ground()
  const { storage } = here.shell
  storage.put(a, stateOf(1), 0)
  storage.put(b, stateOf(1), 1)
  const leaves = [here.forest.leafOf(a), here.forest.leafOf(b)]
  const state = waiting(here, ...leaves)
  assert.equal(
    state.suspects.map(({ key }) => key.id),
    [a.id],
    'b is in flight here',
  )
  const there = ground(n2)
  there.shell.storage.put(a, stateOf(2), 1)
  const later = { ...now, monoMicros: now.monoMicros + 2_000_000 }
  const [again, effects] = exchangeTimer(here, later, state)
  const out: Effect[] = []
  const question = questionIn(effects)
  if (question.kind === 'sync_keys') onSyncKeys(there, now, question, out)
  const reply = questionIn(out)
  assert.equal(reply.kind === 'sync_keys_ok' && reply.keys.map(({ busy }) => busy), [true])
  const [done] = exchangeAnswered(here, now, again, reply as never)
  assert.is(done.phase, 'done', 'a is in flight there')
})

test('exchange machine: what is written between two batches waits for the next exchange', () => {
  const here = ground(n1, 1)
  const { storage } = here.shell
  for (const key of keys) storage.put(key, stateOf(1), 0)
  const places = keys.map((key) => ({ id: key.id, leaf: here.forest.leafOf(key) }))
  const leaves = places.map(({ leaf }) => leaf).sort((x, y) => x - y)
  const order = places.sort((x, y) => x.leaf - y.leaf).map(({ id }) => id)
  const [again] = exchangeTimer(here, now, waiting(here, ...leaves))
  const parts = [{ partition: 0, indexes: leaves }]
  const differ = { kind: 'sync_keys_ok', ...answer, request: 44, parts, keys: [] } as const
  const [sending, effects] = exchangeAnswered(here, now, again, differ)
  const sent = (of: readonly Effect[]): readonly string[] => {
    const message = questionIn(of)
    return message.kind === 'sync_states' ? message.items.map(({ key }) => key.id) : []
  }
  assert.equal(sent(effects), order.slice(0, 1))
  const second = keys.find(({ id }) => id === order[1])!
  storage.put(second, stateOf(2), 1)
  const taken = {
    kind: 'sync_states_ok',
    ...answer,
    request: 45,
    items: [],
    stale: [],
    pace: 64,
  } as const
  const [, more] = exchangeAnswered(here, now, sending, taken)
  assert.equal(sent(more), order.slice(2, 3))
})

test('exchange machine: states that were not asked for are not taken in', () => {
  const here = ground()
  here.shell.storage.put(a, stateOf(1), 0)
  const leaf = here.forest.leafOf(a)
  const [again] = exchangeTimer(here, now, waiting(here, leaf))
  const parts = [{ partition: 0, indexes: [leaf] }]
  const differ = { kind: 'sync_keys_ok', ...answer, request: 44, parts, keys: [] } as const
  const [sending] = exchangeAnswered(here, now, again, differ)
  assert.is(sending.phase, 'states')
  const items = [
    { key: a, state: stateOf(3), reapEpoch: 0 },
    { key: b, state: stateOf(3), reapEpoch: 0 },
  ]
  const taken = {
    kind: 'sync_states_ok',
    ...answer,
    request: 45,
    items,
    stale: [],
    pace: 64,
  } as const
  const [done, effects] = exchangeAnswered(here, now, sending, taken)
  assert.is(done.phase, 'done')
  assert.equal(here.shell.storage.entry(a.id)?.state, stateOf(3))
  assert.is(here.shell.storage.entry(b.id), null)
  const note = { kind: 'sync_done', peer: n2, partitions: 1, keys: 1 } as const
  assert.equal(
    effects.filter(({ kind }) => kind === 'note'),
    [{ kind: 'note', note }],
  )
})

test('exchange machine: a question is asked three times, with the same number', () => {
  const here = ground()
  let [state, effects] = exchangeStart(here, now, {
    peer: n2,
    timer: -4,
    lastRequest: 8,
    partitions: [0],
  })
  const asked: number[] = []
  for (let i = 0; i < 5 && state.phase !== 'done'; i++) {
    asked.push(questionIn(effects).request)
    ;[state, effects] = exchangeTimer(here, now, state)
  }
  assert.equal(asked, [9, 9, 9])
  assert.is(state.phase, 'done')
})

test.run()
