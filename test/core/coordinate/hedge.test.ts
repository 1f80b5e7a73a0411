/**
 * Hedged reads between real nodes: r are asked, one more when they are slow, and when one of them
 * has nothing to say.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { acquaint, get, keyOwnedBy, put, putOk, valuesOf } from '../ask.js'
import type { ClusterOptions } from '../cluster.js'
import { TestCluster } from '../cluster.js'
import { Oracle } from '../oracle.js'

function scene(options: Partial<ClusterOptions> = {}) {
  const cluster = new TestCluster({ nodes: 5, replication: { hedge: true, r: 2 }, ...options })
  const oracle = new Oracle(cluster)
  cluster.start()
  acquaint(cluster)
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  oracle.submit('n1', put(key, 'v', { quorum: { w: 3 } }))
  cluster.settle()
  return { cluster, oracle, key }
}
const readsTo = (cluster: TestCluster): readonly string[] =>
  cluster.find('read').map(({ to }) => to)

test('hedge: an owner asks itself and r - 1 others, wherever it stands in the list', () => {
  const { cluster, oracle, key } = scene()
  const request = oracle.submit('n3', get(key))
  assert.equal(readsTo(cluster), ['n1'])
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(request)), ['v'])
  assert.is(cluster.box('n3').timers.size, 2, 'no timer is left but its own two')
})

test('hedge: a node that owns nothing of the key asks the first r owners', () => {
  const { cluster, oracle, key } = scene()
  oracle.submit('n4', get(key))
  assert.equal(readsTo(cluster), ['n1', 'n2'])
})

test('hedge: when an answer is late, one more is asked, and its answer will do', () => {
  const { cluster, oracle, key } = scene()
  const request = oracle.submit('n1', get(key))
  for (const flight of cluster.find('read')) cluster.drop(flight)
  cluster.advance(9_000)
  assert.equal(readsTo(cluster), [])
  cluster.advance(2_000)
  assert.equal(readsTo(cluster), ['n3'])
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(request)), ['v'])
})

test('hedge: once it is answered nobody else is asked', () => {
  const { cluster, oracle, key } = scene({ replication: { hedge: true, r: 1 } })
  const request = oracle.submit('n4', get(key))
  const [first] = cluster.find('read')
  assert.ok(first !== undefined)
  cluster.advance(11_000)
  cluster.deliver(first)
  for (const flight of cluster.find('read_ok')) cluster.deliver(flight)
  assert.equal(valuesOf(cluster.outcome(request)), ['v'])
  const asked = readsTo(cluster).length
  cluster.advance(900_000)
  assert.is(readsTo(cluster).length, asked)
})

test('hedge: a fallback that has nothing is no answer, so the next is asked at once', () => {
  const { cluster, oracle, key } = scene({ replication: { hedge: true, r: 1, w: 1 } })
  cluster.crash('n1')
  cluster.run(4_000_000)
  // A fallback stands in for n1, first in the list, and has no hint of this old write.
  const request = oracle.submit('n5', get(key))
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(request)), ['v'])
})

test('hedge: a minimum that the first answers do not reach makes it ask the others', () => {
  const { cluster, oracle, key } = scene({
    replication: { hedge: true, r: 1, w: 1, sloppy: false },
  })
  cluster.cuts.add('n3>n1')
  const write = oracle.submit('n3', put(key, 'mine', { quorum: { w: 1 } }))
  for (const flight of cluster.find('replicate')) cluster.drop(flight)
  const { actor, n } = putOk(cluster.outcome(write)).dot
  const minimum = [{ actor, n }]
  cluster.heal()
  const read = oracle.submit('n1', get(key, { minimum }))
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(read)), ['v', 'mine'])
})

test('get: who is silent is asked once more after a while, and its answer will do', () => {
  for (const hedge of [false, true]) {
    const { cluster, oracle, key } = scene({ replication: { hedge, r: 3, sloppy: false } })
    const request = oracle.submit('n1', get(key))
    for (const flight of cluster.find('read')) cluster.drop(flight)
    cluster.advance(100_000)
    assert.equal(readsTo(cluster), [], 'not before its time')
    cluster.advance(160_000)
    assert.equal(readsTo(cluster), ['n2', 'n3'])
    for (const flight of cluster.find('read')) cluster.drop(flight)
    cluster.advance(500_000)
    assert.equal(readsTo(cluster), [], 'once')
    cluster.advance(300_000)
    const outcome = cluster.outcome(request)
    assert.equal(outcome, { kind: 'rejected', code: 'timeout', need: 3, got: 1 })
  }
})

test('get: only the silent are asked once more', () => {
  const { cluster, oracle, key } = scene({ replication: { r: 3, sloppy: false } })
  const request = oracle.submit('n1', get(key))
  const [first, second] = cluster.find('read')
  assert.ok(first !== undefined && second !== undefined)
  cluster.deliver(first)
  cluster.drop(second)
  for (const flight of cluster.find('read_ok')) cluster.deliver(flight)
  cluster.advance(260_000)
  assert.equal(readsTo(cluster), [second.to])
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(request)), ['v'])
})

test('get: what is written back is sent once more, too', () => {
  const { cluster, oracle, key } = scene({ replication: { r: 2, w: 1, sloppy: false } })
  cluster.crash('n2')
  cluster.crash('n3')
  oracle.submit('n1', put(key, 'newer', { quorum: { w: 1 } }))
  cluster.settle()
  cluster.boot('n2')
  cluster.boot('n3')
  cluster.settle()
  const request = oracle.submit('n1', get(key, { quorum: { r: 2, w: 2, monotonic: true } }))
  for (const flight of cluster.find('read')) cluster.deliver(flight)
  for (const flight of cluster.find('read_ok')) cluster.deliver(flight)
  // The put asks again, too, under its own number.
  const backs = () =>
    cluster.find('replicate').flatMap(({ to, message }) => {
      return message.kind === 'replicate' && message.request === request ? [to] : []
    })
  const sent = backs()
  assert.equal(sent, ['n2', 'n3'])
  for (const flight of cluster.find('replicate')) cluster.drop(flight)
  cluster.advance(260_000)
  assert.equal(backs(), sent)
  cluster.settle()
  assert.is(cluster.outcome(request)?.kind, 'ok')
})

test.run()
