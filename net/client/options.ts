/** How a client is set up. */

export interface ClientTls {
  /** PEM texts: whom to trust, and who this client is. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface ClientOptions {
  /** A node or several: `http://127.0.0.1:5000`. The others are learned from them. */
  readonly nodes: readonly string[]
  readonly token?: string
  readonly tls?: ClientTls
  /** For an operation as a whole, all attempts together. */
  readonly timeoutMillis?: number
  /** One attempt of a read may take this long before another node is asked. */
  readonly attemptMillis?: number
  readonly attempts?: number
  /**
   * A write without an answer for so long: its node is asked whether it lives, and given up if that
   * is not answered in as long either. Null: a write waits to its end.
   */
  readonly silenceMillis?: number | null
  /**
   * A read that takes longer is sent to a second node as well, and the first answer counts. `auto`:
   * than 19 in 20 of the reads before. Null: never.
   */
  readonly hedgeMillis?: number | 'auto' | null
  /** Connections to one node. */
  readonly connections?: number
  /** The ring is fetched anew when it is older; null: requests go to the given nodes in turn. */
  readonly ringMillis?: number | null
}

export type Settings = Required<Omit<ClientOptions, 'token' | 'tls'>> &
  Pick<ClientOptions, 'token' | 'tls'>

const defaults = {
  timeoutMillis: 5_000,
  attemptMillis: 1_000,
  attempts: 5,
  silenceMillis: 1_000,
  hedgeMillis: 'auto',
  connections: 64,
  ringMillis: 10_000,
} as const

/** Those that may be null, or a word, beside a number above 0. */
const others: Readonly<Record<string, readonly unknown[]>> = {
  silenceMillis: [null],
  hedgeMillis: [null, 'auto', 0],
  ringMillis: [null, 0],
}

/** Checked as they come: a program in JavaScript has no compiler that would have done it. */
export function settingsOf(options: ClientOptions): Settings {
  const known = [...Object.keys(defaults), 'nodes', 'token', 'tls']
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`${unknown}: no such option; there are ${known.join(', ')}`)
  }
  const settings = { ...defaults, ...options, nodes: originsOf(options.nodes) }
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const value: unknown = settings[name]
    const isNumber = typeof value === 'number' && value > 0 && value < Infinity
    if (isNumber || others[name]?.includes(value) === true) continue
    throw new TypeError(`${name}: a number above 0, not ${String(value)}`)
  }
  return settings
}

function originsOf(nodes: unknown): readonly string[] {
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw new TypeError("nodes: a list of URLs, such as ['http://127.0.0.1:5000']")
  }
  return nodes.map((node: unknown) => {
    const url = URL.canParse(String(node)) ? new URL(String(node)) : null
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin
    throw new TypeError(`nodes: ${String(node)} is not a URL such as http://127.0.0.1:5000`)
  })
}

export interface ReadOptions {
  readonly bucket?: string
  readonly r?: number | 'quorum' | 'all'
  readonly pr?: number | 'quorum' | 'all'
  readonly consistency?: 'default' | 'one' | 'quorum' | 'all' | 'monotonic'
  readonly timeoutMillis?: number
  readonly requestId?: string
  readonly signal?: AbortSignal
}

export interface WriteOptions {
  readonly bucket?: string
  /** What a read gave: replaces what that read saw, and nothing else. */
  readonly context?: string | null
  readonly w?: number | 'quorum' | 'all'
  readonly pw?: number | 'quorum' | 'all'
  readonly dw?: number | 'quorum' | 'all'
  readonly consistency?: 'default' | 'one' | 'quorum' | 'all' | 'monotonic'
  readonly timeoutMillis?: number
  readonly requestId?: string
  /** One of your own, to send the same write again after a restart of your program. */
  readonly idempotencyKey?: string
}
