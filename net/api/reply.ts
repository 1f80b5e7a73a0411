/** Outcomes of the core as answers: 200, 201, 300, 404, and what `outcome.ts` says of the rest. */
import type {
  Context,
  GetOk,
  Outcome,
  PutOk,
  Rejected,
  Sibling,
  Unknown,
} from '../../core/index.js'
import { encodeContext } from '../../core/index.js'
import type { Call, Unmet } from './answer.js'
import { send, sendJson, sendUnmet } from './answer.js'
import { clockJson, dotText } from './clock.js'
import type { Result } from './metrics.js'
import { bytesOf, valueMembers, valueOf } from './value.js'

/** A longer context stands in the body alone: clients do not take headers of any size. */
const longestHeader = 4_096

export interface Replier {
  readonly node: string
  readonly incarnation: number
  readonly contextSecret: Uint8Array
}

/** How a write ended, as clients are told: in words, for the same may be told once more. */
export type PutAnswer =
  | { readonly kind: 'ok'; readonly dot: string; readonly token: string }
  | (Unmet & { readonly dot: string | null })

export function putAnswerOf(outcome: Outcome, secret: Uint8Array): PutAnswer {
  if (outcome.kind === 'ok') {
    const { context, dot } = outcome as PutOk
    return { kind: 'ok', dot: dotText(dot), token: encodeContext(context, secret) }
  }
  const { kind, code, need, got } = outcome
  return { kind, code, need, got, dot: dotOf(outcome) }
}

/** Returns under which name the request is counted. */
export function sendPut(
  call: Call,
  from: Replier,
  key: string,
  deletes: boolean,
  answer: PutAnswer,
): Result {
  if (answer.kind !== 'ok') return sendFailure(call, from, answer, answer.dot)
  const status = deletes ? 'deleted' : 'stored'
  const body =
    `{"key":${JSON.stringify(key)},"node":${JSON.stringify(from.node)},` +
    `"status":"${status}","context":"${answer.token}"}`
  sendJson(call, deletes ? 200 : 201, body, [...life(from), 'X-Dot', answer.dot])
  return 'ok'
}

export function sendGet(call: Call, from: Replier, key: string, outcome: Outcome): Result {
  if (outcome.kind !== 'ok') return sendFailure(call, from, outcome, dotOf(outcome))
  const { values, context } = outcome as GetOk
  const token = encodeContext(context, from.contextSecret)
  const what = `"context":"${token}","vector_clock":${clockJson(context.vv)}}`
  const headers = [...life(from), ...contextHeader(token)]
  const [first] = values
  if (first === undefined) {
    const error = `{"error":"not_found","key":${JSON.stringify(key)},`
    sendJson(call, 404, error + what, headers)
    return 'not_found'
  }
  if (values.length > 1) {
    const siblings = values.map(siblingJson).join(',')
    sendJson(call, 300, `{"siblings":[${siblings}],${what}`, headers)
    return 'siblings'
  }
  sendOne(call, first, context, what, [...headers, 'X-Dot', dotText(first)], token)
  return 'ok'
}

const siblingJson = (sibling: Sibling): string =>
  `{${valueMembers(sibling.value as string)},"dot":${JSON.stringify(dotText(sibling))}}`

/** A document of somebody, shown in a browser, must not act as a page of this node. */
const harmless = ['Content-Security-Policy', "sandbox; default-src 'none'"]

function sendOne(
  call: Call,
  sibling: Sibling,
  { vv }: Context,
  what: string,
  headers: readonly string[],
  token: string,
): void {
  const stored = sibling.value as string
  const value = valueOf(stored)
  const wantsJson = call.request.headers.accept?.includes('application/json') === true
  if (value.kind === 'json' || wantsJson || token.length > longestHeader) {
    sendJson(call, 200, `{${valueMembers(stored)},${what}`, headers)
    return
  }
  send(call, 200, bytesOf(value.text, value.encoding), [
    'Content-Type',
    value.contentType,
    'Vary',
    'Accept',
    'X-Vector-Clock',
    clockJson(vv),
    ...harmless,
    ...headers,
  ])
}

const life = ({ node, incarnation }: Replier): readonly string[] => [
  'X-Node',
  node,
  'X-Incarnation',
  String(incarnation),
]

const contextHeader = (token: string): readonly string[] =>
  token.length > longestHeader ? [] : ['X-Context', token]

const dotOf = (outcome: Rejected | Unknown): string | null =>
  outcome.kind === 'unknown' && outcome.dot !== null ? dotText(outcome.dot) : null

function sendFailure(call: Call, from: Replier, unmet: Unmet, dot: string | null): Result {
  const headers = dot === null ? life(from) : [...life(from), 'X-Dot', dot]
  sendUnmet(call, from.node, unmet, headers)
  return unmet.kind
}
