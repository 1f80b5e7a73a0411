/**
 * One put, at its coordinator (protocol.md section 3; Dynamo 4.5; riak_kv put_core).
 *
 *   persisting --durable--> replicating --every asked node answered, or time is up--> done
 *
 * The own copy is durable first: else a crash could let the dot be minted twice (planted bug 7);
 * or, with a lease, the next dot of a coordinator that has forgotten this one would bury it.
 *
 * The machine lives on after its reply until every owner has the write, or has a hint waiting for
 * it at a fallback: a crashed owner is silent long before the detector dislikes it.
 */
import type { Effect, Step } from '../effect.js'
import { fewEffects, noEffects } from '../effect.js'
import type { PutRequest } from '../request.js'
import type { LogRecord } from '../log/record.js'
import type { Message } from '../message.js'
import type { Outcome } from '../outcome.js'
import { countsOf } from '../outcome.js'
import type { Plant } from '../plant.js'
import type { Context, Dot, KeyRef, KeyState, Micros, NodeId } from '../types.js'
import type { ActiveList, Origin, Self } from './quorum.js'
import { bitCount, bitOf, requestTimer, respond, servedCount } from './quorum.js'

/**
 * What is settled when the put begins. All states of one put share it, so that a step copies only
 * what moves.
 */
export interface PutPlan {
  readonly request: number
  readonly origin: Origin
  readonly operation: PutRequest
  readonly key: KeyRef
  /** The whole key state after the write: what every replica gets. */
  readonly state: KeyState
  /** Of the key's partition, when the state was made. */
  readonly reapEpoch: number
  readonly dot: Dot
  readonly context: Context
  readonly w: number
  readonly pw: number
  /** Whom to ask at first. */
  readonly active: ActiveList
  /** Index of this node in the active list; -1 where it keeps no copy itself. */
  readonly selfIndex: number
  readonly records: readonly LogRecord[]
  readonly nowMicros: Micros
  readonly deadlineMicros: Micros
  readonly fallbackAfterMicros: Micros
  /** Planted bug 7: the others hear of it before it is durable here; the dot is minted again. */
  readonly toldEarly?: Self | null
  readonly plant?: Plant | null
}

/** What replicas get: the plan's, or what was read anew once that was refused as stale. */
export interface Payload {
  readonly state: KeyState
  readonly reapEpoch: number
}

export interface PutState {
  readonly kind: 'put'
  readonly plan: PutPlan
  readonly payload: Payload
  readonly phase: 'persisting' | 'replicating' | 'done'
  /** The plan's, and the fallbacks that were asked since. */
  readonly active: ActiveList
  readonly ackedMask: number
  readonly failedMask: number
  /** null until answered. */
  readonly outcome: Outcome | null
  /** True once the fallbacks were asked (or the owners asked again). */
  readonly extended: boolean
}

export function putStart(plan: PutPlan): Step<PutState> {
  const payload = { state: plan.state, reapEpoch: plan.reapEpoch }
  const early: Effect[] = []
  const { toldEarly = null } = plan
  if (toldEarly !== null) {
    const others = allMask(plan.active) & ~ownBit(plan)
    askMask(toldEarly, plan, payload, plan.active, others, plan.nowMicros, early)
  }
  const { request, active, records, nowMicros, deadlineMicros } = plan
  const firstLook = nowMicros + plan.fallbackAfterMicros
  return [
    {
      kind: 'put',
      plan,
      payload,
      phase: 'persisting',
      active,
      ackedMask: 0,
      failedMask: 0,
      outcome: null,
      extended: false,
    },
    [
      { kind: 'arm', timer: requestTimer(request), atMicros: Math.min(firstLook, deadlineMicros) },
      ...early,
      { kind: 'persist', records, then: [{ kind: 'resume', request }] },
    ],
  ]
}

/** The own copy is durable: now the others may hear of it. */
export function putDurable(self: Self, state: PutState, nowMicros: Micros): Step<PutState> {
  if (state.phase !== 'persisting') return [state, noEffects]
  const { plan, active } = state
  const selfBit = ownBit(plan)
  const effects = fewEffects()
  askMask(self, plan, state.payload, active, allMask(active) & ~selfBit, nowMicros, effects)
  return settle(self, state, state.ackedMask | selfBit, state.failedMask, effects)
}

const ownBit = ({ selfIndex }: PutPlan): number => (selfIndex < 0 ? 0 : 1 << selfIndex)

