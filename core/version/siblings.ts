/**
 * The state of one key: what is known (`vv`) and what of it nobody has replaced yet (`siblings`).
 * Dotted version vector sets (Almeida et al. 2014; riak_kv's dvvset), protocol.md section 2.
 *
 * Read `vv` as a set of known events and every known event that is not a sibling as dead. Merge is
 * then the union of the known and the union of the dead: commutative, associative and idempotent on
 * any two states, reachable or not.
 *
 * RULE: states travel whole. X = {a:2; (a,1)v1, (a,2)v2}. Ship only (a,2) with {a:2} to Y and (a,1)
 * counts as dead there; the next merge kills v1 everywhere: acknowledged, and never read by anyone.
 */
import { placementHigh } from '../ring/hash.js'
import type { ConflictRule, Dot, Hlc, KeyState, Sibling, VersionVector } from '../types.js'
import {
  compareVectors,
  covers,
  descends,
  emptyVector,
  mergeVectors,
  relation,
  sameVector,
  uniteVectors,
  withDot,
} from './dotted.js'

/** A key never written. */
export const emptyState: KeyState = { vv: emptyVector, siblings: [] }

/**
 * What both know together. Returns `a` itself if it has nothing to learn, `b` itself if that has
 * nothing.
 */
export function mergeStates(a: KeyState, b: KeyState, conflict: ConflictRule): KeyState {
  if (a === b) return a
  if (conflict === 'lww') return mergeLatest(a, b)
  if (b.vv.length === 0) return a
  if (a.vv.length === 0) return b
  switch (compareVectors(a.vv, b.vv)) {
    case relation.equal:
      return sameSiblings(a.siblings, b.siblings) ? a : mergeConcurrent(a, b, a.vv)
    case relation.ahead:
      return outlives(a, b) ? a : mergeConcurrent(a, b, a.vv)
    case relation.behind:
      return outlives(b, a) ? b : mergeConcurrent(a, b, b.vv)
    case relation.concurrent:
      return mergeConcurrent(a, b, uniteVectors(a.vv, b.vv))
  }
}

/**
 * A write at its coordinator: what the client had seen (`context`) is replaced by the new value,
 * the rest stays beside it. `dot` is fresh (DVV-1). A null value is a tombstone. Under lww the
 * write may lose at once.
 */
export function writeState(
  state: KeyState,
  context: VersionVector,
  dot: Dot,
  value: string | null,
  hlc: Hlc,
  conflict: ConflictRule,
): KeyState {
  const vv = withDot(mergeVectors(state.vv, context), dot)
  const written: Sibling = { actor: dot.actor, n: dot.n, value, hlc }
  if (conflict === 'lww') return { vv, siblings: [latest(state.siblings, written) as Sibling] }
  // The rule, and as long as what is in it: a list that grows from nothing has room for many.
  if (replacesAll(state.siblings, context)) return { vv, siblings: [written] }
  const siblings: Sibling[] = []
  let placed = false
  for (let i = 0; i < state.siblings.length; i++) {
    const sibling = state.siblings[i] as Sibling
    if (covers(context, sibling.actor, sibling.n)) continue
    if (!placed && compareDots(sibling, written) > 0) {
      siblings.push(written)
      placed = true
    }
    siblings.push(sibling)
  }
  if (!placed) siblings.push(written)
  return { vv, siblings: siblings.slice() }
}

function replacesAll(siblings: readonly Sibling[], context: VersionVector): boolean {
  for (let i = 0; i < siblings.length; i++) {
    const { actor, n } = siblings[i] as Sibling
    if (!covers(context, actor, n)) return false
  }
  return true
}

/** Everything known in `b` is known in `a`. */
export function stateDescends(a: KeyState, b: KeyState): boolean {
  return descends(a.vv, b.vv)
}

export function sameState(a: KeyState, b: KeyState): boolean {
  return a === b || (sameVector(a.vv, b.vv) && sameSiblings(a.siblings, b.siblings))
}

/** The values without tombstones; the state's own array where there is no tombstone. */
export function liveSiblings(state: KeyState): readonly Sibling[] {
  const { siblings } = state
  for (let i = 0; i < siblings.length; i++) {
    if ((siblings[i] as Sibling).value === null) return siblings.filter((s) => s.value !== null)
  }
  return siblings
}

/** Nothing but tombstones is left: who reads it finds nothing. */
export function isReapable({ siblings }: KeyState): boolean {
  for (let i = 0; i < siblings.length; i++) {
    if ((siblings[i] as Sibling).value !== null) return false
  }
  return siblings.length > 0
}

const bytesPerEntry = 12
const bytesPerSibling = 24

/**
 * About what the state takes on the wire, without encoding it. Text counts one byte a code unit.
 */
export function stateBytes(state: KeyState): number {
  const { vv, siblings } = state
  let bytes = 2 + vv.length * bytesPerEntry
  for (let i = 0; i < siblings.length; i++) {
    const { value } = siblings[i] as Sibling
    bytes += bytesPerSibling + (value === null ? 0 : value.length)
  }
  return bytes
}

