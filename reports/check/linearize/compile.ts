/** From one key's operations in a history to the integers that the deciders work on. */
import {
  ACQUIRE,
  APPEND,
  CAS,
  DELETE,
  FAIL,
  INFO,
  NEVER,
  NOTHING,
  NULL,
  READ,
  RELEASE,
  SEVERAL,
  WRITE,
} from '../history.js'
import type { History, Value } from '../history.js'
import { ANY, pick, subset } from './problem.js'
import type { Problem, Stepper } from './problem.js'

/** An operation that the model has no meaning for. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
}

/** Operations that say something: not failed ones, and no reads without an answer. */
export const telling = (history: History, operations: Int32Array): number[] => {
  const { outcome, kind } = history
  const kept: number[] = []
  for (const operation of operations) {
    if (outcome[operation] === FAIL) continue
    if (outcome[operation] === INFO && kind[operation] === READ) continue
    kept.push(operation)
  }
  return kept
}

/** A read that shows two values at once: no register does that. */
export const siblingRead = (history: History, operations: readonly number[]): number | null => {
  for (const operation of operations) if (history.value[operation] === SEVERAL) return operation
  return null
}

/**
 * Gives the values of one key small numbers, state 0 being what a register holds at first. One
 * instance serves all keys of a history, so that the cost of a key does not depend on how many
 * values the history has.
 */
export class StateNames {
  private readonly state: Int32Array
  private readonly stamp: Int32Array
  private readonly initial: number
  private round = 0
  private count = 0

  constructor(history: History, initial: Value) {
    this.state = new Int32Array(history.values.length)
    this.stamp = new Int32Array(history.values.length)
    this.initial = initial === null ? NULL : history.values.indexOf(initial)
  }

  begin(): void {
    this.round++
    this.count = 0
    // An initial value that no operation names still takes state 0.
    if (this.initial < 0) this.count++
    else this.of(this.initial)
  }

  of(value: number): number {
    if (this.stamp[value] !== this.round) {
      this.stamp[value] = this.round
      this.state[value] = this.count++
    }
    return this.state[value] as number
  }

  get states(): number {
    return this.count
  }
}

/** register and cas-register; a delete writes null, an append writes the merged value it names. */
export const compileRegister = (
  history: History,
  operations: readonly number[],
  names: StateNames,
): Problem => {
  names.begin()
  const problem = blank(history, operations)
  operations.forEach((operation, index) => {
    const value = history.value[operation] as number
    const kind = history.kind[operation] as number
    if (kind === READ) {
      if (value !== NOTHING) problem.wants[index] = names.of(value)
    } else if (kind === WRITE || kind === APPEND || kind === DELETE) {
      problem.leaves[index] = names.of(value)
    } else if (kind === CAS) {
      problem.wants[index] = names.of(value)
      problem.leaves[index] = names.of(history.swap[operation] as number)
    } else throw refused(history, operation, 'a register')
  })
  return bound(prune({ ...problem, states: names.states }))
}

/** A lock without an owner: acquire wants it free and leaves it held. */
export const compileMutex = (history: History, operations: readonly number[]): Problem => {
  const problem = blank(history, operations)
  operations.forEach((operation, index) => {
    const kind = history.kind[operation] as number
    if (kind !== ACQUIRE && kind !== RELEASE) throw refused(history, operation, 'a mutex')
    problem.wants[index] = kind === ACQUIRE ? 0 : 1
    problem.leaves[index] = kind === ACQUIRE ? 1 : 0
  })
  return { ...problem, states: 2 }
}

export const blank = (
  history: History,
  operations: readonly number[],
  stepper: Stepper | null = null,
): Problem => ({
  start: pick(history.start, operations),
  end: pick(history.end, operations),
  wants: new Int32Array(operations.length).fill(ANY),
  leaves: new Int32Array(operations.length).fill(ANY),
  states: 1,
  initial: 0,
  operation: Int32Array.from(operations),
  stepper,
})

export const refused = (history: History, operation: number, model: string): ModelError => {
  const line = String((history.start[operation] as number) + 1)
  const names = ['read', 'write', 'cas', 'append', 'delete', 'acquire', 'release', 'txn']
  const name = names[history.kind[operation] as number] ?? 'final'
  return new ModelError(`line ${line}: ${model} knows no ${name}`)
}

/** Crashed writes whose value nobody wants might as well not have happened. */
const prune = (problem: Problem): Problem => {
  const { end, wants, leaves } = problem
  if (!end.includes(NEVER)) return problem
  const wanted = new Uint8Array(problem.states)
  for (const state of wants) if (state >= 0) wanted[state] = 1
  const kept: number[] = []
  for (let index = 0; index < end.length; index++) {
    const useless = end[index] === NEVER && wanted[leaves[index] as number] !== 1
    if (!useless) kept.push(index)
  }
  if (kept.length === end.length) return problem
  return subset(problem, kept, problem.initial)
}

/**
 * A crashed write that alone could have left the state somebody saw has happened before that
 * somebody ended: it gets that end, and is crashed no more.
 */
const bound = (problem: Problem): Problem => {
  const { end, wants, leaves, states } = problem
  if (!end.includes(NEVER)) return problem
  const producers = new Int32Array(states)
  producers[problem.initial] = 1
  for (const state of leaves) if (state >= 0) producers[state] = (producers[state] as number) + 1
  const firstSeen = new Int32Array(states).fill(NEVER)
  for (let index = 0; index < end.length; index++) {
    const state = wants[index] as number
    if (state >= 0) firstSeen[state] = Math.min(firstSeen[state] as number, end[index] as number)
  }
  const bounded = end.slice()
  for (let index = 0; index < end.length; index++) {
    const state = leaves[index] as number
    if (end[index] !== NEVER || state < 0 || producers[state] !== 1) continue
    // Seen before it began: no order explains that, whatever its end.
    const seen = firstSeen[state] as number
    if (seen > (problem.start[index] as number)) bounded[index] = seen
  }
  return { ...problem, end: bounded }
}
