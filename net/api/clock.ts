/**
 * Vectors as clients see them. A dot is `n1:0=5`: the fifth event of actor `n1:0`; several of them,
 * with commas, are a vector. Names that hold other characters are percent-encoded.
 */
import type { Actor, Dot, VersionVector } from '../../core/index.js'
import { mergeVectors, withDot } from '../../core/index.js'

const longestClock = 8_192

export const dotText = ({ actor, n }: Dot): string => `${actorText(actor)}=${String(n)}`

const actorText = (actor: string): string =>
  plainActor.test(actor) ? actor : encodeURIComponent(actor)

const plainActor = /^[\w.:~-]+$/

/** `{"n1:0":5}` */
export function clockJson(vv: VersionVector): string {
  let text = '{'
  for (let i = 0; i < vv.length; i++) {
    const { actor, n } = vv[i] as Dot
    text += `${i === 0 ? '' : ','}${JSON.stringify(actor)}:${String(n)}`
  }
  return `${text}}`
}

/** Null: not a list of dots. */
export function parseClock(text: string): VersionVector | null {
  if (text.length > longestClock) return null
  let vv: VersionVector = []
  for (const part of text.split(',')) {
    const [, actor, n] = /^ *([^=, ]+)=(\d{1,15}) *$/.exec(part) ?? []
    if (actor === undefined || n === undefined || Number(n) === 0) return null
    const name = decoded(actor)
    if (name === null) return null
    vv = mergeVectors(vv, withDot([], { actor: name as Actor, n: Number(n) }))
  }
  return vv
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
