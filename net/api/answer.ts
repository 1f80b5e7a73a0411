/** How answers are written: small JSON texts, in one piece with their headers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OutcomeCode } from '../../core/index.js'
import { outcomeLines, unknownStatus } from './outcome.js'
import type { ApiProblem } from './problem.js'

/** One request on its way, and what of it is needed to answer and to count it. */
export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Comes back as X-Request-Id, and goes with the operation through all nodes. */
  readonly id: string
  readonly startedMillis: number
  /** Whose token it was; empty where there are none. */
  readonly who: string
}

/** Headers as Node takes them: name, value, name, value. */
export type Headers = readonly string[]

const json = 'application/json; charset=utf-8'

export function sendJson(call: Call, status: number, text: string, headers: Headers = []): void {
  send(call, status, text, ['Content-Type', json, ...headers])
}

export function send(call: Call, status: number, body: string | Buffer, headers: Headers): void {
  const { response, id } = call
  if (response.headersSent || response.destroyed) return
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  response.writeHead(status, [
    'X-Request-Id',
    id,
    'Content-Length',
    String(length),
    'X-Content-Type-Options',
    'nosniff',
    'Cache-Control',
    'no-store',
    ...headers,
  ])
  // As many bytes as characters: all of it is ASCII, and copied as it is with its headers.
  if (typeof body === 'string' && length === body.length) endAtOnce(response, body)
  else response.end(body)
}

/**
 * Head and body in one write of one text. `end(body)` alone adds an empty piece behind them, and a
 * write of several pieces costs as much again as the answer itself. Where there is no body to send
 * (HEAD) or the connection is not this answer's yet (pipelining), Node knows better.
 */
function endAtOnce(response: ServerResponse, body: string): void {
  const { socket } = response
  if (socket === null || response.req.method === 'HEAD') {
    response.end(body, 'latin1')
    return
  }
  socket.cork()
  response.write(body, 'latin1')
  socket.uncork()
  response.end()
}

export function sendProblem(call: Call, problem: ApiProblem): void {
  const body = JSON.stringify({
    error: problem.code,
    outcome: 'rejected',
    message: problem.message,
    request_id: call.id,
  })
  sendJson(call, problem.status, body, Object.entries(problem.headers).flat())
}

/** What was needed and what was got: `need` and `got` are counts of nodes, or of siblings. */
export interface Unmet {
  readonly kind: 'rejected' | 'unknown'
  readonly code: OutcomeCode
  readonly need: number
  readonly got: number
}

export const statusOf = ({ kind, code }: Unmet): number =>
  kind === 'unknown' ? unknownStatus : outcomeLines[code].status

export function sendUnmet(call: Call, node: string, unmet: Unmet, headers: Headers = []): void {
  const { kind, code, need, got } = unmet
  const { means, retryAfter } = outcomeLines[code]
  const message = kind === 'unknown' ? 'it may have happened, once, or happen yet' : means
  const body = JSON.stringify({
    error: code,
    outcome: kind,
    need,
    got,
    message,
    node,
    request_id: call.id,
  })
  const retry =
    kind === 'rejected' && retryAfter !== null ? ['Retry-After', String(retryAfter)] : []
  sendJson(call, statusOf(unmet), body, [...retry, ...headers])
}
