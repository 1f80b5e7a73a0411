/** A node that has lost its memory, and of some partitions never hears how far reaping has come. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { get, heldBy, keyOwnedBy, put, rolesOf, valuesOf } from '../ask.js'
import { TestCluster } from '../cluster.js'

const second = 1_000_000

/**
 * n1 has lost its memory and n2 is gone for good. Without its word and n1's own, nobody knows of
 * partition 0 (n1, n2, n3) but n3; of partition 3 (n4, n5, n1) the first owner does.
 */
function scene() {
  const reap = { everyMicros: 400_000, afterMicros: 0 }
  const options = { nodes: 5, partitions: 5, reap, antiEntropyMicros: 2 * second }
  const cluster = new TestCluster(options).start()
  cluster.run(100_000)
  const stuck = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  const settled = keyOwnedBy(cluster, 'n4', 'n5', 'n1')
  // Both have been reaped of before: at epoch 0 there is nothing to be in doubt of.
  for (const [key, node] of [
    [stuck, 'n1'],
    [settled, 'n4'],
  ] as const) {
    cluster.submit(node, put(key, 'first'))
    cluster.settle()
    cluster.submit(node, put(key, null))
    cluster.settle()
  }
  cluster.run(2 * second)
  for (const { node } of cluster.boxes) assert.is(node?.tombstoneCount, 0)
  return { cluster, stuck, settled }
}

test('doubt: a settled partition takes part in everything while another is in doubt', () => {
  const { cluster, stuck, settled } = scene()
  const [stuckId, settledId] = [rolesOf(cluster, stuck).id, rolesOf(cluster, settled).id]
  cluster.crash('n1')
  cluster.run(60 * second)
  // Hints for n1, of both partitions, at one holder where they go in one batch.
  cluster.submit('n3', put(stuck, 'stuck'))
  cluster.submit('n4', put(settled, 'settled'))
  cluster.settle()
  cluster.crash('n2')
  cluster.run(60 * second)
  const kept = () => cluster.boxes.map(({ node }) => node?.hintsOf(settledId).size ?? 0)
  assert.ok(
    kept().some((count) => count > 0),
    'somebody keeps a hint',
  )
  cluster.lose('n1', () => false)
  cluster.run(60 * second)
  const { node } = cluster.box('n1')
  assert.ok(node?.isInDoubt)
  assert.equal(node?.doubtful.has(cluster.placement.keyRef('default', stuck).partition), true)
  assert.equal(node?.doubtful.has(cluster.placement.keyRef('default', settled).partition), false)
  assert.equal(heldBy(cluster, 'n1', settledId), ['settled'], 'from the others, or its hint')
  assert.equal(heldBy(cluster, 'n1', stuckId), [], 'of what is in doubt nothing is taken in')
  assert.ok(
    kept().every((count) => count === 0),
    'the hint is delivered, and gone',
  )
  // As a coordinator too.
  const request = cluster.submit('n1', get(settled))
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(request)), ['settled'])
})

test('doubt: a batch of hints that is half in doubt is half taken in, and not sent at once again', () => {
  const { cluster, stuck, settled } = scene()
  const [stuckId, settledId] = [rolesOf(cluster, stuck).id, rolesOf(cluster, settled).id]
  const sent: number[] = []
  cluster.observers.push({
    sent: (_box, _to, message) => {
      if (message.kind === 'handoff') sent.push(message.items.length)
    },
  })
  cluster.crash('n2')
  cluster.crash('n1')
  cluster.run(60 * second)
  // n5 stands in for n1 in both.
  cluster.submit('n5', put(stuck, 'stuck'))
  cluster.submit('n5', put(settled, 'settled'))
  cluster.settle()
  cluster.lose('n1', () => false)
  cluster.run(60 * second)
  assert.equal(heldBy(cluster, 'n1', settledId), ['settled'])
  assert.equal(heldBy(cluster, 'n1', stuckId), [])
  assert.ok(sent.length > 1 && sent.length < 70, `${String(sent.length)} batches`)
  // Once the other owner is back, all of it is settled.
  cluster.boot('n2')
  cluster.run(30 * second)
  assert.not(cluster.box('n1').node?.isInDoubt)
  assert.equal(heldBy(cluster, 'n1', stuckId), ['stuck'])
  assert.ok(cluster.boxes.every(({ node }) => node?.hintCount === 0))
})

test.run()
