/**
 * A put at a node that does not hold the key (protocol.md section 3): handed to one owner, and to
 * another only on its explicit refusal. After silence nobody else is asked: two owners that both coordinate
 * make twin siblings of one write (planted bug 9).
 */
import type { Effect, Step } from '../effect.js'
import { noEffects } from '../effect.js'
import type { PutRequest } from '../input.js'
import type { RefusalCode } from '../message.js'
import type { Outcome } from '../outcome.js'
import type { Micros, NodeId } from '../types.js'
import type { Origin, Self } from './quorum.js'
import { requestTimer, respond } from './quorum.js'

/** A reachable owner, and the life it is believed to be in. */
export interface Candidate {
  readonly node: NodeId
  readonly incarnation: number
}

export interface ForwardState {
  readonly kind: 'forward'
  readonly phase: 'waiting' | 'done'
  readonly request: number
  readonly origin: Origin
  readonly operation: PutRequest
  readonly target: Candidate
  /** Asked if the target refuses, in this order. */
  readonly others: readonly Candidate[]
  readonly outcome: Outcome | null
  readonly deadlineMicros: Micros
}

export interface ForwardStart {
  readonly request: number
  readonly origin: Origin
  readonly operation: PutRequest
  readonly target: Candidate
  readonly others: readonly Candidate[]
  readonly nowMicros: Micros
  readonly deadlineMicros: Micros
}

export function forwardStart(self: Self, start: ForwardStart): Step<ForwardState> {
  const state: ForwardState = {
    kind: 'forward',
    phase: 'waiting',
    request: start.request,
    origin: start.origin,
    operation: start.operation,
    target: start.target,
    others: start.others,
    outcome: null,
    deadlineMicros: start.deadlineMicros,
  }
  return [
    state,
    [
      { kind: 'arm', timer: requestTimer(start.request), atMicros: start.deadlineMicros },
      send(self, state, start.nowMicros),
    ],
  ]
}

export function forwardAnswered(
  self: Self,
  state: ForwardState,
  from: NodeId,
  outcome: Outcome,
): Step<ForwardState> {
  if (state.phase === 'done' || from !== state.target.node) return [state, noEffects]
  return end(self, state, outcome)
}

/** A refusal, and the life of the node that refuses. */
export interface Refusal {
  readonly from: NodeId
  readonly incarnation: number
  readonly code: RefusalCode
}

/**
 * `not_ready` answers a forward to a life not known yet, and only that: the target is asked again, by its right life. Heard a
 * second time it is an echo, and no reason to ask somebody else:
 *
 *     forwarder -> X  forward to life 0, twice: the network doubled it
 *     X -> forwarder  not_ready, life 3; not_ready, life 3
 *     forwarder -> X  forward to life 3       X coordinates
 *     forwarder -> Y  were the echo taken for a refusal of the second forward: Y would coordinate too
 */
export function forwardRefused(
  self: Self,
  state: ForwardState,
  refusal: Refusal,
  nowMicros: Micros,
): Step<ForwardState> {
  const { from, incarnation, code } = refusal
  if (state.phase === 'done' || from !== state.target.node) return [state, noEffects]
  if (code === 'not_ready') {
    if (state.target.incarnation !== 0) return [state, noEffects]
    const next = { ...state, target: { node: from, incarnation } }
    return [next, [send(self, next, nowMicros)]]
  }
  const target = state.others[0]
  if (target === undefined) {
    return end(self, state, { kind: 'rejected', code: 'no_reachable_owner', need: 1, got: 0 })
  }
  const next = { ...state, target, others: state.others.slice(1) }
  return [next, [send(self, next, nowMicros)]]
}

export function forwardTimer(self: Self, state: ForwardState): Step<ForwardState> {
  if (state.phase === 'done') return [state, noEffects]
  return end(self, state, { kind: 'unknown', code: 'timeout', need: 1, got: 0, dot: null })
}

function end(self: Self, state: ForwardState, outcome: Outcome): Step<ForwardState> {
  const effects: Effect[] = [{ kind: 'disarm', timer: requestTimer(state.request) }]
  const effect = respond(self, state.origin, outcome)
  if (effect !== null) effects.push(effect)
  return [{ ...state, phase: 'done', outcome }, effects]
}

function send(self: Self, state: ForwardState, nowMicros: Micros): Effect {
  return {
    kind: 'send',
    to: state.target.node,
    message: {
      kind: 'forward',
      clusterId: self.clusterId,
      from: self.from,
      incarnation: self.incarnation,
      ringEpoch: self.ringEpoch,
      request: state.request,
      opId: state.operation.opId,
      budgetMicros: state.deadlineMicros - nowMicros,
      expects: state.target.incarnation,
      operation: state.operation,
    },
  }
}
