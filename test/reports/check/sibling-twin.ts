/**
 * Which values a state must show, by sets of dots instead of running maxima. One key, every write
 * with its dot.
 */
import { FAIL, FINAL, OK, READ, isWrite } from '../../../reports/check/history.js'
import type { History } from '../../../reports/check/history.js'

export interface Expected {
  readonly state: number
  /** Dots of writes, as `actor#counter`. */
  readonly alive: ReadonlySet<string>
  readonly shown: ReadonlySet<string>
}

export const expectedStates = (history: History): readonly Expected[] => {
  const all = Array.from({ length: history.size }, (_, index) => index)
  const writes = all.filter(
    (each) => isWrite(history.kind[each] as number) && history.outcome[each] !== FAIL,
  )
  const states = all.filter(
    (each) =>
      history.outcome[each] === OK && (history.kind[each] === READ || history.kind[each] === FINAL),
  )
  return states.map((state) => {
    const vector = entries(history, history.vectorStart, history.vectorCount, state)
    const known = writes.filter((write) => covers(vector, history, write))
    const alive = known.filter(
      (write) =>
        !known.some((other) =>
          covers(
            entries(history, history.contextStart, history.contextCount, other),
            history,
            write,
          ),
        ),
    )
    return {
      state,
      alive: new Set(alive.map((write) => dot(history, write))),
      shown: shown(history, state),
    }
  })
}

/** Acknowledged writes that no final shows and no context of another names. */
export const lostWrites = (history: History): readonly number[] => {
  const all = Array.from({ length: history.size }, (_, index) => index)
  const finals = all.filter((each) => history.kind[each] === FINAL)
  const held = new Set(finals.flatMap((final) => [...shown(history, final)]))
  const writes = all.filter(
    (each) => isWrite(history.kind[each] as number) && history.outcome[each] !== FAIL,
  )
  return writes.filter(
    (write) =>
      history.outcome[write] === OK &&
      !held.has(dot(history, write)) &&
      !writes.some((other) =>
        covers(entries(history, history.contextStart, history.contextCount, other), history, write),
      ),
  )
}

type Vector = ReadonlyMap<number, number>

const entries = (
  history: History,
  start: Int32Array,
  count: Int32Array,
  operation: number,
): Vector => {
  const from = start[operation] as number
  const length = Math.max(0, count[operation] as number)
  return new Map(
    Array.from({ length }, (_, index): [number, number] => [
      history.vectorActor[from + index] as number,
      history.vectorCounter[from + index] as number,
    ]),
  )
}

const covers = (vector: Vector, history: History, write: number): boolean =>
  (vector.get(history.dotActor[write] as number) ?? -1) >= (history.dotCounter[write] as number)

const dot = (history: History, write: number): string =>
  `${String(history.dotActor[write])}#${String(history.dotCounter[write])}`

const shown = (history: History, state: number): ReadonlySet<string> => {
  const from = history.siblingStart[state] as number
  const length = history.siblingCount[state] as number
  return new Set(
    Array.from(
      { length },
      (_, index) =>
        `${String(history.siblingActor[from + index])}#${String(history.siblingCounter[from + index])}`,
    ),
  )
}
