/** Whole clusters: what is reaped, what must not be, and that nothing comes back. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClientRequest, Plant } from '../../../core/index.js'
import { getOk, get, heldBy, keyOwnedBy, put, putOk, rolesOf, valuesOf } from '../ask.js'
import type { ClusterOptions, OperationOf } from '../cluster.js'
import { TestCluster } from '../cluster.js'
import { Oracle } from '../oracle.js'

const reap = { everyMicros: 400_000, afterMicros: 0 }
const second = 1_000_000

const oracles = new WeakMap<TestCluster, Oracle>()

/** Watched by the oracle, where there is one. */
const ask = (cluster: TestCluster, node: string, operation: OperationOf<ClientRequest>): number =>
  (oracles.get(cluster) ?? cluster).submit(node, operation)

function scene(options: Partial<ClusterOptions> = {}): TestCluster {
  const cluster = new TestCluster({ nodes: 4, partitions: 8, reap, ...options })
  oracles.set(cluster, new Oracle(cluster))
  cluster.start()
  cluster.run(100_000)
  return cluster
}

/** A key with a value that was then deleted, known to all its owners. */
function deleted(cluster: TestCluster, ...owners: readonly string[]) {
  const key = keyOwnedBy(cluster, ...owners)
  const { id } = rolesOf(cluster, key)
  const [first = 'n1'] = owners
  ask(cluster, first, put(key, 'v'))
  cluster.settle()
  const removal = ask(cluster, first, put(key, null))
  cluster.settle()
  return { key, id, context: putOk(cluster.outcome(removal)).context }
}

const tombstones = (cluster: TestCluster): readonly number[] =>
  cluster.boxes.map(({ node }) => node?.tombstoneCount ?? -1)

test('reap: in a healthy cluster tombstones go, for good (DEL-2)', () => {
  const cluster = scene()
  const { key, id } = deleted(cluster, 'n1', 'n2', 'n3')
  assert.equal(tombstones(cluster), [1, 1, 1, 0])
  cluster.run(second)
  assert.equal(tombstones(cluster), [0, 0, 0, 0])
  for (const owner of ['n1', 'n2', 'n3']) assert.equal(heldBy(cluster, owner, id), [])
  for (const { id: node } of cluster.boxes) {
    cluster.crash(node)
    cluster.boot(node)
  }
  cluster.run(second)
  assert.equal(tombstones(cluster), [0, 0, 0, 0], 'a restart brings none back')
  const read = ask(cluster, 'n4', get(key))
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(read)), [])
  assert.equal(getOk(cluster.outcome(read)).context.vv, [], 'it is as if it had never been')
})

test('reap: a value, or a tombstone beside a value, stays', () => {
  const cluster = scene()
  const { key, id } = deleted(cluster, 'n1', 'n2', 'n3')
  ask(cluster, 'n2', put(key, 'new', { opId: 'blind' }))
  cluster.settle()
  cluster.run(second)
  assert.equal(heldBy(cluster, 'n1', id), [null, 'new'])
})

test('reap: a young tombstone is left alone', () => {
  const cluster = scene({ reap: { everyMicros: 100_000, afterMicros: 3 * second } })
  deleted(cluster, 'n1', 'n2', 'n3')
  cluster.run(2 * second)
  assert.equal(tombstones(cluster), [1, 1, 1, 0])
  cluster.run(2 * second)
  assert.equal(tombstones(cluster), [0, 0, 0, 0])
})

test('reap: nothing while a member is out of reach, owner or not; afterwards it goes on', () => {
  for (const away of ['n3', 'n4']) {
    const cluster = scene()
    deleted(cluster, 'n1', 'n2', 'n3')
    cluster.crash(away)
    cluster.run(10 * second)
    assert.is(cluster.box('n1').node?.tombstoneCount, 1, away)
    cluster.boot(away)
    cluster.run(5 * second)
    assert.equal(tombstones(cluster), [0, 0, 0, 0], away)
  }
})

