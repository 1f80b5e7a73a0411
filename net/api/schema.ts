/**
 * What the API takes and gives, as zod schemas: OpenAPI is made of them, answers of the routes for
 * people are checked against them as they are sent, and those of `/kv` in tests.
 */
import { z } from 'zod'
import { consistencies } from './parameter.js'

const text = z.string()
const count = z.int().nonnegative()

export const contextToken = text.describe(
  'Opaque: what you have seen of this key. Send it with the next write of the key.',
)
const clock = z
  .record(text, count)
  .describe('Events seen, by actor. For people: the context says the same, and cannot be forged.')

const value = z.unknown().describe('Any JSON; of bytes, their text or base64.')
const ofBytes = {
  content_type: text.optional().describe('Of bytes: the Content-Type they were stored with.'),
  encoding: z.enum(['utf8', 'base64']).optional().describe('Of bytes: how `value` holds them.'),
}

export const putBody = z.strictObject({ value, context: contextToken.nullable().optional() })
export const deleteBody = z.strictObject({ context: contextToken.nullable().optional() })

export const stored = z.strictObject({
  key: text,
  node: text.describe('The node that answered.'),
  status: z.literal('stored'),
  context: contextToken,
})
export const deleted = stored.extend({ status: z.literal('deleted') })

export const found = z.strictObject({
  value,
  ...ofBytes,
  context: contextToken,
  vector_clock: clock,
})

export const siblings = z.strictObject({
  siblings: z.array(
    z.strictObject({ value, ...ofBytes, dot: text.describe('The event that wrote it.') }),
  ),
  context: contextToken.describe('Covers all of them: a write with it replaces them all.'),
  vector_clock: clock,
})

export const notFound = z.strictObject({
  error: z.literal('not_found'),
  key: text,
  context: contextToken,
  vector_clock: clock,
})

export const problem = z.strictObject({
  error: text.describe('A word for programs; docs/api.md lists them.'),
  outcome: z
    .enum(['rejected', 'unknown'])
    .describe('rejected: nothing has happened. unknown: it may have, once.'),
  message: text,
  request_id: text,
  node: text.optional(),
  need: count.optional().describe('How many were needed: replicas, or siblings at most.'),
  got: count.optional().describe('How many there were.'),
})

export const keyParams = z.object({ key: text.describe('Percent-encoded; any bytes.') })
export const bucketKeyParams = keyParams.extend({ bucket: text })

const quorumCount = text.optional().describe('A count, `quorum` or `all`.')
export const keyQuery = z.object({
  r: quorumCount.describe('How many replicas must answer a read.'),
  w: quorumCount.describe('How many nodes must have stored a write, durably.'),
  pr: quorumCount.describe('Of r, how many must be owners of the key.'),
  pw: quorumCount.describe('Of w, how many must be owners of the key.'),
  dw: quorumCount.describe('As w: every copy that counts is fsynced.'),
  consistency: z.enum(consistencies).optional(),
  timeout: text.optional().describe('250ms, 2s; a number alone is milliseconds.'),
})

const memberState = z.enum(['alive', 'suspect', 'dead', 'left', 'unknown'])
const member = z.strictObject({
  id: text,
  zone: text,
  weight: z.number(),
  state: memberState.describe('As this node sees it.'),
  incarnation: count,
  url: text.nullable(),
  silent_ms: z.number().nullable().describe('Since anything of it was heard.'),
  round_trip_ms: z.number().nullable(),
})

export const gossip = z.strictObject({ node: text, members: z.array(member) })

const replication = z.strictObject({
  n: count,
  r: count,
  w: count,
  pr: count,
  pw: count,
  sloppy: z.boolean(),
})
const bucket = z.strictObject({
  name: text,
  conflict: z.enum(['siblings', 'lww']),
  context_required: z.boolean(),
})

export const ring = z.strictObject({
  node: text,
  cluster: text,
  incarnation: count,
  epoch: count,
  partitions: count,
  replication,
  buckets: z.array(bucket),
  members: z.array(
    member.extend({
      owns: count.describe('Partitions it owns.'),
      first: count.describe('Partitions it is the first owner of.'),
    }),
  ),
  owners: z.array(z.array(text)).describe('Partition -> its owners, first owner first.'),
})

const hints = z.array(z.strictObject({ target: text, keys: count, bytes: count }))

