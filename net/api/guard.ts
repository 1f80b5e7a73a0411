/** Who may come in: bearer tokens and their roles, the rate limit, and whose pages may call. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Metrics } from './metrics.js'
import type { ApiOptions, Role, Token } from './options.js'
import { ApiProblem } from './problem.js'

const ranks: Readonly<Record<Role, number>> = { read: 0, write: 1, admin: 2 }

interface KnownToken {
  readonly name: string
  readonly role: Role
  readonly digest: Buffer
}

const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i
const mostAddresses = 10_000

export class Guard {
  readonly #tokens: readonly KnownToken[]
  readonly #metrics: Metrics
  readonly #perSecond: number | null
  readonly #buckets = new Map<string, { tokens: number; atMillis: number }>()
  readonly #loopbackOnly: boolean
  #lastLocal: string | null = null

  constructor({ tokens, limits, host }: ApiOptions, metrics: Metrics) {
    this.#tokens = tokens.map(({ name, role, secret }: Token) => ({
      name,
      role,
      digest: digestOf(secret),
    }))
    this.#metrics = metrics
    this.#perSecond = limits.requestsPerSecond
    this.#loopbackOnly = tokens.length === 0 && isLoopback(host)
  }

  /** Returns whose token it was; throws what to answer. `role` null: for everybody. */
  admit(request: IncomingMessage, role: Role | null): string {
    if (this.#perSecond !== null) this.#limitRate(request, this.#perSecond)
    if (this.#loopbackOnly && !this.#isLocal(request.headers.host ?? '')) {
      this.#metrics.refused.forbidden++
      throw new ApiProblem('forbidden', 'Host must name this machine, for there are no tokens')
    }
    if (role === null || this.#tokens.length === 0) return ''
    const known = this.#find(request.headers.authorization)
    if (known === null) {
      this.#metrics.refused.unauthorized++
      const headers = { 'www-authenticate': 'Bearer realm="dynamo-sim"' }
      throw new ApiProblem('unauthorized', 'a bearer token is needed', headers)
    }
    if (ranks[known.role] < ranks[role]) {
      this.#metrics.refused.forbidden++
      throw new ApiProblem('forbidden', `a token of role ${role} is needed`)
    }
    return known.name
  }

  /** Clients come again under the name they came under. */
  #isLocal(host: string): boolean {
    if (host === this.#lastLocal) return true
    const isLocal = isLocalName(host)
    if (isLocal) this.#lastLocal = host
    return isLocal
  }

  /** Looks at every token, whichever it is: how long it takes tells nothing. */
  #find(header: string | undefined): KnownToken | null {
    const [, secret] = bearer.exec(header ?? '') ?? []
    if (secret === undefined) return null
    const digest = digestOf(secret)
    let found: KnownToken | null = null
    for (const token of this.#tokens) if (timingSafeEqual(token.digest, digest)) found = token
    return found
  }

  #limitRate(request: IncomingMessage, perSecond: number): void {
    const address = request.socket.remoteAddress ?? ''
    const nowMillis = performance.now()
    const bucket = this.#buckets.get(address) ?? { tokens: perSecond, atMillis: nowMillis }
    const grown = ((nowMillis - bucket.atMillis) * perSecond) / 1_000
    bucket.tokens = Math.min(Math.max(1, perSecond), bucket.tokens + grown)
    bucket.atMillis = nowMillis
    if (this.#buckets.size >= mostAddresses && !this.#buckets.has(address)) {
      // The one that came first is, more likely than not, full again.
      this.#buckets.delete(this.#buckets.keys().next().value as string)
    }
    this.#buckets.set(address, bucket)
    if (bucket.tokens >= 1) {
      bucket.tokens--
      return
    }
    this.#metrics.refused.rate_limited++
    const seconds = Math.ceil((1 - bucket.tokens) / perSecond)
    const message = `at most ${String(perSecond)} requests a second`
    throw new ApiProblem('rate_limited', message, { 'retry-after': String(seconds) })
  }
}

const digestOf = (secret: string): Buffer => Buffer.from(hash('sha256', secret, 'hex'), 'hex')

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/**
 * A page of a foreign site can be made to reach a name that points here; its Host then is that
 * name. Where no token protects the data, only names that cannot be such are let in.
 */
function isLocalName(header: string): boolean {
  const name = header.replace(/:\d{1,5}$/, '').toLowerCase()
  return isLoopback(name) || name === '[::1]'
}
