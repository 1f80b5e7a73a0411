/**
 * One get, at its coordinator (protocol.md section 3; Dynamo 4.5; riak_kv get_core).
 *
 *   collecting --r (and pr, minimum) met--> repairing --all answered, or time is up--> done
 *        \--monotonic, too few hold it--> writing_back --w hold it--/
 *
 * "Nothing here" from a fallback proves nothing and counts toward nothing; from an owner it is an answer
 * (planted bug 11). R + W > N alone lets two reads go back in time (planted bug 12): `monotonic` writes the merged state
 * back to w nodes before it is told to anyone.
 */
import type { Effect, Step } from '../effect.js'
import { noEffects } from '../effect.js'
import type { GetRequest } from '../input.js'
import type { Message } from '../message.js'
import type { Outcome, OutcomeCode } from '../outcome.js'
import type { ConflictRule, KeyRef, KeyState, Micros, NodeId } from '../types.js'
import { descends } from '../version/dotted.js'
import { emptyState, liveSiblings, mergeStates, sameState } from '../version/siblings.js'
import type { ActiveList, Origin, Self } from './quorum.js'
import { bitCount, requestTimer, respond } from './quorum.js'

export interface GetState {
  readonly kind: 'get'
  readonly phase: 'collecting' | 'writing_back' | 'repairing' | 'done'
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
  readonly askedMask: number
  readonly answeredMask: number
  readonly failedMask: number
  /** Answered "nothing", and is no owner. */
  readonly emptyMask: number
  /** What each node answered, by its bit. */
  readonly states: readonly (KeyState | null)[]
  readonly merged: KeyState
  /**
   * Writing back: what the client will be told, and who holds that, durably, or cannot. Answers that come later still feed read
   * repair; telling them too would tell what is not on w nodes, and the next read might not find it.
   */
  readonly told: KeyState
  readonly holderMask: number
  readonly unableMask: number
  readonly outcome: Outcome | null
  readonly startedMicros: Micros
  readonly deadlineMicros: Micros
  readonly hedgeMicros: Micros
}

export interface GetStart {
  readonly request: number
  readonly origin: Origin
  readonly operation: Pick<GetRequest, 'opId' | 'minimum'>
  readonly key: KeyRef
  readonly conflict: ConflictRule
  readonly r: number
  readonly pr: number
  readonly w: number
  readonly active: ActiveList
  /** How many are asked at once: all, or r where one more is asked after `hedgeMicros`. */
  readonly ask: number
  readonly hedgeMicros: Micros
  readonly nowMicros: Micros
  readonly deadlineMicros: Micros
}

export function getStart(self: Self, start: GetStart): Step<GetState> {
  const count = start.active.nodes.length
  const ask = Math.min(start.ask, count)
  const askedMask = (1 << ask) - 1
  const state: GetState = {
    kind: 'get',
    phase: 'collecting',
    request: start.request,
    origin: start.origin,
    operation: start.operation,
    key: start.key,
    conflict: start.conflict,
    r: start.r,
    pr: start.pr,
    w: start.w,
    active: start.active,
    askedMask,
    answeredMask: 0,
    failedMask: 0,
    emptyMask: 0,
    states: start.active.nodes.map(() => null),
    merged: emptyState,
    told: emptyState,
    holderMask: 0,
    unableMask: 0,
    outcome: null,
    startedMicros: start.nowMicros,
    deadlineMicros: start.deadlineMicros,
    hedgeMicros: start.hedgeMicros,
  }
  const firstLook = ask < count ? start.nowMicros + start.hedgeMicros : start.deadlineMicros
  const effects: Effect[] = [
    {
      kind: 'arm',
      timer: requestTimer(start.request),
      atMicros: Math.min(firstLook, start.deadlineMicros),
    },
  ]
  sendReads(self, state, askedMask, start.nowMicros, effects)
  return [state, effects]
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
  const index = state.active.nodes.indexOf(from)
  const bit = index < 0 ? 0 : 1 << index
  if ((state.askedMask & bit) === 0 || (state.answeredMask & bit) !== 0) return [state, noEffects]
  if (state.phase === 'done') return [state, noEffects]
  const states = state.states.slice()
  states[index] = found
  const empty = found === null && !owner
  const next: GetState = {
    ...state,
    answeredMask: state.answeredMask | bit,
    failedMask: state.failedMask & ~bit,
    emptyMask: empty ? state.emptyMask | bit : state.emptyMask,
    states,
    merged: found === null ? state.merged : mergeStates(state.merged, found, state.conflict),
  }
  return settle(self, next, nowMicros)
}

