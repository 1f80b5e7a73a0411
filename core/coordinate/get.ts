/**
 * One get, at its coordinator (protocol.md section 3; Dynamo 4.5; riak_kv get_core).
 *
 *   collecting --r (and pr, minimum) met--> repairing --all answered, or time is up--> done
 *        \--monotonic, too few hold it--> writing_back --w hold it--/
 *
 * "Nothing here" from a fallback proves nothing and counts toward nothing; from an owner it is an
 * answer (planted bug 11). R + W > N alone lets two reads go back in time (planted bug 12):
 * `monotonic` writes the merged state back to w nodes before it is told to anyone.
 */
import type { Effect, Step } from '../effect.js'
import { fewEffects, noEffects } from '../effect.js'
import type { Outcome } from '../outcome.js'
import type { KeyState, Micros, NodeId } from '../types.js'
import { descends } from '../version/dotted.js'
import { emptyState, mergeStates, sameState } from '../version/siblings.js'
import type { GetPlan, GetState } from './collected.js'
import { countedMask, found, nodesOf, quorumMet, silentMask, unmet } from './collected.js'
import type { Self } from './quorum.js'
import { bitCount, bitOf, placeOf, requestTimer, respond } from './quorum.js'
import { sendReads, writeBackOf } from './reading.js'

/** A copy that one step has made and nobody has seen: it is finished in place. */
type Draft = { -readonly [Field in keyof GetState]: GetState[Field] }

/** Nothing heard yet, by number of nodes: masks hold no more than 30. */
const unanswered: readonly (readonly null[])[] = Array.from({ length: 31 }, (_, count) =>
  Array.from({ length: count }, () => null),
)

export function getStart(self: Self, plan: GetPlan): Step<GetState> {
  const { request, active, nowMicros, deadlineMicros } = plan
  const count = active.nodes.length
  const ask = Math.min(plan.ask, count)
  const askedMask = (1 << ask) - 1
  const firstLook = ask < count ? nowMicros + plan.hedgeMicros : resendAt(plan, nowMicros)
  const effects = fewEffects()
  const atMicros = Math.min(firstLook, deadlineMicros)
  effects.push({ kind: 'arm', timer: requestTimer(request), atMicros })
  sendReads(self, plan, plan.reapEpoch, askedMask, nowMicros, effects)
  return [
    {
      kind: 'get',
      plan,
      phase: 'collecting',
      reapEpoch: plan.reapEpoch,
      askedMask,
      answeredMask: 0,
      failedMask: 0,
      emptyMask: 0,
      states: unanswered[count] ?? [],
      merged: emptyState,
      told: emptyState,
      toldMask: 0,
      holderMask: 0,
      unableMask: 0,
      isResent: false,
      outcome: null,
    },
    effects,
  ]
}

/** `found` is durable at `from`. A second answer of the same node changes nothing. */
export function getAnswered(
  self: Self,
  state: GetState,
  from: NodeId,
  found: KeyState | null,
  owner: boolean,
  nowMicros: Micros,
): Step<GetState> {
  const index = placeOf(state.plan.active.nodes, from)
  const bit = index < 0 ? 0 : 1 << index
  if ((state.askedMask & bit) === 0 || (state.answeredMask & bit) !== 0) return [state, noEffects]
  if (state.phase === 'done') return [state, noEffects]
  const states = state.states.slice()
  states[index] = found
  const empty = found === null && !owner && state.plan.plant !== 'fallback_not_found_counts'
  // Spelled out like every copy of the common path: a spread costs much more.
  const next: Draft = {
    kind: 'get',
    plan: state.plan,
    phase: state.phase,
    reapEpoch: state.reapEpoch,
    askedMask: state.askedMask,
    answeredMask: state.answeredMask | bit,
    failedMask: state.failedMask & ~bit,
    emptyMask: empty ? state.emptyMask | bit : state.emptyMask,
    states,
    merged: found === null ? state.merged : mergeStates(state.merged, found, state.plan.conflict),
    told: state.told,
    toldMask: state.toldMask,
    holderMask: state.holderMask,
    unableMask: state.unableMask,
    isResent: state.isResent,
    outcome: state.outcome,
  }
  return settle(self, next, nowMicros)
}

export function getRefused(
  self: Self,
  state: GetState,
  from: NodeId,
  nowMicros: Micros,
): Step<GetState> {
  const bit = bitOf(state.plan.active.nodes, from)
  if ((state.askedMask & bit) === 0 || state.phase === 'done') return [state, noEffects]
  if (((state.answeredMask | state.failedMask) & bit) !== 0) return [state, noEffects]
  return settle(self, { ...state, failedMask: state.failedMask | bit }, nowMicros)
}

