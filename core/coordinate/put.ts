/**
 * One put, at its coordinator (protocol.md section 3; Dynamo 4.5; riak_kv put_core).
 *
 *   persisting --durable--> replicating --every asked node answered, or time is up--> done
 *
 * The own copy is durable before anybody hears of the new dot: were `replicate` sent first, a crash
 * before the own fsync would let the same dot be minted twice (planted bug 7).
 *
 * The machine lives on after its reply until every owner has the write, or has a hint waiting for it at a fallback:
 * a crashed owner is silent long before the detector dislikes it.
 */
import type { Effect, Step } from '../effect.js'
import { noEffects } from '../effect.js'
import type { PutRequest } from '../input.js'
import type { LogRecord } from '../log/record.js'
import type { Message } from '../message.js'
import type { Outcome } from '../outcome.js'
import type { Context, Dot, KeyRef, KeyState, Micros, NodeId } from '../types.js'
import type { ActiveList, Origin, Self } from './quorum.js'
import { bitCount, requestTimer, respond } from './quorum.js'

export interface PutState {
  readonly kind: 'put'
  readonly phase: 'persisting' | 'replicating' | 'done'
  readonly request: number
  readonly origin: Origin
  readonly operation: PutRequest
  readonly key: KeyRef
  /** The whole key state after the write: what every replica gets. */
  readonly state: KeyState
  readonly dot: Dot
  readonly context: Context
  readonly w: number
  readonly pw: number
  readonly active: ActiveList
  readonly selfBit: number
  readonly ackedMask: number
  readonly failedMask: number
  /** null until answered. */
  readonly outcome: Outcome | null
  readonly deadlineMicros: Micros
  readonly fallbackAfterMicros: Micros
  /** True once the fallbacks were asked (or the owners asked again). */
  readonly extended: boolean
}

export interface PutStart {
  readonly request: number
  readonly origin: Origin
  readonly operation: PutRequest
  readonly key: KeyRef
  readonly state: KeyState
  readonly dot: Dot
  readonly context: Context
  readonly w: number
  readonly pw: number
  readonly active: ActiveList
  /** Index of this node in the active list. */
  readonly selfIndex: number
  readonly records: readonly LogRecord[]
  readonly nowMicros: Micros
  readonly deadlineMicros: Micros
  readonly fallbackAfterMicros: Micros
}

export function putStart(start: PutStart): Step<PutState> {
  const state: PutState = {
    kind: 'put',
    phase: 'persisting',
    request: start.request,
    origin: start.origin,
    operation: start.operation,
    key: start.key,
    state: start.state,
    dot: start.dot,
    context: start.context,
    w: start.w,
    pw: start.pw,
    active: start.active,
    selfBit: 1 << start.selfIndex,
    ackedMask: 0,
    failedMask: 0,
    outcome: null,
    deadlineMicros: start.deadlineMicros,
    fallbackAfterMicros: start.fallbackAfterMicros,
    extended: false,
  }
  const firstLook = start.nowMicros + start.fallbackAfterMicros
  return [
    state,
    [
      {
        kind: 'arm',
        timer: requestTimer(start.request),
        atMicros: Math.min(firstLook, start.deadlineMicros),
      },
      {
        kind: 'persist',
        records: start.records,
        then: [{ kind: 'resume', request: start.request }],
      },
    ],
  ]
}

/** The own copy is durable: now the others may hear of it. */
export function putDurable(self: Self, state: PutState, nowMicros: Micros): Step<PutState> {
  if (state.phase !== 'persisting') return [state, noEffects]
  const effects: Effect[] = []
  askMask(self, state, allMask(state.active) & ~state.selfBit, nowMicros, effects)
  return settle(
    self,
    withAnswers(state, 'replicating', state.ackedMask | state.selfBit, state.failedMask),
    effects,
  )
}

/** A duplicate, and an answer from a node never asked (or not yet), change nothing. */
export function putAcked(self: Self, state: PutState, from: NodeId): Step<PutState> {
  const bit = bitOf(state, from)
  if (bit === 0 || (state.ackedMask & bit) !== 0) return [state, noEffects]
  if (state.phase !== 'replicating') return [state, noEffects]
  // An ack after a refusal counts: the copy is durable now, whatever was said before.
  const next = withAnswers(state, state.phase, state.ackedMask | bit, state.failedMask & ~bit)
  return settle(self, next, [])
}

