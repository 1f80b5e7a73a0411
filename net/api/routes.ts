/**
 * The routes for people, dashboards and scrapers, and the description of those of keys. The latter
 * are never answered here: `server.ts` takes them before they come this far.
 */
import fastifyHelmet from '@fastify/helmet'
import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import type { Registry } from 'prom-client'
import { z } from 'zod'
import type { Entry } from '../../core/index.js'
import { liveSiblings } from '../../core/index.js'
import { pageFiles, pagePolicy } from '../dashboard/file.js'
import type { Door, NodeLogPage } from '../door.js'
import { decodeKey, encodeKey } from './key.js'
import { lineView } from './live.js'
import type { LiveLog } from './live.js'
import { listEntries } from './list.js'
import type { Metrics } from './metrics.js'
import { metricsText } from './metrics.js'
import type { ApiOptions } from './options.js'
import { defaultBucket } from './path.js'
import { ApiProblem } from './problem.js'
import { relayUrl } from './relay.js'
import * as schema from './schema.js'
import { addSupervision } from './supervision.js'
import type { LiveView } from './watch.js'
import {
  clusterView,
  explainView,
  gossipView,
  merkleView,
  ringView,
  statsView,
  versionsOf,
} from './view.js'

export interface RouteOptions {
  readonly door: Door
  readonly options: ApiOptions
  readonly metrics: Metrics
  readonly registry: Registry
  readonly live: LiveLog
  readonly watch: LiveView
}

type Server = FastifyInstance

export async function addRoutes(server: Server, routes: RouteOptions): Promise<void> {
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  // Nothing here needs a script, a style or a frame.
  await server.register(fastifyHelmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: routes.options.tls !== null,
  })
  await server.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'dynamo-sim',
        description: 'A node of a Dynamo-style key-value store.',
        version: '1',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: routes.options.tokens.length === 0 ? [] : [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  })
  await addSupervision(server, routes.door)
  addKeyRoutes(server)
  addViews(server, routes)
  addKeyViews(server, routes)
  addHealth(server, routes)
  addAdmin(server, routes)
  addLive(server, routes)
  addPage(server)
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger())
}

const problems = { '4XX': schema.problem, 503: schema.problem }

export const notFoundMessage = (method: string): string =>
  `no such route for ${method}: there are /kv/{key}, /buckets/{bucket}/kv/{key}, and those of ` +
  '/openapi.json; a slash in a key is %2F'

/** For OpenAPI alone: a request comes here only if it writes `/kv/` in a way that nobody does. */
function addKeyRoutes(server: Server): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  const absent = ({ method }: FastifyRequest): never => {
    throw new ApiProblem('not_found', notFoundMessage(method))
  }
  for (const bucketed of [false, true]) {
    const url = bucketed ? '/buckets/:bucket/kv/:key' : '/kv/:key'
    const params = bucketed ? schema.bucketKeyParams : schema.keyParams
    const of = { params, querystring: schema.keyQuery }
    const unknown = { ...problems, 504: schema.problem }
    const get = { 200: schema.found, 300: schema.siblings, 404: schema.notFound, ...problems }
    typed.get(url, { schema: { summary: 'Read a key.', ...of, response: get } }, absent as never)
    const put = { 201: schema.stored, ...unknown }
    const body = schema.putBody
    typed.put(
      url,
      { schema: { summary: 'Write a key.', ...of, body, response: put } },
      absent as never,
    )
    const forget = schema.deleteBody.nullish()
    const remove = { 200: schema.deleted, ...unknown }
    typed.delete(
      url,
      { schema: { summary: 'Delete a key.', ...of, body: forget, response: remove } },
      absent as never,
    )
  }
}

function addViews(server: Server, { door, options, metrics, registry }: RouteOptions): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  const view = <S extends z.ZodType>(
    url: string,
    summary: string,
    response: S,
    of: () => z.output<S>,
  ) => {
    typed.get(url, { schema: { summary, response: { 200: response } } }, () => of() as never)
  }
  view('/stats', 'What this node has done.', schema.stats, () => statsView(door, metrics))
  view('/ring', 'Partitions and their owners.', schema.ring, () => ringView(door, options))
  view('/gossip', 'Members, as this node sees them.', schema.gossip, () => gossipView(door))
  view('/merkle', 'How far anti-entropy is.', schema.merkle, () => merkleView(door))
  typed.get('/metrics', { schema: { summary: 'For Prometheus.' } }, async (_, reply) => {
    return reply.type(registry.contentType).send(await metricsText(registry, door))
  })
  const log = {
    summary: 'Log lines, of this node or of another member.',
    querystring: schema.logQuery,
    response: { 200: schema.log },
  }
  typed.get('/log', { schema: log }, async (request) => {
    const { node = door.node, after, limit } = request.query
    const { source, lines } = await logPage(door, node, after, limit)
    return { node, source, lines: lines.map(lineView) }
  })
}

async function logPage(
  door: Door,
  node: string,
  after: number,
  limit: number,
): Promise<NodeLogPage> {
  if (node === door.node) {
    return { source: `life ${String(door.incarnation)}`, lines: door.log(after, limit) }
  }
  if (!door.members().some(({ id }) => id === node)) {
    throw new ApiProblem('not_found', `the cluster has no node ${node}`)
  }
  if (door.logOf === undefined) throw new ApiProblem('not_found', 'this node asks no other')
  return door.logOf(node, after, limit).catch((error: Error) => {
    throw new ApiProblem('unreachable', `the log of ${node}: ${error.message}`)
  })
}

