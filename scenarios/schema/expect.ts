/** What must hold, or must be found broken. */
import { z } from 'zod'
import { sessionGuarantees } from '../model.js'
import {
  choice,
  either,
  fields,
  flag,
  list,
  positiveDuration,
  probability,
  wants,
} from './scalar.js'

const off = (instead: string) => z.literal(false, { error: wants(`false, or ${instead}`) })
/** true: must hold. violation: must be found broken. false: not asked. */
const verdict = either('true, false or violation', [
  flag,
  z.literal('violation', { error: wants('true, false or violation') }),
]).meta({
  id: 'Expected',
  description: 'true: must hold. violation: must be found broken. false: not asked.',
})
/** Beside a figure, where a plain `violation` has no place. */
const outcome = choice(['ok', 'violation']).optional()

const guarantee = choice(sessionGuarantees)

export const expect = fields({
  durability: verdict.optional().meta({ description: 'No acknowledged write is lost.' }),
  convergence: either('true, false, violation or { within: 20s }', [
    verdict,
    fields({ within: positiveDuration.optional(), verdict: outcome }),
  ])
    .optional()
    .meta({ description: 'Replicas are equal after the heal.' }),
  sessions: either('a list of guarantees, or a map from guarantee to true or violation', [
    list('a list of guarantees', guarantee),
    z.partialRecord(guarantee, verdict, { error: wants('a map of guarantees') }),
  ])
    .optional()
    .meta({ description: 'Guarantees that hold within each session.' }),
  linearizable: verdict.optional().meta({ description: 'Each key behaves like one register.' }),
  siblings: verdict.optional().meta({ description: 'No acknowledged concurrent write vanishes.' }),
  availability: either('{ min: 99% }', [
    off('{ min: 99% }'),
    fields({ min: probability, verdict: outcome }),
  ])
    .optional()
    .meta({ description: 'Share of operations answered with ok.' }),
  staleness: either('{ p99: 500ms }', [
    off('{ p99: 500ms }'),
    fields({ p99: positiveDuration, verdict: outcome }),
  ])
    .optional()
    .meta({ description: 'How old the value is that a read returns.' }),
  goodput: either('{ within: 5s }', [
    off('{ within: 5s }'),
    fields({
      within: positiveDuration,
      min: probability.optional(),
      during: probability.optional(),
      verdict: outcome,
    }),
  ])
    .optional()
    .meta({
      description:
        'Good answers a second, as a share of what there were before the first surge: `during` a ' +
        'surge, and `min` (90%) from `within` after its end on.',
    }),
})
