import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ConflictRule, KeyState, Sibling } from '../../../core/index.js'
import {
  actorOf,
  compareLatest,
  covers,
  descends,
  emptyState,
  emptyVector,
  liveSiblings,
  mergeStates,
  mergeVectors,
  nodeId,
  sameState,
  stateBytes,
  stateDescends,
  writeState,
} from '../../../core/index.js'
import { pure } from '../freeze.js'
import {
  actors,
  brokenLatestStates,
  brokenStates,
  byActor,
  copy,
  highest,
  latestStates,
  siblingAt,
  states,
  vectors,
} from './arbitrary.js'

const settings = { seed: 1, numRuns: 1_000 }
const families: readonly (readonly [string, ConflictRule, fc.Arbitrary<KeyState>])[] = [
  ['siblings', 'siblings', states],
  ['siblings with reused dots', 'siblings', brokenStates],
  ['lww', 'lww', latestStates],
  ['lww with reused dots', 'lww', brokenLatestStates],
  ['lww with more than one sibling', 'lww', brokenStates],
]

for (const [name, rule, family] of families) {
  const merge = (a: KeyState, b: KeyState): KeyState => pure(mergeStates)(a, b, rule)

  test(`merge, ${name}: commutative`, () => {
    fc.assert(
      fc.property(family, family, (a, b) => assert.equal(merge(a, b), merge(b, a))),
      settings,
    )
  })

  test(`merge, ${name}: associative`, () => {
    fc.assert(
      fc.property(family, family, family, (a, b, c) => {
        assert.equal(merge(merge(a, b), c), merge(a, merge(b, c)))
      }),
      settings,
    )
  })

  test(`merge, ${name}: idempotent, also with what was merged before`, () => {
    fc.assert(
      fc.property(family, family, (a, b) => {
        const merged = merge(a, b)
        assert.is(merge(merged, copy(merged)), merged)
        assert.equal(merge(merged, a), merged)
        assert.equal(merge(merged, b), merged)
      }),
      settings,
    )
  })

  test(`merge, ${name}: an argument itself where nothing is learned`, () => {
    fc.assert(
      fc.property(family, family, (a, b) => {
        const merged = mergeStates(a, b, rule)
        if (sameState(merged, a)) assert.is(merged, a)
        else if (sameState(merged, b)) assert.is(merged, b)
        if (stateDescends(a, b) && sameState(mergeStates(b, a, rule), a)) assert.is(merged, a)
      }),
      settings,
    )
  })

  test(`merge, ${name}: sorted, covered, the vector is the pointwise maximum`, () => {
    fc.assert(
      fc.property(family, family, (a, b) => {
        const merged = mergeStates(a, b, rule)
        assert.equal(merged.vv, mergeVectors(a.vv, b.vv))
        assert.equal(merged.siblings, merged.siblings.slice().sort(byActor))
        assert.ok(merged.siblings.every(({ actor, n }) => covers(merged.vv, actor, n)))
        if (rule === 'lww') assert.ok(merged.siblings.length <= Math.max(1, a.siblings.length))
      }),
      settings,
    )
  })
}

/** The dumb twin of the rule itself: sets of dots, no fast path. */
function mergedDots(a: KeyState, b: KeyState): string[] {
  const name = (s: Sibling): string => `${s.actor}#${String(s.n)}`
  const inBoth = a.siblings.filter((s) => b.siblings.some((other) => name(other) === name(s)))
  const newsToB = a.siblings.filter((s) => !covers(b.vv, s.actor, s.n))
  const newsToA = b.siblings.filter((s) => !covers(a.vv, s.actor, s.n))
  return [...new Set([...inBoth, ...newsToB, ...newsToA].sort(byActor).map(name))]
}

test('merge, siblings: keeps what is in both, or news to the other', () => {
  fc.assert(
    fc.property(states, states, (a, b) => {
      const merged = mergeStates(a, b, 'siblings')
      const dots = merged.siblings.map((s) => `${s.actor}#${String(s.n)}`)
      assert.equal(dots, mergedDots(a, b))
    }),
    settings,
  )
})

test('merge, lww: the last of all siblings wins, whatever the vectors say', () => {
  fc.assert(
    fc.property(latestStates, latestStates, (a, b) => {
      const all = [...a.siblings, ...b.siblings].sort(compareLatest)
      assert.equal(mergeStates(a, b, 'lww').siblings, all.slice(-1))
    }),
    settings,
  )
})

test('merge: a key never written changes nothing', () => {
  fc.assert(
    fc.property(states, (state) => {
      assert.is(mergeStates(state, emptyState, 'siblings'), state)
      assert.equal(mergeStates(emptyState, state, 'siblings'), state)
    }),
    settings,
  )
})

const x = actorOf(nodeId('x'), 0)
const v1: Sibling = { actor: x, n: 1, value: 'v1', hlc: 10 }
const v2: Sibling = { actor: x, n: 2, value: 'v2', hlc: 20 }