/** A duplicate, and an answer from a node never asked (or not yet), change nothing. */
export function putAcked(self: Self, state: PutState, from: NodeId): Step<PutState> {
  const bit = bitOf(state.active.nodes, from)
  if (bit === 0 || (state.ackedMask & bit) !== 0) return [state, noEffects]
  if (state.phase !== 'replicating') return [state, noEffects]
  // An ack after a refusal counts: the copy is durable now, whatever was said before.
  return settle(self, state, state.ackedMask | bit, state.failedMask & ~bit, fewEffects())
}

export function putRefused(self: Self, state: PutState, from: NodeId): Step<PutState> {
  const bit = bitOf(state.active.nodes, from)
  if (bit === 0 || ((state.ackedMask | state.failedMask) & bit) !== 0) return [state, noEffects]
  if (state.phase !== 'replicating') return [state, noEffects]
  return settle(self, state, state.ackedMask, state.failedMask | bit, fewEffects())
}

/**
 * A copy was refused as stale, and the key was read again: the same dot, in a state of a newer
 * epoch, goes to `from`. What is sent later carries it too.
 */
export function putRenewed(
  self: Self,
  state: PutState,
  payload: Payload,
  from: NodeId | null,
  nowMicros: Micros,
): Step<PutState> {
  if (state.phase === 'done') return [state, noEffects]
  const effects = fewEffects()
  const bit = from === null ? 0 : bitOf(state.active.nodes, from)
  if ((silentMask(state) & bit) !== 0) {
    askMask(self, state.plan, payload, state.active, bit, nowMicros, effects)
  }
  return [{ ...state, payload }, effects]
}

/**
 * First firing: owners that are silent get a stand-in each, from `fallbacks` (liked, not asked yet,
 * in order), or without fallbacks are asked once more. Second firing: time is up.
 */
export function putTimer(
  self: Self,
  state: PutState,
  nowMicros: Micros,
  fallbacks: readonly NodeId[],
): Step<PutState> {
  const { plan, payload, phase, ackedMask, failedMask, outcome } = state
  if (phase === 'done') return [state, noEffects]
  if (nowMicros >= plan.deadlineMicros) return expire(self, state)
  const looksAgain = phase === 'persisting'
  const nextLook = looksAgain ? nowMicros + plan.fallbackAfterMicros : plan.deadlineMicros
  const atMicros = Math.min(nextLook, plan.deadlineMicros)
  const effects: Effect[] = [{ kind: 'arm', timer: requestTimer(plan.request), atMicros }]
  // A slow disk here says nothing about the others: they have not been asked yet.
  if (looksAgain || state.extended) return [state, effects]
  const silent = silentMask(state)
  const active = withFallbacks(state.active, silent, fallbacks)
  // Asking a silent owner again is harmless and mends a lost message without waiting for the hint.
  const asked = silent | (allMask(active) & ~allMask(state.active))
  askMask(self, plan, payload, active, asked, nowMicros, effects)
  return [
    { kind: 'put', plan, payload, phase, active, ackedMask, failedMask, outcome, extended: true },
    effects,
  ]
}

/** Nodes asked that have not answered. */
export function silentMask(state: PutState): number {
  if (state.phase === 'persisting') return 0
  return allMask(state.active) & ~(state.ackedMask | state.failedMask)
}

/**
 * At the end: owners for whom nobody has taken the write, neither they themselves nor a stand-in.
 * One that refused it for itself is not among them.
 */
