/** On a local cluster: how its nodes are, and stopping, pausing and starting them. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Door, Supervision } from '../door.js'
import { supervisedActs } from '../door.js'
import { ApiProblem } from './problem.js'
import { supervisedNode } from './schema.js'

const nodes = z.object({ nodes: z.array(supervisedNode) })

export function addSupervision(server: FastifyInstance, door: Door): void {
  const typed = server.withTypeProvider<ZodTypeProvider>()
  const list = {
    summary: 'The nodes of a local cluster, and how they are.',
    response: { 200: nodes },
  }
  typed.get('/admin/nodes', { schema: list }, async () => ({
    nodes: [...(await supervisionOf(door).nodes())],
  }))
  const act = {
    summary: 'Does this to that node of a local cluster. Send it as application/json, with {}.',
    params: z.object({ node: z.string().max(64), act: z.enum(supervisedActs) }),
    body: z.strictObject({}),
    response: { 200: nodes },
  }
  typed.post('/admin/nodes/:node/:act', { schema: act }, async (request) => {
    const { node, act: wish } = request.params
    try {
      return { nodes: [...(await supervisionOf(door).act(node, wish))] }
    } catch (error) {
      if (error instanceof ApiProblem) throw error
      throw new ApiProblem('not_found', (error as Error).message)
    }
  })
}

function supervisionOf({ supervision }: Door): Supervision {
  if (supervision !== undefined && supervision !== null) return supervision
  throw new ApiProblem('not_found', 'this node was not started by sim cluster')
}
