/**
 * Writes with an `Idempotency-Key`, as far as one life of this node remembers them. The node's
 * ledger knows all late writes by their operation ids, but forgets them by the thousands under
 * load; those that a client means to repeat are few, and kept apart.
 */
import type { Outcome } from '../../core/index.js'

interface Line {
  readonly print: string
  outcome: Outcome | null
  /** Null while nobody has asked twice, which is nearly always. */
  waiting: ((outcome: Outcome) => void)[] | null
}

export type Recall = 'new' | 'waits' | 'other_request'

export class Idempotency {
  readonly #lines = new Map<string, Line>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * `new`: begin it, and call `end`. `waits`: `done` is or will be called with the outcome of the
   * first. `other_request`: the same key came with something else in it. `print`: of all that the
   * request asks for.
   */
  recall(opId: string, print: string, done: (outcome: Outcome) => void): Recall {
    const line = this.#lines.get(opId)
    if (line === undefined) {
      this.#lines.set(opId, { print, outcome: null, waiting: null })
      if (this.#lines.size > this.#limit) this.#forgetOldest()
      return 'new'
    }
    if (line.print !== print) return 'other_request'
    if (line.outcome === null) (line.waiting ??= []).push(done)
    else done(line.outcome)
    return 'waits'
  }

  /** What was refused has not happened: the next one with this key begins anew. */
  end(opId: string, outcome: Outcome): void {
    const line = this.#lines.get(opId)
    if (line === undefined) return
    const { waiting } = line
    line.waiting = null
    if (outcome.kind === 'rejected') this.#lines.delete(opId)
    else line.outcome = outcome
    for (const done of waiting ?? []) done(outcome)
  }

  /** An eighth at once, or every new key would walk over what was deleted before. */
  #forgetOldest(): void {
    const kept = this.#limit - (this.#limit >> 3)
    for (const [opId, { outcome }] of this.#lines) {
      if (this.#lines.size <= kept) return
      // One under way is bounded by the open requests, and must not be forgotten.
      if (outcome !== null) this.#lines.delete(opId)
    }
  }
}
