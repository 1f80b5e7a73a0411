/** What a person writes in a configuration: the words of scenarios, where both have them. */
import { z } from 'zod'
import { bucket, cluster } from '../../scenarios/schema/cluster.js'
import {
  choice,
  count,
  duration,
  either,
  factor,
  fields,
  list,
  name,
  positiveDuration,
  size,
  wants,
} from '../../scenarios/schema/scalar.js'
import { parseAddress } from '../address.js'
import { roles } from '../api/options.js'

const addressError = wants('an address such as 127.0.0.1:5000')
export const address = z.string({ error: addressError }).transform((text, context) => {
  const parsed = parseAddress(text)
  if (parsed !== null) return parsed
  context.addIssue({ code: 'custom', message: addressError({ input: text }) })
  return z.NEVER
})

const listen = either('an address, or { http, peer, udp }', [
  address.transform((http) => ({ http, peer: undefined, udp: undefined })),
  fields({ http: address, peer: address.optional(), udp: address.optional() }),
])

const peer = fields({
  id: name,
  http: address,
  peer: address.optional(),
  udp: address.optional(),
  zone: name.optional(),
  weight: factor(0, 1_000).optional(),
})

const path = z.string({ error: wants('the name of a file') }).min(1, { error: 'is empty' })
const variable = z
  .string({ error: wants('the name of a variable of the environment') })
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: wants('the name of a variable of the environment') })

const secret = either('{ file: NAME } or { env: NAME }', [
  fields({ file: path }),
  fields({ env: variable }),
])

const token = fields({
  name,
  role: choice(roles),
  file: path.optional(),
  env: variable.optional(),
})

/** Of the core's `Timing`, what an operator may want otherwise. */
const timing = fields({
  probe: positiveDuration.optional().meta({ description: 'A peer is probed this often.' }),
  gossip: positiveDuration.optional().meta({ description: 'News are passed on this often.' }),
  gossip_fanout: count(1, 1_000).optional().meta({ description: 'To so many.' }),
  suspicion: positiveDuration
    .optional()
    .meta({ description: 'A suspect has at least so long to contradict before it is dead.' }),
  failure: positiveDuration.optional().meta({ description: 'And at most so long.' }),
  fallback_after: positiveDuration
    .optional()
    .meta({ description: 'An owner is silent for so long: a fallback keeps a hint for it.' }),
  handoff: positiveDuration.optional().meta({ description: 'Hints are tried this often.' }),
})

export const node = fields({
  cluster: name.optional(),
  id: name,
  listen,
  seeds: list('a list of addresses', address).min(1, { error: 'the list is empty' }).optional(),
  peers: list('a list of peers', peer).max(4_999, { error: 'more than 4999 peers' }).optional(),
  zone: name.optional(),
  weight: factor(0, 1_000).optional(),
  data: path.optional(),
  earlier_lives: count(0, Number.MAX_SAFE_INTEGER).optional(),
  partitions: cluster.shape.partitions,
  replication: cluster.shape.replication,
  coordinator: cluster.shape.coordinator,
  buckets: z
    .record(name, bucket.extend({ context: choice(['optional', 'required']).optional() }), {
      error: wants('a map such as { carts: { conflict: siblings } }'),
    })
    .optional(),
  handoff: cluster.shape.handoff,
  read_repair: cluster.shape.read_repair,
  anti_entropy: cluster.shape.anti_entropy,
  reap: cluster.shape.reap,
  default_timeout: positiveDuration.optional(),
  slow_request: positiveDuration.optional(),
  timing: timing.optional(),
  limits: fields({
    value: size.optional(),
    message: size.optional(),
    queue_messages: count(1, 1_000_000).optional(),
    queue: size.optional(),
    open_requests: count(1, 1_000_000).optional(),
    connections: count(1, 1_000_000).optional(),
    requests_per_second: count(1, 1_000_000).optional(),
    hints: size.optional(),
    hint_window: duration.optional(),
  }).optional(),
  secrets: list('a list of { file: NAME } or { env: NAME }', secret).optional(),
  tokens: list('a list of { name, role, file | env }', token).optional(),
  tls: fields({
    peer: fields({ cert: path, key: path, ca: path }).optional(),
    client: fields({ cert: path, key: path, ca: path.optional() }).optional(),
  }).optional(),
  log: fields({ level: choice(['debug', 'info', 'warn', 'error']) }).optional(),
})

const milliseconds = count(1, 86_400_000)
const port = count(1, 65_535)
const host = z
  .string({ error: wants('a host name or an address') })
  .regex(/^([A-Za-z0-9_.-]+|[0-9a-fA-F:.]+)$/, { error: wants('a host name or an address') })

/** The short form: every key of it, and no other. */
export const plain = fields({
  node_id: name,
  host,
  port,
  peers: list(
    'a list of { node_id, host, port }',
    fields({ node_id: name, host, port }),
  ).optional(),
  replication_factor: count(1, 15).optional(),
  read_quorum: count(1, 15).optional(),
  write_quorum: count(1, 15).optional(),
  gossip_interval_ms: milliseconds.optional(),
  gossip_fanout: count(1, 1_000).optional(),
  failure_check_interval_ms: milliseconds.optional(),
  suspicion_timeout_ms: milliseconds.optional(),
  failure_timeout_ms: milliseconds.optional(),
  anti_entropy_interval_ms: milliseconds.optional(),
})
