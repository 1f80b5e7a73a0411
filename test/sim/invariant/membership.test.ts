/** FD-1 to FD-4: what nodes may believe of each other, and for how long, told by hand. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MemberState, Standing } from '../../../core/index.js'
import type { Hand } from './scene.js'
import { breaks, hand, ids } from './scene.js'

const second = 1_000_000

const standing = (state: MemberState, incarnation = 1, refutation = 0): Standing => ({
  state,
  incarnation,
  refutation,
})

const believes = (scene: Hand, node: number, member: number, what: Standing): void => {
  scene.standings.set(`${String(node)}/${String(ids[member])}`, what)
}

/** Looks every 100 ms, so many seconds long. */
function pass(scene: Hand, seconds: number): void {
  for (let i = 0; i < seconds * 10; i++) {
    scene.nowMicros += 100_000
    if (scene.healedForMicros !== null) scene.healedForMicros += 100_000
    scene.invariants.checkpoint()
  }
}

function start(): Hand {
  const scene = Object.assign(hand(), { healedForMicros: null })
  pass(scene, 1)
  return scene
}

function crash(scene: Hand, node: number): void {
  scene.invariants.crashed(node)
  scene.down.add(node)
}

test('FD-1: who is down is suspected by everybody within 2n - 1 probes and the spreading', () => {
  const late = start()
  crash(late, 2)
  pass(late, 7)
  const { explanation } = breaks('FD-1', () => pass(late, 1))
  assert.match(explanation, 'n1 still takes it to live, after 7 probes')
})

test('FD-1: what does badly itself probes less often, and may take longer', () => {
  const slow = start()
  slow.health = 3
  crash(slow, 2)
  pass(slow, 27)
  breaks('FD-1', () => pass(slow, 4))
})

test('FD-1: time in which a node is not itself does not count', () => {
  const stopped = start()
  crash(stopped, 2)
  stopped.hindered.add(0).add(1)
  pass(stopped, 30)
  assert.is(stopped.invariants.tally['FD-1'], 600)
  stopped.hindered.clear()
  pass(stopped, 6)
  breaks('FD-1', () => pass(stopped, 3))
})

test('FD-1: who is suspected and says nothing is dead within the longest suspicion', () => {
  const late = start()
  crash(late, 2)
  for (const node of [0, 1]) believes(late, node, 2, standing('suspect'))
  pass(late, 25)
  const { explanation } = breaks('FD-1', () => pass(late, 2))
  assert.match(explanation, 'n1 suspects it, and has for')
  const buried = start()
  crash(buried, 2)
  for (const node of [0, 1]) believes(buried, node, 2, standing('dead'))
  pass(buried, 100)
})

test('FD-2: no observer ever holds less than it did, in one life of its own', () => {
  const scene = start()
  believes(scene, 0, 1, standing('suspect'))
  believes(scene, 1, 1, standing('alive', 1, 1))
  pass(scene, 1)
  believes(scene, 0, 1, standing('alive', 1, 1))
  pass(scene, 1)
  believes(scene, 0, 1, standing('suspect'))
  const { explanation } = breaks('FD-2', () => pass(scene, 1))
  assert.match(explanation, 'n1 held n2 to be alive in life 1, contradiction 1')
})

test('FD-2: a new life of the observer begins with nothing', () => {
  const scene = start()
  believes(scene, 1, 1, standing('alive', 1, 1))
  believes(scene, 0, 1, standing('alive', 1, 1))
  pass(scene, 1)
  scene.invariants.crashed(0)
  scene.invariants.booted(0, null)
  believes(scene, 0, 1, standing('alive'))
  pass(scene, 1)
})

test('FD-2: only a member itself raises its number, also just before it crashes', () => {
  const last = start()
  believes(last, 1, 1, standing('alive', 1, 4))
  crash(last, 1)
  believes(last, 0, 1, standing('alive', 1, 4))
  pass(last, 1)
  const raised = start()
  believes(raised, 1, 1, standing('alive', 1, 3))
  believes(raised, 0, 1, standing('alive', 1, 4))
  const { explanation } = breaks('FD-2', () => pass(raised, 1))
  assert.match(
    explanation,
    'it has never said more of itself than alive in life 1, contradiction 3',
  )
})

test('FD-3: who lives and is reached is dead for no longer than its contradiction takes', () => {
  const wrong = start()
  believes(wrong, 0, 1, standing('dead'))
  pass(wrong, 2)
  breaks('FD-3', () => pass(wrong, 1))
  const lossy = Object.assign(start(), { lossPpm: 200_000 })
  believes(lossy, 0, 1, standing('dead'))
  pass(lossy, 20)
  breaks('FD-3', () => pass(lossy, 3))
})

test('FD-3: where all is lost nobody can contradict', () => {
  const scene = Object.assign(start(), { lossPpm: 1_000_000 })
  believes(scene, 0, 1, standing('dead'))
  pass(scene, 60)
})

test('FD-3: where nothing can pass nobody can contradict', () => {
  const scene = start()
  scene.cuts.add('1/0')
  scene.networkChanges++
  believes(scene, 0, 1, standing('dead'))
  pass(scene, 60)
  scene.cuts.clear()
  scene.networkChanges++
  pass(scene, 2)
  breaks('FD-3', () => pass(scene, 1))
})

test('FD-3: who stood still does not count that time against others', () => {
  const gone = (stands: boolean): void => {
    const scene = start()
    believes(scene, 0, 1, standing('suspect'))
    pass(scene, 1)
    if (stands) scene.invariants.paused(0)
    scene.nowMicros += 5 * second
    if (stands) scene.invariants.resumed(0)
    believes(scene, 0, 1, standing('dead'))
    const member = ids[1]
    assert.ok(member !== undefined)
    scene.invariants.noted(0, { kind: 'peer_dead', peer: member })
  }
  gone(false)
  const { explanation } = breaks('FD-3', () => gone(true))
  assert.match(explanation, 'n1 declares n2 dead, which lives and can be reached')
})

test('FD-3: to believe who has declared it is no fault', () => {
  const scene = start()
  const member = ids[1]
  assert.ok(member !== undefined)
  believes(scene, 2, 1, standing('suspect'))
  pass(scene, 5)
  for (const node of [2, 0]) {
    believes(scene, node, 1, standing('dead'))
    scene.invariants.noted(node, { kind: 'peer_dead', peer: member })
  }
})

test('FD-4: after the heal everybody takes everybody to be alive, in the life that it is in', () => {
  const suspected = Object.assign(start(), { healedForMicros: 0 })
  believes(suspected, 0, 1, standing('suspect'))
  pass(suspected, 2)
  const { explanation } = breaks('FD-4', () => pass(suspected, 1))
  assert.match(explanation, 'n1 takes n2 to be suspect; it is alive, in its life 1')
  const old = Object.assign(start(), { healedForMicros: 0 })
  for (const node of [1, 2]) believes(old, node, 1, standing('alive', 2))
  pass(old, 7)
  breaks('FD-4', () => pass(old, 1))
})

test('FD-4: before the heal nobody asks for that', () => {
  const scene = start()
  believes(scene, 0, 1, standing('suspect'))
  pass(scene, 60)
})

test.run()