test('rule: shipping one sibling with the full vector loses the other for ever', () => {
  const owner: KeyState = { vv: [{ actor: x, n: 2 }], siblings: [v1, v2] }
  const shippedInPart: KeyState = { vv: [{ actor: x, n: 2 }], siblings: [v2] }
  const lost = mergeStates(owner, mergeStates(emptyState, shippedInPart, 'siblings'), 'siblings')
  assert.equal(lost.siblings, [v2], 'v1 is gone: why states travel whole')
  const kept = mergeStates(owner, mergeStates(emptyState, owner, 'siblings'), 'siblings')
  assert.equal(kept.siblings, [v1, v2])
})

test('write: two without a context are siblings, in the order of dots', () => {
  const first = writeState(emptyState, emptyVector, { actor: x, n: 1 }, 'v1', 10, 'siblings')
  const second = writeState(first, emptyVector, { actor: x, n: 2 }, 'v2', 20, 'siblings')
  assert.equal(second, { vv: [{ actor: x, n: 2 }], siblings: [v1, v2] })
  const a = actorOf(nodeId('a'), 0)
  const third = writeState(second, emptyVector, { actor: a, n: 1 }, 'v3', 30, 'siblings')
  assert.equal(third.siblings, [{ actor: a, n: 1, value: 'v3', hlc: 30 }, v1, v2])
})

test('write: replaces what its context covers and keeps the rest, vector included', () => {
  fc.assert(
    fc.property(states, vectors, fc.constantFrom(...actors), (state, context, actor) => {
      const dot = { actor, n: highest + 1 }
      const next = pure(writeState)(state, context, dot, 'new', 99, 'siblings')
      const kept = state.siblings.filter((s) => !covers(context, s.actor, s.n))
      const written = { ...dot, value: 'new', hlc: 99 }
      assert.equal(next.siblings, [...kept, written].sort(byActor))
      assert.ok(descends(next.vv, state.vv) && descends(next.vv, context))
      assert.ok(covers(next.vv, actor, dot.n))
    }),
    settings,
  )
})

test('write, lww: the earlier clock loses at once, even with a context', () => {
  const held = writeState(emptyState, emptyVector, { actor: x, n: 1 }, 'v1', 50, 'lww')
  const next = writeState(held, held.vv, { actor: x, n: 2 }, 'v2', 20, 'lww')
  assert.equal(next, { vv: [{ actor: x, n: 2 }], siblings: [{ ...v1, hlc: 50 }] })
  const later = writeState(held, emptyVector, { actor: x, n: 2 }, null, 51, 'lww')
  assert.equal(later.siblings, [{ actor: x, n: 2, value: null, hlc: 51 }])
})

const anySibling: fc.Arbitrary<Sibling> = fc.record({
  actor: fc.constantFrom(...actors),
  n: fc.integer({ min: 1, max: 2 }),
  value: fc.constantFrom(null, '', 'a', 'b', 'c'),
  hlc: fc.integer({ min: 1, max: 2 }),
})

test('lww: a total order by clock, then actor, then value', () => {
  fc.assert(
    fc.property(anySibling, anySibling, anySibling, (a, b, c) => {
      const order = compareLatest(a, b)
      assert.is(Math.sign(compareLatest(b, a)), -Math.sign(order) + 0)
      assert.is(order === 0, JSON.stringify(a) === JSON.stringify(b))
      if (order >= 0 && compareLatest(b, c) >= 0) assert.ok(compareLatest(a, c) >= 0)
      if (a.hlc !== b.hlc) assert.is(order > 0, a.hlc > b.hlc)
      else if (a.actor !== b.actor) assert.is(order > 0, a.actor > b.actor)
    }),
    { seed: 1, numRuns: 20_000 },
  )
})

test('live siblings: no tombstones, and the same array where there are none', () => {
  fc.assert(
    fc.property(states, (state) => {
      const live = pure(liveSiblings)(state)
      assert.equal(
        live,
        state.siblings.filter((s) => s.value !== null),
      )
      if (live.length === state.siblings.length) assert.is(live, state.siblings)
    }),
    settings,
  )
})

test('same state: by content, not identity; one difference is enough', () => {
  fc.assert(
    fc.property(brokenStates, brokenStates, (a, b) => {
      assert.is(pure(sameState)(a, b), JSON.stringify(a) === JSON.stringify(b))
      assert.ok(sameState(a, copy(a)))
    }),
    settings,
  )
  const one = { vv: [{ actor: x, n: 1 }], siblings: [v1] }
  assert.not.ok(sameState(one, { ...one, siblings: [{ ...v1, hlc: 11 }] }))
  assert.not.ok(sameState(one, { ...one, siblings: [{ ...v1, value: null }] }))
})

test('state bytes: grows with values, siblings and actors', () => {
  const small: KeyState = { vv: [{ actor: x, n: 1 }], siblings: [v1] }
  const long: KeyState = { ...small, siblings: [{ ...v1, value: 'v'.repeat(1_000) }] }
  assert.is(stateBytes(long) - stateBytes(small), 998)
  assert.ok(stateBytes({ vv: small.vv, siblings: [v1, v2] }) > stateBytes(small))
  const { actor, n } = siblingAt(actors[0] ?? x, 1)
  assert.ok(stateBytes({ vv: [{ actor, n }, ...small.vv], siblings: [v1] }) > stateBytes(small))
})

test.run()