/** By actor (code units), then n: the order of siblings in a state. */
export function compareDots(a: Dot, b: Dot): number {
  if (a.actor !== b.actor) return a.actor < b.actor ? -1 : 1
  return a.n - b.n
}

/**
 * The order of last-write-wins: clock, actor, hash of the value. Actor and n would do while dots
 * are unique; the hash keeps the order total, and replicas equal, even where a broken node has
 * issued one dot twice.
 */
export function compareLatest(a: Sibling, b: Sibling): number {
  if (a.hlc !== b.hlc) return a.hlc - b.hlc
  if (a.actor !== b.actor) return a.actor < b.actor ? -1 : 1
  return compareTwins(a, b) || a.n - b.n
}

/** Two values that claim the same place; a tombstone is the lowest. */
function compareTwins(a: Sibling, b: Sibling): number {
  if (a.value === b.value) return 0
  if (a.value === null) return -1
  if (b.value === null) return 1
  return placementHigh(a.value) - placementHigh(b.value) || (a.value < b.value ? -1 : 1)
}

function sameSiblings(a: readonly Sibling[], b: readonly Sibling[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as Sibling
    const y = b[i] as Sibling
    if (x === y) continue
    if (x.n !== y.n || x.hlc !== y.hlc || x.actor !== y.actor || x.value !== y.value) return false
  }
  return true
}

/**
 * `ahead` descends `behind`: is each of its siblings either news to `behind` or alive there too?
 */
function outlives(ahead: KeyState, behind: KeyState): boolean {
  for (let i = 0; i < ahead.siblings.length; i++) {
    const sibling = ahead.siblings[i] as Sibling
    if (!covers(behind.vv, sibling.actor, sibling.n)) continue
    const held = siblingAt(behind.siblings, sibling)
    if (held === null || (held !== sibling && elder(held, sibling) !== sibling)) return false
  }
  return true
}

function siblingAt(siblings: readonly Sibling[], dot: Dot): Sibling | null {
  for (let i = 0; i < siblings.length; i++) {
    const sibling = siblings[i] as Sibling
    if (sibling.n === dot.n && sibling.actor === dot.actor) return sibling
  }
  return null
}

/**
 * Both hold this dot. Its content is the same unless a node broke DVV-1; then both sides must still
 * choose alike, or they would differ for ever.
 */
function elder(a: Sibling, b: Sibling): Sibling {
  if (a === b) return a
  if (a.hlc !== b.hlc) return a.hlc > b.hlc ? a : b
  return compareTwins(a, b) >= 0 ? a : b
}

function mergeConcurrent(a: KeyState, b: KeyState, vv: VersionVector): KeyState {
  const siblings = mergeSiblings(a, b)
  if (vv === a.vv && sameSiblings(siblings, a.siblings)) return a
  if (sameVector(vv, b.vv) && sameSiblings(siblings, b.siblings)) return b
  // Kept, so without the room that a list has after it has grown.
  return { vv, siblings: siblings.slice() }
}

/** One walk over two sorted lists. */
function mergeSiblings(a: KeyState, b: KeyState): Sibling[] {
  const merged: Sibling[] = []
  let i = 0
  let j = 0
  while (i < a.siblings.length && j < b.siblings.length) {
    const x = a.siblings[i] as Sibling
    const y = b.siblings[j] as Sibling
    const order = compareDots(x, y)
    if (order === 0) {
      merged.push(elder(x, y))
      i++
      j++
    } else if (order < 0) {
      if (!covers(b.vv, x.actor, x.n)) merged.push(x)
      i++
    } else {
      if (!covers(a.vv, y.actor, y.n)) merged.push(y)
      j++
    }
  }
  for (; i < a.siblings.length; i++) {
    const x = a.siblings[i] as Sibling
    if (!covers(b.vv, x.actor, x.n)) merged.push(x)
  }
  for (; j < b.siblings.length; j++) {
    const y = b.siblings[j] as Sibling
    if (!covers(a.vv, y.actor, y.n)) merged.push(y)
  }
  return merged
}

function mergeLatest(a: KeyState, b: KeyState): KeyState {
  const vv = mergeVectors(a.vv, b.vv)
  const winner = latest(b.siblings, latest(a.siblings, null))
  if (vv === a.vv && holdsOnly(a, winner)) return a
  if (sameVector(vv, b.vv) && holdsOnly(b, winner)) return b
  return { vv, siblings: winner === null ? [] : [winner] }
}

function holdsOnly(state: KeyState, winner: Sibling | null): boolean {
  const { siblings } = state
  if (winner === null) return siblings.length === 0
  return siblings.length === 1 && compareLatest(siblings[0] as Sibling, winner) === 0
}

/**
 * The last of all these; one sibling is the rule, but whoever sends more gets no further with it.
 */
function latest(siblings: readonly Sibling[], other: Sibling | null): Sibling | null {
  let winner = other
  for (let i = 0; i < siblings.length; i++) {
    const sibling = siblings[i] as Sibling
    if (winner === null || compareLatest(sibling, winner) > 0) winner = sibling
  }
  return winner
}