export function getRefused(
  self: Self,
  state: GetState,
  from: NodeId,
  nowMicros: Micros,
): Step<GetState> {
  const index = state.active.nodes.indexOf(from)
  const bit = index < 0 ? 0 : 1 << index
  if ((state.askedMask & bit) === 0 || state.phase === 'done') return [state, noEffects]
  if (((state.answeredMask | state.failedMask) & bit) !== 0) return [state, noEffects]
  return settle(self, { ...state, failedMask: state.failedMask | bit }, nowMicros)
}

/** A written-back copy is durable at `from`. */
export function getWrittenBack(
  self: Self,
  state: GetState,
  from: NodeId,
  nowMicros: Micros,
): Step<GetState> {
  const index = state.active.nodes.indexOf(from)
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
  const index = state.active.nodes.indexOf(from)
  const bit = index < 0 ? 0 : 1 << index
  if (state.phase !== 'writing_back' || bit === 0) return [state, noEffects]
  if (((state.holderMask | state.unableMask) & bit) !== 0) return [state, noEffects]
  return settle(self, { ...state, unableMask: state.unableMask | bit }, nowMicros)
}

export function getTimer(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  if (state.phase === 'done') return [state, noEffects]
  if (nowMicros < state.deadlineMicros) return hedge(self, state, nowMicros)
  const effects: Effect[] = []
  let outcome = state.outcome
  if (outcome === null) {
    outcome = unmet(state, true)
    const effect = respond(self, state.origin, outcome)
    if (effect !== null) effects.push(effect)
  }
  return [{ ...state, phase: 'done', outcome }, effects]
}

/** Nodes asked that have not answered. */
export function silentMask(state: GetState): number {
  return state.askedMask & ~(state.answeredMask | state.failedMask)
}

/**
 * Owners strictly below what the read found, or without it: for read repair (protocol.md section 5). Vectors alone do not tell: a
 * last-write-wins copy may have heard of a write, from the context of one that replaced it, without having met it.
 */
export function staleMask(state: GetState): number {
  if (state.merged.vv.length === 0) return 0
  let mask = 0
  for (let i = 0; i < state.states.length; i++) {
    const bit = 1 << i
    if ((state.answeredMask & bit) === 0 || (state.active.ownerMask & bit) === 0) continue
    const found = state.states[i] ?? null
    if (found === null || !sameState(found, state.merged)) mask |= bit
  }
  return mask
}

function hedge(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  const effects: Effect[] = []
  const bit = state.askedMask + 1
  const count = state.active.nodes.length
  // Once enough have answered, one more answer would come too late to matter.
  if (bit >= 1 << count || state.phase !== 'collecting') {
    effects.push({
      kind: 'arm',
      timer: requestTimer(state.request),
      atMicros: state.deadlineMicros,
    })
    return [state, effects]
  }
  const askedMask = state.askedMask | bit
  const more = askedMask + 1 < 1 << count
  effects.push({
    kind: 'arm',
    timer: requestTimer(state.request),
    atMicros: more
      ? Math.min(nowMicros + state.hedgeMicros, state.deadlineMicros)
      : state.deadlineMicros,
  })
  sendReads(self, state, bit, nowMicros, effects)
  return [{ ...state, askedMask }, effects]
}

function settle(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  switch (state.phase) {
    case 'collecting':
      return settleCollecting(self, state, nowMicros)
    case 'writing_back':
      return settleWritingBack(self, state)
    case 'repairing':
      return silentMask(state) === 0 ? finish(state, []) : [state, noEffects]
    case 'done':
      return [state, noEffects]
  }
}

function settleCollecting(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  if (!quorumMet(state)) {
    if (silentMask(state) !== 0) return [state, noEffects]
    // Everyone asked has answered. Whom the hedge spared so far is asked at once, then nobody is left.
    if (state.askedMask + 1 < 1 << state.active.nodes.length) return hedge(self, state, nowMicros)
    return answer(self, state, unmet(state, false))
  }
  const minimum = state.operation.minimum
  if (minimum !== null && !descends(state.merged.vv, minimum)) {
    if (silentMask(state) !== 0) return [state, noEffects]
    if (state.askedMask + 1 < 1 << state.active.nodes.length) return hedge(self, state, nowMicros)
    return answer(self, state, unmet(state, false))
  }
  if (state.w === 0 || state.merged.vv.length === 0) {
    return answer(self, state, found(state, state.merged))
  }
  return writeBack(self, state, nowMicros)
}

