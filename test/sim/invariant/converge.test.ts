/** AE-1 and RING-4 against the smallest thing that breaks each, and its legal neighbour. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeOptions } from '../../../core/index.js'
import { planJoin } from '../../../core/index.js'
import { JoinInvariants } from '../../../sim/invariant/join.js'
import type { Hand } from './scene.js'
import { breaks, hand, held, key, optionsOf, sibling, stateOf } from './scene.js'

const a1 = sibling(0, 1, 'a')
const everyMicros = 2_000_000

function start(options: Partial<NodeOptions> = {}): Hand {
  const more = { antiEntropyMicros: everyMicros, ...options }
  const scene = hand((index) => ({ ...optionsOf(index), ...more }))
  pass(scene, 1)
  return scene
}

function pass(scene: Hand, seconds: number): void {
  for (let i = 0; i < seconds * 10; i++) {
    scene.nowMicros += 100_000
    scene.invariants.checkpoint()
  }
}

/** The first owner alone has it. */
function written(scene: Hand, state = stateOf([a1])): void {
  scene.held.set(`0/${key.id}`, state)
  scene.store(0, held(state))
}

test('AE-1: owners of a key that nobody writes are equal within three rounds', () => {
  const scene = start()
  written(scene)
  pass(scene, 14)
  const { explanation, state } = breaks('AE-1', () => pass(scene, 2))
  assert.match(explanation, 'n1 and n2 can reach each other, and nobody has written the key for 15')
  assert.equal(state, ['n1: {n1:0:1} [n1:0#1=a]', 'n2: nothing'])
})

test('AE-1: once they are equal nobody asks again before the next write', () => {
  const scene = start()
  written(scene)
  for (const node of [1, 2]) scene.held.set(`${String(node)}/${key.id}`, stateOf([a1]))
  pass(scene, 40)
  assert.is(scene.invariants.tally['AE-1'], 1)
})

test('AE-1: every write of the key begins the time anew', () => {
  const scene = start()
  written(scene)
  for (let n = 2; n < 6; n++) {
    pass(scene, 10)
    written(scene, stateOf([sibling(0, n, 'a')], [a1]))
  }
  breaks('AE-1', () => pass(scene, 16))
})

test('AE-1: of a partition in doubt nothing is asked, until three rounds after it', () => {
  const scene = start()
  written(scene)
  scene.doubtful[1]?.add(key.partition)
  scene.doubtful[2]?.add(key.partition)
  pass(scene, 40)
  for (const doubtful of scene.doubtful) doubtful.clear()
  scene.doubtful[1]?.add(key.partition === 0 ? 1 : 0)
  pass(scene, 14)
  const { explanation } = breaks('AE-1', () => pass(scene, 31))
  assert.match(explanation, 'n1 and n2 can reach each other')
})

test('AE-1: of owners that cannot reach each other, or are not themselves, nothing is asked', () => {
  const cut = start()
  written(cut)
  for (const from of [0, 1, 2])
    for (const to of [0, 1, 2]) cut.cuts.add(`${String(from)}/${String(to)}`)
  cut.networkChanges++
  pass(cut, 60)
  const lossy = Object.assign(start(), { lossPpm: 1 })
  written(lossy)
  pass(lossy, 60)
  const slow = start()
  slow.hindered.add(0)
  written(slow)
  pass(slow, 60)
  slow.hindered.clear()
  pass(slow, 10)
  breaks('AE-1', () => pass(slow, 25))
})

test('AE-1: without anti-entropy nothing is asked, nor of what one may have reaped already', () => {
  const without = start({ antiEntropyMicros: null })
  written(without)
  pass(without, 60)
  const reap = { everyMicros: 1_000_000, afterMicros: 0 }
  const tombstone = stateOf([sibling(0, 1, null)])
  const reaping = start({ reap })
  written(reaping, tombstone)
  pass(reaping, 60)
  const value = start({ reap })
  written(value)
  breaks('AE-1', () => pass(value, 16))
})

test('RING-4: a join moves what the newcomer gets, and N more at most', () => {
  const { invariants } = hand()
  new JoinInvariants(invariants).opened()
  assert.is(invariants.tally['RING-4'], 1)
  // The newcomer takes one replica of each partition.
  const all = new JoinInvariants(invariants, (ring, member) => {
    const plan = planJoin(ring, member)
    const owners = ring.owners.map(([, ...rest]) => [member.id, ...rest])
    return { ...plan, ring: { ...plan.ring, owners } }
  })
  // Eight partitions of three replicas among four: six, and three more.
  all.opened()
  const more = new JoinInvariants(invariants, (ring, member) => {
    const plan = planJoin(ring, member)
    const owners = ring.owners.map(([first]) => [first ?? member.id, member.id, member.id])
    return { ...plan, ring: { ...plan.ring, owners } }
  })
  const { explanation } = breaks('RING-4', () => more.opened())
  assert.match(explanation, 'a node that joined would move 16 replicas; its share is 6.0')
})

test.run()
