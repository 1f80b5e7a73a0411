/** Sessions that outlive what they have seen: a minimum whose key was deleted and reaped. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { covers } from '../../../core/index.js'
import type { Outcome } from '../../../core/index.js'
import { endOf, get, getOk, heldBy, keyOwnedBy, put, putOk, valuesOf } from '../ask.js'
import type { ClusterOptions } from '../cluster.js'
import { TestCluster } from '../cluster.js'

const second = 1_000_000

function scene(options: Partial<ClusterOptions> = {}): TestCluster {
  const reap = { everyMicros: 400_000, afterMicros: 0 }
  const cluster = new TestCluster({ nodes: 5, partitions: 4, reap, ...options }).start()
  cluster.run(100_000)
  return cluster
}

const ask = (cluster: TestCluster, node: string, operation: ReturnType<typeof get>): Outcome => {
  const request = cluster.submit(node, operation)
  cluster.settle()
  return cluster.outcome(request) as Outcome
}

/** A key that was written, deleted and reaped; and what its writer has seen. */
function reaped(cluster: TestCluster, by = 'n1') {
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  // A second time the same operation would be a retry.
  const opId = `${String(cluster.nextRequest)} by ${by}`
  cluster.submit(by, put(key, 'v', { opId }))
  cluster.settle()
  const removal = cluster.submit(by, put(key, null, { opId: `${opId}, deleted` }))
  cluster.settle()
  const { dot } = putOk(cluster.outcome(removal))
  cluster.run(second)
  assert.is(cluster.box('n1').node?.tombstoneCount, 0, 'it is reaped')
  return { key, minimum: [{ actor: dot.actor, n: dot.n }] }
}

test('minimum: of a reaped key it is met, at owners and at others', () => {
  const cluster = scene()
  const { key, minimum } = reaped(cluster)
  for (const node of ['n1', 'n2', 'n4', 'n5']) {
    for (const monotonic of [false, true]) {
      const outcome = ask(cluster, node, get(key, { minimum, quorum: { monotonic } }))
      assert.equal(valuesOf(outcome), [], node)
      assert.equal(getOk(outcome).context.vv, [], 'the context claims nothing')
    }
  }
})

test('minimum: where the key was written again, what was reaped is not missed', () => {
  const cluster = scene()
  const { key, minimum } = reaped(cluster)
  cluster.submit('n2', put(key, 'again'))
  cluster.settle()
  const outcome = ask(cluster, 'n3', get(key, { minimum, quorum: { monotonic: true } }))
  assert.equal(valuesOf(outcome), ['again'])
  assert.not(covers(getOk(outcome).context.vv, minimum[0]?.actor as never, 1))
})

test('minimum: a lost message is sent again; a silent member is waited for until time is up', () => {
  const cluster = scene()
  const { key, minimum } = reaped(cluster)
  const wait = { minimum, timeoutMicros: 5 * second }
  for (const kind of ['vouch', 'vouch_ok'] as const) {
    const request = cluster.submit('n4', get(key, wait))
    while (cluster.find(kind).length === 0) cluster.deliver(cluster.flights[0] as never)
    cluster.drop(cluster.find(kind)[0] as never)
    cluster.settle()
    assert.is(endOf(cluster.outcome(request)), 'open')
    cluster.run(2 * second)
    assert.is(endOf(cluster.outcome(request)), 'ok', kind)
  }
  cluster.cuts.add('n4>n5')
  const request = cluster.submit('n4', get(key, { minimum, timeoutMicros: second / 2 }))
  cluster.run(second / 2)
  assert.is(endOf(cluster.outcome(request)), 'rejected timeout')
  assert.is(cluster.box('n4').node?.openRequests, 0)
})

test('minimum: refused at once where a member is down, or nothing was ever reaped', () => {
  const cluster = scene()
  const { key, minimum } = reaped(cluster)
  cluster.crash('n5')
  cluster.run(60 * second)
  const down = ask(cluster, 'n1', get(key, { minimum }))
  assert.is(endOf(down), 'rejected minimum_unsatisfied')
  cluster.boot('n5')
  cluster.run(30 * second)
  assert.is(endOf(ask(cluster, 'n1', get(key, { minimum }))), 'ok')
  const other = keyOwnedBy(cluster, 'n2', 'n3', 'n4')
  const never = ask(cluster, 'n2', get(other, { minimum }))
  assert.is(endOf(never), 'rejected minimum_unsatisfied', 'partition without reaping')
})

