/**
 * Version vectors (protocol.md section 2; Dynamo 4.4). An entry (a, n) stands for every event of
 * actor `a` up to the n-th, so a whole causal past is one short sorted array.
 *
 * These functions run on every message. They never change an argument, and allocate only where the
 * answer is neither argument. Entries have n >= 1: an entry of zero would cover nothing and break
 * equality by structure.
 */
import type { Actor, Dot, VersionVector } from '../types.js'

/** Covers nothing. */
export const emptyVector: VersionVector = []

/** Where one vector stands to another; two bits, so that both scans can share them. */
export const relation = { equal: 0, ahead: 1, behind: 2, concurrent: 3 } as const
export type Relation = (typeof relation)[keyof typeof relation]

/** Has the n-th event of `actor` been seen? */
export function covers(vv: VersionVector, actor: Actor, n: number): boolean {
  for (let i = 0; i < vv.length; i++) {
    const entry = vv[i] as Dot
    if (entry.actor === actor) return entry.n >= n
  }
  return false
}

/**
 * a >= b at every actor. Both are sorted, so no order of names is ever asked for, only equality.
 */
export function descends(a: VersionVector, b: VersionVector): boolean {
  if (a === b) return true
  const spare = a.length - b.length
  if (spare < 0) return false
  let skipped = 0
  for (let j = 0; j < b.length; j++) {
    const wanted = b[j] as Dot
    let found = a[j + skipped] as Dot
    // Vectors grow out of each other, and share most of their entries.
    if (found === wanted) continue
    while (found.actor !== wanted.actor) {
      if (skipped === spare) return false
      skipped++
      found = a[j + skipped] as Dot
    }
    if (found.n < wanted.n) return false
  }
  return true
}

export function sameVector(a: VersionVector, b: VersionVector): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as Dot
    const y = b[i] as Dot
    if (x === y) continue
    if (x.n !== y.n || x.actor !== y.actor) return false
  }
  return true
}

/** `ahead`: a descends b and is not equal to it. */
export function compareVectors(a: VersionVector, b: VersionVector): Relation {
  if (a === b) return relation.equal
  if (descends(a, b)) {
    return a.length === b.length && descends(b, a) ? relation.equal : relation.ahead
  }
  return descends(b, a) ? relation.behind : relation.concurrent
}

/** The pointwise maximum; `a` or `b` itself where one descends the other. */
export function mergeVectors(a: VersionVector, b: VersionVector): VersionVector {
  if (descends(a, b)) return a
  return descends(b, a) ? b : uniteVectors(a, b)
}

/** The pointwise maximum of two vectors known to be concurrent. */
export function uniteVectors(a: VersionVector, b: VersionVector): VersionVector {
  const merged: Dot[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const x = a[i] as Dot
    const y = b[j] as Dot
    if (x.actor === y.actor) {
      merged.push(x.n >= y.n ? x : y)
      i++
      j++
    } else if (x.actor < y.actor) {
      merged.push(x)
      i++
    } else {
      merged.push(y)
      j++
    }
  }
  for (; i < a.length; i++) merged.push(a[i] as Dot)
  for (; j < b.length; j++) merged.push(b[j] as Dot)
  // What is kept is as long as what is in it: a list that has grown has room for many more.
  return merged.slice()
}

/** `vv` and one event more; `vv` itself if that is covered already. */
export function withDot(vv: VersionVector, dot: Dot): VersionVector {
  const { actor, n } = dot
  // A fresh entry: a sibling is a dot too, and a vector of two shapes would slow every scan down.
  const entry: Dot = { actor, n }
  let at = 0
  for (; at < vv.length; at++) {
    const found = vv[at] as Dot
    if (found.actor === actor) {
      if (found.n >= n) return vv
      const next = vv.slice()
      next[at] = entry
      return next
    }
    if (found.actor > actor) break
  }
  const next: Dot[] = []
  for (let i = 0; i < at; i++) next.push(vv[i] as Dot)
  next.push(entry)
  for (let i = at; i < vv.length; i++) next.push(vv[i] as Dot)
  return next.slice()
}