export function putRefused(self: Self, state: PutState, from: NodeId): Step<PutState> {
  const bit = bitOf(state, from)
  if (bit === 0 || ((state.ackedMask | state.failedMask) & bit) !== 0) return [state, noEffects]
  if (state.phase !== 'replicating') return [state, noEffects]
  return settle(self, withAnswers(state, state.phase, state.ackedMask, state.failedMask | bit), [])
}

/**
 * First firing: owners that are silent get a stand-in each, from `fallbacks` (liked, not asked yet, in order), or
 * without fallbacks are asked once more. Second firing: time is up.
 */
export function putTimer(
  self: Self,
  state: PutState,
  nowMicros: Micros,
  fallbacks: readonly NodeId[],
): Step<PutState> {
  if (state.phase === 'done') return [state, noEffects]
  if (nowMicros >= state.deadlineMicros) return expire(self, state)
  const looksAgain = state.phase === 'persisting'
  const atMicros = looksAgain ? nowMicros + state.fallbackAfterMicros : state.deadlineMicros
  const effects: Effect[] = [
    {
      kind: 'arm',
      timer: requestTimer(state.request),
      atMicros: Math.min(atMicros, state.deadlineMicros),
    },
  ]
  // A slow disk here says nothing about the others: they have not been asked yet.
  if (looksAgain || state.extended) return [state, effects]
  const silent = silentMask(state)
  const active = withFallbacks(state.active, silent, fallbacks)
  const next: PutState = { ...state, active, extended: true }
  // Asking a silent owner again is harmless and mends a lost message without waiting for the hint.
  askMask(self, next, silent | (allMask(active) & ~allMask(state.active)), nowMicros, effects)
  return [next, effects]
}

/** Nodes asked that have not answered. */
export function silentMask(state: PutState): number {
  if (state.phase === 'persisting') return 0
  return allMask(state.active) & ~(state.ackedMask | state.failedMask)
}

/**
 * At the end: owners for whom nobody has taken the write, neither they themselves nor a stand-in. One that refused it for itself
 * is not among them.
 */
export function unservedOwners(state: PutState): readonly NodeId[] {
  const { nodes, hintFor } = state.active
  if (state.ackedMask === allMask(state.active)) return nobody
  const served = state.ackedMask | state.selfBit
  const unserved: NodeId[] = []
  for (let i = 0; i < nodes.length; i++) {
    const owner = hintFor[i] ?? (nodes[i] as NodeId)
    const isServed = nodes.some((node, j) => {
      const speaksForIt = (hintFor[j] ?? node) === owner
      const refusesIt = node === owner && (state.failedMask & (1 << j)) !== 0
      return refusesIt || (speaksForIt && (served & (1 << j)) !== 0)
    })
    if (!isServed && !unserved.includes(owner)) unserved.push(owner)
  }
  return unserved
}

/**
 * Owners that neither answer nor have a stand-in, once all who could stand in have been asked: only this node can still
 * keep a hint for them.
 */
export function strandedOwners(state: PutState): readonly NodeId[] {
  const silent = silentMask(state)
  if (silent === 0 || !state.extended) return []
  const { nodes, hintFor } = state.active
  return nodes.filter(
    (node, i) =>
      (silent & (1 << i)) !== 0 && (hintFor[i] ?? null) === null && !hintFor.includes(node),
  )
}