test('minimum: of what was never written, or by nobody here, nothing is believed', () => {
  const cluster = scene()
  const { key } = reaped(cluster)
  for (const actor of ['n1:0', 'n1:3', 'n9:0', 'n4:0']) {
    const minimum = [{ actor: actor as never, n: 999_999 }]
    const outcome = ask(cluster, 'n2', get(key, { minimum }))
    assert.is(endOf(outcome), 'rejected minimum_unsatisfied', actor)
  }
})

test('minimum: a hint somewhere is not overlooked, whoever keeps it', () => {
  const cluster = scene({ replication: { w: 1 } })
  const { id } = { id: reaped(cluster).key }
  const isSame = (key: string): boolean => key !== id
  // Another key of the same partition, whose only copies are hints.
  const key = Array.from({ length: 100 }, (_, i) => `hinted${String(i)}`).find(
    (name) =>
      isSame(name) &&
      cluster.placement.keyRef('default', name).partition ===
        cluster.placement.keyRef('default', id).partition,
  ) as string
  for (const owner of ['n1', 'n2', 'n3']) cluster.crash(owner)
  cluster.run(60 * second)
  const write = cluster.submit('n4', put(key, 'hinted'))
  cluster.settle()
  const { actor, n } = putOk(cluster.outcome(write)).dot
  for (const owner of ['n1', 'n2', 'n3']) cluster.boot(owner)
  for (const owner of ['n1', 'n2', 'n3']) cluster.cuts.add(`n4>${owner}`)
  cluster.cuts.add('n5>n1').add('n5>n2').add('n5>n3')
  cluster.settle()
  assert.equal(heldBy(cluster, 'n1', cluster.placement.keyRef('default', key).id), [])
  cluster.heal()
  cluster.flights = []
  const request = cluster.submit('n1', get(key, { minimum: [{ actor, n }] }))
  for (let i = 0; i < 100 && cluster.outcome(request) === null; i++) {
    const next = cluster.flights.find(({ message }) => message.kind !== 'handoff')
    if (next !== undefined) cluster.deliver(next)
  }
  assert.is.not(endOf(cluster.outcome(request)), 'ok')
})

test('minimum: who has lost its memory is sure only of what was minted since', () => {
  const cluster = scene()
  const { key, minimum } = reaped(cluster)
  cluster.lose('n2', () => false)
  cluster.run(5 * second)
  assert.not(cluster.box('n2').node?.isInDoubt)
  const again = reaped(cluster, 'n1')
  for (const life of ['the first', 'the next one']) {
    const old = ask(cluster, 'n1', get(key, { minimum }))
    assert.is(endOf(old), 'rejected minimum_unsatisfied', life)
    const later = ask(cluster, 'n3', get(again.key, { minimum: again.minimum }))
    assert.is(endOf(later), life === 'the first' ? 'ok' : 'rejected minimum_unsatisfied', life)
    // What it has heard it does not remember: it asks anew, and knows less.
    cluster.crash('n2')
    cluster.boot('n2')
    cluster.run(5 * second)
  }
  for (const coordinator of ['n1', 'n2', 'n3']) {
    const { key: next, minimum: since } = reaped(cluster, coordinator)
    assert.is(endOf(ask(cluster, 'n5', get(next, { minimum: since }))), 'ok', coordinator)
  }
})

test('minimum: two that have lost their memories come to know of each other', () => {
  const cluster = scene()
  cluster.lose('n2', () => false)
  cluster.run(5 * second)
  cluster.lose('n3', () => false)
  cluster.run(5 * second)
  let asked = 0
  cluster.observers.push({
    sent: (_box, _to, { kind }) => {
      if (kind === 'reap_epochs') asked++
    },
  })
  cluster.run(60 * second)
  assert.is(asked, 0, 'they do not go on asking')
  for (const coordinator of ['n1', 'n2', 'n3']) {
    const { key, minimum } = reaped(cluster, coordinator)
    assert.is(endOf(ask(cluster, 'n5', get(key, { minimum }))), 'ok', coordinator)
  }
})

test.run()
