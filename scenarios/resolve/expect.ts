/** What is asked of a run. Nothing that is left out is asked. */
import type { Draft, Problems } from '../decode.js'
import {
  type Expected,
  type ExpectModel,
  type SessionGuarantee,
  sessionGuarantees,
} from '../model.js'
import type { expect } from '../schema/expect.js'

type ExpectDraft = Draft<typeof expect>
type Verdict = boolean | 'violation' | undefined

/** `hasSurges` null: operations are written out, and nobody can say what was a surge. */
export function resolveExpect(
  draft: ExpectDraft,
  hasSurges: boolean | null,
  problems: Problems,
): ExpectModel {
  return {
    durability: asked(draft.durability),
    convergence: resolveConvergence(draft.convergence),
    sessions: resolveSessions(draft.sessions),
    linearizable: asked(draft.linearizable),
    siblings: asked(draft.siblings),
    availability: resolveAvailability(draft.availability),
    staleness: resolveStaleness(draft.staleness),
    goodput: resolveGoodput(draft.goodput, hasSurges, problems),
  }
}

function asked(verdict: Verdict): Expected | null {
  return verdict === undefined || verdict === false ? null : verdict
}

function outcome(verdict: 'ok' | 'violation' | undefined): Expected {
  return verdict === 'violation' ? 'violation' : true
}

function resolveConvergence(given: ExpectDraft['convergence']): ExpectModel['convergence'] {
  if (typeof given === 'object') {
    return { withinMicros: given.within ?? null, expected: outcome(given.verdict) }
  }
  const expected = asked(given)
  return expected === null ? null : { withinMicros: null, expected }
}

function resolveSessions(given: ExpectDraft['sessions']): ExpectModel['sessions'] {
  const verdictOf = (guarantee: SessionGuarantee): Verdict => {
    if (given === undefined) return undefined
    return Array.isArray(given) ? given.includes(guarantee) : (given as SessionMap)[guarantee]
  }
  return sessionGuarantees.flatMap((guarantee) => {
    const expected = asked(verdictOf(guarantee))
    return expected === null ? [] : [{ guarantee, expected }]
  })
}

type SessionMap = Readonly<Partial<Record<SessionGuarantee, Verdict>>>

function resolveAvailability(given: ExpectDraft['availability']): ExpectModel['availability'] {
  if (given === undefined || given === false) return null
  return { minPpm: given.min, expected: outcome(given.verdict) }
}

function resolveStaleness(given: ExpectDraft['staleness']): ExpectModel['staleness'] {
  if (given === undefined || given === false) return null
  return { p99Micros: given.p99, expected: outcome(given.verdict) }
}

const usualGoodputPpm = 900_000

function resolveGoodput(
  given: ExpectDraft['goodput'],
  hasSurges: boolean | null,
  problems: Problems,
): ExpectModel['goodput'] {
  if (given === undefined || given === false) return null
  if (hasSurges === false) {
    const message = 'goodput is asked of surges: give workload: { rate, surges } too'
    problems.add(['expect', 'goodput'], message, 'key')
  }
  return {
    withinMicros: given.within,
    minPpm: given.min ?? usualGoodputPpm,
    duringPpm: given.during ?? null,
    expected: outcome(given.verdict),
  }
}