/** Each silent owner gets a stand-in; a silent fallback gives way to its owner, if that is among `fallbacks` again. */
function withFallbacks(
  active: ActiveList,
  silent: number,
  fallbacks: readonly NodeId[],
): ActiveList {
  const nodes = active.nodes.slice()
  const hintFor = nodes.map((_, i) => active.hintFor[i] ?? null)
  const back = hintFor.filter((owner) => owner !== null && fallbacks.includes(owner))
  const free = fallbacks.filter((node) => !back.includes(node))
  let ownerMask = active.ownerMask
  let next = 0
  for (let i = 0; i < active.nodes.length; i++) {
    if ((silent & (1 << i)) === 0) continue
    const owner = hintFor[i] ?? (active.nodes[i] as NodeId)
    if (back.includes(owner)) {
      ownerMask |= 1 << nodes.length
      nodes.push(owner)
      hintFor.push(null)
    } else if (next < free.length) {
      nodes.push(free[next++] as NodeId)
      hintFor.push(owner)
    }
  }
  return { ...active, nodes, hintFor, ownerMask }
}

function expire(self: Self, state: PutState): Step<PutState> {
  const effects: Effect[] = []
  let outcome = state.outcome
  if (outcome === null) {
    outcome = missed(state, 'timeout')
    const effect = respond(self, state.origin, outcome)
    if (effect !== null) effects.push(effect)
  }
  return [{ ...state, phase: 'done', outcome }, effects]
}

/** Answers as soon as the quorum is met, or can no longer be; ends when nobody is left to wait for. */
function settle(self: Self, state: PutState, effects: Effect[]): Step<PutState> {
  if (state.phase !== 'replicating') return [state, effects]
  const silent = silentMask(state)
  let outcome = state.outcome
  if (outcome === null) {
    const nodes = bitCount(state.ackedMask)
    const owners = bitCount(state.ackedMask & state.active.ownerMask)
    if (nodes >= state.w && owners >= state.pw) {
      outcome = {
        kind: 'ok',
        f: 'put',
        dot: state.dot,
        context: state.context,
        siblings: state.state.siblings.length,
        counts: { nodes, owners },
      }
    } else if (silent === 0) {
      // Fail fast. It is durable here, so it may yet be seen: unknown, never rejected.
      outcome = missed(state, nodes < state.w ? 'w_unsatisfied' : 'pw_unsatisfied')
    }
    if (outcome !== null) {
      const effect = respond(self, state.origin, outcome)
      if (effect !== null) effects.push(effect)
    }
  }
  const done = outcome !== null && silent === 0
  if (done) effects.push({ kind: 'disarm', timer: requestTimer(state.request) })
  if (!done && outcome === state.outcome) return [state, effects]
  return [withOutcome(state, done ? 'done' : state.phase, outcome), effects]
}

function missed(state: PutState, code: 'timeout' | 'w_unsatisfied' | 'pw_unsatisfied'): Outcome {
  const owners = code === 'pw_unsatisfied'
  return {
    kind: 'unknown',
    code,
    need: owners ? state.pw : state.w,
    got: bitCount(owners ? state.ackedMask & state.active.ownerMask : state.ackedMask),
    dot: state.dot,
  }
}

/** One message object serves every owner; each fallback needs its own, naming whom the hint is for. */
function askMask(
  self: Self,
  state: PutState,
  mask: number,
  nowMicros: Micros,
  effects: Effect[],
): void {
  const { nodes, hintFor } = state.active
  let plain: Message | null = null
  for (let i = 0; i < nodes.length; i++) {
    if ((mask & (1 << i)) === 0) continue
    const target = hintFor[i] ?? null
    let message: Message
    if (target === null) {
      plain ??= replicate(self, state, null, nowMicros)
      message = plain
    } else message = replicate(self, state, target, nowMicros)
    effects.push({ kind: 'send', to: nodes[i] as NodeId, message })
  }
}

function replicate(
  self: Self,
  state: PutState,
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
    state: state.state,
    hintFor,
  }
}

const nobody: readonly NodeId[] = []

const allMask = (active: ActiveList): number => (1 << active.nodes.length) - 1

function bitOf(state: PutState, node: NodeId): number {
  const index = state.active.nodes.indexOf(node)
  return index < 0 ? 0 : 1 << index
}

function withAnswers(
  state: PutState,
  phase: PutState['phase'],
  ackedMask: number,
  failedMask: number,
): PutState {
  return { ...state, phase, ackedMask, failedMask }
}

function withOutcome(state: PutState, phase: PutState['phase'], outcome: Outcome | null): PutState {
  return { ...state, phase, outcome }
}
