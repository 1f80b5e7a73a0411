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
import type { NodeId } from '../../../core/index.js'
import type { Bounds, Start } from './explored.js'
import { late, n1, n2, n3, n4, repair, tombstone } from './cast.js'
import { search } from './search.js'

const searches: readonly (readonly [string, Start, Partial<Bounds>])[] = [
  ['a late write, a late delete', { missed: true, flights: [late(n2), tombstone(n3)] }, {}],
  ['a late write, a late repair', { flights: [late(n3), repair(n1)] }, {}],
  ['a hint handed over', { hint: true, flights: [] }, { handoffs: 2 }],
  ['a late write, a crash', { flights: [late(n2)] }, { crashes: [n2, n4] }],
  ['a late write, a loss, a retry', { flights: [late(n2)] }, { drops: 1, retries: 1 }],
  ['a late delete, a slow disk, a crash', { missed: true, flights: [tombstone(n3)] }, slowThird()],
  ['a late repair, doubled messages', { flights: [repair(n2)] }, { doubles: 1 }],
]

/** What loses its memory, in the course of the same. */
const amnesias: readonly (readonly [string, Start, Partial<Bounds>])[] = [
  ['an owner has lost the delete', { flights: [late(n2)] }, { losses: [n3] }],
  ['an owner is wiped, a late write', { flights: [late(n3)] }, { wipes: [n3] }],
  ['the first owner is wiped, a late write', { flights: [late(n1)] }, { wipes: [n1] }],
  ['the holder of a hint is wiped', { hint: true, flights: [] }, { wipes: [n4], handoffs: 1 }],
]

/** Minutes each: looked at after a change of these rules, with DEEP=1. */
const deep: typeof amnesias = [
  ['a hint is there again', { hint: true, flights: [] }, { losses: [n4], handoffs: 2 }],
  ['the first owner has lost the delete', { flights: [] }, { losses: [n1], reads: 1 }],
  ['a lost question', { flights: [] }, { losses: [n3], drops: 1 }],
  ['a doubled answer', { flights: [] }, { losses: [n3], doubles: 1 }],
]

const isDeep = process.env['DEEP'] !== undefined

function slowThird(): Partial<Bounds> {
  return { slow: n3, crashes: [n3] }
}

for (const [name, start, bounds] of searches) {
  test(`reap, explored: ${name}`, () => {
    const { states, reaped, way } = search(start, bounds)
    assert.is(way, null, JSON.stringify(way))
    assert.ok(states > 50 && reaped > 0, `${String(states)} states, ${String(reaped)} reaped`)
    if (process.env['VERBOSE'] !== undefined) console.log(`${name}: ${String(states)} states`)
  })
}

for (const [name, start, bounds] of [...amnesias, ...(isDeep ? deep : [])]) {
  test(`reap, explored: ${name}`, () => {
    const { states, reaped, way } = search(start, bounds)
    assert.is(way, null, JSON.stringify(way))
    assert.ok(states > 50 && reaped > 0, `${String(states)} states, ${String(reaped)} reaped`)
    if (process.env['VERBOSE'] !== undefined) console.log(`${name}: ${String(states)} states`)
  })
}

/** Reads of a session whose minimum may have been reaped, or lost. */
const sessions: readonly (readonly [string, Start, Partial<Bounds>, boolean])[] = [
  ['a session reads at an owner', { flights: [] }, { session: n2, quickReads: true }, true],
  ['a session reads at another node', { flights: [] }, { session: n4, quickReads: true }, true],
  ['its value is kept by a fallback', only(n4, true), { session: n1, handoffs: 2 }, false],
  ['its value is kept by another owner', only(n2, true), { session: n1, handoffs: 2 }, false],
  ['its value is lost', only(n3, false), { session: n1, wipes: [n3] }, false],
  ['its hint is lost', only(n4, true), { session: n1, wipes: [n4], handoffs: 1 }, false],
]

const deepSessions: typeof sessions = [
  [
    'a session, a hint there again',
    { hint: true, flights: [] },
    { session: n2, quickReads: true, losses: [n4], handoffs: 1 },
    true,
  ],
  ['a session, every order of reads', { flights: [] }, { session: n2 }, true],
  ['a session, a lost word', only(n4, true), { session: n1, handoffs: 2, drops: 1 }, false],
  ['a session, a doubled word', only(n4, true), { session: n1, handoffs: 1, doubles: 1 }, false],
]

function only(node: NodeId, isHint: boolean): Start {
  return { only: { node, isHint }, flights: [] }
}

for (const [name, start, bounds, isReapable] of [...sessions, ...(isDeep ? deepSessions : [])]) {
  test(`minimum, explored: ${name}`, () => {
    const { states, served, way } = search(start, bounds)
    assert.is(way, null, JSON.stringify(way))
    assert.ok(states > 50)
    assert.is(served > 0, isReapable, `${String(served)} told that it was reaped`)
    if (process.env['VERBOSE'] !== undefined) console.log(`${name}: ${String(states)} states`)
  })
}

test('minimum, explored: with a rule taken out, a write that is there is said to be reaped', () => {
  const kept = { session: n1, handoffs: 1 }
  assert.ok(search(only(n4, true), kept, 'kept').way !== null)
  assert.ok(search(only(n4, true), kept, 'again').way !== null)
  assert.ok(search(only(n3, false), { session: n1, wipes: [n3] }, 'sure').way !== null)
  assert.ok(search(only(n4, true), { session: n1, wipes: [n4] }, 'sure').way !== null)
})

test('reap, explored: who has lost the delete and follows the others brings the value back', () => {
  assert.ok(search({ flights: [] }, { losses: [n3], reads: 1 }, 'doubt').way !== null)
  assert.ok(search({ flights: [late(n3)] }, { wipes: [n3] }, 'doubt').way !== null)
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
