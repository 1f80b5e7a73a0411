/** Which of two claims holds: every rule, every order of claims, and a twin that keeps them all. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MemberState, Standing } from '../../../core/index.js'
import { memberStates } from '../../../core/index.js'
import { outranks, refuted, unheardOf } from '../../../core/member/standing.js'
import { pure } from '../freeze.js'

const beats = pure(outranks)

const standing = (state: MemberState, incarnation: number, refutation = 0): Standing => {
  return { state, incarnation, refutation }
}

/** All claims of two lives with two refutations each. */
const all: readonly Standing[] = [0, 1].flatMap((incarnation) =>
  [0, 1].flatMap((refutation) =>
    memberStates.map((state) => standing(state, incarnation, refutation)),
  ),
)

/** SWIM's table, word by word (protocol.md section 6); null where it is silent. */
function byTheBook(claim: Standing, known: Standing): boolean | null {
  const i = [claim.incarnation, claim.refutation]
  const j = [known.incarnation, known.refutation]
  const later = i[0] === j[0] ? (i[1] ?? 0) - (j[1] ?? 0) : (i[0] ?? 0) - (j[0] ?? 0)
  switch (claim.state) {
    case 'alive':
      return later > 0
    case 'suspect':
      if (known.state === 'alive') return later >= 0
      if (known.state === 'suspect') return later > 0
      return later <= 0 ? false : null
    case 'dead':
      if (known.state === 'left') return later <= 0 ? false : null
      return known.state === 'dead' ? later > 0 : later >= 0
    case 'left':
      return known.state === 'left' ? later > 0 : later >= 0
  }
}

test('standing: every rule of the protocol, for every pair of claims', () => {
  let silent = 0
  for (const claim of all) {
    for (const known of all) {
      const wanted = byTheBook(claim, known)
      if (wanted === null) silent++
      else assert.is(beats(claim, known), wanted, JSON.stringify({ claim, known }))
    }
  }
  assert.ok(silent > 0 && silent < all.length ** 2 / 8)
})

test('standing: the claims stand in one order', () => {
  for (const a of all) {
    assert.not(beats(a, a))
    for (const b of all) {
      if (a !== b) assert.is.not(beats(a, b), beats(b, a), 'one of two beats the other')
      for (const c of all) if (beats(a, b) && beats(b, c)) assert.ok(beats(a, c))
    }
  }
})

const learn = (claims: readonly Standing[]): Standing =>
  claims.reduce((known, claim) => (beats(claim, known) ? claim : known), unheardOf)

/** The twin keeps all claims, and looks for the one that no other beats. */
function twin(claims: readonly Standing[]): Standing {
  const heard = [unheardOf, ...claims]
  const found = heard.find((one) => !heard.some((other) => outranks(other, one)))
  assert.ok(found !== undefined)
  return found
}

const claims = fc.array(
  fc.record(
    {
      state: fc.constantFrom(...memberStates),
      incarnation: fc.nat(3),
      refutation: fc.nat(3),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 8 },
)

test('standing: whatever the order, however often, all end with the same, and nothing falls (FD-2)', () => {
  fc.assert(
    fc.property(claims, fc.array(fc.nat(100), { maxLength: 16 }), (said, picks) => {
      const end = learn(said)
      assert.equal(end, twin(said))
      const again = picks.flatMap((pick) => said[pick % Math.max(1, said.length)] ?? [])
      assert.equal(learn([...again, ...said.toReversed()]), end)
      let known = unheardOf
      for (const claim of said) {
        const next = learn([known, claim])
        assert.ok(next.incarnation >= known.incarnation)
        if (next.incarnation === known.incarnation) assert.ok(next.refutation >= known.refutation)
        known = next
      }
    }),
    { seed: 1, numRuns: 1_000 },
  )
})

test('standing: all orders of three claims of small incarnations', () => {
  let triples = 0
  for (const a of all) {
    for (const b of all) {
      for (const c of all) {
        triples++
        const ends = [learn([a, b, c]), learn([c, a, b]), learn([b, c, a]), learn([c, b, a])]
        for (const end of ends) assert.equal(end, ends[0])
      }
    }
  }
  assert.is(triples, 4_096)
})

test('standing: a node contradicts what is said of its life, and nothing else', () => {
  const self = standing('alive', 5, 2)
  const refute = pure(refuted)
  for (const claim of all.map((one) => ({ ...one, incarnation: one.incarnation + 4 }))) {
    const after = refute(self, claim)
    assert.equal(after, self, 'of an earlier life or refutation, nothing is worth a new number')
  }
  for (const state of ['suspect', 'dead', 'left'] as const) {
    const claim = standing(state, 5, 2)
    const after = refute(self, claim)
    assert.equal(after, standing('alive', 5, 3))
    assert.ok(beats(after, claim))
    assert.equal(refute(self, standing(state, 5, 7)), standing('alive', 5, 8))
    assert.is(refuted(self, standing(state, 6, 0)), self, 'a life to come')
    const gone = standing('left', 5, 2)
    assert.is(refuted(gone, claim), gone, 'who leaves does not take it back')
  }
  assert.is(refuted(self, standing('alive', 5, 9)), self)
})

test.run()
