/** Version vectors and dots (protocol.md section 2; Preguiça et al. 2010, dotted version vectors). */
import type { Actor, Dot, VersionVector } from '../types.js'

export const emptyVector: VersionVector = []

function countOf(vv: VersionVector, actor: Actor): number {
  for (let i = 0; i < vv.length; i++) {
    const entry = vv[i] as Dot
    if (entry.actor === actor) return entry.n
  }
  return 0
}

/** Whether the vector covers the dot (actor, n). */
export function covers(vv: VersionVector, actor: Actor, n: number): boolean {
  return n <= countOf(vv, actor)
}

/** Pointwise a >= b. */
export function descends(a: VersionVector, b: VersionVector): boolean {
  if (a === b) return true
  if (b.length > a.length) return false
  let i = 0
  for (let j = 0; j < b.length; j++) {
    const wanted = b[j] as Dot
    while (i < a.length && (a[i] as Dot).actor < wanted.actor) i++
    const found = a[i]
    if (found === undefined || found.actor !== wanted.actor || found.n < wanted.n) return false
    i++
  }
  return true
}

export function sameVector(a: VersionVector, b: VersionVector): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const left = a[i] as Dot
    const right = b[i] as Dot
    if (left.n !== right.n || left.actor !== right.actor) return false
  }
  return true
}

/** Pointwise maximum; a or b itself where one descends the other. */
export function mergeVectors(a: VersionVector, b: VersionVector): VersionVector {
  if (descends(a, b)) return a
  if (descends(b, a)) return b
  const merged: Dot[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const left = a[i]
    const right = b[j]
    if (right === undefined || (left !== undefined && left.actor < right.actor)) {
      merged.push(left as Dot)
      i++
    } else if (left === undefined || right.actor < left.actor) {
      merged.push(right)
      j++
    } else {
      merged.push(left.n >= right.n ? left : right)
      i++
      j++
    }
  }
  return merged
}

export function withDot(vv: VersionVector, dot: Dot): VersionVector {
  return mergeVectors(vv, [{ actor: dot.actor, n: dot.n }])
}
