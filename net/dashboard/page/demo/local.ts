/// <reference lib="dom" />
/** What a demonstration asks of the nodes of a local cluster, all by way of the one of the page. */
import type { Answer, Request } from '../call.js'
import { call, jsonOf, messageOf } from '../call.js'
import { elements, members } from '../text.js'
import type { LocalNode } from '../watch.js'

/** What went wrong, in a sentence for people: shown as it is. */
export class DemoProblem extends Error {
  override readonly name = 'DemoProblem'
}

const operationMillis = 20_000

/** Asks that node; the one that served the page directly, any other through it. */
export function ask(self: string, node: string, path: string, request: Request = {}) {
  const by = node === self ? '' : `/admin/nodes/${encodeURIComponent(node)}/at`
  return call(`${by}${path}`, { patienceMillis: operationMillis, ...request })
}

export interface Written {
  readonly node: string
  readonly context: string
}

/** `value` and `context` as they stand in JSON; throws what is said of a write that failed. */
export function writtenOf(answer: Answer, what: string): Written {
  const json = jsonOf(answer.kind === 'answer' ? answer : { text: '' })
  const { context, node } = json
  const isStored = answer.kind === 'answer' && (answer.status === 201 || answer.status === 200)
  if (isStored && typeof context === 'string') return { node: String(node), context }
  throw new DemoProblem(`${what}: ${messageOf(answer)}`)
}

export interface Found {
  /** Raw JSON of each value: one, several siblings, or none. */
  readonly values: readonly string[]
  readonly dots: readonly string[]
  readonly context: string
}

export function foundOf(answer: Answer, what: string): Found {
  if (answer.kind === 'down') throw new DemoProblem(`${what}: ${messageOf(answer)}`)
  const whole = members(answer.text)
  const context = jsonOf(answer)['context']
  if (typeof context !== 'string' || ![200, 300, 404].includes(answer.status)) {
    throw new DemoProblem(`${what}: ${messageOf(answer)}`)
  }
  if (answer.status === 404) return { values: [], dots: [], context }
  const siblings = whole.get('siblings')
  if (siblings === undefined) return { values: [whole.get('value') ?? ''], dots: [], context }
  const each = elements(siblings).map(members)
  return {
    values: each.map((sibling) => sibling.get('value') ?? ''),
    dots: each.map((sibling) => (sibling.get('dot') ?? '').replaceAll('"', '')),
    context,
  }
}

export const bodyOf = (value: string | null, context: string | null): string => {
  const parts = [
    ...(value === null ? [] : [`"value":${value}`]),
    ...(context === null ? [] : [`"context":${JSON.stringify(context)}`]),
  ]
  return `{${parts.join(',')}}`
}

/** How the nodes are now, not a second ago. */
export async function localNodes(): Promise<readonly LocalNode[]> {
  const answer = await call('/admin/nodes')
  if (answer.kind === 'answer' && answer.status === 200) {
    return jsonOf(answer)['nodes'] as readonly LocalNode[]
  }
  throw new DemoProblem(`The nodes cannot be listed: ${messageOf(answer)}`)
}

export const pause = (millis: number): Promise<void> =>
  new Promise((done) => setTimeout(done, millis))

/** All of them, so many at a time. */
export async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
}
