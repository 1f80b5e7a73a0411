/**
 * Reaping, explored: every order of what can happen to four real nodes (three owners, one that
 * keeps a hint), up to a bound: messages delivered, lost, doubled; a late write and a read repair
 * from before the delete; a round of reaping, its retry and the next one; the handing over of the
 * hint; one crash, one disk that takes its time, and one that loses what was agreed to, or all.
 *
 * The same search with a rule of the protocol taken out finds a deleted value that came back: else
 * it would prove nothing. The rules are taken out in the network, so the nodes are the real ones.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Bounds } from './explored.js'
import { late, n1, n2, n3, n4, repair, tombstone } from './cast.js'
import type { Search, SessionSearch } from './exploring.js'
import { explore, exploreSession, only } from './exploring.js'
import { search } from './search.js'

const searches: readonly Search[] = [
  ['a late write, a late delete', { missed: true, flights: [late(n2), tombstone(n3)] }, {}],
  ['a late write, a late repair', { flights: [late(n3), repair(n1)] }, {}],
  ['a hint handed over', { hint: true, flights: [] }, { handoffs: 2 }],
  ['a late write, a crash', { flights: [late(n2)] }, { crashes: [n2, n4] }],
  ['a late delete, a slow disk, a crash', { missed: true, flights: [tombstone(n3)] }, slowThird()],
  ['a late repair, doubled messages', { flights: [repair(n2)] }, { doubles: 1 }],
  // What loses its memory, in the course of the same.
  ['an owner has lost the delete', { flights: [late(n2)] }, { losses: [n3] }],
  ['the first owner is wiped, a late write', { flights: [late(n1)] }, { wipes: [n1] }],
]

/** Reads of a session whose minimum may have been reaped, or lost. */
const sessions: readonly SessionSearch[] = [
  ['a session reads at an owner', { flights: [] }, { session: n2, quickReads: true }, true],
  ['a session reads at another node', { flights: [] }, { session: n4, quickReads: true }, true],
  ['its value is kept by a fallback', only(n4, true), { session: n1, handoffs: 2 }, false],
  ['its value is kept by another owner', only(n2, true), { session: n1, handoffs: 2 }, false],
  ['its value is lost', only(n3, false), { session: n1, wipes: [n3] }, false],
]

function slowThird(): Partial<Bounds> {
  return { slow: n3, crashes: [n3] }
}

searches.forEach(explore)
sessions.forEach(exploreSession)

test('minimum, explored: with a rule taken out, a write that is there is said to be reaped', () => {
  const kept = { session: n1, handoffs: 1 }
  assert.ok(search(only(n4, true), kept, 'kept').way !== null)
  assert.ok(search(only(n4, true), kept, 'again').way !== null)
  assert.ok(search(only(n3, false), { session: n1, wipes: [n3] }, 'sure').way !== null)
  assert.ok(search(only(n4, true), { session: n1, wipes: [n4] }, 'sure').way !== null)
})

test('reap, explored: without the stamp a value comes back', () => {
  const { way } = search({ flights: [late(n2)] }, {}, 'stamp')
  assert.ok(way !== null && way.length >= 8)
})

test('reap, explored: without asking who keeps hints a value comes back', () => {
  assert.ok(search({ hint: true, flights: [] }, { handoffs: 1 }, 'hint').way !== null)
})

test('reap, explored: without the word of every owner a value comes back', () => {
  assert.ok(search({ missed: true, flights: [] }, {}, 'owners').way !== null)
})

test.run()