test('reap: an owner that has missed the delete keeps the tombstones of the others (DEL-1)', () => {
  const cluster = scene({ handoff: false, readRepair: false })
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  const { id } = rolesOf(cluster, key)
  ask(cluster, 'n1', put(key, 'v'))
  cluster.settle()
  cluster.cuts.add('n1>n3')
  const removal = ask(cluster, 'n1', put(key, null))
  cluster.run(1.5 * second)
  cluster.heal()
  putOk(cluster.outcome(removal))
  cluster.run(5 * second)
  assert.equal(heldBy(cluster, 'n1', id), [null])
  assert.equal(heldBy(cluster, 'n3', id), ['v'])
})

test('reap: a write held up for an hour is refused when it comes at last (DEL-1)', () => {
  const cluster = scene()
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  const { id } = rolesOf(cluster, key)
  ask(cluster, 'n1', put(key, 'v'))
  const held = cluster.find('replicate')
  const copies = held.map((flight) => cluster.duplicate(flight))
  for (const flight of held) cluster.deliver(flight)
  const late = copies.map((copy) => {
    cluster.drop(copy)
    return copy
  })
  cluster.settle()
  ask(cluster, 'n1', put(key, null))
  cluster.settle()
  cluster.run(3_600 * second)
  assert.equal(tombstones(cluster), [0, 0, 0, 0])
  for (const flight of late) cluster.deliver(flight)
  cluster.settle()
  cluster.run(second)
  for (const owner of ['n1', 'n2', 'n3']) assert.equal(heldBy(cluster, owner, id), [])
  const read = ask(cluster, 'n2', get(key))
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(read)), [])
})

test('reap: a fallback that coordinated the key forgets it, and can write it again', () => {
  const cluster = scene({ replication: { w: 1 } })
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  const { id } = rolesOf(cluster, key)
  for (const owner of ['n1', 'n2', 'n3']) cluster.crash(owner)
  cluster.run(5 * second)
  const first = ask(cluster, 'n4', put(key, 'by the fallback'))
  cluster.settle()
  putOk(cluster.outcome(first))
  for (const owner of ['n1', 'n2', 'n3']) cluster.boot(owner)
  // Handed over: n4 keeps only its memory.
  cluster.run(3 * second)
  assert.is(cluster.box('n4').node?.hintCount, 0)
  assert.equal(heldBy(cluster, 'n1', id), ['by the fallback'])
  ask(cluster, 'n1', put(key, null))
  cluster.settle()
  cluster.run(2 * second)
  assert.equal(tombstones(cluster), [0, 0, 0, 0])
  assert.equal(heldBy(cluster, 'n2', id), [])
  for (const owner of ['n1', 'n2', 'n3']) cluster.crash(owner)
  cluster.run(5 * second)
  const again = ask(cluster, 'n4', put(key, 'new'))
  cluster.settle()
  putOk(cluster.outcome(again))
  for (const owner of ['n1', 'n2', 'n3']) cluster.boot(owner)
  cluster.run(5 * second)
  for (const owner of ['n1', 'n2', 'n3']) assert.equal(heldBy(cluster, owner, id), ['new'])
})

test('reap: an old context neither buries nor brings back (DEL-1)', () => {
  const cluster = scene()
  const { key, id, context } = deleted(cluster, 'n1', 'n2', 'n3')
  cluster.run(second)
  ask(cluster, 'n1', put(key, 'after', { opId: 'blind after' }))
  cluster.settle()
  ask(cluster, 'n2', put(key, 'old context', { context }))
  cluster.settle()
  cluster.run(second)
  for (const owner of ['n1', 'n2', 'n3']) {
    assert.equal(heldBy(cluster, owner, id), ['after', 'old context'])
  }
})

