/**
 * After a get that has not found all that its session has seen: was the rest reaped? Everybody is
 * asked, in the order that core/reap/vouch.ts gives reasons for.
 *
 *   members --nobody knows, all are sure--> owners --nobody knows, all are sure--> done: reaped
 *      \------------- known to somebody, or somebody is not sure, or silent -------> done: refused
 */
import type { Effect, Step } from '../effect.js'
import { noEffects } from '../effect.js'
import type { Outcome } from '../outcome.js'
import type { Word } from '../reap/vouch.js'
import type { Micros, NodeId, VersionVector } from '../types.js'
import { covers } from '../version/dotted.js'
import type { GetPlan } from './collected.js'
import type { Self } from './quorum.js'
import { requestTimer, respond } from './quorum.js'

export interface InquiryPlan {
  readonly request: number
  /** The get that gave rise to it. */
  readonly get: GetPlan
  readonly origin: GetPlan['origin']
  /** What is said where it stays unknown. */
  readonly refusal: Outcome
  /** Of the session's minimum, what the get did not find. */
  readonly dots: VersionVector
  /** All of them. */
  readonly members: readonly NodeId[]
  readonly owners: readonly NodeId[]
  /** Who is silent for so long is asked again. */
  readonly retryMicros: Micros
  readonly nowMicros: Micros
  readonly deadlineMicros: Micros
}

export interface InquiryState {
  readonly kind: 'inquiry'
  readonly plan: InquiryPlan
  readonly phase: 'members' | 'owners' | 'done'
  readonly waiting: readonly NodeId[]
  /** What nobody knows of, so far. Done, and not empty: it was reaped. */
  readonly left: VersionVector
  readonly outcome: Outcome | null
}

export function inquiryStart(self: Self, plan: InquiryPlan): Step<InquiryState> {
  const { members, dots } = plan
  const first = { kind: 'inquiry', plan, phase: 'members', waiting: members, left: dots } as const
  return ask(self, { ...first, outcome: null }, plan.nowMicros)
}

/** A second answer of the same node changes nothing. */
export function inquiryAnswered(
  self: Self,
  state: InquiryState,
  from: NodeId,
  { round, known, isSure }: Word & { readonly round: number },
  nowMicros: Micros,
): Step<InquiryState> {
  if (round !== roundOf(state) || !state.waiting.includes(from)) return [state, noEffects]
  const left = state.left.filter(({ actor, n }) => !covers(known, actor, n))
  const waiting = state.waiting.filter((node) => node !== from)
  const next = { ...state, left, waiting }
  if (!isSure || left.length === 0) return refuse(self, next, state.plan.refusal)
  if (waiting.length > 0) return [next, noEffects]
  if (state.phase === 'members') {
    return ask(self, { ...next, phase: 'owners', waiting: state.plan.owners }, nowMicros)
  }
  return [{ ...next, phase: 'done' }, [disarmed(next)]]
}

export function inquiryTimer(
  self: Self,
  state: InquiryState,
  nowMicros: Micros,
): Step<InquiryState> {
  if (state.phase === 'done') return [state, noEffects]
  if (nowMicros < state.plan.deadlineMicros) return ask(self, state, nowMicros)
  return refuse(self, state, { kind: 'rejected', code: 'timeout', need: 1, got: 0 })
}

function ask(self: Self, state: InquiryState, nowMicros: Micros): Step<InquiryState> {
  const { request, get, dots, retryMicros, deadlineMicros } = state.plan
  const effects: Effect[] = []
  const round = roundOf(state)
  const message = { kind: 'vouch', ...self, request, round, key: get.key, dots } as const
  for (const to of state.waiting) if (to !== self.from) effects.push({ kind: 'send', to, message })
  const atMicros = Math.min(nowMicros + retryMicros, deadlineMicros)
  effects.push({ kind: 'arm', timer: requestTimer(request), atMicros })
  return [state, effects]
}

/** Nothing is left that could have been reaped, as far as can be told. */
function refuse(self: Self, state: InquiryState, outcome: Outcome): Step<InquiryState> {
  const effects = [disarmed(state)]
  const effect = respond(self, state.plan.origin, outcome)
  if (effect !== null) effects.push(effect)
  return [{ ...state, phase: 'done', left: [], outcome }, effects]
}

export const roundOf = ({ phase }: InquiryState): number =>
  phase === 'members' ? 1 : phase === 'owners' ? 2 : 0

const disarmed = ({ plan }: InquiryState): Effect => ({
  kind: 'disarm',
  timer: requestTimer(plan.request),
})
