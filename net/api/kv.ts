/**
 * Put, get and delete of a key: the hot path. A request is checked, handed through the door as one
 * operation, and its outcome written as text; no schema is looked at while it runs. `schema.ts`
 * describes the same for people and for OpenAPI, and tests hold the two together.
 */
import { hash } from 'node:crypto'
import type { Outcome, VersionVector } from '../../core/index.js'
import type { Door, Operation, WriteLog } from '../door.js'
import { Sparing } from '../sparing.js'
import type { Call } from './answer.js'
import { sendProblem, statusOf } from './answer.js'
import { BodyBudget, hasBody, readBody } from './body.js'
import { parseClock } from './clock.js'
import { Idempotency } from './idempotency.js'
import type { Metrics, OperationKind, Result } from './metrics.js'
import type { ApiOptions } from './options.js'
import type { Parameters } from './parameter.js'
import { parseParameters } from './parameter.js'
import type { KeyPath } from './path.js'
import { ApiProblem } from './problem.js'
import type { PutAnswer } from './reply.js'
import { putAnswerOf, sendGet, sendPut } from './reply.js'
import type { Write } from './write.js'
import { bodySpare, contextOf, deleteOf, putOf } from './write.js'

export interface KeyApiOptions {
  readonly door: Door
  readonly options: ApiOptions
  readonly metrics: Metrics
  readonly log: WriteLog
}

/** An operation that the node was handed, and how it ended. */
interface Ended {
  readonly opId: string
  readonly outcome: Outcome | PutAnswer
}

type PutOperation = Extract<Operation, { kind: 'put' }>

/** Of writes with an `Idempotency-Key`; the usual ones take some 12 MiB. docs/api.md says so. */
const remembered = { writes: 50_000, bytes: 16 * 1024 * 1024 }
/** Of slow and failed requests. */
const linesPerSecond = 20
const longestIdempotencyKey = 255
export const keyMethods = 'GET, HEAD, PUT, DELETE'

export class KeyApi {
  readonly #door: Door
  readonly #options: ApiOptions
  readonly #metrics: Metrics
  readonly #log: WriteLog
  readonly #budget: BodyBudget
  readonly #sparing = new Sparing(linesPerSecond)
  readonly #idempotency = new Idempotency(remembered)
  readonly #contextBuckets: ReadonlySet<string>
  #operations = 0

  constructor({ door, options, metrics, log }: KeyApiOptions) {
    this.#door = door
    this.#options = options
    this.#metrics = metrics
    this.#log = log
    this.#budget = new BodyBudget(options.limits.bodyBytesInFlight)
    this.#contextBuckets = new Set(options.contextBuckets)
  }

  handle(call: Call, path: KeyPath): void {
    switch (call.request.method) {
      case 'GET':
      case 'HEAD':
        this.#get(call, path)
        return
      case 'PUT':
        this.#write(call, path, 'put')
        return
      case 'DELETE':
        this.#write(call, path, 'delete')
        return
      default: {
        const headers = { allow: keyMethods }
        const message = `a key knows ${keyMethods}`
        sendProblem(call, new ApiProblem('method_not_allowed', message, headers))
      }
    }
  }

