/**
 * Forwarded puts between real nodes: whatever the network doubles or delays, one write has one dot
 * (RW-4).
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { acquaint, endOf, get, keyOwnedBy, put, rolesOf, valuesOf } from '../ask.js'
import { TestCluster } from '../cluster.js'
import { Oracle } from '../oracle.js'

/** n4 and n5 own nothing of `key`; everything is heard of. */
function scene(options: { known?: boolean; limits?: Record<string, number> } = {}) {
  const cluster = new TestCluster({ nodes: 5, ...options })
  const oracle = new Oracle(cluster)
  if (options.known === false) cluster.autoMembers = false
  cluster.start()
  if (options.known === false) cluster.flights = []
  else acquaint(cluster)
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  return { cluster, oracle, key, id: rolesOf(cluster, key).id }
}

/** All values of the key, as a read of all owners finds them once nothing is under way. */
function finalValues(cluster: TestCluster, oracle: Oracle, key: string) {
  cluster.run(2_000_000)
  const request = oracle.submit('n1', get(key, { quorum: { r: 3 } }))
  cluster.run(100_000)
  return valuesOf(cluster.outcome(request))
}

test('forward: a node that does not own the key hands the put to an owner, once', () => {
  const { cluster, oracle, key } = scene()
  const request = oracle.submit('n4', put(key, 'v'))
  const forward = cluster.one('forward', { from: 'n4' })
  assert.ok(['n1', 'n2', 'n3'].includes(forward.to))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  assert.equal(finalValues(cluster, oracle, key), ['v'])
})

test('forward: owners come before fallbacks, also where a stand-in is on the list', () => {
  const { cluster, oracle, key } = scene()
  cluster.crash('n1')
  cluster.run(5_000_000)
  assert.ok(cluster.box('n4').node?.suspects(cluster.box('n1').id))
  for (let i = 0; i < 6; i++) oracle.submit('n4', put(key, `v${String(i)}`))
  for (const { to } of cluster.find('forward')) assert.ok(['n2', 'n3'].includes(to))
  cluster.settle()
})

test('forward: the message doubled, both copies delivered', () => {
  const { cluster, oracle, key } = scene()
  const request = oracle.submit('n4', put(key, 'v'))
  const forward = cluster.one('forward')
  const copy = cluster.duplicate(forward)
  cluster.deliver(forward)
  cluster.deliver(copy)
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  assert.equal(finalValues(cluster, oracle, key), ['v'])
})

test('forward: the second copy comes after the first one has ended, and is answered the same', () => {
  const { cluster, oracle, key } = scene()
  const request = oracle.submit('n4', put(key, 'v'))
  const copy = cluster.duplicate(cluster.one('forward'))
  cluster.drop(copy)
  cluster.settle()
  cluster.flights.push(copy)
  cluster.deliver(copy)
  const again = cluster.one('forward_ok').message
  assert.equal(again.kind === 'forward_ok' && again.outcome, cluster.outcome(request))
  assert.equal(finalValues(cluster, oracle, key), ['v'])
})

test('forward: silence is not a refusal, so nobody else is asked', () => {
  const { cluster, oracle, key } = scene()
  const request = oracle.submit('n4', put(key, 'v'))
  cluster.drop(cluster.one('forward'))
  cluster.advance(900_000)
  assert.is(cluster.find('forward').length, 0)
  cluster.advance(200_000)
  assert.is(cluster.find('forward').length, 0)
  assert.is(endOf(cluster.outcome(request)), 'unknown timeout')
})

test('forward: a life not known yet, its refusal doubled, makes no second coordinator', () => {
  const { cluster, oracle, key } = scene({ known: false })
  const request = oracle.submit('n4', put(key, 'v'))
  const first = cluster.one('forward')
  cluster.duplicate(first)
  const owner = first.to
  for (const flight of cluster.find('forward')) cluster.deliver(flight)
  assert.is(cluster.find('forward_failed').length, 2)
  for (const flight of cluster.find('forward_failed')) cluster.deliver(flight)
  const second = cluster.one('forward')
  assert.is(second.to, owner, 'the same owner is asked again, by its right life, and nobody else')
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  assert.equal(finalValues(cluster, oracle, key), ['v'])
})

test('forward: the owner restarts between two copies, and drops the second', () => {
  const { cluster, oracle, key } = scene()
  const request = oracle.submit('n4', put(key, 'v'))
  const forward = cluster.one('forward')
  const copy = cluster.duplicate(forward)
  cluster.deliver(forward)
  // The write is durable at the owner and nowhere else when the power goes.
  for (const { message, ...flight } of cluster.find('replicate')) {
    cluster.drop(cluster.flights.find((other) => other.number === flight.number) ?? copy)
    assert.is(message.kind, 'replicate')
  }
  cluster.crash(forward.to)
  cluster.boot(forward.to)
  cluster.deliver(copy)
  assert.is(cluster.find('replicate').length, 0, 'the second life does not coordinate it again')
  cluster.advance(1_100_000)
  assert.is(endOf(cluster.outcome(request)), 'unknown timeout')
  assert.equal(finalValues(cluster, oracle, key), ['v'])
})