export const merkle = z.strictObject({
  node: text,
  enabled: z.boolean(),
  exchanges: count.describe('Begun by this node, in this life.'),
  synced_keys: count,
  neighbours: z.array(
    z.strictObject({
      peer: text,
      partitions: count.describe('That both own.'),
      phase: text.describe('`resting`: no exchange is under way.'),
      suspects: count.describe('Keys found different.'),
      repaired_keys: count,
    }),
  ),
  needs_repair: z.array(z.strictObject({ target: text, partitions: z.array(count) })),
})

const latency = z.strictObject({
  p50_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
})

export const stats = z.strictObject({
  node: text,
  incarnation: count,
  state: z.enum(['starting', 'ready', 'stopping', 'failed']),
  read_only: text.nullable(),
  uptime_seconds: z.number(),
  keys: count,
  tombstones: count.describe('Keys of which nothing but tombstones is left.'),
  hints,
  open_requests: count,
  requests: z.record(text, z.record(text, count)).describe('Operation -> result -> how many.'),
  latency: z.record(text, latency).describe('Upper bounds of buckets a factor of two wide.'),
  refused: z.record(text, count),
  counters: z.record(text, z.number()),
  gauges: z.record(text, z.number()),
  memory_bytes: z.strictObject({ resident: count, heap: count }),
})

export const cluster = z.strictObject({
  node: text,
  cluster: text,
  epoch: count,
  partitions: count,
  replication,
  members: z.array(member),
  stats,
  merkle,
})

const version = z.strictObject({
  vector_clock: clock,
  siblings: count,
  deleted: z.boolean().describe('Nothing but a tombstone is left.'),
})

export const explain = z.strictObject({
  key: text,
  bucket: text,
  hash: text.describe('Upper half of the placement hash, in hexadecimal.'),
  partition: count,
  epoch: count,
  owners: z.array(z.strictObject({ id: text, state: memberState, url: text.nullable() })),
  fallbacks: z.array(text).describe('Who stands in for an absent owner, in this order.'),
  here: z.strictObject({
    node: text,
    role: z.enum(['owner', 'fallback', 'neither']),
    holds: version.nullable(),
    hints: z.array(z.strictObject({ target: text, holds: version })),
  }),
  why: z.array(text).describe('The same as sentences.'),
})

const storedVersion = z.strictObject({
  dot: text.describe('The event that wrote it.'),
  text: text.describe('As it was sent: JSON unread, bytes as text or base64.'),
  content_type: ofBytes.content_type,
  encoding: ofBytes.encoding,
})

export const keys = z.strictObject({
  node: text,
  bucket: text,
  keys: z.array(
    z.strictObject({
      key: text,
      url: text,
      siblings: count,
      deleted: z.boolean(),
      vector_clock: clock.optional(),
      versions: z.array(storedVersion).optional(),
    }),
  ),
  next: text.nullable().describe('Give it as `after` for the next page; null: that was all.'),
})
export const keysQuery = z.strictObject({
  after: text.optional(),
  prefix: text.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  versions: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Also what this node holds of each key, without asking another. Shorter pages.'),
})

export const log = z.strictObject({
  node: text,
  source: text.describe(
    'Who numbers the lines: one life of the node, or `file`. Numbers of two say nothing of each other.',
  ),
  lines: z.array(
    z.strictObject({
      number: count,
      at: text,
      level: z.enum(['debug', 'info', 'warn', 'error']),
      event: text,
      fields: z.record(text, z.unknown()),
    }),
  ),
})
export const logQuery = z.strictObject({
  node: text.max(64).optional().describe('Whose log; left out: that of the node asked.'),
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})

export const supervisedNode = z.strictObject({
  id: text,
  state: z.enum(['starting', 'ready', 'paused', 'stopping', 'stopped', 'died']),
  url: text,
})

/** What `/live` says once a second. */
export const view = z.strictObject({
  stats,
  members: z.array(member),
  merkle,
  latency_buckets: z
    .record(text, z.array(z.tuple([z.number().nullable(), count])))
    .describe('Operation -> [upper bound in seconds, how many at most that], of this life.'),
  nodes: z
    .array(supervisedNode)
    .nullable()
    .describe('Of a local cluster; null: this node was not started by `sim cluster`.'),
  ring: ring.optional().describe('In the first one, and when the ring has changed.'),
})
export const liveQuery = z.object({
  life: text.max(64).default(''),
  after: z.coerce.number().int().nonnegative().default(0),
})

export const health = z.strictObject({
  node: text,
  state: z.enum(['starting', 'ready', 'stopping', 'failed']),
  read_only: text.nullable(),
})

export const syncStarted = z.strictObject({ node: text, status: z.literal('started') })
