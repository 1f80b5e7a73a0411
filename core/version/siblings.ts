/**
 * The state of a key: siblings under one version vector (protocol.md section 2; Almeida et al. 2014, dotted version vector
 * sets).
 */
import type { ConflictRule, Dot, Hlc, KeyState, Sibling, VersionVector } from '../types.js'
import { covers, descends, emptyVector, mergeVectors, sameVector, withDot } from './dotted.js'

export const emptyState: KeyState = { vv: emptyVector, siblings: [] }

/** Keeps what either side holds and the other has not seen replaced. Returns a or b itself where that is the result. */
export function mergeStates(a: KeyState, b: KeyState, conflict: ConflictRule): KeyState {
  if (a === b) return a
  const aDescends = descends(a.vv, b.vv)
  const bDescends = descends(b.vv, a.vv)
  if (aDescends && bDescends) return a
  if (aDescends && sameSiblingsKept(a, b)) return a
  if (bDescends && sameSiblingsKept(b, a)) return b
  const vv = mergeVectors(a.vv, b.vv)
  const siblings = conflict === 'lww' ? winner(a.siblings, b.siblings) : union(a, b)
  const merged = { vv, siblings }
  if (sameState(merged, a)) return a
  if (sameState(merged, b)) return b
  return merged
}

/** Where `over` has seen all that `under` has, its siblings are the answer: what it lacks was replaced. */
function sameSiblingsKept(over: KeyState, under: KeyState): boolean {
  for (let i = 0; i < over.siblings.length; i++) {
    const sibling = over.siblings[i] as Sibling
    if (!covers(under.vv, sibling.actor, sibling.n)) continue
    // Covered below as well: it stays only if it is still a sibling there.
    if (!holds(under.siblings, sibling)) return false
  }
  return true
}

function union(a: KeyState, b: KeyState): readonly Sibling[] {
  const kept: Sibling[] = []
  for (const sibling of a.siblings) {
    if (!covers(b.vv, sibling.actor, sibling.n) || holds(b.siblings, sibling)) kept.push(sibling)
  }
  for (const sibling of b.siblings) {
    if (!covers(a.vv, sibling.actor, sibling.n)) kept.push(sibling)
  }
  return kept.sort(byDot)
}

function winner(a: readonly Sibling[], b: readonly Sibling[]): readonly Sibling[] {
  let best: Sibling | null = null
  for (const sibling of [...a, ...b]) if (best === null || beats(sibling, best)) best = sibling
  return best === null ? [] : [best]
}

/** The total order of last-write-wins: (hlc, actor, hash of the value). */
function beats(a: Sibling, b: Sibling): boolean {
  if (a.hlc !== b.hlc) return a.hlc > b.hlc
  if (a.actor !== b.actor) return a.actor > b.actor
  return valueHash(a.value) > valueHash(b.value)
}

function valueHash(value: string | null): number {
  let hash = 0x811c9dc5
  if (value === null) return 0
  for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

function holds(siblings: readonly Sibling[], dot: Dot): boolean {
  for (let i = 0; i < siblings.length; i++) {
    const sibling = siblings[i] as Sibling
    if (sibling.n === dot.n && sibling.actor === dot.actor) return true
  }
  return false
}

function byDot(a: Dot, b: Dot): number {
  if (a.actor !== b.actor) return a.actor < b.actor ? -1 : 1
  return a.n - b.n
}

/** A new write at its coordinator: it replaces what its context covers, and joins what it does not. */
export function writeState(
  state: KeyState,
  context: VersionVector,
  dot: Dot,
  value: string | null,
  hlc: Hlc,
  conflict: ConflictRule,
): KeyState {
  const sibling: Sibling = { actor: dot.actor, n: dot.n, value, hlc }
  const vv = withDot(mergeVectors(state.vv, context), dot)
  if (conflict === 'lww') return { vv, siblings: winner(state.siblings, [sibling]) }
  const kept = state.siblings.filter((old) => !covers(context, old.actor, old.n))
  if (kept.length === 0) return { vv, siblings: [sibling] }
  kept.push(sibling)
  return { vv, siblings: kept.sort(byDot) }
}

export function stateDescends(a: KeyState, b: KeyState): boolean {
  return descends(a.vv, b.vv)
}

export function sameState(a: KeyState, b: KeyState): boolean {
  if (a === b) return true
  if (a.siblings.length !== b.siblings.length || !sameVector(a.vv, b.vv)) return false
  for (let i = 0; i < a.siblings.length; i++) {
    const left = a.siblings[i] as Sibling
    const right = b.siblings[i] as Sibling
    if (left === right) continue
    if (left.n !== right.n || left.actor !== right.actor) return false
    if (left.value !== right.value || left.hlc !== right.hlc) return false
  }
  return true
}

/** Without tombstones; the same array where there are none. */
export function liveSiblings(state: KeyState): readonly Sibling[] {
  const { siblings } = state
  for (let i = 0; i < siblings.length; i++) {
    if ((siblings[i] as Sibling).value === null) return siblings.filter((one) => one.value !== null)
  }
  return siblings
}

/** About what the state takes on the wire or on disk. */
export function stateBytes(state: KeyState): number {
  let bytes = 4 + state.vv.length * 10
  for (let i = 0; i < state.siblings.length; i++) {
    bytes += 24 + ((state.siblings[i] as Sibling).value?.length ?? 0)
  }
  return bytes
}