test('forward: refused as overloaded, its second copy is refused too, though there is room by then', () => {
  const { cluster, oracle, key } = scene({ limits: { openRequests: 1 } })
  // The owner is busy with a put that nobody answers.
  const request = oracle.submit('n4', put(key, 'v'))
  const forward = cluster.one('forward')
  const copy = cluster.duplicate(forward)
  oracle.submit(forward.to, put(key, 'busy'))
  cluster.deliver(forward)
  const answer = cluster.one('forward_ok')
  cluster.deliver(answer)
  assert.is(endOf(cluster.outcome(request)), 'rejected overloaded')
  cluster.run(2_000_000)
  cluster.flights.push(copy)
  cluster.deliver(copy)
  assert.is(cluster.find('replicate').length, 0)
  assert.equal(finalValues(cluster, oracle, key), ['busy'])
})

test('forward: a second copy too late to be served does not end the first as refused', () => {
  const { cluster, oracle, key } = scene()
  const request = oracle.submit('n4', put(key, 'v'))
  const forward = cluster.one('forward')
  const copy = cluster.duplicate(forward)
  cluster.deliver(forward)
  cluster.deliver(copy, 2_000_000)
  assert.is(cluster.find('forward_ok').length, 0)
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  assert.equal(finalValues(cluster, oracle, key), ['v'])
})

test('forward: expired at the owner, refused for good there; its late copy comes in time and is refused', () => {
  const { cluster, oracle, key } = scene()
  const request = oracle.submit('n4', put(key, 'v'))
  const forward = cluster.one('forward')
  const copy = cluster.duplicate(forward)
  cluster.deliver(forward, 2_000_000)
  cluster.deliver(cluster.one('forward_ok'))
  assert.is(endOf(cluster.outcome(request)), 'rejected expired')
  cluster.deliver(copy)
  assert.is(cluster.find('replicate').length, 0)
  assert.is(cluster.one('forward_failed').to, 'n4')
})

test('retry: the same operation at the same forwarder joins the one under way', () => {
  const { cluster, oracle, key } = scene()
  const first = oracle.submit('n4', put(key, 'v'))
  const second = oracle.submit('n4', put(key, 'v'))
  assert.is(cluster.find('forward').length, 1)
  cluster.settle()
  assert.is(endOf(cluster.outcome(first)), 'ok')
  assert.equal(cluster.outcome(second), cluster.outcome(first))
  const third = oracle.submit('n4', put(key, 'v'))
  assert.equal(cluster.outcome(third), cluster.outcome(first))
  assert.equal(finalValues(cluster, oracle, key), ['v'])
})

test('retry: at the same owner, under way and after the end', () => {
  const { cluster, oracle, key } = scene()
  const first = oracle.submit('n1', put(key, 'v'))
  const second = oracle.submit('n1', put(key, 'v'))
  cluster.settle()
  const third = oracle.submit('n1', put(key, 'v'))
  assert.is(endOf(cluster.outcome(first)), 'ok')
  assert.equal(cluster.outcome(second), cluster.outcome(first))
  assert.equal(cluster.outcome(third), cluster.outcome(first))
  assert.equal(finalValues(cluster, oracle, key), ['v'])
})

test('retry: after a timeout at the forwarder the answer stays unknown, and nobody is asked again', () => {
  const { cluster, oracle, key } = scene()
  oracle.submit('n4', put(key, 'v'))
  cluster.drop(cluster.one('forward'))
  cluster.advance(1_100_000)
  cluster.flights = []
  const again = oracle.submit('n4', put(key, 'v'))
  assert.is(endOf(cluster.outcome(again)), 'unknown timeout')
  assert.is(cluster.find('forward').length, 0)
})

test('retry: what was rejected may be asked again, at the same owner and by way of another node', () => {
  const { cluster, oracle, key } = scene({ limits: { openRequests: 1 } })
  oracle.submit('n1', put(key, 'busy'))
  const first = oracle.submit('n1', put(key, 'v'))
  assert.is(endOf(cluster.outcome(first)), 'rejected overloaded')
  cluster.run(1_000_000)
  const second = oracle.submit('n1', put(key, 'v'))
  cluster.settle()
  assert.is(endOf(cluster.outcome(second)), 'ok')
  assert.equal(finalValues(cluster, oracle, key), ['busy', 'v'])
})

test('retry: refused as a forward, the same operation may still be asked of that owner by its client', () => {
  const { cluster, oracle, key } = scene({ limits: { openRequests: 1 } })
  const first = oracle.submit('n4', put(key, 'v'))
  const forward = cluster.one('forward')
  oracle.submit(forward.to, put(key, 'busy'))
  cluster.deliver(forward)
  cluster.deliver(cluster.one('forward_ok'))
  assert.is(endOf(cluster.outcome(first)), 'rejected overloaded')
  cluster.run(1_000_000)
  const second = oracle.submit(forward.to, put(key, 'v'))
  cluster.settle()
  assert.is(endOf(cluster.outcome(second)), 'ok')
  assert.equal(finalValues(cluster, oracle, key), ['busy', 'v'])
})

test.run()
