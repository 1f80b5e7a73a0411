/**
 * The public API of one node over HTTP. Requests to keys are answered by `kv.ts` without a detour;
 * all others go through fastify. The guard and the limits stand before both.
 *
 * What a client may take: headers within `headersMillis`, a whole request within `requestMillis`, a
 * connection on which nothing moves is closed, and what is not HTTP to the letter is refused by
 * Node's own strict parser (two lengths, a length beside chunks, a line feed in a header).
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { isPageFile } from '../dashboard/file.js'
import type { Door, WriteLog } from '../door.js'
import { RouteMethods } from './allow.js'
import type { Call } from './answer.js'
import { sendProblem } from './answer.js'
import { refusedBody } from './body.js'
import { Connections } from './connections.js'
import { Guard, isLoopback } from './guard.js'
import { KeyApi } from './kv.js'
import { Metrics, registryOf } from './metrics.js'
import { LiveLog } from './live.js'
import type { ApiOptions, Role } from './options.js'
import { keyPathOf } from './path.js'
import { ApiProblem } from './problem.js'
import { addRoutes, notFoundMessage, routedUrl } from './routes.js'
import { toOriginForm } from './target.js'
import { LiveView } from './watch.js'
import { bodySpare } from './write.js'

export interface Api {
  /** `http://127.0.0.1:5001` */
  readonly url: string
  readonly port: number
  readonly metrics: Metrics
  /** Accepts nothing new, lets what is under way end for so long, then closes what is left. */
  close(graceMillis: number): Promise<void>
}

/** Its message is for the operator: what is missing, and what to write. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
}

export async function startApi(door: Door, options: ApiOptions, log: WriteLog): Promise<Api> {
  refuseOpenDoor(options)
  const front = new Front(door, options, log)
  await front.listen()
  return front
}

/** Beyond this machine, nobody is served in the clear or without a name. */
function refuseOpenDoor({ host, tls, tokens, insecure }: ApiOptions): void {
  if (isLoopback(host) || insecure) return
  if (tls === null) {
    throw new ApiRefusal(`${host} is not a loopback address: give it TLS, or say --insecure`)
  }
  if (tokens.length === 0 && tls.ca === undefined) {
    throw new ApiRefusal(
      `${host} is not a loopback address: give it tokens or a client CA, or say --insecure`,
    )
  }
}

class Front implements Api {
  readonly metrics = new Metrics()
  readonly #options: ApiOptions
  readonly #log: WriteLog
  readonly #guard: Guard
  readonly #keys: KeyApi
  readonly #live: LiveLog
  readonly #watch: LiveView
  readonly #connections = new Connections()
  readonly #fastify: FastifyInstance
  readonly #door: Door
  readonly #calls = new WeakMap<IncomingMessage, Call>()
  readonly #idPrefix = randomBytes(6).toString('base64url')
  #server: Server | null = null
  #requests = 0
  #stopping = false

  constructor(door: Door, options: ApiOptions, log: WriteLog) {
    this.#door = door
    this.#options = options
    this.#log = log
    this.#guard = new Guard(options, this.metrics)
    this.#keys = new KeyApi({ door, options, metrics: this.metrics, log })
    this.#live = new LiveLog(door)
    this.#watch = new LiveView(door, options, this.metrics)
    this.#fastify = this.#build()
  }

