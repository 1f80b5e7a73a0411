/** On a local cluster: how its nodes are, stopping, pausing and starting them, and asking them. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Door, SupervisedNode, Supervision } from '../door.js'
import { supervisedActs } from '../door.js'
import { ApiProblem } from './problem.js'
import { addRelay } from './relay.js'
import { supervisedNode } from './schema.js'

const nodes = z.object({ nodes: z.array(supervisedNode) })
type Act = (typeof supervisedActs)[number]

export async function addSupervision(server: FastifyInstance, door: Door): Promise<void> {
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
    response: {
      200: nodes.describe('It is done.'),
      202: nodes.describe('To the node that answers: it will be done when the answer is out.'),
    },
  }
  typed.post('/admin/nodes/:node/:act', { schema: act }, async (request, reply) => {
    const { node, act: wish } = request.params
    const found = await toOneself(door, node, wish, reply)
    try {
      return { nodes: [...(found ?? (await supervisionOf(door).act(node, wish)))] }
    } catch (error) {
      if (error instanceof ApiProblem) throw error
      throw new ApiProblem('not_found', (error as Error).message)
    }
  })
  await addRelay(server, async (node) => {
    const found = (await supervisionOf(door).nodes()).find(({ id }) => id === node)
    if (found === undefined) throw new ApiProblem('not_found', `no node ${node} in this cluster`)
    return found.url
  })
}

/**
 * What ends or halts the process that answers is done after the answer: a node that waits for its
 * own end with a request open would wait for its grace to pass. Null: it is nothing like that.
 */
async function toOneself(
  door: Door,
  node: string,
  act: Act,
  reply: FastifyReply,
): Promise<readonly SupervisedNode[] | null> {
  if (node !== door.node || act === 'start' || act === 'resume') return null
  const supervision = supervisionOf(door)
  const known = await supervision.nodes()
  // Nobody is left to be told what becomes of it, but those who look at the cluster.
  reply.raw.on('finish', () => void supervision.act(node, act).catch(() => undefined))
  void reply.code(202)
  return known
}

function supervisionOf({ supervision }: Door): Supervision {
  if (supervision !== undefined && supervision !== null) return supervision
  throw new ApiProblem('not_found', 'this node was not started by sim cluster')
}
