/** One node as a client sees it: its connections, its life, and how it has behaved. */
import { Pool } from 'undici'
import type { Settings } from './options.js'
import { Watch } from './watch.js'

export interface Sent {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
  readonly timeoutMillis: number
  /** After so long without an answer the node is asked whether it lives; null: never. */
  readonly silenceMillis?: number | null
  readonly signal: AbortSignal | null
}

/** `connection_refused`: nobody listens there, so the life that did is over. */
export type UnsentCode = 'connection_refused' | 'unreachable'

export type LostCode = 'lost' | 'silent'

export type Reply =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Readonly<Record<string, string | string[] | undefined>>
      readonly text: string
    }
  /** The node never got it: no connection came about. */
  | { readonly kind: 'unsent'; readonly code: UnsentCode; readonly message: string }
  /** It was sent, or may have been, and no answer came: `silent`, to nothing else either. */
  | { readonly kind: 'lost'; readonly code: LostCode; readonly message: string }

const shortestPauseMillis = 50
const longestPauseMillis = 5_000
const connectMillis = 1_000

/** What says that no byte of the request can have arrived. */
const unsentCodes = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

export class Endpoint {
  readonly url: string
  readonly #pool: Pool
  /** For the question whether it lives, which must not queue behind what it is asked about. */
  readonly #questions: Pool
  readonly #authorization: string | null
  /** The last life heard of; 0: none. */
  incarnation = 0
  #failures = 0
  #probing = false
  #asking: Promise<boolean> | null = null
  #pausedUntilMillis = 0

  constructor(url: string, { connections, token, tls }: Settings) {
    this.url = url
    this.#authorization = token === undefined ? null : `Bearer ${token}`
    const connect = { timeout: connectMillis, ...tls }
    this.#pool = new Pool(url, { connections, pipelining: 1, connect })
    this.#questions = new Pool(url, { connections: 1, pipelining: 1, connect })
  }

  /** False from a failure on, until it has answered again; and while its silence is looked into. */
  get liked(): boolean {
    return this.#failures === 0 && this.#asking === null
  }

  get failures(): number {
    return this.#failures
  }

  /**
   * One that failed is asked now and then how it is, and by nobody's request: a node that is paused
   * would keep it until its time is up, and a write would be unknown.
   */
  probe(timeoutMillis: number): void {
    if (this.#failures === 0 || this.#probing || performance.now() < this.#pausedUntilMillis) return
    this.#probing = true
    const sent = { method: 'GET', path: '/readyz', headers: {}, body: null } as const
    void this.send({ ...sent, timeoutMillis, signal: null }).finally(() => {
      this.#probing = false
    })
  }

  async send(sent: Sent): Promise<Reply> {
    const { method, path, headers, body, timeoutMillis, silenceMillis = null, signal } = sent
    // A timer of our own, for it can be cleared: those of `AbortSignal.timeout` stay to their end.
    const stop = new AbortController()
    const abort = (): void => {
      stop.abort()
    }
    const timer = setTimeout(abort, Math.max(1, Math.ceil(timeoutMillis)))
    signal?.addEventListener('abort', abort)
    const watch = new Watch(silenceMillis, (millis) => this.#lives(millis), abort)
    try {
      const response = await this.#pool.request({
        method,
        path,
        headers:
          this.#authorization === null
            ? headers
            : { ...headers, authorization: this.#authorization },
        body,
        signal: stop.signal,
      })
      const text = await response.body.text()
      if (response.statusCode !== 503) this.#heard(response.headers)
      else if (this.#probing) this.#failed()
      return { kind: 'answer', status: response.statusCode, headers: response.headers, text }
    } catch (error) {
      if (signal?.aborted === true) return { kind: 'lost', code: 'lost', message: 'given up' }
      this.#failed()
      if (watch.silent) return { kind: 'lost', code: 'silent', message: 'it has fallen silent' }
      const { code = '', message } = error as NodeJS.ErrnoException
      const said = message || code
      if (code === 'ECONNREFUSED') {
        return { kind: 'unsent', code: 'connection_refused', message: said }
      }
      if (unsentCodes.has(code)) return { kind: 'unsent', code: 'unreachable', message: said }
      return { kind: 'lost', code: 'lost', message: said }
    } finally {
      clearTimeout(timer)
      watch.end()
      signal?.removeEventListener('abort', abort)
    }
  }

  /** One question for all who wait. False: what every node answers at once was not answered. */
  #lives(millis: number): Promise<boolean> {
    this.#asking ??= this.#question(millis).finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #question(millis: number): Promise<boolean> {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(millis)))
    try {
      const { body } = await this.#questions.request({ method: 'GET', path: '/readyz', signal })
      await body.dump()
      return true
    } catch {
      // A node that ends refuses connections, and still answers what it has: that is no silence.
      return !signal.aborted
    }
  }

  #heard(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#failures = 0
    const life = Number(headers['x-incarnation'] ?? 0)
    if (life > this.incarnation) this.incarnation = life
  }

  #failed(): void {
    this.#failures++
    const pause = Math.min(longestPauseMillis, shortestPauseMillis * 2 ** this.#failures)
    // Spread, so that clients do not come back to a node all at once.
    this.#pausedUntilMillis = performance.now() + pause * (0.5 + Math.random())
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.destroy(), this.#questions.destroy()])
  }
}
