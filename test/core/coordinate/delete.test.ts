/**
 * Deletes between real nodes: with the context that the client has, or one that the coordinator
 * reads.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { acquaint, endOf, get, getOk, heldBy, keyOwnedBy, put, rolesOf, valuesOf } from '../ask.js'
import type { ClusterOptions } from '../cluster.js'
import { TestCluster } from '../cluster.js'
import { Oracle } from '../oracle.js'

function scene(options: Partial<ClusterOptions> = {}) {
  const cluster = new TestCluster({ nodes: 3, replication: { sloppy: false }, ...options })
  const oracle = new Oracle(cluster)
  cluster.start()
  acquaint(cluster)
  return { cluster, oracle, id: rolesOf(cluster, 'k').id }
}

function readNow(cluster: TestCluster, oracle: Oracle, key = 'k') {
  const request = oracle.submit('n2', get(key))
  cluster.settle()
  return cluster.outcome(request)
}

test('delete: with a context it replaces what the client saw, and a get finds nothing but a context', () => {
  const { cluster, oracle, id } = scene()
  oracle.submit('n1', put('k', 'v'))
  cluster.settle()
  const { context } = getOk(readNow(cluster, oracle))
  const request = oracle.submit('n3', put('k', null, { context }))
  assert.is(cluster.find('read').length, 0, 'no read is needed')
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  const after = getOk(readNow(cluster, oracle))
  assert.equal(after.values, [])
  assert.ok(after.context.vv.length === 2, 'the write and the delete')
  assert.equal(heldBy(cluster, 'n1', id), [null])
})

test('delete: a sibling that the client has not seen stays', () => {
  const { cluster, oracle } = scene()
  oracle.submit('n1', put('k', 'seen'))
  cluster.settle()
  const { context } = getOk(readNow(cluster, oracle))
  oracle.submit('n2', put('k', 'unseen'))
  cluster.settle()
  oracle.submit('n3', put('k', null, { context }))
  cluster.settle()
  assert.equal(valuesOf(readNow(cluster, oracle)), ['unseen'])
})

test('delete: without a context the coordinator reads a quorum first', () => {
  const { cluster, oracle } = scene()
  cluster.isolate('n1')
  oracle.submit('n3', put('k', 'v'))
  cluster.settle()
  cluster.heal()
  // n1 has not met the write; what it reads from the others tells it what to delete.
  const request = oracle.submit('n1', put('k', null))
  assert.is(cluster.find('read').length, 2)
  assert.is(cluster.find('replicate', { from: 'n1' }).length, 0)
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  assert.equal(valuesOf(readNow(cluster, oracle)), [])
})

test('delete: of nothing leaves a tombstone, and succeeds', () => {
  const { cluster, oracle, id } = scene()
  const request = oracle.submit('n1', put('k', null))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  assert.equal(heldBy(cluster, 'n2', id), [null])
})

test('delete: its read fails, so nothing has happened, and that is certain', () => {
  const { cluster, oracle, id } = scene()
  oracle.submit('n1', put('k', 'v'))
  cluster.settle()
  cluster.isolate('n1')
  const request = oracle.submit('n1', put('k', null))
  cluster.run(1_100_000)
  assert.is(endOf(cluster.outcome(request)), 'rejected timeout')
  cluster.heal()
  cluster.run(1_000_000)
  assert.equal(heldBy(cluster, 'n1', id), ['v'])
  assert.equal(valuesOf(readNow(cluster, oracle)), ['v'])
})

test('delete: doubled by the network while it reads, and after; one tombstone', () => {
  const { cluster, oracle } = scene({ nodes: 5, replication: {} })
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  oracle.submit('n1', put(key, 'v'))
  cluster.settle()
  const request = oracle.submit('n4', put(key, null))
  const forward = cluster.one('forward')
  const copies = [cluster.duplicate(forward), cluster.duplicate(forward)]
  cluster.deliver(forward)
  const [early, late] = copies
  assert.ok(early !== undefined && late !== undefined)
  cluster.deliver(early)
  cluster.drop(late)
  cluster.settle()
  cluster.flights.push(late)
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  const tombstones = oracle.dots.all.filter(({ sibling }) => sibling.value === null)
  assert.is(tombstones.length, 1)
})

test('delete: retried while it reads, both clients hear the same', () => {
  const { cluster, oracle } = scene()
  const requests = [1, 2].map(() => oracle.submit('n1', put('k', null)))
  cluster.settle()
  const [first, second] = requests.map((request) => cluster.outcome(request))
  assert.is(endOf(first ?? null), 'ok')
  assert.equal(second, first)
})

test('delete: a write that comes between its read and its tombstone stays', () => {
  const { cluster, oracle } = scene()
  oracle.submit('n1', put('k', 'old'))
  cluster.settle()
  cluster.autoSync = false
  oracle.submit('n3', put('k', null))
  const reads = cluster.find('read')
  for (const flight of reads) cluster.deliver(flight)
  // The read is answered from the old state; the new write reaches the coordinator before the
  // answers do.
  const answers = cluster.find('read_ok')
  oracle.submit('n3', put('k', 'new'))
  for (const flight of answers) cluster.deliver(flight)
  cluster.autoSync = true
  cluster.settle()
  assert.equal(valuesOf(readNow(cluster, oracle)), ['new'])
})

test.run()