  get port(): number {
    return (this.#server?.address() as AddressInfo).port
  }

  get url(): string {
    const { host, tls } = this.#options
    const name = host.includes(':') ? `[${host}]` : host
    return `${tls === null ? 'http' : 'https'}://${name}:${String(this.port)}`
  }

  async listen(): Promise<void> {
    const door = this.#door
    const options = this.#options
    const registry = registryOf(door, this.metrics)
    const { metrics } = this
    const routes = { door, options, metrics, registry, live: this.#live, watch: this.#watch }
    await addRoutes(this.#fastify, routes)
    const { host, port } = options
    await this.#fastify.listen({ host, port })
    this.#log('info', 'api_listening', { url: this.url })
  }

  async close(graceMillis: number): Promise<void> {
    this.#stopping = true
    this.#live.end()
    this.#watch.end()
    const server = this.#server
    const cut = setTimeout(() => server?.closeAllConnections(), graceMillis)
    // Now those that have nothing to wait for, and the others as soon as they are answered.
    const sweep = setInterval(() => {
      this.#connections.closeIdle()
    }, sweepMillis)
    await this.#fastify.close()
    clearInterval(sweep)
    clearTimeout(cut)
  }

  #build(): FastifyInstance {
    const fastify = Fastify({
      serverFactory: (handler) => this.#serve(handler),
      clientErrorHandler: (error, socket) => {
        this.#malformed(error, socket)
      },
      genReqId: (raw) => this.#calls.get(raw)?.id ?? '',
      rewriteUrl: (raw) => routedUrl(raw.url ?? '/'),
      bodyLimit: 64 * 1024,
      forceCloseConnections: 'idle',
      return503OnClosing: false,
      exposeHeadRoutes: true,
      frameworkErrors: (error, request, reply) => {
        void reply.hijack()
        this.#answer(request.raw, this.#problemOf(error, request.id))
      },
    })
    // By the route that was found, never by the text of the URL: there are many ways to write one.
    fastify.addHook('onRequest', (request, _reply, done) => {
      this.#guard.admit(request.raw, roleOf(request.routeOptions.url))
      done()
    })
    fastify.setErrorHandler((error, request, reply) => {
      const problem = this.#problemOf(error, request.id)
      void reply.hijack()
      this.#answer(request.raw, problem)
    })
    const known = new RouteMethods()
    fastify.addHook('onRoute', ({ url, method }) => known.add(url, [method].flat()))
    fastify.setNotFoundHandler(({ raw, method, url }, reply) => {
      void reply.hijack()
      this.#answer(raw, noRoute(method, known.allowOf(url)))
    })
    fastify.addHook('onSend', (request, reply, _payload, done) => {
      void reply.header('x-request-id', request.id)
      done()
    })
    return fastify
  }

  #serve(handler: RequestListener): Server {
    const { limits, tls } = this.#options
    const options = {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMillis,
      requestTimeout: limits.requestMillis,
      keepAliveTimeout: limits.keepAliveMillis,
      connectionsCheckingInterval: Math.min(1_000, limits.headersMillis),
      requireHostHeader: true,
      insecureHTTPParser: false,
      joinDuplicateHeaders: false,
      noDelay: true,
    }
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.#handle(request, response, handler)
    }
    const server =
      tls === null
        ? createServer(options, listener)
        : createTlsServer(
            { ...options, ...tlsOptions(tls), handshakeTimeout: limits.headersMillis },
            listener,
          )
    this.#connections.watch(server, tls === null ? 'connection' : 'secureConnection')
    // No limit of Node's own, for they are counted below: what is above it Node 20 drops without
    // a word, and Node 24 refuses in its own. Their bytes have a limit.
    server.maxHeadersCount = 0
    server.maxConnections = limits.connections
    server.timeout = limits.idleMillis
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (refusedBody(request, limits.valueBytes + bodySpare) === null) response.writeContinue()
      listener(request, response)
    })
    this.#server = server
    return server
  }

  #handle(request: IncomingMessage, response: ServerResponse, rest: RequestListener): void {
    const call: Call = {
      request,
      response,
      id: this.#requestId(request),
      startedMillis: performance.now(),
      who: '',
    }
    this.metrics.open++
    const { socket } = request
    this.#connections.begin(socket)
    response.on('close', () => {
      this.metrics.open--
      this.#connections.end(socket)
    })
    if (this.#stopping) response.setHeader('connection', 'close')
    try {
      refuseManyHeaders(request, this.#options.limits.headerCount)
      toOriginForm(request)
      this.#route(call, rest)
    } catch (error) {
      sendProblem(call, this.#problemOf(error, call.id))
    }
  }

  #route(call: Call, rest: RequestListener): void {
    const { request, response } = call
    const url = request.url ?? '/'
    const isKey = url.startsWith('/kv/') || (url.startsWith('/buckets/') && keyPattern.test(url))
    if (isKey) {
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const who = this.#guard.admit(request, isRead ? 'read' : 'write')
      const path = keyPathOf(url, this.#options.limits.keyBytes)
      if (path !== null) {
        this.#keys.handle(who === '' ? call : { ...call, who }, path)
        return
      }
    }
    this.#calls.set(request, call)
    rest(request, response)
  }

  /** One that a client gave, if it can be logged and sent on as it is. */
  #requestId({ headers }: IncomingMessage): string {
    const given = headers['x-request-id']
    if (typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given)) return given
    return `${this.#idPrefix}-${(this.#requests++).toString(36)}`
  }

  #answer(raw: IncomingMessage, problem: ApiProblem): void {
    const call = this.#calls.get(raw)
    if (call !== undefined) sendProblem(call, problem)
  }

  #problemOf(error: unknown, id: string): ApiProblem {
    if (error instanceof ApiProblem) return error
    const { statusCode = 500, message = '' } = error as { statusCode?: number; message?: string }
    if (statusCode === 413) return new ApiProblem('too_large', message)
    if (statusCode === 415) return new ApiProblem('bad_content_type', message)
    if (statusCode >= 400 && statusCode < 500) return new ApiProblem('bad_request', message)
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#log('error', 'internal_error', { request_id: id, what })
    return new ApiProblem('internal', 'this should not happen; the log of the node says more')
  }

  /** Not HTTP, or too slow, or too much: said once, and the connection is closed. */
  #malformed(error: NodeJS.ErrnoException, socket: Socket): void {
    this.metrics.refused.malformed++
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const [status, code] = malformedStatus(error.code)
    const body = `{"error":"${code}","outcome":"rejected","message":"not a valid HTTP request"}`
    socket.end(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${String(body.length)}\r\n\r\n${body}`,
    )
  }
}

const sweepMillis = 20

function noRoute(method: string, allow: string | null): ApiProblem {
  if (allow === null) return new ApiProblem('not_found', notFoundMessage(method))
  return new ApiProblem('method_not_allowed', `this route knows ${allow}`, { allow })
}

const keyPattern = /^\/buckets\/[^/]*\/kv\//

function malformedStatus(code: string | undefined): readonly [string, string] {
  if (code === 'HPE_HEADER_OVERFLOW') return ['431 Request Header Fields Too Large', 'too_large']
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['408 Request Timeout', 'timeout']
  return ['400 Bad Request', 'bad_request']
}

/** Who may use a route, by its pattern; undefined: there is none. */
function roleOf(route: string | undefined): Role | null {
  if (route === undefined) return 'read'
  if (isPageFile(route)) return null
  if (route === '/healthz' || route === '/readyz' || route === '/openapi.json') return null
  return route.startsWith('/admin') ? 'admin' : 'read'
}

/** A context or a condition that was dropped would make of a write another one. */
function refuseManyHeaders({ rawHeaders }: IncomingMessage, most: number): void {
  if (rawHeaders.length <= 2 * most) return
  throw new ApiProblem('too_large', `more than ${String(most)} headers`)
}

function tlsOptions({ cert, key, ca }: NonNullable<ApiOptions['tls']>) {
  const common = { cert, key, minVersion: 'TLSv1.2' as const }
  return ca === undefined ? common : { ...common, ca, requestCert: true, rejectUnauthorized: true }
}
