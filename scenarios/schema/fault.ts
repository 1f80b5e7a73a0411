/**
 * What goes wrong. One flat map a fault: a trigger (`at`, `when`, `every`), an action and its
 * details. Which of them go together is checked in `resolve/fault.ts`, where the message can
 * say so.
 */
import { z } from 'zod'
import { macroNames, macros } from '../macro.js'
import { pickKinds } from '../model.js'
import { latency } from './latency.js'
import {
  bandwidth,
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
  wants,
} from './scalar.js'

const memberLater = 'membership is fixed for now'

/** Names, `all`, or everybody in some zones: `resolve/victim.ts` makes nodes of them. */
const victims = either('a name, a list of names, all, or { zone: a }', [
  names.transform((list) => ({ names: list })),
  fields({ zone: names }),
]).meta({
  id: 'Victims',
  description: 'Whom it hits: n1, [n1, n2], all, or everybody in a zone: { zone: a }.',
})

const groups = list('a list of groups such as [[n1, n2], [n3]]', victims).min(2, {
  error: 'a partition has at least two groups',
})

const link = fields({ from: victims, to: victims, both_ways: flag.optional() })

const milestone = fields({
  node: name.optional().meta({ description: 'Of acked and hints: whose.' }),
  acked: count(1, 1_000_000_000)
    .optional()
    .meta({ description: 'When the node has acknowledged so many replicated writes.' }),
  hints: count(1, 1_000_000_000)
    .optional()
    .meta({ description: 'When the node keeps so many hints for others.' }),
  operations: count(1, 1_000_000_000)
    .optional()
    .meta({ description: 'When so many operations have ended, whatever became of them.' }),
  started: name.optional().meta({ description: 'When the fault of that name has started.' }),
  ended: name.optional().meta({ description: 'When the fault of that name has ended.' }),
  after: positiveDuration.optional().meta({ description: 'Of started and ended: so much later.' }),
})

const driftError = wants('parts per million from -500000 to 500000, such as 200')
const drift = z
  .number({ error: driftError })
  .int({ error: driftError })
  .min(-500_000, { error: driftError })
  .max(500_000, { error: driftError })

/** `true`, or the 1 of "one of them". */
const yes = either('true', [flag, count(1, 1).transform(() => true)]).optional()

