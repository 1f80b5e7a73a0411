/** How the public API is served: where, for whom, and within which limits. */
import type { Micros } from '../../core/index.js'

export const roles = ['read', 'write', 'admin'] as const
export type Role = (typeof roles)[number]

/** A bearer token. Only its hash is kept after the start; it is never logged. */
export interface Token {
  /** Says in logs who it was; not secret. */
  readonly name: string
  readonly role: Role
  readonly secret: string
}

export interface ApiTls {
  /** PEM texts. */
  readonly cert: string
  readonly key: string
  /** Clients must show a certificate of one of these. */
  readonly ca?: string
}

export interface ApiOptions {
  readonly host: string
  /** 0: any free one; `Api.url` tells which. */
  readonly port: number
  readonly tls: ApiTls | null
  /** None: everybody who reaches the address may do everything. */
  readonly tokens: readonly Token[]
  /** An operator's word: serve beyond this machine without TLS or tokens. */
  readonly insecure: boolean
  /** Buckets in which a write must bring a context: 428 without. */
  readonly contextBuckets: readonly string[]
  readonly defaultTimeoutMicros: Micros
  /** Requests slower than this are logged. */
  readonly slowMicros: Micros
  /** At level `debug`, the others too. */
  readonly logsAll: boolean
  readonly limits: ApiLimits
}

export interface ApiLimits {
  /** Of one value, as it is sent. */
  readonly valueBytes: number
  /** Of one key, percent-decoded. */
  readonly keyBytes: number
  readonly headerBytes: number
  readonly headerCount: number
  /** How deep arrays and objects of a JSON value may be nested. */
  readonly jsonDepth: number
  readonly timeoutMicros: Micros
  /** All bodies being received at once. */
  readonly bodyBytesInFlight: number
  readonly connections: number
  /** A client has this long to send all its headers, and this long for a whole request. */
  readonly headersMillis: number
  readonly requestMillis: number
  readonly keepAliveMillis: number
  /** A connection on which nothing moves, with a request or without, is closed. */
  readonly idleMillis: number
  /** Requests a second of one client address; null: no limit. */
  readonly requestsPerSecond: number | null
}

export const defaultApiLimits: ApiLimits = {
  valueBytes: 1024 * 1024,
  keyBytes: 1024,
  headerBytes: 32 * 1024,
  headerCount: 100,
  jsonDepth: 128,
  timeoutMicros: 60_000_000,
  bodyBytesInFlight: 256 * 1024 * 1024,
  connections: 10_000,
  headersMillis: 10_000,
  requestMillis: 30_000,
  keepAliveMillis: 65_000,
  idleMillis: 90_000,
  requestsPerSecond: null,
}

export const defaultApiOptions: ApiOptions = {
  host: '127.0.0.1',
  port: 0,
  tls: null,
  tokens: [],
  insecure: false,
  contextBuckets: [],
  defaultTimeoutMicros: 5_000_000,
  slowMicros: 500_000,
  logsAll: false,
  limits: defaultApiLimits,
}
