/** What the clients do. */
import { limits } from './cluster.js'
import { latency } from './latency.js'
import {
  choice,
  count,
  duration,
  either,
  factor,
  fields,
  flag,
  list,
  name,
  names,
  notThereYet,
  positiveDuration,
  probability,
  rate,
  size,
} from './scalar.js'

const later = 'strong keys and transactions are a later part'

const keys = fields({
  count: count(1, 10_000_000).optional(),
  distribution: choice(['uniform', 'zipfian', 'latest', 'sequential']).optional(),
  exponent: factor(0, 10).optional().meta({ description: 'Of zipfian: 0.99 if left out.' }),
})

const mix = fields({
  get: probability.optional(),
  put: probability.optional(),
  delete: probability.optional(),
  append: probability.optional(),
  cas: notThereYet('cas', later),
  increment: notThereYet('increment', later),
  txn: notThereYet('txn', later),
})

const copies = count(1, limits.copies)
const quorum = fields({ r: copies.optional(), w: copies.optional() })

const operation = fields({
  at: duration.optional().meta({ description: 'Not before. 0s if left out.' }),
  client: name.optional().meta({ description: 'c1 if left out.' }),
  get: name.optional(),
  put: name.optional(),
  delete: name.optional(),
  append: name.optional(),
  node: name.optional().meta({ description: 'Asked first; else the one that it is connected to.' }),
}).meta({ description: 'One operation: { at: 1.2s, client: c1, put: k1, node: n2 }.' })

const words = ['one', 'quorum', 'all', 'monotonic'] as const

const probe = fields({
  after: latency.meta({ description: 'From the commit of the write to its read.' }),
  via: names.optional().meta({ description: 'Each operation goes to one of these, drawn anew.' }),
  recorded: count(1, 100_000).optional().meta({
    description: 'How many clients the history records; all of them if left out.',
  }),
})

export const workload = fields({
  probe: probe.optional().meta({
    description: 'Write a fresh version and read it a random time later: t-visibility (PBS).',
  }),
  clients: count(1, 100_000).optional().meta({ description: 'c1, c2, ... 8 if left out.' }),
  for: positiveDuration.optional().meta({
    description: 'Clients ask for so long, at most the duration: faults go on to its end.',
  }),
  think: latency
    .optional()
    .meta({ description: 'Closed loop: pause between an answer and the next request.' }),
  rate: rate
    .optional()
    .meta({ description: 'Open loop: arrivals over all clients, whatever is answered.' }),
  surges: list('a list of { at, for, rate }', fields({ at: duration, for: positiveDuration, rate }))
    .max(1_000, { error: 'more than 1000 surges' })
    .optional()
    .meta({ description: 'Times at which the open-loop rate is another.' }),
  operations: list('a list such as [{ at: 1s, client: c1, put: k1 }]', operation)
    .max(100_000, { error: 'more than 100000 operations' })
    .optional()
    .meta({ description: 'What is asked, one by one, instead of think, rate, keys and mix.' }),
  in_turn: flag.optional().meta({
    description: 'Of operations: a client waits for its answer before it asks again. true.',
  }),
  bucket: name.optional(),
  keys: keys.optional(),
  mix: mix.optional().meta({ description: 'Shares of the operations; they add up to 100%.' }),
  value: size
    .refine((bytes) => bytes >= 16 && bytes <= 1_048_576, { error: 'a value has 16B to 1MiB' })
    .optional()
    .meta({ description: 'Bytes of each value written. 100B if left out.' }),
  consistency: either('one, quorum, all, monotonic or { r, w }', [choice(words), quorum])
    .optional()
    .meta({
      description: "How many answers to wait for, where it differs from the cluster's setting.",
    }),
  timeout: positiveDuration.optional(),
  contexts: choice(['session', 'none']).optional().meta({
    description: 'session: writes carry what the client has seen of the key. none: blind writes.',
  }),
  session_minimum: flag
    .optional()
    .meta({ description: 'Reads must show at least what this session has seen, or fail.' }),
  failover: flag.optional().meta({ description: 'A client whose node fails it moves to another.' }),
})
