/** The API in front of the nodes of the tests, and ways to talk to it. */
import { connect } from 'node:net'
import type { ApiLimits, ApiOptions } from '../../../net/api/options.js'
import { defaultApiLimits, defaultApiOptions } from '../../../net/api/options.js'
import type { Api } from '../../../net/api/server.js'
import { startApi } from '../../../net/api/server.js'
import type { ClusterOptions } from '../../core/cluster.js'
import { FakeCluster } from '../fake.js'

export interface ServeOptions {
  readonly cluster?: Partial<ClusterOptions>
  readonly api?: Partial<Omit<ApiOptions, 'limits'>>
  readonly limits?: Partial<ApiLimits>
}

export interface Served {
  readonly fake: FakeCluster
  readonly apis: readonly Api[]
  readonly url: string
  readonly urls: readonly string[]
  readonly close: () => Promise<void>
}

export async function serve(options: ServeOptions = {}): Promise<Served> {
  const fake = new FakeCluster({ nodes: 3, antiEntropyMicros: 60_000_000, ...options.cluster })
  const limits = { ...defaultApiLimits, ...options.limits }
  const apis: Api[] = []
  for (const door of fake.doors) {
    const api = await startApi(door, { ...defaultApiOptions, ...options.api, limits }, door.write)
    fake.urls.set(door.node, api.url)
    apis.push(api)
  }
  const urls = apis.map(({ url }) => url)
  return {
    fake,
    apis,
    urls,
    url: urls[0] as string,
    close: async () => {
      await Promise.all(apis.map((api) => api.close(100)))
      fake.close()
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, where it is JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  const json = isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {}
  return { status: response.status, headers: response.headers, text, json }
}

export function putJson(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return ask(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/**
 * Sends these bytes as they are, and returns all that comes back until the other side closes, or
 * nothing has come for `quietMillis`.
 */
export function sendRaw(url: string, bytes: string | Buffer, quietMillis = 300): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((done, failed) => {
    const socket = connect(Number(port), hostname)
    let received = ''
    const end = (): void => {
      socket.destroy()
      done(received)
    }
    socket.setTimeout(quietMillis, end)
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.on('close', end)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') end()
      else failed(error)
    })
  })
}

/** The status codes of the answers in what `sendRaw` received. */
export const statuses = (received: string): readonly number[] =>
  [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))
