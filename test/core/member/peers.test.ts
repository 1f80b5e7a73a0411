/** All peers of one node: who is suspected, when, and who is told of it. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Effect, NodeId } from '../../../core/index.js'
import { defaultTiming, nodeId } from '../../../core/index.js'
import { Peers } from '../../../core/member/peers.js'
import { TestCluster } from '../cluster.js'

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(nodeId) as [NodeId, NodeId, NodeId]
const silenceMicros = defaultTiming.suspectRounds * defaultTiming.heartbeatMicros

const peersOf = (nodes: number, self: NodeId, heartbeatFanout = 16): Peers =>
  new Peers(self, new TestCluster({ nodes }).placement, { ...defaultTiming, heartbeatFanout })

const notes = (effects: readonly Effect[]): readonly string[] =>
  effects.map((effect) => (effect.kind === 'note' ? effect.note.kind : effect.kind))

test('peers: nobody is suspected at first', () => {
  const peers = peersOf(3, n1)
  assert.not(peers.anySuspected)
  assert.not(peers.disliked(n2))
  assert.is(peers.incarnation(n2), 0)
  assert.equal(peers.others, [n2, n3])
})

test('peers: a silent peer is suspected once its heartbeats are overdue, and cleared by one word', () => {
  const peers = peersOf(3, n1)
  const out: Effect[] = []
  peers.heard(n2, 1, 0, out)
  peers.heard(n3, 1, 0, out)
  peers.tick(silenceMicros, out)
  assert.equal(notes(out), [])
  peers.heard(n3, 1, silenceMicros, out)
  peers.tick(silenceMicros + 1, out)
  assert.equal(notes(out), ['peer_suspected'])
  assert.ok(peers.disliked(n2))
  assert.not(peers.disliked(n3))
  assert.ok(peers.heard(n2, 1, silenceMicros + 2, out), 'tells that the peer turned out to live')
  assert.equal(notes(out), ['peer_suspected', 'peer_alive'])
  assert.not(peers.anySuspected)
})

test('peers: one never heard of since the start is suspected like any other (FD-1)', () => {
  const peers = peersOf(3, n1)
  const out: Effect[] = []
  peers.tick(1_000, out)
  peers.tick(1_000 + silenceMicros, out)
  assert.equal(notes(out), [])
  peers.tick(1_001 + silenceMicros, out)
  assert.equal(notes(out), ['peer_suspected', 'peer_suspected'])
})

test('peers: unanswered requests in a row suspect, an answer in between starts over', () => {
  const peers = peersOf(3, n1)
  const out: Effect[] = []
  for (let i = 1; i < defaultTiming.suspectTimeouts; i++) peers.timedOut(n2, out)
  peers.heard(n2, 1, 5, out)
  for (let i = 1; i < defaultTiming.suspectTimeouts; i++) peers.timedOut(n2, out)
  assert.equal(notes(out), [])
  peers.timedOut(n2, out)
  peers.timedOut(n2, out)
  assert.equal(notes(out), ['peer_suspected'], 'and it is told once')
})

test('peers: a late word of an earlier life neither clears nor takes the life back (FD-2)', () => {
  const peers = peersOf(3, n1)
  const out: Effect[] = []
  peers.heard(n2, 4, 0, out)
  for (let i = 0; i < defaultTiming.suspectTimeouts; i++) peers.timedOut(n2, out)
  assert.not(peers.heard(n2, 3, 10, out))
  assert.ok(peers.disliked(n2))
  assert.is(peers.incarnation(n2), 4)
  assert.ok(peers.heard(n2, 5, 20, out))
  assert.is(peers.incarnation(n2), 5)
})

test('peers: heartbeats go round all peers, and the silence allowed grows with the round', () => {
  const peers = peersOf(7, n1, 4)
  const told = [peers.nextRound(), peers.nextRound(), peers.nextRound()].flat()
  assert.is(new Set(told.slice(0, 6)).size, 6, 'six peers in a round and a half')
  assert.is(told.length, 12)
  const out: Effect[] = []
  peers.heard(n2, 1, 0, out)
  peers.tick(2 * silenceMicros, out)
  assert.not(peers.disliked(n2))
  peers.tick(2 * silenceMicros + 1, out)
  assert.ok(peers.disliked(n2))
})

test.run()
