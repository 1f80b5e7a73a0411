/** What the end of a run must have come to is asked where the world lets it come to that. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeId } from '../../../core/index.js'
import type { InvariantName } from '../../../sim/invariant/name.js'
import type { Hand } from './scene.js'
import { breaks, hand, held, ids, key, optionsOf, sibling, stateOf } from './scene.js'

const value = stateOf([sibling(0, 1, 'a')])

/** At its end n3 lacks the key, hints for it and of it are left, or all have tombstones. */
function start(name: InvariantName): Hand {
  const reap = name === 'DEL-2' ? { everyMicros: 1_000_000, afterMicros: 0 } : null
  const antiEntropyMicros = name === 'HINT-3' ? null : 1_000_000
  const scene = hand((index) => ({ ...optionsOf(index), reap, antiEntropyMicros }))
  scene.store(0, held(value))
  const [n1, , n3] = ids as [NodeId, NodeId, NodeId]
  for (const [holder, target] of [n3, n3, n1].entries()) {
    scene.store(holder, { type: 'hint', target, key, state: value })
  }
  if (name === 'DVV-3')
    for (const node of [0, 1]) scene.held.set(`${String(node)}/${key.id}`, value)
  if (name === 'HINT-3') scene.hints = 1
  if (name === 'DEL-2') scene.tombstones = 1
  scene.nowMicros = 100_000_000
  return scene
}

const cut = ({ cuts }: Hand, ...ways: readonly string[]): void => {
  for (const way of ways) cuts.add(way)
}

for (const name of ['DVV-3', 'HINT-3', 'DEL-2'] as const) {
  test(`${name}: asked where nothing is in the way`, () => {
    breaks(name, () => start(name).invariants.ended())
    breaks(name, () => Object.assign(start(name), { lossPpm: 150_000 }).invariants.ended())
    breaks(name, () => Object.assign(start(name), { latestMicros: 500_000 }).invariants.ended())
  })

  test(`${name}: not asked of nodes that are not themselves, until they have been long enough`, () => {
    const scene = start(name)
    scene.hindered.add(2)
    scene.invariants.checkpoint()
    scene.invariants.ended()
    scene.hindered.clear()
    scene.nowMicros += 1_000_000
    scene.invariants.checkpoint()
    scene.invariants.ended()
    scene.nowMicros += 59_000_000
    breaks(name, () => scene.invariants.ended())
  })

  test(`${name}: not asked where the way between is no way`, () => {
    const scene = start(name)
    cut(scene, '0/2', '1/2')
    scene.invariants.ended()
    const back = start(name)
    cut(back, '2/0', '2/1', '1/0')
    back.invariants.ended()
    Object.assign(start(name), { lossPpm: 150_001 }).invariants.ended()
    Object.assign(start(name), { latestMicros: 500_001 }).invariants.ended()
    const disk = start(name)
    disk.stuck.add(1).add(0)
    disk.invariants.checkpoint()
    disk.invariants.ended()
  })
}

test('HINT-3: what is in the way of others is no excuse', () => {
  const scene = start('HINT-3')
  cut(scene, '0/1', '1/0')
  breaks('HINT-3', () => scene.invariants.ended())
})

test('DEL-2: not asked where clocks are too far apart to believe a stamp', () => {
  const scene = start('DEL-2')
  scene.aheadMicros[1] = 500_001
  scene.invariants.ended()
  scene.aheadMicros[1] = 500_000
  breaks('DEL-2', () => scene.invariants.ended())
})

test('DVV-3: not asked before three rounds, each with its second look', () => {
  const scene = Object.assign(start('DVV-3'), { healedForMicros: 8_900_000 })
  scene.invariants.ended()
  scene.healedForMicros = 9_000_000
  const { state } = breaks('DVV-3', () => scene.invariants.ended())
  assert.is(state.length, 3)
})

test.run()
