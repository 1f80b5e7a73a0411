/**
 * A client of a cluster: knows its nodes, asks the right one, asks another where that is safe.
 *
 *     const client = new Client({ nodes: ['http://127.0.0.1:5000'] })
 *     const found = await client.get('cart')
 *     await client.put('cart', ['milk'], { context: found.context })
 *     await client.close()
 */
import { randomUUID } from 'node:crypto'
import { encodeKey } from '../api/key.js'
import { Hedge } from './hedge.js'
import type { ClientOptions, ReadOptions, Settings, WriteOptions } from './options.js'
import { settingsOf } from './options.js'
import { read } from './read.js'
import { Router } from './route.js'
import { Session } from './session.js'
import type { Found, Written } from './value.js'
import { foundOf } from './value.js'
import { write } from './write.js'

/** Bytes to be stored with their content type. */
export interface Bytes {
  readonly bytes: Uint8Array
  readonly contentType: string
}

/** JSON that is sent as it is written, unread. */
export interface RawJson {
  readonly json: string
}

const defaultBucket = 'default'

export class Client {
  readonly #settings: Settings
  readonly #router: Router
  readonly #hedge: Hedge

  constructor(options: ClientOptions) {
    this.#settings = settingsOf(options)
    this.#router = new Router(this.#settings)
    this.#hedge = new Hedge(this.#settings.hedgeMillis)
  }

  /** Throws `Rejected` where no node could answer, `BadRequest` where none would. */
  get(key: string, options: ReadOptions = {}): Promise<Found> {
    return this.read(key, options, null)
  }

  /** Any JSON. Throws `Unknown` where it may have happened, `Rejected` where it has not. */
  put(key: string, value: unknown, options: WriteOptions = {}): Promise<Written> {
    const json = JSON.stringify(value) as string | undefined
    if (json === undefined) throw new TypeError('the value is no JSON')
    return this.putJson(key, { json }, options)
  }

  putJson(key: string, { json }: RawJson, options: WriteOptions = {}): Promise<Written> {
    const body = `{"value":${json}}`
    return this.#write('PUT', key, body, { 'content-type': 'application/json' }, options)
  }

  putBytes(key: string, value: Bytes, options: WriteOptions = {}): Promise<Written> {
    const headers = { 'content-type': value.contentType }
    return this.#write('PUT', key, value.bytes, headers, options)
  }

  /** Without a context the cluster reads first, and deletes what it finds. */
  delete(key: string, options: WriteOptions = {}): Promise<Written> {
    return this.#write('DELETE', key, null, {}, options)
  }

  /** Reads that never go behind what this session has written or read. */
  session(): Session {
    return new Session(this)
  }

  close(): Promise<void> {
    return this.#router.close()
  }

  /** `minimum`: dots that the answer must know of. For sessions. */
  async read(key: string, options: ReadOptions, minimum: string | null): Promise<Found> {
    const settings = this.#settings
    const { bucket = defaultBucket, r, pr, consistency, requestId, signal = null } = options
    const startedMillis = performance.now()
    const timeoutMillis = options.timeoutMillis ?? settings.timeoutMillis
    const candidates = await this.#router.candidates(bucket, key)
    const { status, text, dot } = await this.#doubting(() =>
      read({
        path: (millis) => pathOf(bucket, key, { r, pr, consistency }, millis),
        headers: {
          accept: 'application/json',
          ...(minimum === null ? {} : { 'x-minimum': minimum }),
          ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
        },
        candidates,
        deadlineMillis: startedMillis + timeoutMillis,
        attempts: settings.attempts,
        attemptMillis: settings.attemptMillis,
        hedgeMillis: this.#hedge.afterMillis,
        signal,
      }),
    )
    this.#hedge.learn(performance.now() - startedMillis)
    return foundOf(status, text, dot)
  }

  async #write(
    method: 'PUT' | 'DELETE',
    key: string,
    body: string | Uint8Array | null,
    headers: Readonly<Record<string, string>>,
    options: WriteOptions,
  ): Promise<Written> {
    const { bucket = defaultBucket, context = null, w, pw, dw, consistency, requestId } = options
    const startedMillis = performance.now()
    const timeoutMillis = options.timeoutMillis ?? this.#settings.timeoutMillis
    const candidates = await this.#router.candidates(bucket, key)
    const { text, dot } = await this.#doubting(() =>
      write({
        method,
        path: (millis) => pathOf(bucket, key, { w, pw, dw, consistency }, millis),
        headers: {
          ...headers,
          ...(context === null ? {} : { 'x-context': context }),
          ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
        },
        body,
        idempotencyKey: options.idempotencyKey ?? randomUUID(),
        candidates,
        deadlineMillis: startedMillis + timeoutMillis,
        attempts: this.#settings.attempts,
        silenceMillis: this.#settings.silenceMillis,
      }),
    )
    const { context: next, node } = JSON.parse(text) as { context: string; node: string }
    return { context: next, dot, node }
  }

  /** Who failed may have left the ring. */
  async #doubting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      this.#router.doubt()
      throw error
    }
  }
}

type Query = Readonly<Record<string, string | number | undefined>>

function pathOf(bucket: string, key: string, query: Query, timeoutMillis: number): string {
  const base = bucket === defaultBucket ? '/kv/' : `/buckets/${encodeKey(bucket)}/kv/`
  let path = `${base}${encodeKey(key)}?timeout=${String(Math.max(1, Math.ceil(timeoutMillis)))}ms`
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) path += `&${name}=${encodeURIComponent(value)}`
  }
  return path
}
