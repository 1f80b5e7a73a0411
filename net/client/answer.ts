/** What an answer of a node means to the one who asked. */
import type { Endpoint, Reply } from './endpoint.js'
import type { Failure } from './error.js'
import { BadRequest, Rejected, StoreError, Unknown } from './error.js'

export type Verdict =
  | { readonly kind: 'ok'; readonly status: number; readonly text: string; readonly dot: string }
  /** Nothing has happened. `elsewhere`: it may be tried again. */
  | { readonly kind: 'rejected'; readonly elsewhere: boolean; readonly failure: Failure }
  | { readonly kind: 'unknown'; readonly failure: Failure }
  /** No answer: for a write that is unknown too, but this node may still be asked about it. */
  | { readonly kind: 'lost'; readonly failure: Failure }

type Answer = Extract<Reply, { kind: 'answer' }>

interface ProblemBody {
  readonly error?: string
  readonly outcome?: string
  readonly message?: string
  readonly need?: number
  readonly got?: number
  readonly request_id?: string
}

/** Statuses that say that this node cannot now, and that nothing has happened. */
const elsewhere = new Set([412, 429, 503])

export function verdictOf(reply: Reply, endpoint: Endpoint, attempts: number): Verdict {
  if (reply.kind !== 'answer') {
    const { code } = reply
    const failure = { ...blank, code, message: reply.message, url: endpoint.url, attempts }
    return reply.kind === 'unsent'
      ? { kind: 'rejected', elsewhere: true, failure }
      : { kind: 'lost', failure }
  }
  const { status, text } = reply
  const body = status >= 300 ? problemOf(text) : {}
  if (status < 300 || status === 300 || (status === 404 && body.error === 'not_found')) {
    return { kind: 'ok', status, text, dot: header(reply, 'x-dot') ?? '' }
  }
  const failure: Failure = {
    code: body.error ?? 'bad_answer',
    message: body.message ?? `status ${String(status)}`,
    status,
    need: body.need ?? null,
    got: body.got ?? null,
    url: endpoint.url,
    requestId: body.request_id ?? header(reply, 'x-request-id'),
    attempts,
    dot: header(reply, 'x-dot'),
  }
  // Only what a node calls rejected is: a proxy in between may say 502 of what has happened.
  if (body.outcome !== 'rejected' || status === 500) return { kind: 'unknown', failure }
  return { kind: 'rejected', elsewhere: elsewhere.has(status), failure }
}

export function errorOf(verdict: Exclude<Verdict, { kind: 'ok' }>, isWrite: boolean): StoreError {
  const { failure } = verdict
  if (verdict.kind !== 'rejected' && isWrite) return new Unknown(failure)
  if (verdict.kind === 'rejected' && !verdict.elsewhere) return new BadRequest(failure)
  return new Rejected(failure)
}

const blank: Omit<Failure, 'code' | 'message'> = {
  status: null,
  need: null,
  got: null,
  url: null,
  requestId: null,
  attempts: 0,
  dot: null,
}

function header({ headers }: Answer, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' ? value : null
}

function problemOf(text: string): ProblemBody {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {}
  }
}
