/**
 * A put at a node that does not hold the key (protocol.md section 3): handed to one owner, and to
 * another only on its explicit refusal. After silence nobody else is asked: two owners that both
 * coordinate make twin siblings of one write (planted bug 9).
 */
import type { Effect, Step } from '../effect.js'
import { noEffects } from '../effect.js'
import type { PutRequest } from '../request.js'
import type { Outcome, RefusalCode } from '../outcome.js'
import type { Plant } from '../plant.js'
import type { Micros, NodeId } from '../types.js'
import type { ActiveList, Origin, Self } from './quorum.js'
import { requestTimer, respond } from './quorum.js'

/** A reachable owner, and the life it is believed to be in. */
export interface Candidate {
  readonly node: NodeId
  readonly incarnation: number
}

/** What is settled when the forward begins; shared by all its states. */
export interface ForwardPlan {
  readonly request: number
  readonly origin: Origin
  readonly operation: PutRequest
  /** Asked first. */
  readonly target: Candidate
  /** Asked if the target refuses, in this order. */
  readonly others: readonly Candidate[]
  readonly nowMicros: Micros
  readonly deadlineMicros: Micros
  readonly plant?: Plant | null
}

export interface ForwardState {
  readonly kind: 'forward'
  readonly plan: ForwardPlan
  readonly phase: 'waiting' | 'done'
  readonly target: Candidate
  readonly others: readonly Candidate[]
  readonly outcome: Outcome | null
}

export function forwardStart(self: Self, plan: ForwardPlan): Step<ForwardState> {
  const { request, target, others, nowMicros } = plan
  return [
    { kind: 'forward', plan, phase: 'waiting', target, others, outcome: null },
    [
      { kind: 'arm', timer: requestTimer(request), atMicros: patience(plan) },
      send(self, plan, target, nowMicros),
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
 * `not_ready` answers a forward to a life not known yet, and only that: the target is asked again,
 * by its right life. Heard a second time it is an echo, and no reason to ask somebody else:
 *
 *     forwarder -> X  forward to life 0, twice: the network doubled it
 *     X -> forwarder  not_ready, life 3; not_ready, life 3
 *     forwarder -> X  forward to life 3       X coordinates
 *     forwarder -> Y  were the echo a refusal of the second forward: Y would coordinate too
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
    return ask(self, state, { node: from, incarnation }, state.others, nowMicros)
  }
  const target = state.others[0]
  if (target === undefined) {
    return end(self, state, { kind: 'rejected', code: 'no_reachable_owner', need: 1, got: 0 })
  }
  return ask(self, state, target, state.others.slice(1), nowMicros)
}

export function forwardTimer(self: Self, state: ForwardState): Step<ForwardState> {
  if (state.phase === 'done') return [state, noEffects]
  const [next] = state.others
  if (state.plan.plant === 'forward_twice' && next !== undefined) {
    return ask(self, state, next, state.others.slice(1), patience(state.plan))
  }
  return end(self, state, { kind: 'unknown', code: 'timeout', need: 1, got: 0, dot: null })
}

/** Planted bug 9: silence is taken for a refusal, after a quarter of the time. */
const patience = ({ plant, nowMicros, deadlineMicros }: ForwardPlan): Micros =>
  plant === 'forward_twice'
    ? nowMicros + Math.floor((deadlineMicros - nowMicros) / 4)
    : deadlineMicros

function ask(
  self: Self,
  { kind, plan, phase, outcome }: ForwardState,
  target: Candidate,
  others: readonly Candidate[],
  nowMicros: Micros,
): Step<ForwardState> {
  const next: ForwardState = { kind, plan, phase, target, others, outcome }
  return [next, [send(self, plan, target, nowMicros)]]
}

function end(
  self: Self,
  { kind, plan, target, others }: ForwardState,
  outcome: Outcome,
): Step<ForwardState> {
  const effects: Effect[] = [{ kind: 'disarm', timer: requestTimer(plan.request) }]
  const effect = respond(self, plan.origin, outcome)
  if (effect !== null) effects.push(effect)
  return [{ kind, plan, phase: 'done', target, others, outcome }, effects]
}

function send(self: Self, plan: ForwardPlan, target: Candidate, nowMicros: Micros): Effect {
  return {
    kind: 'send',
    to: target.node,
    message: {
      kind: 'forward',
      clusterId: self.clusterId,
      from: self.from,
      incarnation: self.incarnation,
      ringEpoch: self.ringEpoch,
      request: plan.request,
      opId: plan.operation.opId,
      budgetMicros: plan.deadlineMicros - nowMicros,
      expects: target.incarnation,
      operation: plan.operation,
    },
  }
}

/**
 * Owners first: what a fallback coordinates has one more actor in its vector. Turning spreads the
 * work over the owners.
 */
export function forwardOrder(
  active: ActiveList,
  turn: number,
  order: (nodes: readonly NodeId[]) => readonly NodeId[],
): readonly NodeId[] {
  const { nodes, ownerMask } = active
  // The common case: all are owners, and nobody has to be picked out.
  if (ownerMask === (1 << nodes.length) - 1) return order(turned(nodes, turn))
  const owners = nodes.filter((_, i) => (ownerMask & (1 << i)) !== 0)
  const fallbacks = nodes.filter((_, i) => (ownerMask & (1 << i)) === 0)
  return [...order(turned(owners, turn)), ...order(turned(fallbacks, turn))]
}

function turned(nodes: readonly NodeId[], turn: number): readonly NodeId[] {
  const { length } = nodes
  const turnedNodes: NodeId[] = []
  for (let i = 0; i < length; i++) turnedNodes.push(nodes[(turn + i) % length] as NodeId)
  return turnedNodes
}