test('reap: hundreds of tombstones go in bounded batches', () => {
  const cluster = scene({ limits: { reapBatch: 10 }, partitions: 4 })
  for (let i = 0; i < 200; i++) {
    ask(cluster, 'n1', put(`many${String(i)}`, `v${String(i)}`))
    cluster.settle()
    ask(cluster, 'n1', put(`many${String(i)}`, null))
    cluster.settle()
  }
  const most = { items: 0, rounds: 0 }
  cluster.observers.push({
    sent: (_box, _to, message) => {
      if (message.kind !== 'reap_check') return
      most.rounds++
      most.items = Math.max(most.items, message.items.length)
    },
  })
  cluster.run(second)
  assert.equal(tombstones(cluster), [0, 0, 0, 0])
  assert.is(most.items, 10)
  assert.ok(most.rounds >= 20 * 4)
})

test('reap: every loss, one at a time, and every crash between two messages, does no harm', () => {
  for (let at = 0; at < 24; at++) {
    for (const what of ['drop', 'double', 'n1', 'n2', 'n3', 'n4']) {
      const cluster = scene()
      const { id } = deleted(cluster, 'n1', 'n2', 'n3')
      let seen = 0
      const disturb = (): void => {
        for (;;) {
          const flight = cluster.flights[0]
          if (flight === undefined) return
          if (flight.message.kind.startsWith('reap') && seen++ === at) {
            if (what === 'drop') cluster.drop(flight)
            else if (what === 'double') cluster.deliver(cluster.duplicate(flight))
            else cluster.crash(what)
          } else cluster.deliver(flight)
        }
      }
      cluster.advance(second, disturb)
      if (cluster.boxes.some(({ node }) => node === null)) cluster.boot(what)
      cluster.run(8 * second)
      const where = `${what} at ${String(at)}`
      assert.equal(tombstones(cluster), [0, 0, 0, 0], where)
      for (const owner of ['n1', 'n2', 'n3']) assert.equal(heldBy(cluster, owner, id), [], where)
    }
  }
})

test('reap: planted bugs 13 and 14 bring a deleted value back', () => {
  const returns = (plant: Plant | undefined): readonly string[] => {
    // Nobody is asked twice: the read is to wait.
    const timing = { fallbackAfterMicros: null }
    const options = { timing, ...(plant === undefined ? {} : { plant }) }
    const cluster = new TestCluster({ nodes: 4, reap, readRepair: true, ...options }).start()
    cluster.run(100_000)
    const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
    const { id } = rolesOf(cluster, key)
    ask(cluster, 'n1', put(key, 'v'))
    cluster.settle()
    if (plant === 'reap_by_clock') cluster.crash('n3')
    // A read that has heard of v and waits for its last answer; then the delete, and the reaping.
    ask(cluster, 'n4', get(key, { quorum: { r: 3 }, timeoutMicros: 60 * second }))
    const last = cluster.find('read_ok')
    for (const flight of cluster.find('read')) cluster.deliver(flight)
    const answers = cluster.find('read_ok').filter((flight) => !last.includes(flight))
    answers.slice(0, 1).forEach((flight) => {
      cluster.deliver(flight)
    })
    const held = cluster.find('read_ok')
    for (const flight of held) cluster.drop(flight)
    ask(cluster, 'n1', put(key, null))
    cluster.settle()
    cluster.run(2 * second)
    if (plant === 'reap_by_clock') cluster.boot('n3')
    for (const owner of ['n2', 'n3']) {
      if (cluster.box(owner).node === null) continue
      const from = cluster.box(owner).id
      const message = held[0]?.message
      if (message?.kind !== 'read_ok') continue
      const reapEpoch = plant === 'repair_races_reap' ? 1 : 0
      const nothing = { ...message, from, state: null, reapEpoch }
      cluster.deliver({ number: 0, from, to: cluster.box('n4').id, message: nothing })
    }
    cluster.settle()
    cluster.run(3 * second)
    const read = ask(cluster, 'n2', get(key, { quorum: { r: 3 } }))
    cluster.settle()
    return [...heldBy(cluster, 'n3', id), ...valuesOf(cluster.outcome(read))].map(String)
  }
  assert.equal(returns(undefined), [])
  assert.ok(returns('reap_by_clock').includes('v'))
  assert.ok(returns('repair_races_reap').includes('v'))
})

test.run()
