/**
 * What goes wrong. One flat map a fault: a trigger (`at`, `when`, `every`), an action and its
 * details. Which of them go together is checked in `resolve/fault.ts`, where the message can
 * say so.
 */
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
  signedDuration,
} from './scalar.js'

const diskLater = 'disk faults are a later part'
const memberLater = 'membership is fixed for now'

export const pickKinds = ['crash', 'partition', 'pause', 'slow'] as const

const groups = list('a list of groups such as [[n1, n2], [n3]]', names).min(2, {
  error: 'a partition has at least two groups',
})

export const fault = fields({
  at: duration.optional().meta({ description: 'When it starts.' }),
  when: fields({ node: name, acked: count(1, 1_000_000_000) })
    .optional()
    .meta({ description: 'Starts when that node has acknowledged so many replicated writes.' }),
  every: positiveDuration
    .optional()
    .meta({ description: 'Again and again, on average this far apart, drawn from the seed.' }),
  for: latency.optional().meta({
    description: 'How long it lasts. If left out: until everything is healed at the end.',
  }),
  pick: list('a list such as [crash, partition, pause]', choice(pickKinds))
    .min(1, { error: 'the list is empty' })
    .optional()
    .meta({ description: 'With every: one of these each time, on victims drawn from the seed.' }),
  partition: either('two or more groups, [[n1, n2], [n3]], or one way, { from: n1, to: n2 }', [
    groups.transform((list) => ({ groups: list })),
    fields({ from: names, to: names }),
  ])
    .optional()
    .meta({ description: 'Groups that cannot reach each other, or { from, to } for one way.' }),
  crash: names
    .optional()
    .meta({ description: 'Loses memory and unsynced writes; restarts at the end.' }),
  pause: names
    .optional()
    .meta({ description: 'Stands still, and goes on as if nothing had been.' }),
  slow: names.optional(),
  factor: factor(1, 100_000).optional().meta({ description: 'Of slow: how many times slower.' }),
  link: fields({ from: names, to: names, both_ways: flag.optional() }).optional().meta({
    description: 'Where loss, duplicate, reorder and latency apply; everywhere if left out.',
  }),
  loss: probability.optional(),
  duplicate: probability.optional(),
  reorder: probability.optional(),
  latency: latency.optional(),
  clock: names.optional(),
  jump: signedDuration.optional().meta({ description: 'Of clock: how far it jumps, either way.' }),
  disk: notThereYet('disk', diskLater),
  corrupt: notThereYet('corrupt', diskLater),
  full: notThereYet('full', diskLater),
  stall: notThereYet('stall', diskLater),
  fsync_fails: notThereYet('fsync_fails', diskLater),
  torn: notThereYet('torn', diskLater),
  wipe: notThereYet('wipe', diskLater),
  join: notThereYet('join', memberLater),
  leave: notThereYet('leave', memberLater),
  replace: notThereYet('replace', memberLater),
}).meta({ anyOf: [{ required: ['at'] }, { required: ['when'] }, { required: ['every'] }] })
