/** Hinted handoff between real nodes: what fallbacks keep, deliver, and forget only when they may (HINT-1 to HINT-4). */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { acquaint, endOf, get, heldBy, keyOwnedBy, put, rolesOf, valuesOf } from '../ask.js'
import { TestCluster } from '../cluster.js'
import type { ClusterOptions } from '../cluster.js'
import { Oracle } from '../oracle.js'

/** n1, n2 and n3 own `key`; n4 and n5 can stand in. `down` crash, and everybody comes to know it. */
function scene(down: readonly string[], options: Partial<ClusterOptions> = {}) {
  const cluster = new TestCluster({ nodes: 5, ...options })
  const oracle = new Oracle(cluster)
  cluster.start()
  acquaint(cluster)
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  for (const node of down) cluster.crash(node)
  if (down.length > 0) cluster.run(4_000_000)
  return { cluster, oracle, key, id: rolesOf(cluster, key).id }
}

/** Everyone lives, time passes, and both reads find the same values. */
function atRest(cluster: TestCluster, oracle: Oracle, key: string) {
  cluster.heal()
  for (const box of cluster.boxes) if (box.node === null) cluster.boot(box.id)
  cluster.run(5_000_000)
  const reads = [1, 2].map((round) => {
    const quorum = { r: 3, pr: 3 }
    const request = oracle.submit('n1', get(key, { quorum, opId: `end${String(round)}` }))
    cluster.run(100_000)
    return valuesOf(cluster.outcome(request))
  })
  assert.equal(reads[0], reads[1])
  oracle.atRest()
  return reads[0]
}

const hintsOf = (cluster: TestCluster): readonly string[] =>
  cluster.boxes.filter((box) => (box.node?.hintCount ?? 0) > 0).map((box) => box.id)

test('handoff: a put with an owner known to be down is hinted at a fallback and delivered', () => {
  const { cluster, oracle, key, id } = scene(['n1'])
  const request = oracle.submit('n2', put(key, 'v'))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  assert.is(hintsOf(cluster).length, 1)
  cluster.boot('n1')
  cluster.run(2_000_000)
  assert.equal(heldBy(cluster, 'n1', id), ['v'])
  assert.equal(hintsOf(cluster), [])
  assert.equal(atRest(cluster, oracle, key), ['v'])
})

test('handoff: a fallback that coordinated, delivered and forgot does not bury its first write', () => {
  // All owners are cut off, so n4 coordinates two blind puts, with a handoff in between.
  const { cluster, oracle, key } = scene(['n1', 'n2', 'n3'])
  const first = oracle.submit('n4', put(key, 'first'))
  cluster.settle()
  assert.is(endOf(cluster.outcome(first)), 'ok')
  for (const node of ['n1', 'n2', 'n3']) cluster.boot(node)
  cluster.run(4_000_000)
  assert.equal(hintsOf(cluster), [], 'everything is delivered')
  for (const node of ['n1', 'n2', 'n3']) cluster.isolate(node)
  cluster.run(4_000_000)
  const second = oracle.submit('n4', put(key, 'second'))
  cluster.settle()
  assert.is(endOf(cluster.outcome(second)), 'ok')
  assert.equal(atRest(cluster, oracle, key), ['first', 'second'])
})

test('handoff: what a fallback remembers of its own writes is not told to readers, nor lost in a crash', () => {
  const { cluster, oracle, key } = scene(['n1', 'n2', 'n3'])
  oracle.submit('n4', put(key, 'first'))
  cluster.settle()
  for (const node of ['n1', 'n2', 'n3']) cluster.boot(node)
  cluster.run(4_000_000)
  for (const node of ['n1', 'n2', 'n3']) cluster.isolate(node)
  cluster.crash('n4')
  cluster.boot('n4')
  cluster.run(4_000_000)
  const read = oracle.submit('n4', get(key, { quorum: { r: 1 } }))
  cluster.run(2_000_000)
  assert.is(endOf(cluster.outcome(read)), 'rejected r_unsatisfied')
  oracle.submit('n4', put(key, 'second'))
  cluster.settle()
  assert.equal(atRest(cluster, oracle, key), ['first', 'second'])
})

test.run()