/** Its answer was read under an older epoch than this get's: it catches up, and reads again. */
export function getAskedAgain(
  self: Self,
  state: GetState,
  from: NodeId,
  nowMicros: Micros,
): Step<GetState> {
  const bit = bitOf(state.plan.active.nodes, from)
  if ((silentMask(state) & bit) === 0 || state.phase === 'done') return [state, noEffects]
  const effects = fewEffects()
  sendReads(self, state.plan, state.reapEpoch, bit, nowMicros, effects)
  return [state, effects]
}

/** This node's epoch has risen: what was collected does not count any more. */
export function getRestarted(
  self: Self,
  state: GetState,
  reapEpoch: number,
  nowMicros: Micros,
): Step<GetState> {
  const { plan, askedMask, phase } = state
  if (phase === 'done' || reapEpoch <= state.reapEpoch) return [state, noEffects]
  if (phase === 'repairing') {
    const effects: Effect[] = [{ kind: 'disarm', timer: requestTimer(plan.request) }]
    return [{ ...state, phase: 'done' }, effects]
  }
  const effects = fewEffects()
  sendReads(self, plan, reapEpoch, askedMask, nowMicros, effects)
  const [fresh] = getStart(self, { ...plan, reapEpoch })
  return [{ ...fresh, plan, askedMask }, effects]
}

/** A written-back copy is durable at `from`. */
export function getWrittenBack(
  self: Self,
  state: GetState,
  from: NodeId,
  nowMicros: Micros,
): Step<GetState> {
  const bit = bitOf(state.plan.active.nodes, from)
  if (state.phase !== 'writing_back' || bit === 0 || (state.holderMask & bit) !== 0) {
    return [state, noEffects]
  }
  const unableMask = state.unableMask & ~bit
  return settle(self, { ...state, holderMask: state.holderMask | bit, unableMask }, nowMicros)
}

/** `from` refuses to store what is written back. */
export function getUnwritten(
  self: Self,
  state: GetState,
  from: NodeId,
  nowMicros: Micros,
): Step<GetState> {
  const bit = bitOf(state.plan.active.nodes, from)
  if (state.phase !== 'writing_back' || bit === 0) return [state, noEffects]
  if (((state.holderMask | state.unableMask) & bit) !== 0) return [state, noEffects]
  return settle(self, { ...state, unableMask: state.unableMask | bit }, nowMicros)
}

export function getTimer(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  if (state.phase === 'done') return [state, noEffects]
  if (nowMicros < state.plan.deadlineMicros) return look(self, state, nowMicros)
  const outcome = state.outcome ?? unmet(state, true)
  const effect = state.outcome === null ? respond(self, state.plan.origin, outcome) : null
  return [{ ...state, phase: 'done', outcome }, effect === null ? noEffects : [effect]]
}

/** When the silent are asked once more, if ever. */
function resendAt({ resendMicros, nowMicros, deadlineMicros }: GetPlan, notBefore: Micros): Micros {
  return resendMicros === null ? deadlineMicros : Math.max(notBefore, nowMicros + resendMicros)
}

/** Not over: one node more is asked, where not all were; then those that are silent, once more. */
function look(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  const { plan, phase } = state
  const isOpen = phase === 'collecting' || phase === 'writing_back'
  if (phase === 'collecting' && state.askedMask + 1 < 1 << nodesOf(state)) {
    return hedge(self, state, nowMicros)
  }
  const dueMicros = isOpen && !state.isResent ? resendAt(plan, 0) : plan.deadlineMicros
  const isDue = nowMicros >= dueMicros
  const atMicros = isDue ? plan.deadlineMicros : Math.min(dueMicros, plan.deadlineMicros)
  const effects: Effect[] = [{ kind: 'arm', timer: requestTimer(plan.request), atMicros }]
  if (!isDue) return [state, effects]
  if (phase === 'collecting') {
    sendReads(self, plan, state.reapEpoch, silentMask(state), nowMicros, effects)
  } else sendWriteBacks(self, state, state.holderMask | state.unableMask, nowMicros, effects)
  return [{ ...state, isResent: true }, effects]
}