export const fault = fields({
  name: name.optional().meta({ description: 'By which the milestones of other faults know it.' }),
  at: duration.optional().meta({ description: 'When it starts.' }),
  when: milestone
    .optional()
    .meta({ description: 'Starts at a milestone: something that happens in the run.' }),
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
  macro: choice(macroNames)
    .optional()
    .meta({
      description: `A few plain faults under one name. ${macroNames
        .map((name) => `${name}: ${macros[name]}`)
        .join('. ')}.`,
    }),
  nodes: victims.optional().meta({ description: 'Of macro: whom it hits, instead of its own.' }),
  gap: positiveDuration.optional().meta({ description: 'Of macro: from one to the next.' }),
  times: count(1, 1_000).optional().meta({ description: 'Of macro: how often.' }),
  partition: either('two or more groups, [[n1, n2], [n3]], or one way, { from: n1, to: n2 }', [
    groups.readonly().transform((list) => ({ groups: list })),
    fields({ from: victims, to: victims }),
  ])
    .optional()
    .meta({ description: 'Groups that cannot reach each other, or { from, to } for one way.' }),
  bridge: victims.optional().meta({
    description: 'Two sides that cannot reach each other; these nodes reach both.',
  }),
  sides: groups.optional().meta({
    description: 'Of bridge: the two sides. If left out, all other nodes in two halves.',
  }),
  majorities_ring: victims.optional().meta({
    description: 'Each of these nodes reaches a majority around it, and no two the same one.',
  }),
  clog: link.optional().meta({
    description: 'What is sent on these links waits, and goes on in order at the end.',
  }),
  swizzle: victims.optional().meta({
    description: 'Cut off one after the other in random order, and brought back in another.',
  }),
  crash: victims
    .optional()
    .meta({ description: 'Loses memory and unsynced writes; restarts at the end.' }),
  crash_loop: victims
    .optional()
    .meta({ description: 'Crashes again and again: one crash each period, up before the next.' }),
  period: positiveDuration.optional().meta({
    description: 'Of crash_loop: from crash to crash. Of strobe: from jump to jump.',
  }),
  up: positiveDuration
    .optional()
    .meta({ description: 'Of crash_loop: how long it is up before it crashes again.' }),
  pause: victims
    .optional()
    .meta({ description: 'Stands still, and goes on as if nothing had been.' }),
  slow: victims
    .optional()
    .meta({ description: 'Processor, disk and network are slower by the factor.' }),
  factor: factor(1, 100_000)
    .optional()
    .meta({ description: 'Of slow and disk: how many times slower.' }),
  link: link.optional().meta({
    description: 'Where loss, duplicate, latency and so on apply; everywhere if left out.',
  }),
  loss: probability.optional().meta({ description: 'Share of messages that are lost.' }),
  duplicate: probability.optional().meta({ description: 'Share of messages that come twice.' }),
  reorder: probability.optional().meta({ description: 'Share of messages held back once more.' }),
  corrupt_payload: probability
    .optional()
    .meta({ description: 'Share of messages in which some bits are flipped on the way.' }),
  latency: latency.optional().meta({ description: 'Of the links, one way, instead of the usual.' }),
  latency_factor: factor(1, 100_000)
    .optional()
    .meta({ description: 'How many times longer everything takes on the links.' }),
  bandwidth: bandwidth.optional().meta({ description: 'Of each of the links, one way.' }),
  clock: victims.optional().meta({
    description: 'Whose clock goes wrong: give jump, offset, drift_ppm or strobe.',
  }),
  jump: signedDuration.optional().meta({ description: 'Of clock: how far it jumps, either way.' }),
  offset: signedDuration
    .optional()
    .meta({ description: 'Of clock: how far off the true time it is while this lasts.' }),
  drift_ppm: drift
    .optional()
    .meta({ description: 'Of clock: how much faster or slower it runs, in parts per million.' }),
  strobe: signedDuration
    .optional()
    .meta({ description: 'Of clock: how far it jumps, and back again, every period.' }),
  disk: victims.optional().meta({
    description: 'Whose disk goes wrong: give one of corrupt, full, torn and so on.',
  }),
  corrupt: count(1, 1_000).optional().meta({
    description: 'Of disk: so many bits are flipped in what is stored. A restart reads it.',
  }),
  misdirected: count(1, 1_000)
    .optional()
    .meta({ description: 'Of disk: so many of the next writes go to a wrong place.' }),
  full: yes.meta({ description: 'Of disk: no room. The node is read-only meanwhile.' }),
  stall: yes.meta({ description: 'Of disk: nothing completes.' }),
  lying_fsync: yes.meta({
    description: 'Of disk: says that writes are safe which a power cut will take.',
  }),
  rename_lost: yes.meta({
    description: 'Of disk: a power cut takes names given and not synced; removals of names stand.',
  }),
  fsync_fails: yes.meta({
    description: 'Of disk: the next fsync fails, the node stops, and restarts at the end.',
  }),
  unsynced_lost: yes.meta({
    description: 'Of disk: power is lost, and all that was not synced; restarts at the end.',
  }),
  torn: yes.meta({
    description: 'Of disk: power is lost in a write, which ends at a sector of 512 bytes.',
  }),
  reordered: yes.meta({
    description: 'Of disk: power is lost; any sectors of what was not synced are there.',
  }),
  wipe: yes.meta({
    description: 'Of disk: power is lost, and the node restarts at the end with an empty disk.',
  }),
  join: notThereYet('join', memberLater),
  leave: notThereYet('leave', memberLater),
  replace: notThereYet('replace', memberLater),
}).meta({ anyOf: [{ required: ['at'] }, { required: ['when'] }, { required: ['every'] }] })
