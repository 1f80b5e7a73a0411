/** The door, over the nodes of the tests: what a node tells about itself is what it holds. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Outcome } from '../../core/index.js'
import type { Door, Operation } from '../../net/door.js'
import { FakeCluster } from './fake.js'

const quorum = { r: null, w: null, pr: null, pw: null, monotonic: false }

function put(key: string, value: string): Operation {
  const timeoutMicros = 1_000_000
  const of = { opId: `op-${key}`, bucket: 'default', key, quorum, timeoutMicros }
  return { kind: 'put', value, context: null, ...of }
}

const submitted = (door: Door, operation: Operation): Promise<Outcome> =>
  new Promise((done) => {
    door.submit(operation, done)
  })

test('door: a put is answered, held and counted', async () => {
  const fake = new FakeCluster({ nodes: 3, antiEntropyMicros: 60_000_000 })
  const door = fake.door('n1')
  const outcome = await submitted(door, put('a', '"v"'))
  assert.is(outcome.kind, 'ok')
  const { id } = door.placement.keyRef('default', 'a')
  assert.is(door.held(id).entry?.state.siblings[0]?.value, '"v"')
  assert.is(door.inspect().keys, 1)
  assert.equal(
    [...door.entries()].map(({ key }) => key.key),
    ['a'],
  )
  fake.close()
})

test('door: hints are counted by target, and members say who is suspected', async () => {
  const fake = new FakeCluster({ nodes: 3, timing: { fallbackAfterMicros: 1_000 } })
  fake.crash('n3')
  fake.advance(10_000_000)
  const door = fake.door('n1')
  assert.is((await submitted(door, put('a', '1'))).kind, 'ok')
  assert.equal(
    door.inspect().hints.map(({ target, keys }) => [target, keys]),
    [['n3', 1]],
  )
  const { id } = door.placement.keyRef('default', 'a')
  assert.equal([...door.held(id).hints.keys()], ['n3'])
  assert.equal(
    door.members().map(({ id, state }) => `${id} ${state}`),
    ['n1 alive', 'n2 alive', 'n3 suspect'],
  )
  fake.close()
})

test('door: sync now begins an exchange with every peer that seems alive', () => {
  const fake = new FakeCluster({ nodes: 3, antiEntropyMicros: 3_600_000_000 })
  fake.frozen = true
  const door = fake.door('n2')
  door.syncNow()
  const sync = door.inspect().sync
  assert.is(sync?.exchanges, 2)
  assert.equal(
    sync?.neighbours.map(({ peer, phase }) => `${peer} ${phase}`),
    ['n1 roots', 'n3 roots'],
  )
  fake.frozen = false
  fake.advance(10_000_000)
  assert.ok(door.inspect().sync?.neighbours.every(({ phase }) => phase === 'resting'))
  fake.close()
})

test('door: a crash answers what was under way, a write as unknown', async () => {
  const fake = new FakeCluster({ nodes: 3 })
  fake.frozen = true
  const waiting = submitted(fake.door('n1'), put('a', '1'))
  fake.crash('n1')
  assert.is((await waiting).kind, 'unknown')
  assert.is((await submitted(fake.door('n1'), put('b', '1'))).kind, 'rejected')
  fake.close()
})

test.run()
