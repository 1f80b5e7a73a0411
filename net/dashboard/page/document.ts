/** One key: what the node answers about it, as the page shows it. */
import type { z } from 'zod'
import type * as schema from '../../api/schema.js'
import { call, jsonOf, messageOf } from './call.js'
import { elements, members, pretty } from './text.js'

export type Explained = z.output<typeof schema.explain>

/** Where a key is; `url` is its path in the API, for a key may be any bytes. */
export interface Chosen {
  readonly key: string
  readonly url: string
}

export interface Version {
  /** The event that wrote it; null where the answer names none. */
  readonly dot: string | null
  readonly text: string
  /** Of bytes: their type. */
  readonly contentType: string | null
}

export interface Read {
  readonly chosen: Chosen
  readonly versions: readonly Version[]
  readonly context: string | null
  readonly clock: Readonly<Record<string, number>>
  readonly explained: Explained | null
}

export const urlOf = (bucket: string, key: string): string =>
  `/buckets/${encodeURIComponent(bucket)}/kv/${encodeURIComponent(key)}`

const operationMillis = 15_000

/** What is there, or why that cannot be said. */
export async function readKey(chosen: Chosen): Promise<Read | string> {
  const [answer, explained] = await Promise.all([
    call(chosen.url, { patienceMillis: operationMillis }),
    call(chosen.url.replace('/kv/', '/explain/')),
  ])
  if (answer.kind === 'down') return messageOf(answer)
  const json = jsonOf(answer)
  const isAbsent = answer.status === 404 && json['error'] === 'not_found' && 'context' in json
  if (answer.status !== 200 && answer.status !== 300 && !isAbsent) return messageOf(answer)
  return {
    chosen,
    versions: isAbsent ? [] : versionsOf(answer.text, json),
    context: typeof json['context'] === 'string' ? json['context'] : null,
    clock: json['vector_clock'] as Record<string, number>,
    explained:
      explained.kind === 'answer' && explained.status === 200
        ? (jsonOf(explained) as Explained)
        : null,
  }
}

type Json = Readonly<Record<string, unknown>>

/** Values are taken from the text: a number of many digits would not survive `JSON.parse`. */
function versionsOf(text: string, json: Json): Version[] {
  const whole = members(text)
  const siblings = whole.get('siblings')
  const texts = siblings === undefined ? [whole] : elements(siblings).map(members)
  const parsed = (json['siblings'] as readonly Json[] | undefined) ?? [json]
  return parsed.map(({ dot, value, content_type: type }, i) => ({
    dot: typeof dot === 'string' ? dot : null,
    text: typeof type === 'string' ? String(value) : pretty(texts[i]?.get('value') ?? ''),
    contentType: typeof type === 'string' ? type : null,
  }))
}

/** Null, or what is wrong with it. */
export function wrongJson(text: string): string | null {
  try {
    JSON.parse(text)
    return null
  } catch {
    return 'The value is not JSON: text stands in double quotes, as in "milk".'
  }
}

export interface Change {
  readonly chosen: Chosen
  /** JSON, or null to delete. */
  readonly value: string | null
  readonly context: string | null
}

/** Says what became of it. */
export async function writeKey({ chosen, value, context }: Change): Promise<string> {
  const members = [
    ...(value === null ? [] : [`"value":${value}`]),
    ...(context === null ? [] : [`"context":${JSON.stringify(context)}`]),
  ]
  const answer = await call(chosen.url, {
    method: value === null ? 'DELETE' : 'PUT',
    body: `{${members.join(',')}}`,
    patienceMillis: operationMillis,
  })
  if (answer.kind === 'down') return `${messageOf(answer)} Whether it was written is unknown.`
  if (answer.status !== 200 && answer.status !== 201) return messageOf(answer)
  return value === null ? 'Deleted.' : 'Stored.'
}
