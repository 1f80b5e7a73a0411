/** What the machines of one request share: who is asked, who asked, and how an answer goes back. */
import type { Effect } from '../effect.js'
import type { Header } from '../message.js'
import type { Outcome } from '../outcome.js'
import type { Placement } from '../ring/preference.js'
import { placeOf } from '../ring/preference.js'
import type { NodeId } from '../types.js'

export { placeOf }

/** The stamp of this node on everything it sends. */
export type Self = Header

/** Who is waiting for an outcome. */
export type Origin =
  | { readonly kind: 'client'; readonly request: number }
  | {
      readonly kind: 'peer'
      readonly from: NodeId
      readonly request: number
      /** The asker's incarnation. */
      readonly incarnation: number
    }
  /** The read before a delete without context: `Node` goes on with the write. */
  | { readonly kind: 'delete'; readonly request: number }

/**
 * Who takes part in a request: bit i of every mask speaks of `nodes[i]`. `hintFor[i]` is the owner
 * that a fallback stands in for, null for an owner. Masks hold 30 nodes, far above any N plus its
 * fallbacks.
 */
export interface ActiveList {
  readonly nodes: readonly NodeId[]
  readonly hintFor: readonly (NodeId | null)[]
  readonly ownerMask: number
  /**
   * Disliked owners that nobody is left to stand in for: a write's coordinator keeps their hints
   * itself.
   */
  readonly uncovered: readonly NodeId[]
}

const noHints: readonly null[] = Array.from({ length: 32 }, () => null)
const nobody: readonly NodeId[] = []

/** The owners, whatever the detector thinks of them. */
export function strictList(placement: Placement, partition: number): ActiveList {
  const nodes = placement.owners(partition)
  const ownerMask = (1 << nodes.length) - 1
  return { nodes, hintFor: noHints, ownerMask, uncovered: nobody }
}

/**
 * Dynamo 4.6: for every owner that the detector dislikes the next liked node of the preference list
 * stands in. Where none is left the list is shorter than N: asking a node that seems dead would
 * only make the request wait for it.
 */
export function sloppyList(
  placement: Placement,
  partition: number,
  disliked: (node: NodeId) => boolean,
): ActiveList {
  const owners = placement.owners(partition)
  const preference = placement.preference(partition)
  const nodes: NodeId[] = []
  const hintFor: (NodeId | null)[] = []
  const uncovered: NodeId[] = []
  let ownerMask = 0
  let next = owners.length
  for (const owner of owners) {
    if (!disliked(owner)) {
      ownerMask |= 1 << nodes.length
      nodes.push(owner)
      hintFor.push(null)
      continue
    }
    while (next < preference.length && disliked(preference[next] as NodeId)) next++
    const fallback = preference[next++]
    if (fallback === undefined) uncovered.push(owner)
    else {
      nodes.push(fallback)
      hintFor.push(owner)
    }
  }
  return { nodes, hintFor, ownerMask, uncovered }
}

/**
 * For how many owners the nodes of the mask have a write: an owner and its stand-in are one. The
 * stand-in hands its copy over and forgets it, and then there are no more than that.
 */
export function servedCount({ nodes, hintFor }: ActiveList, mask: number): number {
  if (hintFor === noHints) return bitCount(mask)
  let served = 0
  for (let i = 0; i < nodes.length; i++) {
    if ((mask & (1 << i)) === 0) continue
    const owner = hintFor[i] ?? nodes[i]
    let isFirst = true
    for (let j = 0; j < i && isFirst; j++) {
      isFirst = (mask & (1 << j)) === 0 || (hintFor[j] ?? nodes[j]) !== owner
    }
    if (isFirst) served++
  }
  return served
}

export function bitCount(mask: number): number {
  let rest = mask
  let count = 0
  while (rest !== 0) {
    rest &= rest - 1
    count++
  }
  return count
}

/** The effect that carries an outcome to whoever waits for it. */
export function respond(self: Self, origin: Origin, outcome: Outcome): Effect | null {
  switch (origin.kind) {
    case 'client':
      return { kind: 'reply', request: origin.request, outcome }
    case 'peer':
      return {
        kind: 'send',
        to: origin.from,
        message: {
          kind: 'forward_ok',
          clusterId: self.clusterId,
          from: self.from,
          incarnation: self.incarnation,
          ringEpoch: self.ringEpoch,
          request: origin.request,
          asked: origin.incarnation,
          outcome,
        },
      }
    case 'delete':
      return null
  }
}

export const requestTimer = (request: number): number => request

/** Of a node in the masks over these; 0 for one that is not among them. */
export function bitOf(nodes: readonly NodeId[], node: NodeId): number {
  const index = placeOf(nodes, node)
  return index < 0 ? 0 : 1 << index
}
