import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { VersionVector } from '../../../core/index.js'
import {
  actorOf,
  compareVectors,
  covers,
  descends,
  emptyVector,
  mergeVectors,
  nodeId,
  relation,
  sameVector,
  withDot,
} from '../../../core/index.js'
import { pure } from '../freeze.js'
import { actors, highest, vectors } from './arbitrary.js'

/** The dumb twin: every single event in a set. */
function eventsOf(vv: VersionVector): Set<string> {
  return new Set(
    vv.flatMap(({ actor, n }) => Array.from({ length: n }, (_, i) => `${actor}#${String(i + 1)}`)),
  )
}

const isSubset = (a: Set<string>, b: Set<string>): boolean => [...a].every((event) => b.has(event))

function assertSorted(vv: VersionVector): void {
  for (let i = 1; i < vv.length; i++) {
    assert.ok((vv[i - 1]?.actor ?? '') < (vv[i]?.actor ?? ''), 'sorted, one entry an actor')
  }
}

const settings = { seed: 1, numRuns: 2_000 }
const dots = fc.record({
  actor: fc.constantFrom(...actors),
  n: fc.integer({ min: 1, max: highest + 1 }),
})

test('dotted: covers says whether the event is in the set', () => {
  fc.assert(
    fc.property(vectors, dots, (vv, { actor, n }) => {
      assert.is(pure(covers)(vv, actor, n), eventsOf(vv).has(`${actor}#${String(n)}`))
    }),
    settings,
  )
})

test('dotted: descends is "contains every event of", whatever actors either side lacks', () => {
  fc.assert(
    fc.property(vectors, vectors, (a, b) => {
      assert.is(pure(descends)(a, b), isSubset(eventsOf(b), eventsOf(a)))
    }),
    settings,
  )
})

test('dotted: compare and sameVector agree with the sets', () => {
  fc.assert(
    fc.property(vectors, vectors, (a, b) => {
      const [over, under] = [isSubset(eventsOf(b), eventsOf(a)), isSubset(eventsOf(a), eventsOf(b))]
      const expected = over
        ? under
          ? relation.equal
          : relation.ahead
        : under
          ? relation.behind
          : relation.concurrent
      assert.is(pure(compareVectors)(a, b), expected)
      assert.is(pure(sameVector)(a, b), over && under)
    }),
    settings,
  )
})

test('dotted: merge is the union, and an argument itself where that is the union', () => {
  fc.assert(
    fc.property(vectors, vectors, (a, b) => {
      const merged = pure(mergeVectors)(a, b)
      assert.equal(eventsOf(merged), new Set([...eventsOf(a), ...eventsOf(b)]))
      assertSorted(merged)
      if (descends(a, b)) assert.is(merged, a)
      else if (descends(b, a)) assert.is(merged, b)
    }),
    settings,
  )
})

test('dotted: withDot covers one event more, and is the vector itself if it did already', () => {
  fc.assert(
    fc.property(vectors, dots, (vv, dot) => {
      const next = pure(withDot)(vv, dot)
      assertSorted(next)
      const upToDot = eventsOf([dot])
      assert.equal(eventsOf(next), new Set([...eventsOf(vv), ...upToDot]))
      if (covers(vv, dot.actor, dot.n)) assert.is(next, vv)
    }),
    settings,
  )
})

test('dotted: withDot keeps plain entries, whatever else came with the dot', () => {
  const dot = { actor: actorOf(nodeId('n1'), 0), n: 3, value: 'x', hlc: 1 }
  assert.equal(withDot(emptyVector, dot), [{ actor: 'n1:0', n: 3 }])
})

test.run()
