/** The store under test: its nodes, its replication, its buckets. */
import { z } from 'zod'
import {
  choice,
  count,
  duration,
  either,
  factorOrNothing,
  fields,
  flag,
  list,
  name,
  positiveDuration,
  wants,
} from './scalar.js'

/**
 * Copies: a coordinator keeps who has answered as bits of one integer, owners and a stand-in
 * for each.
 */
export const limits = { nodes: 5_000, partitions: 1_048_576, weight: 1_000, copies: 15 }

const node = fields({
  id: name,
  zone: name.optional(),
  weight: factorOrNothing(limits.weight)
    .optional()
    .meta({ description: 'Share of the data; 0: takes requests and holds nothing.' }),
})

const nodeOrName = either('a name, or { id, zone, weight }', [
  name.transform((id) => ({ id })),
  node,
])

const powerOfTwo = count(1, limits.partitions).refine(
  (value) => Number.isInteger(Math.log2(value)),
  {
    error: ({ input }) => `${String(input)} is not a power of two: partitions are hash prefixes`,
  },
)

export const bucket = fields({
  kind: choice(['eventual'], { strong: 'registers with consensus are a later part' }).optional(),
  conflict: choice(['siblings', 'lww']).optional(),
})

const shortestRound = 10_000

const antiEntropy = either('{ every: 10s }, or false', [
  z.literal(false, { error: wants('false, or { every: 10s }') }),
  fields({
    every: duration
      .refine((micros) => micros >= shortestRound, { error: 'must be at least 10ms' })
      .meta({ description: 'How long a round takes that compares each pair of owners once.' }),
  }),
])

const reap = either('{ every: 30s, after: 10s }, or false', [
  z.literal(false, { error: wants('false, or { every: 30s, after: 10s }') }),
  fields({
    every: duration
      .refine((micros) => micros >= shortestRound, { error: 'must be at least 10ms' })
      .meta({ description: 'Each partition with tombstones has a round this often.' }),
    after: duration.optional().meta({
      description: 'Tombstones younger than this are left alone; `every` if left out.',
    }),
  }),
])

export const cluster = fields({
  nodes: either('how many nodes, or a list of { id, zone, weight }', [
    count(1, limits.nodes),
    list('a list of nodes', nodeOrName)
      .min(1, { error: 'a cluster needs at least one node' })
      .max(limits.nodes, { error: `more than ${String(limits.nodes)} nodes` }),
  ])
    .optional()
    .meta({
      description: 'How many (n1, n2, ...), or a list of { id, zone, weight }. 5 if left out.',
    }),
  zones: list('a list of names such as [a, b, c]', name)
    .min(1, { error: 'the list is empty' })
    .optional()
    .meta({ description: 'Dealt round-robin. If left out, each node is a zone of its own.' }),
  partitions: powerOfTwo
    .optional()
    .meta({ description: 'Q, a power of two. If left out, at least 64 and 16 per node.' }),
  replication: fields({
    n: count(1, limits.copies).optional().meta({ description: 'Copies of each key.' }),
    r: count(1, limits.copies).optional().meta({ description: 'Answers a read waits for.' }),
    w: count(1, limits.copies)
      .optional()
      .meta({ description: 'Acknowledgements a write waits for.' }),
    pr: count(0, limits.copies)
      .optional()
      .meta({ description: 'Of the answers, how many from owners.' }),
    pw: count(0, limits.copies)
      .optional()
      .meta({ description: 'Of the acknowledgements, how many from owners.' }),
    sloppy: flag.optional().meta({ description: 'May others stand in for unreachable owners?' }),
    hedge: flag
      .optional()
      .meta({ description: 'Ask R nodes first and one more when they are slow.' }),
  }).optional(),
  buckets: z
    .record(name, bucket, { error: wants('a map such as { carts: { conflict: siblings } }') })
    .optional()
    .meta({ description: 'By name. `default` is always there: eventual, with siblings.' }),
  coordinator: choice(['owner', 'any']).optional().meta({
    description:
      'Who coordinates a put that comes to a node without the key: an owner, or (lww) that node.',
  }),
  resend: either('a duration such as 250ms, or false', [
    z.literal(false, { error: wants('false, or a duration such as 250ms') }),
    positiveDuration,
  ])
    .optional()
    .meta({
      description:
        'A write asks a silent owner again, or a fallback, after this; 250ms if left out.',
    }),
  handoff: flag.optional().meta({ description: 'Hinted handoff. On if left out.' }),
  background_yields: flag.optional().meta({
    description:
      'Hints, comparisons of replicas and snapshots give way to clients by their p99. On if left out.',
  }),
  read_repair: flag.optional().meta({ description: 'On if left out.' }),
  anti_entropy: antiEntropy
    .optional()
    .meta({ description: 'Owners compare their keys, and mend what differs. Off if left out.' }),
  reap: reap.optional().meta({
    description: 'Tombstones that every node can do without are deleted. Off if left out.',
  }),
})
