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
import { noEffects } from '../effect.js'
import type { GetRequest } from '../request.js'
import type { Outcome, OutcomeCode } from '../outcome.js'
import type { Plant } from '../plant.js'
import type { ConflictRule, KeyRef, KeyState, Micros, NodeId } from '../types.js'
import { descends } from '../version/dotted.js'
import { emptyState, liveSiblings, mergeStates, sameState } from '../version/siblings.js'
import type { ActiveList, Origin, Self } from './quorum.js'
import { bitCount, requestTimer, respond } from './quorum.js'
import { sendReads, writeBackOf } from './reading.js'

/**
 * What is settled when the get begins. All states of one get share it, so that a step copies only
 * what moves.
 */
export interface GetPlan {
  readonly request: number
  readonly origin: Origin
  readonly operation: Pick<GetRequest, 'opId' | 'minimum'>
  readonly key: KeyRef
  readonly conflict: ConflictRule
  readonly r: number
  readonly pr: number
  /** Copies the merged state needs before it is told; 0 where the read is not monotonic. */
  readonly w: number
  readonly active: ActiveList
  /** This node's for the key's partition, when the get begins. */
  readonly reapEpoch: number
  /** How many are asked at once: all, or r where one more is asked after `hedgeMicros`. */
  readonly ask: number
  readonly hedgeMicros: Micros
  readonly nowMicros: Micros
  readonly deadlineMicros: Micros
  readonly plant?: Plant | null
}

export interface GetState {
  readonly kind: 'get'
  readonly plan: GetPlan
  readonly phase: 'collecting' | 'writing_back' | 'repairing' | 'done'
  /**
   * All that is collected was read under this one. Mixed, "nothing here" of an owner that has
   * reaped a tombstone would meet, from one that had not heard of the delete, the value it had
   * covered.
   */
  readonly reapEpoch: number
  readonly askedMask: number
  readonly answeredMask: number
  readonly failedMask: number
  /** Answered "nothing", and is no owner. */
  readonly emptyMask: number
  /** What each node answered, by its bit. */
  readonly states: readonly (KeyState | null)[]
  readonly merged: KeyState
  /**
   * Writing back: what the client will be told, and who holds that, durably, or cannot. Answers
   * that come later still feed read repair; telling them too would tell what is not on w nodes, and
   * the next read might not find it.
   */
  readonly told: KeyState
  readonly holderMask: number
  readonly unableMask: number
  readonly outcome: Outcome | null
}

/** Nothing heard yet, by number of nodes: masks hold no more than 30. */
const unanswered: readonly (readonly null[])[] = Array.from({ length: 31 }, (_, count) =>
  Array.from({ length: count }, () => null),
)

export function getStart(self: Self, plan: GetPlan): Step<GetState> {
  const { request, active, nowMicros, deadlineMicros } = plan
  const count = active.nodes.length
  const ask = Math.min(plan.ask, count)
  const askedMask = (1 << ask) - 1
  const firstLook = ask < count ? nowMicros + plan.hedgeMicros : deadlineMicros
  const effects: Effect[] = [
    { kind: 'arm', timer: requestTimer(request), atMicros: Math.min(firstLook, deadlineMicros) },
  ]
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
      holderMask: 0,
      unableMask: 0,
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
  const index = state.plan.active.nodes.indexOf(from)
  const bit = index < 0 ? 0 : 1 << index
  if ((state.askedMask & bit) === 0 || (state.answeredMask & bit) !== 0) return [state, noEffects]
  if (state.phase === 'done') return [state, noEffects]
  const states = state.states.slice()
  states[index] = found
  const empty = found === null && !owner && state.plan.plant !== 'fallback_not_found_counts'
  // Spelled out like every copy of the common path: a spread costs much more.
  const next: GetState = {
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
    holderMask: state.holderMask,
    unableMask: state.unableMask,
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
  const index = state.plan.active.nodes.indexOf(from)
  const bit = index < 0 ? 0 : 1 << index
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
  const index = state.plan.active.nodes.indexOf(from)
  const bit = index < 0 ? 0 : 1 << index
  if ((silentMask(state) & bit) === 0 || state.phase === 'done') return [state, noEffects]
  const effects: Effect[] = []
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
    return [withOutcome(state, 'done', state.outcome), effects]
  }
  const effects: Effect[] = []
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
  const index = state.plan.active.nodes.indexOf(from)
  const bit = index < 0 ? 0 : 1 << index
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
  const index = state.plan.active.nodes.indexOf(from)
  const bit = index < 0 ? 0 : 1 << index
  if (state.phase !== 'writing_back' || bit === 0) return [state, noEffects]
  if (((state.holderMask | state.unableMask) & bit) !== 0) return [state, noEffects]
  return settle(self, { ...state, unableMask: state.unableMask | bit }, nowMicros)
}

export function getTimer(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  if (state.phase === 'done') return [state, noEffects]
  if (nowMicros < state.plan.deadlineMicros) return hedge(self, state, nowMicros)
  const outcome = state.outcome ?? unmet(state, true)
  const effect = state.outcome === null ? respond(self, state.plan.origin, outcome) : null
  return [withOutcome(state, 'done', outcome), effect === null ? noEffects : [effect]]
}

/** Nodes asked that have not answered. */
export function silentMask(state: GetState): number {
  return state.askedMask & ~(state.answeredMask | state.failedMask)
}

/**
 * Owners strictly below what the read found, or without it: for read repair (protocol.md section
 * 5). Vectors alone do not tell: a last-write-wins copy may have heard of a write, from the context
 * of one that replaced it, without having met it.
 */
