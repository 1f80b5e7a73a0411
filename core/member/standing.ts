/**
 * What the cluster says of a member, and which of two claims holds (SWIM, Das et al. 2002, section
 * 4.2; protocol.md section 6).
 *
 * SWIM's incarnation number is two numbers here. `incarnation` is the life of the node: durable,
 * one higher at each start. `refutation` counts, within one life, how often the node has
 * contradicted a claim that it is suspected or dead; it need not be durable, for the next life
 * stands above it anyway. Claims are compared by life, then by refutation, then by state. Only the
 * node itself raises either number, so neither ever falls at any observer (FD-2), over restarts
 * neither.
 *
 * Difference from protocol.md, and why: it does not say what a suspicion of a later incarnation
 * does to an older death. Here all claims stand in one order, so whatever is heard, in whatever
 * order, once or twice, every node ends with the highest claim: views that have heard the same are
 * equal.
 */

/** From the weakest claim to the strongest, of one incarnation. */
export const memberStates = ['alive', 'suspect', 'dead', 'left'] as const
export type MemberState = (typeof memberStates)[number]

export interface Standing {
  readonly state: MemberState
  readonly incarnation: number
  readonly refutation: number
}

/** Of a member that nobody has said anything of. */
export const unheardOf: Standing = { state: 'alive', incarnation: 0, refutation: 0 }

const rank = (state: MemberState): number => memberStates.indexOf(state)

/** Below zero: `a` is of an earlier life or refutation than `b`. */
function order(a: Standing, b: Standing): number {
  return a.incarnation === b.incarnation
    ? a.refutation - b.refutation
    : a.incarnation - b.incarnation
}

/** Whether `claim` replaces what is known; of two equal ones neither does. */
export function outranks(claim: Standing, known: Standing): boolean {
  const later = order(claim, known)
  return later === 0 ? rank(claim.state) > rank(known.state) : later > 0
}

/**
 * What a node says of itself after it has heard `claim`; the same object if that contradicts
 * nothing. A claim about an earlier time is not worth a higher number: to repeat what holds is
 * enough. One about a life to come can only be a mistake, and is beyond contradicting.
 */
export function refuted(self: Standing, claim: Standing): Standing {
  const { state, incarnation, refutation } = claim
  if (state === 'alive' || self.state === 'left') return self
  if (incarnation !== self.incarnation || refutation < self.refutation) return self
  return { ...self, refutation: refutation + 1 }
}
