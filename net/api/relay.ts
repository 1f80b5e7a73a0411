/**
 * Requests to another node of a local cluster by way of this one: a page may talk to the node that
 * served it and to nobody else, and shows what happens when two nodes are written to.
 *
 * Only where there is a supervisor, which says where the node is: this machine, started by the same
 * person. Nodes elsewhere are never asked on behalf of a client, for that would hand its token on.
 */
import type { IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ApiProblem } from './problem.js'

/** What may be asked by way of another node: keys, and what nodes show. */
const relayed = /^\/(?:kv\/|buckets\/|explain\/|(?:stats|ring|gossip|merkle|readyz)(?:\?|$))/

const pattern = /^\/admin\/nodes\/([\w-]{1,64})\/at(\/.*)$/

/** Where the router finds it, whatever stands behind `/at`: keys are bytes. */
export const relayUrl = (url: string): string | null => {
  const [, node] = pattern.exec(url) ?? []
  return node === undefined ? null : `/admin/nodes/${node}/at/-`
}

const patienceMillis = 15_000
const passedOn = ['content-type', 'x-context', 'x-request-id', 'authorization'] as const
const passedBack = ['content-type', 'x-context', 'retry-after'] as const

export type UrlOf = (node: string) => Promise<string>

export async function addRelay(server: FastifyInstance, urlOf: UrlOf): Promise<void> {
  await server.register((own, _, done) => {
    // Bodies go on letter for letter; a foreign page cannot send this type without being asked.
    own.removeAllContentTypeParsers()
    own.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, take) => {
      take(null, body)
    })
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      own.route({
        method,
        url: '/admin/nodes/:node/at/:path',
        exposeHeadRoute: false,
        schema: {
          summary:
            'Asks that node of a local cluster: /kv/, /buckets/, /explain/, /stats and so on.',
          params: z.object({ node: z.string(), path: z.string() }),
        },
        handler: (request, reply) => relay(request, reply, urlOf),
      })
    }
    done()
  })
}

async function relay(
  request: FastifyRequest,
  reply: FastifyReply,
  urlOf: UrlOf,
): Promise<FastifyReply> {
  const [, node = '', path = ''] = pattern.exec(request.originalUrl) ?? []
  if (!relayed.test(path)) {
    throw new ApiProblem('not_found', 'only keys and views can be asked by way of another node')
  }
  const url = await urlOf(node)
  const answer = await ask(new URL(url), path, request).catch((error: Error) => {
    throw new ApiProblem('unreachable', `${node} does not answer: ${error.message}`)
  })
  for (const name of passedBack) {
    const value = answer.headers[name]
    if (value !== undefined) void reply.header(name, value)
  }
  return reply.code(answer.statusCode ?? 502).send(answer)
}

function ask(url: URL, path: string, { method, headers, body }: FastifyRequest) {
  const given = passedOn.flatMap((name) => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  const text = typeof body === 'string' ? body : ''
  return new Promise<IncomingMessage>((done, fail) => {
    const asked = httpRequest({
      host: url.hostname,
      port: url.port,
      path,
      method,
      agent: false,
      headers: { ...Object.fromEntries(given), 'content-length': Buffer.byteLength(text) },
    })
    const late = (): void => void asked.destroy(new Error('it took too long'))
    const alarm = setTimeout(late, patienceMillis)
    asked.on('close', () => clearTimeout(alarm))
    asked.on('error', fail)
    asked.on('response', done)
    asked.end(text)
  })
}
