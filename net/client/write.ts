/**
 * One write, done at most once.
 *
 * Refused, or never sent: nothing has happened, and the next node is asked. Said to be unknown: so
 * it is reported. No answer at all: the same node is asked again, with the same `Idempotency-Key`
 * and for the same life of it, and if it knows the write its answer counts. Nobody else is asked
 * then: a second coordinator would make a twin of the write, a sibling that nobody wrote. Nor does
 * a refusal of the second copy prove anything, for the first may still lie in a buffer. A node that
 * answers nothing at all is not asked again: it is given up while others serve.
 */
import type { Verdict } from './answer.js'
import { errorOf, verdictOf } from './answer.js'
import type { Endpoint } from './endpoint.js'
import { pause } from './pause.js'

export interface Writing {
  readonly method: 'PUT' | 'DELETE'
  readonly path: (timeoutMillis: number) => string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
  readonly idempotencyKey: string
  readonly candidates: readonly Endpoint[]
  readonly deadlineMillis: number
  readonly attempts: number
  readonly silenceMillis: number | null
}

type Ok = Extract<Verdict, { kind: 'ok' }>
type Failed = Exclude<Verdict, { kind: 'ok' }>

/** Said by, or of, a node whose life is over, or that is silent: nobody is left who could know. */
const hopeless: ReadonlySet<string> = new Set(['other_incarnation', 'connection_refused', 'silent'])

/** A node is given this much longer to say what became of a write than it has for the write. */
const graceMillis = 250
const retryMillis = 50

export async function write(writing: Writing): Promise<Ok> {
  const { candidates, attempts, deadlineMillis } = writing
  let last: Failed | null = null
  for (let i = 0; i < attempts; i++) {
    if (i > 0 && i % candidates.length === 0) await pause(20 * i, null)
    if (performance.now() >= deadlineMillis && last !== null) break
    const endpoint = candidates[i % candidates.length] as Endpoint
    const life = endpoint.incarnation
    const verdict = await attempt(writing, endpoint, life, i + 1)
    if (verdict.kind === 'ok') return verdict
    if (verdict.kind === 'lost') return askAgain(writing, endpoint, life, verdict, i + 1)
    last = verdict
    if (verdict.kind === 'unknown' || !verdict.elsewhere) break
  }
  throw errorOf(last as Failed, true)
}

/** Ends with the outcome of the first copy, or as unknown. */
async function askAgain(
  writing: Writing,
  endpoint: Endpoint,
  life: number,
  lost: Failed,
  attempts: number,
): Promise<Ok> {
  let { code } = lost.failure
  // Of a life not known the node could not tell a retry from a new write.
  while (life !== 0 && !hopeless.has(code)) {
    if (performance.now() + retryMillis >= writing.deadlineMillis) break
    await pause(retryMillis, null)
    const verdict = await attempt(writing, endpoint, life, ++attempts)
    if (verdict.kind === 'ok') return verdict
    if (verdict.kind === 'unknown') break
    code = verdict.failure.code
  }
  throw errorOf({ ...lost, failure: { ...lost.failure, attempts } }, true)
}

async function attempt(
  { method, path, headers, body, idempotencyKey, deadlineMillis, silenceMillis }: Writing,
  endpoint: Endpoint,
  life: number,
  attempts: number,
): Promise<Verdict> {
  const left = Math.max(1, deadlineMillis - performance.now())
  const reply = await endpoint.send({
    method,
    path: path(left),
    headers: {
      ...headers,
      'idempotency-key': idempotencyKey,
      ...(life === 0 ? {} : { 'x-if-incarnation': String(life) }),
    },
    body,
    timeoutMillis: left + graceMillis,
    silenceMillis,
    signal: null,
  })
  return verdictOf(reply, endpoint, attempts)
}
