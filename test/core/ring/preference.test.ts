import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Member, Ring } from '../../../core/index.js'
import { createRing, nodeId, ownersOf, Placement, preferenceList } from '../../../core/index.js'
import { pure } from '../freeze.js'

function ringOf(count: number, zones: readonly string[], partitions = 64): Ring {
  const members: Member[] = Array.from({ length: count }, (_, i) => ({
    id: nodeId(`n${String(i + 1)}`),
    zone: zones[i % zones.length] as string,
    weight: 1,
  }))
  return createRing({ members, partitions, replicas: 3 }).ring
}

test('preference: owners in order, then everybody else once', () => {
  const ring = ringOf(9, ['a'])
  for (let partition = 0; partition < ring.partitions; partition++) {
    const list = pure(preferenceList)(ring, partition)
    assert.equal(list.slice(0, 3), ownersOf(ring, partition))
    assert.is(list.length, 9)
    assert.is(new Set(list).size, 9)
  }
})

test('preference: at most 32 fallbacks in a large cluster', () => {
  const ring = ringOf(200, ['a'], 256)
  for (let partition = 0; partition < ring.partitions; partition++) {
    const list = preferenceList(ring, partition)
    assert.is(list.length, 35)
    assert.is(new Set(list).size, 35)
  }
})

test('preference: what one dead node leaves spreads over all others', () => {
  const ring = ringOf(10, ['a'], 1024)
  const first = new Map<string, number>()
  for (let partition = 0; partition < ring.partitions; partition++) {
    if (!ownersOf(ring, partition).includes(nodeId('n1'))) continue
    const fallback = preferenceList(ring, partition)[3] as string
    first.set(fallback, (first.get(fallback) ?? 0) + 1)
  }
  assert.is(first.size, 9)
  const mean = 307 / 9
  for (const [node, count] of first) assert.ok(Math.abs(count - mean) < mean * 0.6, node)
})

test('preference: fallbacks of zones without an owner come first', () => {
  const ring = ringOf(12, ['a', 'b', 'c', 'd'])
  const zone = new Map(ring.members.map((member) => [member.id, member.zone]))
  for (let partition = 0; partition < ring.partitions; partition++) {
    const zones = preferenceList(ring, partition).map((id) => zone.get(id) as string)
    const owned = new Set(zones.slice(0, 3))
    assert.is(owned.size, 3)
    assert.ok(zones.slice(3, 6).every((other) => !owned.has(other)))
    assert.ok(zones.slice(6).every((other) => owned.has(other)))
  }
})

test('preference: another epoch draws anew, the same epoch the same', () => {
  const ring = ringOf(12, ['a'])
  const listsOf = (of: Ring): unknown => of.owners.map((_, p) => preferenceList(of, p))
  assert.equal(listsOf(ring), listsOf(structuredClone(ring)))
  assert.not.equal(listsOf(ring), listsOf({ ...ring, epoch: 2 }))
})

test('placement: says what the functions say, and keeps its lists', () => {
  const ring = ringOf(6, ['a', 'b', 'c'])
  const placement = new Placement(ring)
  assert.is(placement.ring, ring)
  for (let partition = ring.partitions - 1; partition >= 0; partition--) {
    assert.equal(placement.preference(partition), preferenceList(ring, partition))
    assert.is(placement.preference(partition), placement.preference(partition))
    const owners = placement.owners(partition)
    assert.is(owners, ownersOf(ring, partition))
    for (const { id } of ring.members) {
      assert.is(placement.ownerIndex(partition, id), owners.indexOf(id))
      assert.is(placement.isOwner(partition, id), owners.includes(id))
      assert.is(placement.partitionsOf(id).includes(partition), owners.includes(id))
    }
  }
  assert.equal(placement.partitionsOf(nodeId('n9')), [])
})

test.run()
