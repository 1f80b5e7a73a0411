/** Who takes part: strict and sloppy quorums between real nodes, with some of them suspected. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sloppyList, strictList } from '../../../core/coordinate/quorum.js'
import type { ClusterOptions } from '../cluster.js'
import { TestCluster } from '../cluster.js'
import { acquaint, endOf, get, keyOwnedBy, put, putOk, rolesOf, lookLong } from '../ask.js'
import { Oracle } from '../oracle.js'

function scene(down: readonly string[], options: Partial<ClusterOptions> = {}) {
  const cluster = new TestCluster({ nodes: 5, ...options })
  const oracle = new Oracle(cluster)
  cluster.start()
  acquaint(cluster)
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  for (const node of down) cluster.crash(node)
  if (down.length > 0) lookLong(cluster)
  return { cluster, oracle, key }
}

test('sloppy list: liked owners in order, one stand-in for each disliked one, nobody twice', () => {
  const { placement } = new TestCluster({ nodes: 7 })
  fc.assert(
    fc.property(fc.nat(7), fc.nat(127), (partition, disliked) => {
      const dislikes = (node: string): boolean => (disliked & (1 << (Number(node[1]) - 1))) !== 0
      const { nodes, hintFor, ownerMask, uncovered } = sloppyList(placement, partition, dislikes)
      const owners = placement.owners(partition)
      assert.is(new Set(nodes).size, nodes.length)
      assert.is(nodes.length + uncovered.length, owners.length)
      nodes.forEach((node, i) => {
        assert.not(dislikes(node))
        const isOwner = owners.includes(node)
        assert.is((ownerMask & (1 << i)) !== 0, isOwner)
        assert.is(hintFor[i] === null, isOwner)
        if (!isOwner) assert.ok(dislikes(hintFor[i] ?? ''))
      })
      const spoken = [...nodes.map((node, i) => hintFor[i] ?? node), ...uncovered]
      assert.equal(spoken.sort(byName), owners.slice().sort(byName), 'every owner is spoken for')
      const fallbacks = nodes.filter((node) => !owners.includes(node))
      const order = placement.preference(partition).filter((node) => fallbacks.includes(node))
      assert.equal(fallbacks, order, 'stand-ins in the order of the preference list')
      if (uncovered.length > 0) assert.is(nodes.length, 7 - bits(disliked))
    }),
    { seed: 1, numRuns: 500 },
  )
})

const byName = (a: string, b: string): number => (a < b ? -1 : 1)
const bits = (mask: number): number => mask.toString(2).replaceAll('0', '').length

test('strict list: the owners, whatever is thought of them', () => {
  const { placement } = new TestCluster({ nodes: 7 })
  const { nodes, ownerMask, uncovered } = strictList(placement, 2)
  assert.equal([nodes, ownerMask, uncovered], [placement.owners(2), 0b111, []])
})

test('strict: a quorum that cannot be met is rejected at once, and nothing is written', () => {
  const { cluster, oracle, key } = scene(['n2', 'n3'], { replication: { sloppy: false } })
  const request = oracle.submit('n1', put(key, 'v'))
  assert.equal(cluster.outcome(request), {
    kind: 'rejected',
    code: 'w_unsatisfied',
    need: 2,
    got: 1,
  })
  assert.equal(oracle.dots.size, 0)
  assert.is(cluster.flights.length, 0)
})

test('strict: without the right owners pw is rejected, by its own name', () => {
  const { cluster, oracle, key } = scene(['n2', 'n3'])
  const request = oracle.submit('n1', put(key, 'v', { quorum: { pw: 2 } }))
  assert.equal(cluster.outcome(request), {
    kind: 'rejected',
    code: 'pw_unsatisfied',
    need: 2,
    got: 1,
  })
  const read = oracle.submit('n1', get(key, { quorum: { pr: 2 } }))
  cluster.settle()
  assert.equal(cluster.outcome(read), {
    kind: 'rejected',
    code: 'r_unsatisfied',
    need: 2,
    got: 1,
  })
})

test('strict: handoff switched off leaves nobody to stand in', () => {
  const { cluster, oracle, key } = scene(['n2', 'n3'], { handoff: false })
  const request = oracle.submit('n1', put(key, 'v'))
  assert.is(endOf(cluster.outcome(request)), 'rejected w_unsatisfied')
})

test('sloppy: fallbacks stand in, and count as nodes but not as owners', () => {
  const { cluster, oracle, key } = scene(['n2', 'n3'])
  const request = oracle.submit('n1', put(key, 'v', { quorum: { w: 3 } }))
  cluster.settle()
  assert.equal(putOk(cluster.outcome(request)).counts, { nodes: 3, owners: 1 })
})

test('sloppy: no owner is left, so a fallback coordinates and all copies are hints', () => {
  const { cluster, oracle, key } = scene(['n1', 'n2', 'n3'])
  const request = oracle.submit('n5', put(key, 'v'))
  cluster.settle()
  assert.equal(putOk(cluster.outcome(request)).counts, { nodes: 2, owners: 0 })
  const hints = ['n4', 'n5'].map((node) => cluster.box(node).node?.hintCount ?? 0)
  assert.is(hints[0]! + hints[1]!, 3, 'the third owner is kept by the coordinator')
})

test('sloppy: one node is left, and W=1 is enough for it', () => {
  const { cluster, oracle, key } = scene(['n1', 'n2', 'n3', 'n4'])
  const one = oracle.submit('n5', put(key, 'v', { quorum: { w: 1 } }))
  assert.is(endOf(cluster.outcome(one)), 'ok')
  assert.is(cluster.box('n5').node?.hintCount, 3)
  const two = oracle.submit('n5', put(key, 'w', { quorum: { w: 2 } }))
  assert.equal(cluster.outcome(two), { kind: 'rejected', code: 'w_unsatisfied', need: 2, got: 1 })
})

test('sloppy: a fresh fallback that has nothing does not answer a read (planted bug 11)', () => {
  const { cluster, oracle, key } = scene([])
  oracle.submit('n1', put(key, 'v', { quorum: { w: 3 } }))
  cluster.settle()
  for (const node of ['n1', 'n2']) cluster.crash(node)
  lookLong(cluster)
  const read = oracle.submit('n3', get(key, { quorum: { r: 2 } }))
  cluster.settle()
  assert.equal(cluster.outcome(read), { kind: 'rejected', code: 'r_unsatisfied', need: 2, got: 1 })
})

test('sloppy: chosen by a peer that thinks less of the owners, a node takes the place of one', () => {
  // The last fallback has lost sight of all owners, and forwards to the first, which sees them.
  const { cluster, oracle, key } = scene([], { nodes: 7 })
  const asked = rolesOf(cluster, key).others[3] ?? ''
  for (const owner of ['n1', 'n2', 'n3']) cluster.cuts.add(`${owner}>${asked}`)
  lookLong(cluster)
  const request = oracle.submit(asked, put(key, 'v', { quorum: { w: 3 } }))
  const { to: fallback } = cluster.one('forward')
  assert.not(['n1', 'n2', 'n3'].includes(fallback))
  cluster.deliver(cluster.one('forward'))
  assert.is(cluster.find('forward').length, 0, 'a put is forwarded once')
  cluster.settle()
  assert.equal(putOk(cluster.outcome(request)).counts, { nodes: 3, owners: 2 })
  assert.is(cluster.box(fallback).node?.hintCount, 1)
  cluster.run(2_000_000)
  oracle.atRest()
})

test('strict: a forward to a node that owns nothing is refused, and the next owner asked', () => {
  const { cluster, oracle, key } = scene([], { replication: { sloppy: false } })
  const request = oracle.submit('n4', put(key, 'v'))
  // As if n4 had an older ring: it takes n5 for an owner.
  const forward = cluster.one('forward')
  cluster.drop(forward)
  const life = cluster.box('n5').node?.incarnation ?? 0
  assert.is(life, 1)
  cluster.deliver({ ...forward, to: cluster.box('n5').id })
  const refusal = cluster.one('forward_failed')
  assert.is(refusal.from, 'n5')
  cluster.deliver({ ...refusal, message: { ...refusal.message, from: forward.to } })
  assert.is.not(cluster.one('forward').to, forward.to)
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
})

test('sloppy: a silent owner is not waited for: the stand-in makes up the quorum', () => {
  const { cluster, oracle, key } = scene([])
  cluster.crash('n2')
  cluster.crash('n3')
  const request = oracle.submit('n1', put(key, 'v', { quorum: { w: 3 } }))
  cluster.run(240_000)
  assert.is(cluster.outcome(request), null, 'they may only be slow')
  cluster.run(20_000)
  assert.equal(putOk(cluster.outcome(request)).counts, { nodes: 3, owners: 1 })
})

test('sloppy: nobody is left to stand in for a silent owner, so its hint is kept here at once', () => {
  const { cluster, oracle, key } = scene([], { nodes: 3 })
  cluster.crash('n3')
  oracle.submit('n1', put(key, 'v'))
  cluster.run(240_000)
  assert.is(cluster.box('n1').node?.hintCount, 0)
  cluster.run(20_000)
  assert.is(cluster.box('n1').node?.hintCount, 1)
})

test.run()
