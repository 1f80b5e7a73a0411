/** What one node believes of its peers: who is relied on, when, and who is told of it. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Effect, MemberState, MemberUpdate, NodeId } from '../../../core/index.js'
import { defaultTiming, nodeId } from '../../../core/index.js'
import { Peers } from '../../../core/member/peers.js'
import { TestCluster } from '../cluster.js'

const [n1, n2, n3, n4] = ['n1', 'n2', 'n3', 'n4'].map(nodeId) as [NodeId, NodeId, NodeId, NodeId]
const second = 1_000_000
const startMicros = 100 * second

const peersOf = (nodes: number): Peers =>
  new Peers(n1, new TestCluster({ nodes }).placement, defaultTiming)

const notes = (effects: readonly Effect[]): readonly string[] =>
  effects.map((effect) => (effect.kind === 'note' ? effect.note.kind : effect.kind))

function claim(
  node: NodeId,
  state: MemberState,
  incarnation = 1,
  refutation = 0,
  by: NodeId | null = state === 'suspect' ? n3 : null,
): MemberUpdate {
  return { node, state, incarnation, refutation, by }
}

test('peers: nobody is suspected at first, and nothing is kept of them', () => {
  const peers = peersOf(3)
  assert.not(peers.anySuspected)
  assert.not(peers.disliked(n2))
  assert.is(peers.incarnation(n2), 0)
  assert.equal(peers.takeCalls(), [])
  assert.is(peers.rumours.size, 0)
})

test('peers: nothing is believed of a node that is no member, nor of this one', () => {
  const peers = peersOf(3)
  const out: Effect[] = []
  for (const node of ['n0', 'n4', 'x', '', 'n1'].map(nodeId)) {
    assert.is(peers.heard(node, 7, startMicros, out), 'nothing')
    peers.told(claim(node, 'dead', 9), n2, startMicros, out)
    for (let i = 0; i < 5; i++) peers.timedOut(node, out)
    assert.is(peers.incarnation(node), 0)
    assert.not(peers.disliked(node))
  }
  assert.equal(out, [])
})

test('peers: unanswered requests in a row suspect, an answer in between starts over', () => {
  const peers = peersOf(3)
  const out: Effect[] = []
  for (let i = 1; i < defaultTiming.suspectTimeouts; i++) peers.timedOut(n2, out)
  peers.heard(n2, 1, 5, out)
  for (let i = 1; i < defaultTiming.suspectTimeouts; i++) peers.timedOut(n2, out)
  assert.equal(notes(out), [])
  peers.timedOut(n2, out)
  peers.timedOut(n2, out)
  assert.equal(notes(out), ['peer_suspected'], 'and it is told once')
  assert.is(peers.standing(n2).state, 'alive', 'the cluster hears of it by a probe only')
})

test('peers: a miss has the peer pinged at once, a second one does not', () => {
  const peers = peersOf(3)
  peers.timedOut(n2, [])
  peers.timedOut(n2, [])
  const calls = peers.takeCalls()
  assert.equal(calls[0], { kind: 'watch', node: n2, soon: true })
  assert.is(calls.filter((call) => call.kind === 'watch' && call.soon).length, 1)
  assert.ok(peers.uneasy(n2))
  peers.heard(n2, 1, startMicros, [])
  assert.not(peers.uneasy(n2))
})

test('peers: a late word of an earlier life neither clears nor takes the life back (FD-2)', () => {
  const peers = peersOf(3)
  const out: Effect[] = []
  peers.heard(n2, 4, 0, out)
  for (let i = 0; i < defaultTiming.suspectTimeouts; i++) peers.timedOut(n2, out)
  assert.is(peers.heard(n2, 3, 10, out), 'nothing')
  assert.ok(peers.disliked(n2))
  assert.is(peers.incarnation(n2), 4)
  assert.is(peers.heard(n2, 5, 20, out), 'lives')
  assert.is(peers.incarnation(n2), 5)
})

test('peers: hearsay suspects, one word from the peer itself clears, whatever the others say', () => {
  const peers = peersOf(5)
  const out: Effect[] = []
  peers.heard(n2, 1, startMicros, out)
  peers.told(claim(n2, 'suspect'), n3, startMicros + 5 * second, out)
  assert.ok(peers.disliked(n2))
  assert.is(peers.heard(n2, 1, startMicros + 6 * second, out), 'lives')
  assert.not(peers.disliked(n2))
  assert.is(peers.standing(n2).state, 'suspect', 'until it contradicts')
  assert.equal(notes(out), ['peer_suspected', 'peer_alive'])
  assert.is(peers.accusation(n2)?.state, 'suspect', 'it is told what is said of it')
})

test('peers: who was heard from a moment ago is relied on, and not dead on hearsay', () => {
  const peers = peersOf(5)
  const out: Effect[] = []
  peers.heard(n2, 1, startMicros, out)
  peers.told(claim(n2, 'dead'), n3, startMicros + 100_000, out)
  assert.is(peers.standing(n2).state, 'suspect')
  assert.not(peers.disliked(n2))
  peers.heard(n4, 1, startMicros, out)
  peers.told(claim(n4, 'dead'), n3, startMicros + 5 * second, out)
  assert.is(peers.standing(n4).state, 'dead', 'heard from too long ago')
  assert.equal(notes(out), ['peer_dead'])
})

test('peers: a suspicion runs out, unless the peer speaks; then its time begins anew', () => {
  const { minMicros, maxMicros } = peersOf(5).rules
  const peers = peersOf(5)
  const out: Effect[] = []
  peers.told(claim(n2, 'suspect'), n3, startMicros, out)
  peers.told(claim(n4, 'suspect'), n3, startMicros, out)
  const deadlines = peers.takeCalls().filter(({ kind }) => kind === 'suspicion')
  assert.equal(deadlines, [
    { kind: 'suspicion', node: n2, atMicros: startMicros + maxMicros },
    { kind: 'suspicion', node: n4, atMicros: startMicros + maxMicros },
  ])
  peers.expire(n2, startMicros + maxMicros - 1, out)
  assert.is(peers.standing(n2).state, 'suspect')
  peers.heard(n4, 1, startMicros + minMicros, out)
  peers.expire(n2, startMicros + maxMicros, out)
  peers.expire(n4, startMicros + maxMicros, out)
  assert.is(peers.standing(n2).state, 'dead')
  assert.is(peers.standing(n4).state, 'suspect')
  const again = startMicros + minMicros + maxMicros
  peers.expire(n4, again - 1, out)
  assert.is(peers.standing(n4).state, 'suspect', 'since it spoke')
  peers.expire(n4, again, out)
  assert.is(peers.standing(n4).state, 'dead')
})

test('peers: other accusers shorten the time, and are passed on', () => {
  const peers = peersOf(5)
  const { minMicros } = peers.rules
  peers.told(claim(n2, 'suspect', 1, 0, n3), n3, startMicros, [])
  peers.rumours.take(1_000)
  peers.takeCalls()
  peers.told(claim(n2, 'suspect', 1, 0, n3), n4, startMicros, [])
  assert.equal(peers.takeCalls(), [], 'the same accuser counts once')
  peers.told(claim(n2, 'suspect', 1, 0, n4), n3, startMicros, [])
  peers.accuse(n2, startMicros, [])
  const atMicros = peers.takeCalls().map((call) => ('atMicros' in call ? call.atMicros : 0))
  assert.is(atMicros.at(-1), startMicros + minMicros)
  assert.equal(
    peers.rumours.take(1_000).map(({ by }) => by),
    [n1],
  )
})

test('peers: who has left is not relied on, talks on without being believed, and comes back', () => {
  const peers = peersOf(3)
  const out: Effect[] = []
  peers.heard(n2, 3, startMicros, out)
  peers.told(claim(n2, 'left', 3), n2, startMicros, out)
  peers.heard(n2, 3, startMicros + second, out)
  assert.ok(peers.disliked(n2))
  peers.told(claim(n2, 'dead', 3), n3, startMicros + 9 * second, out)
  assert.is(peers.standing(n2).state, 'left')
  assert.is(peers.heard(n2, 4, startMicros + 10 * second, out), 'lives')
  assert.equal(notes(out), ['peer_left', 'peer_alive'])
})

test('peers: of those alike the order stays; slow ones come later, doubtful ones last', () => {
  const peers = peersOf(5)
  const nodes = [n2, n3, n4]
  assert.equal(peers.preferred(nodes, startMicros), nodes)
  for (let i = 0; i < 20; i++) {
    for (const node of nodes) peers.heard(node, 1, startMicros + i * 50_000, [])
  }
  const nowMicros = startMicros + second
  peers.answered(n2, 40_000)
  assert.equal(peers.preferred(nodes, nowMicros), nodes, 'nothing is known of the others')
  peers.answered(n3, 1_100)
  peers.answered(n4, 1_900)
  assert.equal(peers.preferred(nodes, nowMicros), [n3, n4, n2])
  for (const node of [n2, n4]) peers.heard(node, 1, startMicros + 5 * second, [])
  assert.equal(peers.preferred(nodes, startMicros + 5 * second), [n4, n2, n3])
})

test.run()
