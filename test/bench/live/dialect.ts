/**
 * How a store is asked over HTTP: whole requests as text, made with as little work as possible, and
 * what of an answer counts as one.
 */

export type DialectName = 'kv' | 'etcd'
export type RequestKind = 'put' | 'get'

export interface Dialect {
  /** `context`: of the last answer for this key; null: there was none. */
  request(kind: RequestKind, key: number, context: string | null): string
  isFine(kind: RequestKind, status: string, body: string): boolean
  /** What the next put of the key gives back; null: nothing. */
  contextOf(body: string): string | null
}

export interface DialectOptions {
  readonly dialect: DialectName
  /** Before the number of a key: `/kv/` or `/buckets/NAME/kv/`, and a prefix of it. */
  readonly path: string
  readonly valueBytes: number
}

export function dialectOf(options: DialectOptions, port: number): Dialect {
  const { dialect, path, valueBytes } = options
  const value = 'v'.repeat(valueBytes)
  const host = `HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\n`
  return dialect === 'kv' ? kvDialect(path, host, value) : etcdDialect(path, host, value)
}

const head = (body: string): string =>
  `Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`

function kvDialect(path: string, host: string, value: string): Dialect {
  const body = head(`{"value":"${value}"}`)
  const mark = '"context":"'
  return {
    request: (kind, key, context) => {
      const line = `${path}${String(key)} ${host}`
      if (kind === 'get') return `GET ${line}\r\n`
      const given = context === null ? '' : `X-Context: ${context}\r\n`
      return `PUT ${line}${given}${body}`
    },
    isFine: (_kind, status) => status === '200' || status === '201',
    contextOf: (answer) => {
      const at = answer.indexOf(mark)
      if (at < 0) return null
      const from = at + mark.length
      return answer.slice(from, answer.indexOf('"', from))
    },
  }
}

/** The JSON gateway of etcd 3.4 and later: bytes are base64, and a range is linearizable. */
function etcdDialect(path: string, host: string, value: string): Dialect {
  const encoded = base64(value)
  return {
    request: (kind, key) => {
      const name = base64(`${path}${String(key)}`)
      return kind === 'get'
        ? `POST /v3/kv/range ${host}${head(`{"key":"${name}"}`)}`
        : `POST /v3/kv/put ${host}${head(`{"key":"${name}","value":"${encoded}"}`)}`
    },
    // A key that is not there is a 200 too: without "kvs".
    isFine: (kind, status, body) => status === '200' && (kind === 'put' || body.includes('"kvs"')),
    contextOf: () => null,
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
