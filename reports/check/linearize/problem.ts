/**
 * One key's operations as integers, ready for the deciders. Every operation of a register, a cas
 * register or a mutex is the same thing: it wants a state (or any) and leaves a state (or the one
 * it found).
 */
import { NEVER } from '../history.js'

/** `wants`: any state will do. `leaves`: the state stays as it was. */
export const ANY = -1

export interface Problem {
  /** Ascending. Positions are line numbers of the history. */
  readonly start: Int32Array
  /** NEVER: crashed, it may take effect at any time after `start`, or never. */
  readonly end: Int32Array
  readonly wants: Int32Array
  readonly leaves: Int32Array
  /** States are 0..states-1. */
  readonly states: number
  readonly initial: number
  /** The operations of the history that these are. */
  readonly operation: Int32Array
  /** Where states are more than a number: replaces `wants` and `leaves`, which are then ANY. */
  readonly stepper: Stepper | null
}

export interface Stepper {
  /** The state after operation `index` of the problem in `state`; -1 if it cannot happen there. */
  step(state: number, index: number): number
  /** Integers' worth of memory held by the states met so far. */
  readonly memory: number
}

/**
 * Why there is no decision. Only after `steps` is it of use to try again with more. `width`: too
 * many operations open at once.
 */
export type Reason = 'steps' | 'memory' | 'width'

/**
 * How a decider goes about it. `quick` looks ahead: a state that comes only once is not left while
 * somebody who wants it has not had his turn, even if he has not begun yet. `earliest` does not, so
 * that `blocked` is the first end that cannot be.
 */
export type Mode = 'quick' | 'earliest'

/**
 * What a decider says: `blocked` is an operation whose end no order of operations survives (see
 * `Mode`).
 */
export type Decision =
  | { readonly verdict: 'ok'; readonly steps: number }
  | { readonly verdict: 'violation'; readonly steps: number; readonly blocked: number }
  | { readonly verdict: 'unknown'; readonly steps: number; readonly reason: Reason }

export const stepOf = (problem: Problem, state: number, index: number): number => {
  if (problem.stepper !== null) return problem.stepper.step(state, index)
  const wants = problem.wants[index] as number
  if (wants >= 0 && wants !== state) return -1
  const leaves = problem.leaves[index] as number
  return leaves < 0 ? state : leaves
}

/** Per state: 1 if at most one operation leaves it, and the initial one only if none does. */
export const onceOnly = (problem: Problem): Uint8Array => {
  const once = new Uint8Array(problem.states).fill(1)
  const met = new Uint8Array(problem.states)
  met[problem.initial] = 1
  for (const state of problem.leaves) {
    if (state < 0) continue
    if (met[state] === 1) once[state] = 0
    met[state] = 1
  }
  return once
}

/** It only looks. Taking such an operation as soon as its state is there never does harm. */
export const isObservation = (problem: Problem, index: number): boolean =>
  problem.stepper === null && (problem.leaves[index] as number) < 0

/** The problem with only some of its operations (indices ascending). Steppers cannot be cut. */
export const subset = (problem: Problem, kept: readonly number[], initial: number): Problem => {
  return {
    start: pick(problem.start, kept),
    end: pick(problem.end, kept),
    wants: pick(problem.wants, kept),
    leaves: pick(problem.leaves, kept),
    states: problem.states,
    initial,
    operation: pick(problem.operation, kept),
    stepper: problem.stepper === null ? null : renumbered(problem.stepper, kept),
  }
}

/**
 * The rows of a column at these places. A plain loop: `Int32Array.from` with a function takes five
 * times as long.
 */
export const pick = (column: Int32Array, places: readonly number[]): Int32Array => {
  const picked = new Int32Array(places.length)
  for (let at = 0; at < places.length; at++) picked[at] = column[places[at] as number] as number
  return picked
}

const renumbered = (stepper: Stepper, kept: readonly number[]): Stepper => ({
  step: (state, index) => stepper.step(state, kept[index] as number),
  get memory() {
    return stepper.memory
  },
})

/**
 * Crashed operations with the same effect are interchangeable: it is enough to try them in order of
 * their start.
 */
export interface CrashedClass {
  /** Problem indices, by start. */
  readonly members: readonly number[]
  readonly wants: number
  readonly leaves: number
}

export const crashedClasses = (problem: Problem): readonly CrashedClass[] => {
  const classes = new Map<number, { members: number[]; wants: number; leaves: number }>()
  for (let index = 0; index < problem.start.length; index++) {
    if (problem.end[index] !== NEVER) continue
    const wants = problem.wants[index] as number
    const leaves = problem.leaves[index] as number
    // A stepper's operations are all different.
    const name = problem.stepper === null ? wants * (problem.states + 1) + leaves : -2 - index
    const known = classes.get(name)
    if (known === undefined) classes.set(name, { members: [index], wants, leaves })
    else known.members.push(index)
  }
  return [...classes.values()]
}