export function unservedOwners(state: PutState): readonly NodeId[] {
  const { nodes, hintFor } = state.active
  if (state.ackedMask === allMask(state.active)) return nobody
  const served = state.ackedMask | ownBit(state.plan)
  const unserved: NodeId[] = []
  for (let i = 0; i < nodes.length; i++) {
    const owner = hintFor[i] ?? nodeAt(nodes, i)
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
 * Owners that neither answer nor have a stand-in, once all who could stand in have been asked: only
 * this node can still keep a hint for them.
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

/**
 * Each silent owner gets a stand-in; a silent fallback gives way to its owner, if that is among
 * `fallbacks` again.
 */
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
    const owner = hintFor[i] ?? nodeAt(active.nodes, i)
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
  const { plan, payload, active, ackedMask, failedMask, extended } = state
  const outcome = state.outcome ?? missed(state, ackedMask, 'timeout')
  const answer = state.outcome === null ? respond(self, plan.origin, outcome) : null
  return [
    { kind: 'put', plan, payload, phase: 'done', active, ackedMask, failedMask, outcome, extended },
    answer === null ? noEffects : [answer],
  ]
}

/**
 * Answers as soon as the quorum is met, or can no longer be; ends when nobody is left to wait for.
 * The new state is spelled out: it is made once a step, and a spread would cost many times as much.
 */
function settle(
  self: Self,
  state: PutState,
  ackedMask: number,
  failedMask: number,
  effects: Effect[],
): Step<PutState> {
  const { plan, payload, active, extended } = state
  const answered = ackedMask | failedMask
  const complete = (allMask(active) & ~answered) === 0
  let { outcome } = state
  if (outcome === null) {
    outcome = decide(state, ackedMask, complete)
    const effect = outcome === null ? null : respond(self, plan.origin, outcome)
    if (effect !== null) effects.push(effect)
  }
  const done = complete && outcome !== null
  if (done) effects.push({ kind: 'disarm', timer: requestTimer(plan.request) })
  return [
    {
      kind: 'put',
      plan,
      payload,
      phase: done ? 'done' : 'replicating',
      active,
      ackedMask,
      failedMask,
      outcome,
      extended,
    },
    effects,
  ]
}

function decide(state: PutState, ackedMask: number, complete: boolean): Outcome | null {
  const { plan, active } = state
  const nodes = servedCount(active, ackedMask)
  const owners = bitCount(ackedMask & active.ownerMask)
  if (nodes >= plan.w && owners >= plan.pw) {
    return {
      kind: 'ok',
      f: 'put',
      dot: plan.dot,
      context: plan.context,
      siblings: plan.state.siblings.length,
      counts: countsOf(nodes, owners),
    }
  }
  if (!complete) return null
  // Fail fast. It is durable here, so it may yet be seen: unknown, never rejected.
  return missed(state, ackedMask, nodes < plan.w ? 'w_unsatisfied' : 'pw_unsatisfied')
}

/** A dot that a crash may take yet is told to nobody: another write would be given it. */
function missed(
  { plan, active, phase }: PutState,
  ackedMask: number,
  code: 'timeout' | 'w_unsatisfied' | 'pw_unsatisfied',
): Outcome {
  const owners = code === 'pw_unsatisfied'
  if (plan.plant === 'timeout_is_failure') {
    return { kind: 'rejected', code, need: plan.w, got: servedCount(active, ackedMask) }
  }
  return {
    kind: 'unknown',
    code,
    need: owners ? plan.pw : plan.w,
    got: owners ? bitCount(ackedMask & active.ownerMask) : servedCount(active, ackedMask),
    dot: code === 'timeout' && phase === 'persisting' ? null : plan.dot,
  }
}

/**
 * One message object serves every owner; each fallback needs its own, naming whom the hint is for.
 */
function askMask(
  self: Self,
  plan: PutPlan,
  payload: Payload,
  { nodes, hintFor }: ActiveList,
  mask: number,
  nowMicros: Micros,
  effects: Effect[],
): void {
  let plain: Message | null = null
  for (let i = 0; i < nodes.length; i++) {
    if ((mask & (1 << i)) === 0) continue
    const target = hintFor[i] ?? null
    let message: Message
    if (target === null) {
      plain ??= replicate(self, plan, payload, null, nowMicros)
      message = plain
    } else message = replicate(self, plan, payload, target, nowMicros)
    effects.push({ kind: 'send', to: nodes[i] as NodeId, message })
  }
}

function replicate(
  self: Self,
  plan: PutPlan,
  { state, reapEpoch }: Payload,
  hintFor: NodeId | null,
  nowMicros: Micros,
): Message {
  return {
    kind: 'replicate',
    clusterId: self.clusterId,
    from: self.from,
    incarnation: self.incarnation,
    ringEpoch: self.ringEpoch,
    request: plan.request,
    opId: plan.operation.opId,
    budgetMicros: plan.deadlineMicros - nowMicros,
    key: plan.key,
    state: plan.plant === 'sibling_alone' ? alone(state, plan.dot) : state,
    reapEpoch,
    hintFor,
  }
}

/** Planted bug 5: the new sibling with the vector of all. */
function alone({ vv, siblings }: KeyState, dot: Dot): KeyState {
  return { vv, siblings: siblings.filter(({ actor, n }) => actor === dot.actor && n === dot.n) }
}

const nobody: readonly NodeId[] = []
const nodeAt = (nodes: readonly NodeId[], index: number): NodeId => nodes[index] as NodeId

const allMask = (active: ActiveList): number => (1 << active.nodes.length) - 1
