/** The searches of explore.test.ts that take longer; with DEEP=1 those that take minutes each. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { late, n1, n2, n3, n4 } from './cast.js'
import type { Search, SessionSearch } from './exploring.js'
import { explore, exploreSession, only } from './exploring.js'
import { search } from './search.js'

const searches: readonly Search[] = [
  ['a late write, a loss, a retry', { flights: [late(n2)] }, { drops: 1, retries: 1 }],
  ['an owner is wiped, a late write', { flights: [late(n3)] }, { wipes: [n3] }],
  ['the holder of a hint is wiped', { hint: true, flights: [] }, { wipes: [n4], handoffs: 1 }],
]

const sessions: readonly SessionSearch[] = [
  ['its hint is lost', only(n4, true), { session: n1, wipes: [n4], handoffs: 1 }, false],
]

const deep: readonly Search[] = [
  ['a hint is there again', { hint: true, flights: [] }, { losses: [n4], handoffs: 2 }],
  ['the first owner has lost the delete', { flights: [] }, { losses: [n1], reads: 1 }],
  ['a lost question', { flights: [] }, { losses: [n3], drops: 1 }],
  ['a doubled answer', { flights: [] }, { losses: [n3], doubles: 1 }],
]

const deepSessions: readonly SessionSearch[] = [
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

searches.forEach(explore)
sessions.forEach(exploreSession)
if (process.env['DEEP'] !== undefined) {
  deep.forEach(explore)
  deepSessions.forEach(exploreSession)
}

test('reap, explored: who has lost the delete and follows the others brings the value back', () => {
  assert.ok(search({ flights: [] }, { losses: [n3], reads: 1 }, 'doubt').way !== null)
  assert.ok(search({ flights: [late(n3)] }, { wipes: [n3] }, 'doubt').way !== null)
})

test.run()
