/** Vectors and dots as a history writes them, out of what the API gives. */
import { ByteReader } from '../../core/index.js'
import { fromBase64 } from '../../core/version/base64.js'
import { sipTagBytes } from '../../core/version/siphash.js'
import { readContext } from '../../core/wire/part.js'

export type Vector = Readonly<Record<string, number>>

/**
 * What a context says that was seen. Its tag is not looked at: only nodes have the secret, and
 * nothing is decided by this. Null for a token of another format.
 */
export function vectorOf(token: string): Vector | null {
  const bytes = fromBase64(token)
  if (bytes === null || bytes.length <= sipTagBytes) return null
  const reader = new ByteReader(bytes, 1, bytes.length - sipTagBytes)
  const { vv } = readContext(reader)
  return reader.done ? Object.fromEntries(vv.map(({ actor, n }) => [actor, n])) : null
}

/** `n1:0=5` of the API is `n1:0#5`. */
export function historyDot(dot: string): string {
  const at = dot.lastIndexOf('=')
  return `${decodeURIComponent(dot.slice(0, at))}#${dot.slice(at + 1)}`
}

export const descends = (later: Vector, earlier: Vector): boolean =>
  Object.entries(earlier).every(([actor, n]) => (later[actor] ?? 0) >= n)
