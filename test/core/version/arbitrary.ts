/** Random vectors and states. */
import * as fc from 'fast-check'
import type { Actor, Dot, KeyState, Sibling, VersionVector } from '../../../core/index.js'
import { actorOf, nodeId } from '../../../core/index.js'

export const actors: readonly Actor[] = ['n1', 'n2', 'n3', 'n10'].map((id) =>
  actorOf(nodeId(id), 0),
)

export const byActor = (a: Dot, b: Dot): number =>
  a.actor === b.actor ? a.n - b.n : a.actor < b.actor ? -1 : 1

export const highest = 4

/** Few actors and small numbers, so that every relation between two vectors is frequent. */
export const vectors: fc.Arbitrary<VersionVector> = fc
  .uniqueArray(fc.constantFrom(...actors), { maxLength: actors.length })
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map((actor) => fc.integer({ min: 1, max: highest }).map((n) => ({ actor, n }))),
    ),
  )
  .map((entries) => entries.slice().sort(byActor))

/** What a dot stands for: the same everywhere, as DVV-1 promises. */
export function siblingAt(actor: Actor, n: number): Sibling {
  const place = actors.indexOf(actor) * highest + n
  const value = place % 5 === 0 ? null : `${actor}#${String(n)}`
  return { actor, n, value, hlc: 1_000 + ((place * 7) % 5) }
}

/** What is wrong with the sibling of the second event of each actor. */
type Twin = Partial<Pick<Sibling, 'value' | 'hlc'>>

const whole: fc.Arbitrary<Twin> = fc.constant({})
const broken: fc.Arbitrary<Twin> = fc.constantFrom({}, { value: 'twin' }, { hlc: 1_007 })

/**
 * Any set of covered dots may be alive, reachable or not: merge promises its laws for all of them.
 */
export const states: fc.Arbitrary<KeyState> = statesOf(whole, 16)

/** With at most one sibling, as under last-write-wins. */
export const latestStates: fc.Arbitrary<KeyState> = statesOf(whole, 1)

/** Some dots stand for two different values: what a node that broke DVV-1 leaves behind. */
export const brokenStates: fc.Arbitrary<KeyState> = statesOf(broken, 16)
export const brokenLatestStates: fc.Arbitrary<KeyState> = statesOf(broken, 1)

function statesOf(twins: fc.Arbitrary<Twin>, most: number): fc.Arbitrary<KeyState> {
  return vectors.chain((vv) => {
    const covered = vv.flatMap(({ actor, n }) =>
      Array.from({ length: n }, (_, i) => siblingAt(actor, i + 1)),
    )
    return fc
      .tuple(fc.subarray(covered, { maxLength: Math.min(most, covered.length) }), twins)
      .map(([siblings, twin]) => ({
        vv,
        siblings: siblings.map((one) => (one.n === 2 ? { ...one, ...twin } : one)),
      }))
  })
}

/** Another object with the same content: equality must not rest on identity. */
export const copy = (state: KeyState): KeyState => structuredClone(state)
