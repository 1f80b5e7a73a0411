/** Dumb twins: checkers that try everything, too slow for use, too simple to be wrong. */
import { FAIL, INFO, NEVER, READ } from '../../../reports/check/history.js'
import type { History } from '../../../reports/check/history.js'

/** The state after `operation` in `state`, or null if it cannot happen there. */
export type Step<State> = (state: State, operation: number) => State | null

/**
 * Tries every order of the operations of the history, keys not told apart, and every choice of
 * crashed ones.
 */
export const isLinearizable = <State>(
  history: History,
  initial: State,
  step: Step<State>,
): boolean => {
  const operations: number[] = []
  for (let index = 0; index < history.size; index++) {
    const silent = history.kind[index] === READ && history.outcome[index] === INFO
    if (history.outcome[index] !== FAIL && !silent) operations.push(index)
  }
  return explains(history, operations, initial, step)
}

const explains = <State>(
  history: History,
  left: readonly number[],
  state: State,
  step: Step<State>,
): boolean => {
  const ends = left.map((operation) => history.end[operation] as number)
  const deadline = Math.min(NEVER, ...ends)
  if (deadline === NEVER) return true
  return left.some((operation) => {
    if ((history.start[operation] as number) > deadline) return false
    const after = step(state, operation)
    return (
      after !== null &&
      explains(
        history,
        left.filter((other) => other !== operation),
        after,
        step,
      )
    )
  })
}

const valueOf = (history: History, operation: number): unknown =>
  history.values[history.value[operation] as number] ?? null

export const registerStep =
  (history: History): Step<unknown> =>
  (state, operation) => {
    const value = valueOf(history, operation)
    const swap = history.values[history.swap[operation] as number] ?? null
    // null is a state, so states are wrapped.
    const held = (state as readonly unknown[])[0]
    switch (history.kind[operation]) {
      case READ:
        return held === value ? state : null
      case 2:
        return held === value ? [swap] : null
      default:
        return [value]
    }
  }

export const appendStep =
  (history: History): Step<string> =>
  (state, operation) => {
    const value = (valueOf(history, operation) ?? '') as string
    if (history.kind[operation] === READ) return state === value ? state : null
    return history.kind[operation] === 3 ? state + value : value
  }

/** acquire 5, release 6. */
export const mutexStep =
  (history: History): Step<string> =>
  (state, operation) => {
    if (history.kind[operation] === 5) return state === 'free' ? 'held' : null
    return state === 'held' ? 'free' : null
  }
