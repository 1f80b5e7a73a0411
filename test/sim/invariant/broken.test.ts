/** RING-2, RING-3, RING-6, DVV-3, HINT-1, HINT-3 and WAL-6: the smallest thing that breaks each. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeOptions } from '../../../core/index.js'
import { createRing, nodeId, Placement } from '../../../core/index.js'
import { breaks, hand, held, ids, key, optionsOf, placement, sibling, stateOf } from './scene.js'

const a1 = sibling(0, 1, 'a')

const withRing = (placed: Placement) => (index: number) => ({
  ...optionsOf(index),
  placement: placed,
})

test('RING-2: copies are in as many zones as there can be', () => {
  const zoned = createRing({
    members: ['n1', 'n2', 'n3', 'n4'].map((id, i) => ({
      ...{ id: nodeId(id), zone: i < 2 ? 'a' : 'b', weight: 1 },
    })),
    partitions: 8,
    replicas: 2,
  }).ring
  const options = (owners: readonly string[]) => (index: number) => {
    const ring = { ...zoned, owners: zoned.owners.map(() => owners.map(nodeId)) }
    const replication = { ...optionsOf(index).replication, n: 2 }
    return { ...optionsOf(index), replication, placement: new Placement(ring) }
  }
  const { explanation } = breaks('RING-2', () => hand(options(['n1', 'n2'])).invariants.opened())
  assert.match(explanation, 'partition 0 has 2 copies in 1 zones, though there are 2')
  // Distinct zones, but all on the same two: that is the next one's matter.
  breaks('RING-3', () => hand(options(['n1', 'n3'])).invariants.opened())
})

test('RING-3: nobody has two replicas more than another', () => {
  const four = createRing({
    members: ['n1', 'n2', 'n3', 'n4'].map((id) => ({ id: nodeId(id), zone: id, weight: 1 })),
    partitions: 8,
    replicas: 3,
  }).ring
  hand(withRing(new Placement(four))).invariants.opened()
  const idle = { ...four, owners: four.owners.map(() => ids) }
  breaks('RING-3', () => hand(withRing(new Placement(idle))).invariants.opened())
})

test('RING-6: a key is stored where it is owned, or coordinated', () => {
  const { ring } = placement
  const owners = ring.owners.map(() => ids.slice(0, 2))
  const two = (index: number): NodeOptions => ({
    ...optionsOf(index),
    placement: new Placement({ ...ring, replicas: 2, owners }),
  })
  const legal = hand(two)
  legal.store(0, held(stateOf([a1])))
  legal.store(2, held(stateOf([sibling(2, 1, 'own')], [a1])))
  const scene = hand(two)
  scene.store(0, held(stateOf([a1])))
  breaks('RING-6', () => scene.store(2, held(stateOf([a1]))))
})

test('DVV-3: with anti-entropy owners are equal in the end', () => {
  const scene = hand((index) => ({ ...optionsOf(index), antiEntropyMicros: 10_000_000 }))
  scene.store(0, held(stateOf([a1])))
  for (const node of [0, 1, 2]) scene.held.set(`${String(node)}/${key.id}`, stateOf([a1]))
  scene.invariants.ended()
  scene.held.delete(`2/${key.id}`)
  const { state } = breaks('DVV-3', () => scene.invariants.ended())
  assert.is(state.filter((line) => line.endsWith(': nothing')).length, 1)
})

test('HINT-1: a word from before the loss of a disk may end a hint after it', () => {
  const target = ids[2] ?? nodeId('n3')
  const start = () => {
    const scene = hand()
    scene.store(0, held(stateOf([a1])))
    scene.store(1, { type: 'hint', target, key, state: stateOf([a1]) })
    scene.invariants.checkpoint()
    return scene
  }
  const late = start()
  late.store(2, held(stateOf([a1])))
  late.invariants.checkpoint()
  late.invariants.diskLost(2)
  late.invariants.checkpoint()
  late.store(1, { type: 'hint_deleted', target, key })
  late.store(0, held(stateOf([a1])))
  late.invariants.checkpoint()
  // What it holds since then counts as ever.
  late.store(2, held(stateOf([a1])))
  late.invariants.checkpoint()
  late.store(2, held(stateOf([])))
  breaks('HINT-1', () => late.invariants.checkpoint())
})

test('HINT-3: no hint is left ten seconds after the heal', () => {
  const scene = hand()
  scene.invariants.ended()
  scene.hints = 1
  const { explanation } = breaks('HINT-3', () => scene.invariants.ended())
  assert.match(explanation, 'n1 still has 1 hints, 60.0 s after everything healed')
  scene.healedForMicros = 9_000_000
  scene.invariants.ended()
})

test('WAL-6: no life begins twice', () => {
  const life = (incarnation: number) => ({
    ...{ type: 'incarnation' as const, clusterId: 'test', nodeId: nodeId('n1'), actorEpoch: 0 },
    incarnation,
  })
  const { store } = hand()
  store(0, life(1))
  store(0, life(2))
  const { explanation } = breaks('WAL-6', () => store(0, life(2)))
  assert.is(explanation, 'n1 begins life 2 after life 2')
})

test.run()
