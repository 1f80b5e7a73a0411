/** Values as a program sees them. */
import { elementsOf, membersOf } from '../api/json.js'

/** Any JSON. */
export interface JsonValue {
  readonly kind: 'json'
  readonly value: unknown
  /** As it was written: numbers that JavaScript cannot hold are still whole here. */
  readonly text: string
}

export interface BytesValue {
  readonly kind: 'bytes'
  readonly bytes: Uint8Array
  readonly contentType: string
}

export type Value = JsonValue | BytesValue

export interface Sibling {
  readonly value: Value
  /** The event that wrote it. */
  readonly dot: string
}

/** What has been seen, by actor. */
export type Clock = Readonly<Record<string, number>>

interface Known {
  /** Send it with the next write of the key. */
  readonly context: string
  readonly clock: Clock
}

export type Found =
  | ({ readonly kind: 'found'; readonly value: Value; readonly dot: string } & Known)
  | ({ readonly kind: 'siblings'; readonly siblings: readonly Sibling[] } & Known)
  /** Never written, or deleted. */
  | ({ readonly kind: 'absent' } & Known)

export interface Written {
  readonly context: string
  readonly dot: string
  /** The node that answered. */
  readonly node: string
}

/** Depth was bounded by the node when it was written. */
const anyDepth = 100_000

/** The body of a 200, 300 or 404. `dot`: its header. */
export function foundOf(status: number, text: string, dot: string): Found {
  const members = pieces(text)
  const known = {
    context: JSON.parse(piece(members, 'context')) as string,
    clock: JSON.parse(piece(members, 'vector_clock')) as Clock,
  }
  if (status === 404) return { kind: 'absent', ...known }
  if (status === 200) return { kind: 'found', value: valueOf(members), dot, ...known }
  const elements = elementsOf(piece(members, 'siblings'), anyDepth)
  if ('message' in elements) throw new SyntaxError(elements.message)
  const siblings = elements.map((element) => {
    const inner = pieces(element)
    return { value: valueOf(inner), dot: JSON.parse(piece(inner, 'dot')) as string }
  })
  return { kind: 'siblings', siblings, ...known }
}

function valueOf(members: ReadonlyMap<string, string>): Value {
  const text = piece(members, 'value')
  const contentType = members.get('content_type')
  if (contentType === undefined) return { kind: 'json', value: JSON.parse(text), text }
  const encoding = JSON.parse(piece(members, 'encoding')) as 'utf8' | 'base64'
  const bytes = new Uint8Array(Buffer.from(JSON.parse(text) as string, encoding))
  return { kind: 'bytes', bytes, contentType: JSON.parse(contentType) as string }
}

function pieces(text: string): ReadonlyMap<string, string> {
  const members = membersOf(text, anyDepth)
  if ('message' in members) throw new SyntaxError(members.message)
  return members
}

function piece(members: ReadonlyMap<string, string>, name: string): string {
  const text = members.get(name)
  if (text === undefined) throw new SyntaxError(`no "${name}" in the answer`)
  return text
}
