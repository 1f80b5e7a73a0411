/** The operations that counterexamples point at, picked out of the history as it streams by. */
import type { HistoryEvent } from '../../core/history.js'
import type { Check, Counterexample } from './verdict.js'

export interface Witness {
  readonly invoke: HistoryEvent
  readonly completion: HistoryEvent | null
}

/** A counterexample is drawn only up to this many events: beyond, no person reads it. */
const mostEvents = 60
/** Of each check. */
const mostCounterexamples = 20

export const shownCounterexamples = (check: Check): readonly Counterexample[] =>
  check.counterexamples.slice(0, mostCounterexamples)

export const shownEvents = (example: Counterexample): readonly number[] =>
  (example.events as readonly number[] | undefined)?.slice(0, mostEvents) ?? []

export class Witnesses {
  private readonly wanted = new Set<number>()
  private readonly byIndex = new Map<number, Witness>()

  constructor(checks: readonly Check[]) {
    for (const check of checks) {
      for (const example of shownCounterexamples(check)) {
        for (const index of shownEvents(example)) this.wanted.add(index)
      }
    }
  }

  add(invoke: HistoryEvent, completion: HistoryEvent | null): void {
    if (this.wanted.size === 0) return
    if (this.wanted.has(invoke.index)) this.byIndex.set(invoke.index, { invoke, completion })
    if (completion !== null && this.wanted.has(completion.index)) {
      this.byIndex.set(completion.index, { invoke, completion })
    }
  }

  /** Each operation once, by time. Finals are operations without duration. */
  of(example: Counterexample): readonly Witness[] {
    const found = new Map<number, Witness>()
    for (const index of shownEvents(example)) {
      const witness = this.byIndex.get(index)
      if (witness !== undefined) found.set(witness.invoke.index, witness)
    }
    return [...found.values()].sort((a, b) => a.invoke.index - b.invoke.index)
  }
}