function addLive(server: Server, { live, watch }: RouteOptions): void {
  const summary = 'Log lines as they are written: server-sent events.'
  const options = { schema: { summary }, exposeHeadRoute: false }
  server.get('/log/live', options, (request, reply) => {
    live.serve(request.id, request.raw, reply.raw)
    void reply.hijack()
  })
  const view = {
    summary: 'All that the dashboard shows, once a second, and the log: server-sent events.',
    querystring: schema.liveQuery,
  }
  const typed = server.withTypeProvider<ZodTypeProvider>()
  typed.get('/live', { schema: view, exposeHeadRoute: false }, (request, reply) => {
    watch.serve(request.id, request.query, reply.raw)
    void reply.hijack()
  })
}

/** What a URL of `/explain` names; keys are bytes, which the router would not take. */
const explainPattern = /^(?:\/buckets\/([^/?]*))?\/explain\/([^/?]*)(?:\?|$)/

/** Where the router finds what has a key in it, whatever the key. */
export const routedUrl = (url: string): string =>
  relayUrl(url) ?? (explainPattern.test(url) ? '/explain/-' : url)

function addKeyViews(server: Server, { door, options }: RouteOptions): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  const explain = {
    summary: 'Where a key lives, and why; also /buckets/{bucket}/explain/{key}.',
    params: schema.keyParams,
    response: { 200: schema.explain },
  }
  typed.get('/explain/:key', { schema: explain }, (request) => {
    const [, bucket, segment] = explainPattern.exec(request.originalUrl) ?? []
    const key = decodeKey(segment ?? '')
    const name = decodeKey(bucket ?? defaultBucket)
    if (key === null || key === '')
      throw new ApiProblem('bad_key', 'the key is not percent-encoded')
    if (Buffer.byteLength(key) > options.limits.keyBytes) {
      throw new ApiProblem('bad_key', 'the key is too long')
    }
    checkBucket(door, name)
    return explainView(door, name as string, key)
  })
  const keys = {
    summary: 'Keys that this node stores, a page at a time.',
    params: z.object({ bucket: z.string() }),
    querystring: schema.keysQuery,
    response: { 200: schema.keys },
  }
  typed.get('/buckets/:bucket/keys', { schema: keys }, async (request) => {
    const { bucket } = request.params
    checkBucket(door, bucket)
    const { after = null, prefix = '', limit, versions } = request.query
    const found = await listEntries(door.entries(), { bucket, after, prefix, limit: limit + 1 })
    const shows = versions === 'true'
    const page = found.slice(0, shows ? Math.min(limit, within(found)) : limit)
    const next = found.length > page.length ? (page.at(-1)?.key.key ?? null) : null
    const keys = page.map((entry) => ({ ...keyLine(entry), ...(shows ? versionsOf(entry) : {}) }))
    return { node: door.node, bucket, keys, next }
  })
}

function keyLine({ key: { bucket, key }, state }: Entry) {
  const siblings = liveSiblings(state).length
  const url = `/buckets/${encodeKey(bucket)}/kv/${encodeKey(key)}`
  return { key, url, siblings, deleted: siblings === 0 }
}

const mostPageCharacters = 4_000_000

/** How many of these fit on a page with all that they hold; one at least. */
function within(entries: readonly Entry[]): number {
  let characters = 0
  for (const [index, { state }] of entries.entries()) {
    for (const { value } of liveSiblings(state)) characters += value?.length ?? 0
    if (characters > mostPageCharacters) return Math.max(1, index)
  }
  return entries.length
}

function checkBucket(door: Door, bucket: string | null): void {
  if (bucket !== null && door.buckets.has(bucket)) return
  throw new ApiProblem('not_found', 'the cluster has no bucket of that name')
}

function addHealth(server: Server, { door }: RouteOptions): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  const response = { 200: schema.health, 503: schema.health }
  const view = () => {
    const { state, readOnly } = door.health()
    return { node: door.node, state, read_only: readOnly }
  }
  const alive = { summary: '200 while the process can serve at all.', response }
  typed.get('/healthz', { schema: alive }, (_, reply) => {
    const shown = view()
    void reply.code(shown.state === 'failed' ? 503 : 200)
    return shown
  })
  const ready = { summary: '200 when requests may be sent here.', response }
  typed.get('/readyz', { schema: ready }, (_, reply) => {
    const shown = view()
    void reply.code(shown.state === 'ready' ? 200 : 503)
    return shown
  })
}

function addAdmin(server: Server, { door, metrics }: RouteOptions): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  const cluster = { summary: 'All of it, as this node sees it.', response: { 200: schema.cluster } }
  typed.get('/admin/cluster', { schema: cluster }, () => clusterView(door, metrics))
  const sync = {
    summary: 'Compare with every peer now. Send it as application/json, with {}.',
    body: z.strictObject({}),
    response: { 202: schema.syncStarted },
  }
  typed.post('/admin/sync', { schema: sync }, (_, reply) => {
    door.syncNow()
    void reply.code(202)
    return { node: door.node, status: 'started' as const }
  })
}

/** The dashboard: the one thing here that is a page, and so has a policy of its own. */
function addPage(server: Server): void {
  for (const { url, type, body } of pageFiles()) {
    server.get(url, { schema: { hide: true } }, (_, reply) =>
      reply
        .header('content-security-policy', pagePolicy)
        .header('cache-control', 'no-cache')
        .type(type)
        .send(body),
    )
  }
}
