/**
 * Last-write-wins buckets between real nodes: clocks that differ, what is refused, what converges.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { acquaint, endOf, get, getOk, heldBy, put, putOk, rolesOf, valuesOf } from '../ask.js'
import { TestCluster } from '../cluster.js'
import { Oracle } from '../oracle.js'

const bucket = 'latest'

function scene() {
  const cluster = new TestCluster({ nodes: 3, replication: { sloppy: false } })
  const oracle = new Oracle(cluster)
  cluster.start()
  acquaint(cluster)
  return { cluster, oracle, id: rolesOf(cluster, 'k', bucket).id }
}

test('lww: a write stamped ahead of a replica by more than the skew is refused there, never applied', () => {
  const { cluster, oracle, id } = scene()
  cluster.box('n1').wallOffsetMicros = 600_000
  const request = oracle.submit('n1', put('k', 'future', { bucket }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'unknown w_unsatisfied')
  assert.equal(heldBy(cluster, 'n2', id), [])
  assert.equal(heldBy(cluster, 'n3', id), [])
})

test('lww: a write ahead by less than the skew is taken', () => {
  const { cluster, oracle, id } = scene()
  cluster.box('n1').wallOffsetMicros = 499_000
  const request = oracle.submit('n1', put('k', 'soon', { bucket }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  assert.equal(heldBy(cluster, 'n3', id), ['soon'])
})

test('lww: a slow clock stamps above what its node holds, so the later write wins', () => {
  const { cluster, oracle } = scene()
  oracle.submit('n1', put('k', 'first', { bucket }))
  cluster.settle()
  cluster.box('n2').wallOffsetMicros = -300_000
  const request = oracle.submit('n2', put('k', 'second', { bucket }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  const read = oracle.submit('n3', get('k', { bucket }))
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(read)), ['second'])
})

test('lww: where a value from far ahead would shadow a write, the write is rejected, not lost', () => {
  const { cluster, oracle, id } = scene()
  cluster.box('n1').wallOffsetMicros = 600_000
  oracle.submit('n1', put('k', 'future', { bucket }))
  cluster.settle()
  cluster.box('n1').wallOffsetMicros = 0
  const request = oracle.submit('n1', put('k', 'now', { bucket }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'rejected clock_skew')
  assert.equal(heldBy(cluster, 'n1', id), ['future'])
})

test('lww: who would bury a write below a stamp of its own fast clock does not acknowledge it', () => {
  const { cluster, oracle, id } = scene()
  cluster.box('n1').wallOffsetMicros = 600_000_000
  oracle.submit('n1', put('k', 'future', { bucket }))
  cluster.settle()
  cluster.isolate('n3')
  const alone = oracle.submit('n2', put('k', 'now', { bucket }))
  cluster.run(2_000_000)
  assert.match(endOf(cluster.outcome(alone)), 'unknown')
  cluster.heal()
  const both = oracle.submit('n2', put('k', 'later', { bucket }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(both)), 'ok')
  assert.equal(heldBy(cluster, 'n3', id), ['later'])
  assert.equal(heldBy(cluster, 'n1', id), ['future'])
})

test('lww: a node whose last stamp is far ahead rejects writes of any key, until its clock has caught up', () => {
  const { cluster, oracle } = scene()
  cluster.box('n1').wallOffsetMicros = 2_000_000
  oracle.submit('n1', put('k', 'future', { bucket }))
  cluster.settle()
  cluster.box('n1').wallOffsetMicros = 0
  const early = oracle.submit('n1', put('other', 'a', { bucket }))
  assert.is(endOf(cluster.outcome(early)), 'rejected clock_skew')
  cluster.run(2_000_000)
  const late = oracle.submit('n1', put('other', 'b', { bucket }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(late)), 'ok')
})

test('lww: after a restart a node stamps above its own last stamp, and not above that of another', () => {
  const { cluster, oracle, id } = scene()
  const stamps: number[] = []
  cluster.observers.push({
    persisted: (box, records) => {
      for (const record of records) {
        if (record.type !== 'key_state' || box.id !== 'n1') continue
        for (const { actor, hlc } of record.state.siblings) if (actor === 'n1:0') stamps.push(hlc)
      }
    },
  })
  cluster.box('n1').wallOffsetMicros = 400_000
  oracle.submit('n1', put('own', 'mine', { bucket }))
  cluster.settle()
  // In a bucket of siblings nobody refuses a stamp from far ahead; it must not become n1's own.
  cluster.box('n2').wallOffsetMicros = 3_600_000_000
  oracle.submit('n2', put('k', 'theirs'))
  cluster.settle()
  cluster.box('n1').wallOffsetMicros = 0
  cluster.crash('n1')
  cluster.boot('n1')
  cluster.settle()
  const request = oracle.submit('n1', put('k2', 'mine again', { bucket }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  const [before, after] = [stamps[0] ?? 0, stamps.at(-1) ?? 0]
  assert.ok(after > before)
  assert.ok(after < before + 1_000_000)
  assert.ok(id !== '')
})

test('lww: hints carry stamps too, and a fallback that restarts stays above them', () => {
  const cluster = new TestCluster({
    nodes: 4,
    timing: { probeMicros: 10_000, probeTimeoutMicros: 4_000, gossipMicros: 2_000 },
  })
  const oracle = new Oracle(cluster)
  const stamps: number[] = []
  cluster.observers.push({
    persisted: (_, records) => {
      for (const record of records) {
        if (record.type === 'hint') stamps.push(...record.state.siblings.map(({ hlc }) => hlc))
      }
    },
  })
  cluster.start()
  acquaint(cluster)
  const { owners, others } = rolesOf(cluster, 'k', bucket)
  const fallback = others[0] ?? ''
  const lone = { bucket, quorum: { w: 1 } }
  for (const owner of owners) cluster.isolate(owner)
  cluster.run(100_000)
  cluster.box(fallback).wallOffsetMicros = 400_000
  oracle.submit(fallback, put('k', 'first', lone))
  cluster.settle()
  cluster.box(fallback).wallOffsetMicros = 0
  cluster.crash(fallback)
  cluster.boot(fallback)
  cluster.run(100_000)
  const [before] = stamps.splice(0)
  // Another key of the same stand-in: what it holds of this one says nothing about its clock.
  const other = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].find(
    (key) => rolesOf(cluster, key, bucket).others[0] === fallback,
  )
  const second = oracle.submit(fallback, put(other ?? '', 'second', lone))
  cluster.settle()
  assert.is(endOf(cluster.outcome(second)), 'ok')
  assert.ok((stamps[0] ?? 0) > (before ?? 0))
})

test('lww: copies with equal vectors and different values are repaired by a read', () => {
  const { cluster, oracle, id } = scene()
  const quick = { bucket, timeoutMicros: 50_000 }
  // n1 writes in the near future. n2 has not met that write, but its client has.
  cluster.box('n1').wallOffsetMicros = 499_000
  cluster.isolate('n2')
  const request = oracle.submit('n1', put('k', 'ahead', quick))
  cluster.run(100_000)
  const { context } = putOk(cluster.outcome(request))
  oracle.submit('n2', put('k', 'behind', { ...quick, context }))
  cluster.run(100_000)
  cluster.heal()
  cluster.box('n1').wallOffsetMicros = 0
  assert.equal(heldBy(cluster, 'n2', id), ['behind'])
  assert.equal(heldBy(cluster, 'n1', id), ['ahead'])
  const read = oracle.submit('n3', get('k', { bucket, quorum: { r: 3 } }))
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(read)), ['ahead'])
  for (const node of ['n1', 'n2', 'n3']) assert.equal(heldBy(cluster, node, id), ['ahead'])
})

test('lww: a delete leaves nothing to read, and a context', () => {
  const { cluster, oracle } = scene()
  oracle.submit('n1', put('k', 'v', { bucket }))
  cluster.settle()
  const gone = oracle.submit('n2', put('k', null, { bucket }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(gone)), 'ok')
  const read = oracle.submit('n3', get('k', { bucket }))
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(read)), [])
  assert.ok(getOk(cluster.outcome(read)).context.vv.length > 0)
})

test('lww: a coordinator that keeps no copy asks all owners, and mints no dot twice over a crash', () => {
  const cluster = new TestCluster({
    nodes: 5,
    replication: { sloppy: false, coordinator: 'any' },
  })
  const kinds: string[] = []
  cluster.observers.push({ sent: (_, to, { kind }) => kinds.push(`${kind} ${to}`) })
  cluster.start()
  acquaint(cluster)
  const { id, owners, others } = rolesOf(cluster, 'k', bucket)
  const outsider = others[0] as string
  kinds.length = 0
  const first = cluster.submit(outsider, put('k', 'one', { bucket, quorum: { w: 3 } }))
  cluster.settle()
  const { dot, counts } = putOk(cluster.outcome(first))
  assert.equal(counts, { nodes: 3, owners: 3 })
  assert.is(dot.actor, `${outsider}:0`)
  assert.equal(
    kinds.filter((kind) => kind.startsWith('replicate ')),
    owners.map((owner) => `replicate ${owner}`),
  )
  assert.equal(heldBy(cluster, outsider, id), [])
  for (const owner of owners) assert.equal(heldBy(cluster, owner, id), ['one'])
  cluster.crash(outsider)
  cluster.boot(outsider)
  cluster.settle()
  const second = cluster.submit(outsider, put('k', 'two', { bucket, quorum: { w: 3 } }))
  cluster.settle()
  assert.ok(putOk(cluster.outcome(second)).dot.n > dot.n)
})

test.run()