  #get(call: Call, path: KeyPath): void {
    this.#guarded(call, 'get', path, () => {
      if (hasBody(call.request)) {
        throw new ApiProblem('bad_request', 'a GET has no body', { connection: 'close' })
      }
      this.#checkLife(call)
      const { quorum, timeoutMicros } = this.#parameters(path)
      const { bucket, key } = path
      const opId = this.#operationId(call)
      const minimum = minimumOf(call)
      this.#door.submit(
        { kind: 'get', opId, bucket, key, quorum, timeoutMicros, minimum },
        (outcome) => {
          const result = sendGet(call, this.#door, key, outcome)
          this.#done(call, 'get', path, result, { opId, outcome })
        },
      )
    })
  }

  #write(call: Call, path: KeyPath, kind: 'put' | 'delete'): void {
    this.#guarded(call, kind, path, () => {
      this.#checkLife(call)
      const parameters = this.#parameters(path)
      const limits = this.#options.limits
      const limit = kind === 'put' ? limits.valueBytes + bodySpare : bodySpare
      readBody(call.request, limit, this.#budget, (body) => {
        this.#guarded(call, kind, path, () => {
          if (body instanceof ApiProblem) throw body
          const write =
            kind === 'put' ? putOf(call.request, body, limits) : deleteOf(call.request, body)
          this.#submit(call, path, kind, write, parameters)
        })
      })
    })
  }

  #submit(
    call: Call,
    path: KeyPath,
    kind: 'put' | 'delete',
    write: Write,
    { quorum, timeoutMicros }: Parameters,
  ): void {
    const { bucket, key } = path
    if (write.context === null && this.#contextBuckets.has(bucket)) {
      const message = `bucket ${bucket} takes writes with a context only: get the key first`
      throw new ApiProblem('context_required', message)
    }
    const context = contextOf(write.context, this.#door.contextSecret)
    const idempotencyKey = this.#idempotencyKey(call)
    const opId = this.#operationId(call)
    const done = (doneId: string, answer: PutAnswer): void => {
      const result = sendPut(call, this.#door, key, kind === 'delete', answer)
      this.#done(call, kind, path, result, { opId: doneId, outcome: answer })
    }
    const { value } = write
    const put = { kind: 'put', opId, bucket, key, value, context, quorum, timeoutMicros } as const
    if (idempotencyKey === null) this.#put(put, (answer) => done(opId, answer))
    else this.#putOnce(put, idempotencyKey, write.context, done)
  }

  #put(operation: PutOperation, done: (answer: PutAnswer) => void): void {
    this.#door.submit(operation, (outcome) => {
      done(putAnswerOf(outcome, this.#door.contextSecret))
    })
  }

  #putOnce(
    operation: PutOperation,
    once: string,
    token: string | null,
    done: (opId: string, answer: PutAnswer) => void,
  ): void {
    const { opId, bucket, key, value } = operation
    const asked = JSON.stringify([bucket, key, value, token])
    const print = hash('sha256', asked, 'base64url').slice(0, 22)
    switch (this.#idempotency.recall(once, print, opId, done)) {
      case 'new':
        this.#put(operation, (answer) => {
          this.#idempotency.end(once, answer)
          done(opId, answer)
        })
        return
      case 'waits':
        return
      case 'other_request': {
        const message = 'this Idempotency-Key came before, with another key, value or context'
        throw new ApiProblem('idempotency_key_reused', message)
      }
    }
  }

  /** What is wrong with the request itself is answered here. */
  #guarded(call: Call, kind: OperationKind, path: KeyPath, work: () => void): void {
    try {
      work()
    } catch (error) {
      const problem = error instanceof ApiProblem ? error : internal(error, call, this.#log)
      sendProblem(call, problem)
      this.#done(call, kind, path, 'problem')
    }
  }

  #done(
    call: Call,
    kind: OperationKind,
    path: KeyPath,
    result: Result,
    ended: Ended | null = null,
  ): void {
    const millis = performance.now() - call.startedMillis
    this.#metrics.count(kind, result, millis)
    const code = ended === null ? null : failureOf(ended.outcome)
    const isSlow = millis * 1_000 >= this.#options.slowMicros
    const isUsual = !isSlow && code === null
    if (isUsual && !this.#options.logsAll) return
    const omitted = isUsual ? 0 : this.#sparing.admit()
    if (omitted === null) return
    const event = isUsual ? 'request' : code === null ? 'slow_request' : 'failed_request'
    this.#log(isUsual ? 'debug' : 'warn', event, {
      request_id: call.id,
      ...(ended === null ? {} : { operation_id: ended.opId }),
      ...{ operation: kind, bucket: path.bucket, key: path.key, result },
      ...(code === null ? {} : { code }),
      millis: Math.round(millis * 10) / 10,
      ...(call.who === '' ? {} : { who: call.who }),
      ...(omitted === 0 ? {} : { omitted }),
    })
  }

  #parameters({ query }: KeyPath): Parameters {
    return parseParameters(query, {
      replication: this.#door.replication,
      defaultTimeoutMicros: this.#options.defaultTimeoutMicros,
      maxTimeoutMicros: this.#options.limits.timeoutMicros,
    })
  }

  /** A retry is known to the life that it was first sent to, and to no other. */
  #checkLife(call: Call): void {
    const wanted = call.request.headers['x-if-incarnation']
    if (wanted === undefined || wanted === String(this.#door.incarnation)) return
    const life = String(this.#door.incarnation)
    throw new ApiProblem('other_incarnation', `this is life ${life} of the node`, {
      'x-incarnation': life,
    })
  }

  /** One a request, in all the lives of all nodes; begins with the request's own id. */
  #operationId(call: Call): string {
    const life = this.#door.incarnation.toString(36)
    return `${call.id}~${this.#door.node}.${life}.${(this.#operations++).toString(36)}`
  }

  /** Of different clients, the same key is not the same. */
  #idempotencyKey(call: Call): string | null {
    const key = call.request.headers['idempotency-key']
    if (key === undefined) return null
    if (
      typeof key !== 'string' ||
      !/^[\x21-\x7e]+$/.test(key) ||
      key.length > longestIdempotencyKey
    ) {
      const most = String(longestIdempotencyKey)
      throw new ApiProblem('bad_request', `Idempotency-Key: at most ${most} characters, no space`)
    }
    return call.who === '' ? key : `${call.who} ${key}`
  }
}

/** Why the cluster could not do it; null: it could, or the request was at fault. */
function failureOf(outcome: Outcome | PutAnswer): string | null {
  return outcome.kind !== 'ok' && statusOf(outcome) >= 500 ? outcome.code : null
}

function minimumOf(call: Call): VersionVector | null {
  const header = call.request.headers['x-minimum']
  if (header === undefined) return null
  const minimum = typeof header === 'string' ? parseClock(header) : null
  if (minimum === null) throw new ApiProblem('bad_request', 'X-Minimum: dots such as n1:0=5,n2:0=7')
  return minimum
}

function internal(error: unknown, call: Call, log: WriteLog): ApiProblem {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log('error', 'internal_error', { request_id: call.id, what })
  return new ApiProblem('internal', 'this should not happen; the log of the node says more')
}
