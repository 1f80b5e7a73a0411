/** What a write brings: a value and a context, out of body and headers. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../core/index.js'
import { decodeContext, maxContextCharacters } from '../../core/index.js'
import type { Members } from './json.js'
import { membersOf } from './json.js'
import { ApiProblem } from './problem.js'
import { checkedContentType, storedBytes, storedJson } from './value.js'

/** Beside the value, a body of JSON holds its context and names. */
export const bodySpare = maxContextCharacters + 1_024

const jsonPattern = /^application\/json(?:[ \t]*;[ \t]*charset="?utf-8"?)?[ \t]*$/i
/** What curl says of a body when nobody tells it what it is. */
const formType = 'application/x-www-form-urlencoded'

export function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === 'application/json') return true
  return jsonPattern.test(contentType) || contentType.toLowerCase().startsWith(formType)
}

export interface Write {
  /** As the core stores it; null deletes. */
  readonly value: string | null
  /** The token, not looked into yet. */
  readonly context: string | null
}

export interface WriteBounds {
  readonly valueBytes: number
  readonly jsonDepth: number
}

export function putOf(request: IncomingMessage, body: Buffer, bounds: WriteBounds): Write {
  const contentType = request.headers['content-type']
  const header = contextHeader(request)
  if (!isJson(contentType)) {
    const checked = checkedContentType(contentType as string)
    if (checked === null) {
      throw new ApiProblem('bad_content_type', 'Content-Type is not one that could be given back')
    }
    if (body.length > bounds.valueBytes) throw tooLarge(bounds)
    return { value: storedBytes(body, checked), context: header }
  }
  const members = jsonMembers(body, bounds.jsonDepth, ['value', 'context'])
  const value = members.get('value')
  if (value === undefined) {
    throw new ApiProblem(
      'bad_json',
      'no "value": send {"value": …}, or bytes with their own Content-Type',
    )
  }
  if (value.length > bounds.valueBytes / 4 && Buffer.byteLength(value) > bounds.valueBytes) {
    throw tooLarge(bounds)
  }
  return { value: storedJson(value), context: oneContext(header, members) }
}

export function deleteOf(request: IncomingMessage, body: Buffer): Write {
  const header = contextHeader(request)
  if (body.length === 0) return { value: null, context: header }
  if (!isJson(request.headers['content-type'])) {
    throw new ApiProblem('bad_content_type', 'a DELETE brings JSON, or nothing')
  }
  return { value: null, context: oneContext(header, jsonMembers(body, 4, ['context'])) }
}

/** Null for a token that no node of this cluster wrote: the request is at fault. */
export function contextOf(token: string | null, secret: Uint8Array): Context | null {
  if (token === null) return null
  const context = decodeContext(token, secret)
  if (context !== null) return context
  throw new ApiProblem('bad_context', 'the context is none that this cluster gave out')
}

const tooLarge = ({ valueBytes }: WriteBounds): ApiProblem =>
  new ApiProblem('too_large', `a value is at most ${String(valueBytes)} bytes`)

function contextHeader({ headers }: IncomingMessage): string | null {
  const header = headers['x-context']
  return typeof header === 'string' && header !== '' ? header : null
}

function jsonMembers(body: Buffer, depth: number, known: readonly string[]): Members {
  if (!isUtf8(body)) throw new ApiProblem('bad_json', 'the body is not UTF-8')
  const members = membersOf(body.toString('utf8'), depth)
  if ('message' in members) {
    throw new ApiProblem('bad_json', `${members.message}, at character ${String(members.at)}`)
  }
  for (const name of members.keys()) {
    if (known.includes(name)) continue
    const shown = JSON.stringify(name.slice(0, 40))
    throw new ApiProblem('bad_json', `${shown}: no such member; there are ${known.join(', ')}`)
  }
  return members
}

function oneContext(header: string | null, members: Members): string | null {
  const text = members.get('context') ?? 'null'
  const inBody: unknown = text.startsWith('"') ? JSON.parse(text) : null
  if (text !== 'null' && typeof inBody !== 'string') {
    throw new ApiProblem('bad_context', '"context" is the text that a get gave, or null')
  }
  if (typeof inBody !== 'string') return header
  if (header === null || header === inBody) return inBody
  throw new ApiProblem('bad_context', 'X-Context and the context in the body differ')
}
