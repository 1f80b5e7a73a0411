/** What a get is about, what it has collected so far, and what that comes to. */
import type { GetRequest } from '../request.js'
import type { Outcome, OutcomeCode } from '../outcome.js'
import { countsOf } from '../outcome.js'
import type { Plant } from '../plant.js'
import type { ConflictRule, KeyRef, KeyState, Micros } from '../types.js'
import { liveSiblings, sameState } from '../version/siblings.js'
import type { ActiveList, Origin } from './quorum.js'
import { bitCount } from './quorum.js'

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
  /** Who is silent for so long is asked once more, as by a write; null: nobody is. */
  readonly resendMicros: Micros | null
  readonly nowMicros: Micros
  readonly deadlineMicros: Micros
  /** Where its minimum is found nowhere, it ends without an outcome: others are asked then. */
  readonly inquires?: boolean
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
  /** Whose answers are in `told`: no more were heard than these. */
  readonly toldMask: number
  readonly holderMask: number
  readonly unableMask: number
  /** The silent have been asked once more. */
  readonly isResent: boolean
  readonly outcome: Outcome | null
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

export function quorumMet(state: GetState): boolean {
  const counted = state.answeredMask & ~state.emptyMask
  const { r, pr, active } = state.plan
  return bitCount(counted) >= r && bitCount(counted & active.ownerMask) >= pr
}

/** `counted`: whose answers are in it. */
export function found({ plan }: GetState, told: KeyState, counted: number): Outcome {
  return {
    kind: 'ok',
    f: 'get',
    values: liveSiblings(told),
    context: { keyHash: plan.key.hash, vv: told.vv },
    counts: countsOf(bitCount(counted), bitCount(counted & plan.active.ownerMask)),
  }
}

/** Whose answers count. */
export const countedMask = ({ answeredMask, emptyMask }: GetState): number =>
  answeredMask & ~emptyMask

/** A read changes nothing that a client could see, so even its timeout is definite. */
export function unmet(state: GetState, timeout: boolean): Outcome {
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

export const nodesOf = (state: GetState): number => state.plan.active.nodes.length