export function staleMask(state: GetState): number {
  if (state.merged.vv.length === 0) return 0
  let mask = 0
  for (let i = 0; i < state.states.length; i++) {
    const bit = 1 << i
    if ((state.answeredMask & bit) === 0 || (state.plan.active.ownerMask & bit) === 0) continue
    const found = state.states[i] ?? null
    if (found === null || !sameState(found, state.merged)) mask |= bit
  }
  return mask
}

/** One node more is asked; when the last one has been, the timer waits for the deadline. */
function hedge(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  const { plan } = state
  const timer = requestTimer(plan.request)
  const everyone = 1 << plan.active.nodes.length
  const bit = state.askedMask + 1
  // Once enough have answered, one more answer would come too late to matter.
  if (bit >= everyone || state.phase !== 'collecting') {
    return [state, [{ kind: 'arm', timer, atMicros: plan.deadlineMicros }]]
  }
  const askedMask = state.askedMask | bit
  const nextLook = askedMask + 1 < everyone ? nowMicros + plan.hedgeMicros : plan.deadlineMicros
  const effects: Effect[] = [
    { kind: 'arm', timer, atMicros: Math.min(nextLook, plan.deadlineMicros) },
  ]
  sendReads(self, plan, state.reapEpoch, bit, nowMicros, effects)
  return [{ ...state, askedMask }, effects]
}

function settle(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  switch (state.phase) {
    case 'collecting':
      return settleCollecting(self, state, nowMicros)
    case 'writing_back':
      return settleWritingBack(self, state)
    case 'repairing':
      if (silentMask(state) !== 0) return [state, noEffects]
      return [
        withOutcome(state, 'done', state.outcome),
        [{ kind: 'disarm', timer: requestTimer(state.plan.request) }],
      ]
    case 'done':
      return [state, noEffects]
  }
}

function settleCollecting(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
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
    return answer(self, state, unmet(state, false))
  }
  if (state.plan.w === 0 || state.merged.vv.length === 0) {
    return answer(self, state, found(state, state.merged))
  }
  return writeBack(self, state, nowMicros)
}

function quorumMet(state: GetState): boolean {
  const counted = state.answeredMask & ~state.emptyMask
  const { r, pr, active } = state.plan
  return bitCount(counted) >= r && bitCount(counted & active.ownerMask) >= pr
}

function writeBack(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  let holderMask = 0
  for (let i = 0; i < state.states.length; i++) {
    const held = state.states[i] ?? null
    if (held !== null && sameState(held, state.merged)) holderMask |= 1 << i
  }
  if (bitCount(holderMask) >= state.plan.w) return answer(self, state, found(state, state.merged))
  const next: GetState = { ...state, phase: 'writing_back', told: state.merged, holderMask }
  // Fewer take part than are needed.
  if (nodesOf(state) < state.plan.w) return answer(self, state, unmet(next, false))
  const effects: Effect[] = []
  const { nodes, hintFor } = state.plan.active
  for (let i = 0; i < nodes.length; i++) {
    if ((holderMask & (1 << i)) !== 0) continue
    const message = writeBackOf(self, next.plan, next, hintFor[i] ?? null, nowMicros)
    effects.push({ kind: 'send', to: nodes[i] as NodeId, message })
  }
  return [next, effects]
}

function settleWritingBack(self: Self, state: GetState): Step<GetState> {
  if (bitCount(state.holderMask) >= state.plan.w)
    return answer(self, state, found(state, state.told))
  const open = nodesOf(state) - bitCount(state.holderMask | state.unableMask)
  return open === 0 ? answer(self, state, unmet(state, false)) : [state, noEffects]
}

function answer(self: Self, state: GetState, outcome: Outcome): Step<GetState> {
  const effect = respond(self, state.plan.origin, outcome)
  const done = silentMask(state) === 0
  const effects: Effect[] = effect === null ? [] : [effect]
  if (done) effects.push({ kind: 'disarm', timer: requestTimer(state.plan.request) })
  return [withOutcome(state, done ? 'done' : 'repairing', outcome), effects]
}

function withOutcome(state: GetState, phase: GetState['phase'], outcome: Outcome | null): GetState {
  return {
    kind: 'get',
    plan: state.plan,
    phase,
    reapEpoch: state.reapEpoch,
    askedMask: state.askedMask,
    answeredMask: state.answeredMask,
    failedMask: state.failedMask,
    emptyMask: state.emptyMask,
    states: state.states,
    merged: state.merged,
    told: state.told,
    holderMask: state.holderMask,
    unableMask: state.unableMask,
    outcome,
  }
}

function found({ plan, answeredMask, emptyMask }: GetState, told: KeyState): Outcome {
  const counted = answeredMask & ~emptyMask
  return {
    kind: 'ok',
    f: 'get',
    values: liveSiblings(told),
    context: { keyHash: plan.key.hash, vv: told.vv },
    counts: { nodes: bitCount(counted), owners: bitCount(counted & plan.active.ownerMask) },
  }
}

/** A read changes nothing that a client could see, so even its timeout is definite. */
function unmet(state: GetState, timeout: boolean): Outcome {
  const counted = state.answeredMask & ~state.emptyMask
  const nodes = bitCount(counted)
  const { r, pr, w, active } = state.plan
  const owners = bitCount(counted & active.ownerMask)
  let code: OutcomeCode = 'minimum_unsatisfied'
  let need = 1
  let got = 0
  if (nodes < r) [code, need, got] = ['r_unsatisfied', r, nodes]
  else if (owners < pr) [code, need, got] = ['pr_unsatisfied', pr, owners]
  else if (state.phase === 'writing_back') {
    ;[code, need, got] = ['w_unsatisfied', w, bitCount(state.holderMask)]
  }
  return { kind: 'rejected', code: timeout ? 'timeout' : code, need, got }
}

const nodesOf = (state: GetState): number => state.plan.active.nodes.length