/** One node more is asked; when the last one has been, the timer waits for the silent. */
function hedge(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  const { plan } = state
  const bit = state.askedMask + 1
  const askedMask = state.askedMask | bit
  const nextMicros = nowMicros + plan.hedgeMicros
  const isLast = askedMask + 1 >= 1 << nodesOf(state)
  const nextLook = isLast ? resendAt(plan, nextMicros) : nextMicros
  const atMicros = Math.min(nextLook, plan.deadlineMicros)
  const effects: Effect[] = [{ kind: 'arm', timer: requestTimer(plan.request), atMicros }]
  sendReads(self, plan, state.reapEpoch, bit, nowMicros, effects)
  return [{ ...state, askedMask }, effects]
}

function settle(self: Self, state: Draft, nowMicros: Micros): Step<GetState> {
  switch (state.phase) {
    case 'collecting':
      return settleCollecting(self, state, nowMicros)
    case 'writing_back':
      return settleWritingBack(self, state)
    case 'repairing':
      if (silentMask(state) !== 0) return [state, noEffects]
      state.phase = 'done'
      return [state, [{ kind: 'disarm', timer: requestTimer(state.plan.request) }]]
    case 'done':
      return [state, noEffects]
  }
}

function settleCollecting(self: Self, state: Draft, nowMicros: Micros): Step<GetState> {
  if (!quorumMet(state)) {
    if (silentMask(state) !== 0) return [state, noEffects]
    // All who were asked have answered: whom the hedge spared so far is asked at once.
    if (state.askedMask + 1 < 1 << nodesOf(state)) return hedge(self, state, nowMicros)
    return answer(self, state, unmet(state, false))
  }
  const { minimum } = state.plan.operation
  if (minimum !== null && !descends(state.merged.vv, minimum)) {
    if (silentMask(state) !== 0) return [state, noEffects]
    if (state.askedMask + 1 < 1 << nodesOf(state)) return hedge(self, state, nowMicros)
    return belowMinimum(self, state)
  }
  if (state.plan.w === 0 || state.merged.vv.length === 0) {
    return answer(self, state, found(state, state.merged, countedMask(state)))
  }
  return writeBack(self, state, nowMicros)
}

/** What is missing may have been reaped, if anything was (core/coordinate/inquiry.ts). */
function belowMinimum(self: Self, state: Draft): Step<GetState> {
  if (state.plan.inquires !== true || state.reapEpoch === 0) {
    return answer(self, state, unmet(state, false))
  }
  state.phase = 'done'
  return [state, [{ kind: 'disarm', timer: requestTimer(state.plan.request) }]]
}

function writeBack(self: Self, state: Draft, nowMicros: Micros): Step<GetState> {
  let holderMask = 0
  for (let i = 0; i < state.states.length; i++) {
    const held = state.states[i] ?? null
    if (held !== null && sameState(held, state.merged)) holderMask |= 1 << i
  }
  if (bitCount(holderMask) >= state.plan.w)
    return answer(self, state, found(state, state.merged, countedMask(state)))
  state.phase = 'writing_back'
  state.told = state.merged
  state.toldMask = countedMask(state)
  state.holderMask = holderMask
  // Fewer take part than are needed.
  if (nodesOf(state) < state.plan.w) return answer(self, state, unmet(state, false))
  const effects = fewEffects()
  sendWriteBacks(self, state, holderMask, nowMicros, effects)
  return [state, effects]
}

/** To all who are not in the mask. */
function sendWriteBacks(
  self: Self,
  state: GetState,
  mask: number,
  nowMicros: Micros,
  effects: Effect[],
): void {
  const { nodes, hintFor } = state.plan.active
  for (let i = 0; i < nodes.length; i++) {
    if ((mask & (1 << i)) !== 0) continue
    const message = writeBackOf(self, state.plan, state, hintFor[i] ?? null, nowMicros)
    effects.push({ kind: 'send', to: nodes[i] as NodeId, message })
  }
}

function settleWritingBack(self: Self, state: Draft): Step<GetState> {
  if (bitCount(state.holderMask) >= state.plan.w)
    return answer(self, state, found(state, state.told, state.toldMask))
  const open = nodesOf(state) - bitCount(state.holderMask | state.unableMask)
  return open === 0 ? answer(self, state, unmet(state, false)) : [state, noEffects]
}

function answer(self: Self, state: Draft, outcome: Outcome): Step<GetState> {
  const effect = respond(self, state.plan.origin, outcome)
  const done = silentMask(state) === 0
  state.phase = done ? 'done' : 'repairing'
  state.outcome = outcome
  if (!done) return [state, effect === null ? noEffects : [effect]]
  const disarm: Effect = { kind: 'disarm', timer: requestTimer(state.plan.request) }
  return [state, effect === null ? [disarm] : [effect, disarm]]
}