function quorumMet(state: GetState): boolean {
  const counted = state.answeredMask & ~state.emptyMask
  return bitCount(counted) >= state.r && bitCount(counted & state.active.ownerMask) >= state.pr
}

function writeBack(self: Self, state: GetState, nowMicros: Micros): Step<GetState> {
  let holderMask = 0
  for (let i = 0; i < state.states.length; i++) {
    const held = state.states[i] ?? null
    if (held !== null && sameState(held, state.merged)) holderMask |= 1 << i
  }
  if (bitCount(holderMask) >= state.w) return answer(self, state, found(state, state.merged))
  const next: GetState = { ...state, phase: 'writing_back', told: state.merged, holderMask }
  // Fewer take part than are needed.
  if (nodesOf(state) < state.w) return answer(self, state, unmet(next, false))
  const effects: Effect[] = []
  const { nodes, hintFor } = state.active
  for (let i = 0; i < nodes.length; i++) {
    if ((holderMask & (1 << i)) !== 0) continue
    const message = replicate(self, next, hintFor[i] ?? null, nowMicros)
    effects.push({ kind: 'send', to: nodes[i] as NodeId, message })
  }
  return [next, effects]
}

function settleWritingBack(self: Self, state: GetState): Step<GetState> {
  if (bitCount(state.holderMask) >= state.w) return answer(self, state, found(state, state.told))
  const open = nodesOf(state) - bitCount(state.holderMask | state.unableMask)
  return open === 0 ? answer(self, state, unmet(state, false)) : [state, noEffects]
}

function answer(self: Self, state: GetState, outcome: Outcome): Step<GetState> {
  const effects: Effect[] = []
  const effect = respond(self, state.origin, outcome)
  if (effect !== null) effects.push(effect)
  const next: GetState = { ...state, phase: 'repairing', outcome }
  return silentMask(next) === 0 ? finish(next, effects) : [next, effects]
}

function finish(state: GetState, effects: Effect[]): Step<GetState> {
  effects.push({ kind: 'disarm', timer: requestTimer(state.request) })
  return [{ ...state, phase: 'done' }, effects]
}

function found(state: GetState, told: KeyState): Outcome {
  const counted = state.answeredMask & ~state.emptyMask
  return {
    kind: 'ok',
    f: 'get',
    values: liveSiblings(told),
    context: { keyHash: state.key.hash, vv: told.vv },
    counts: { nodes: bitCount(counted), owners: bitCount(counted & state.active.ownerMask) },
  }
}

/** A read changes nothing that a client could see, so even its timeout is definite. */
function unmet(state: GetState, timeout: boolean): Outcome {
  const counted = state.answeredMask & ~state.emptyMask
  const nodes = bitCount(counted)
  const owners = bitCount(counted & state.active.ownerMask)
  let code: OutcomeCode = 'minimum_unsatisfied'
  let need = 1
  let got = 0
  if (nodes < state.r) [code, need, got] = ['r_unsatisfied', state.r, nodes]
  else if (owners < state.pr) [code, need, got] = ['pr_unsatisfied', state.pr, owners]
  else if (state.phase === 'writing_back') {
    ;[code, need, got] = ['w_unsatisfied', state.w, bitCount(state.holderMask)]
  }
  return { kind: 'rejected', code: timeout ? 'timeout' : code, need, got }
}

function sendReads(
  self: Self,
  state: GetState,
  mask: number,
  nowMicros: Micros,
  effects: Effect[],
): void {
  const message: Message = {
    kind: 'read',
    clusterId: self.clusterId,
    from: self.from,
    incarnation: self.incarnation,
    ringEpoch: self.ringEpoch,
    request: state.request,
    opId: state.operation.opId,
    budgetMicros: state.deadlineMicros - nowMicros,
    key: state.key,
  }
  const { nodes } = state.active
  for (let i = 0; i < nodes.length; i++) {
    const to = nodes[i] as NodeId
    if ((mask & (1 << i)) !== 0 && to !== self.from) effects.push({ kind: 'send', to, message })
  }
}

function replicate(
  self: Self,
  state: GetState,
  hintFor: NodeId | null,
  nowMicros: Micros,
): Message {
  return {
    kind: 'replicate',
    clusterId: self.clusterId,
    from: self.from,
    incarnation: self.incarnation,
    ringEpoch: self.ringEpoch,
    request: state.request,
    opId: state.operation.opId,
    budgetMicros: state.deadlineMicros - nowMicros,
    key: state.key,
    state: state.told,
    hintFor,
  }
}

const nodesOf = (state: GetState): number => state.active.nodes.length
