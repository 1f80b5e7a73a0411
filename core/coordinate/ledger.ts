/**
 * The writes this node has under way or has lately finished, by operation id, so that a retry or a
 * doubled message is answered and never coordinated again (RW-4). Bounded: the oldest are forgotten
 * first.
 */
import type { Outcome } from '../outcome.js'
import type { OperationId } from '../types.js'
import type { Origin } from './quorum.js'

interface Line {
  outcome: Outcome | null
  /** Who else asked for the same while it was under way. */
  waiting: readonly Origin[]
}

const nobody: readonly Origin[] = []

export class Ledger {
  readonly #lines = new Map<OperationId, Line>()
  readonly #limit: number
  readonly #slack: number
  /** The last one that `recall` did not know: it is begun next, as a rule. */
  #unknown: OperationId | null = null

  constructor(limit: number) {
    this.#limit = limit
    this.#slack = limit >> 3
  }

  /** Null: not seen. `under_way`: `origin` will be answered when it ends. */
  recall(opId: OperationId, origin: Origin): Outcome | 'under_way' | null {
    const line = this.#lines.get(opId)
    if (line === undefined) {
      this.#unknown = opId
      return null
    }
    if (line.outcome !== null) return line.outcome
    line.waiting = [...line.waiting, origin]
    return 'under_way'
  }

  /** From now on it is under way, also where it was refused before: a client may ask again. */
  begin(opId: OperationId): void {
    const line = opId === this.#unknown ? undefined : this.#lines.get(opId)
    if (line !== undefined) {
      line.outcome = null
      return
    }
    this.#add(opId, null)
  }

  /**
   * Many at once: a map keeps the places of what was deleted, and every walk from its start wades
   * through them.
   */
  #forgetOldest(): void {
    for (const [oldest, line] of this.#lines) {
      if (this.#lines.size <= this.#limit) return
      // One under way is bounded by the open requests, and must not be forgotten.
      if (line.outcome !== null) this.#lines.delete(oldest)
    }
  }

  /** Returns those who asked meanwhile. */
  end(opId: OperationId, outcome: Outcome): readonly Origin[] {
    const line = this.#lines.get(opId)
    if (line === undefined) {
      this.#add(opId, outcome)
      return nobody
    }
    line.outcome = outcome
    const { waiting } = line
    line.waiting = nobody
    return waiting
  }

  #add(opId: OperationId, outcome: Outcome | null): void {
    this.#unknown = null
    this.#lines.set(opId, { outcome, waiting: nobody })
    if (this.#lines.size > this.#limit + this.#slack) this.#forgetOldest()
  }

  /**
   * Ends it as refused. That is remembered if a peer asked, for a second copy of its forward may be
   * on its way, and by then the first refusal has been told. A client sends no second copies, so
   * its refusal need not push older lines out.
   */
  refuse(opId: OperationId, origin: Origin, outcome: Outcome): readonly Origin[] {
    const line = this.#lines.get(opId)
    const ofClients =
      origin.kind === 'client' && (line?.waiting.every(({ kind }) => kind === 'client') ?? true)
    if (!ofClients) return this.end(opId, outcome)
    this.#lines.delete(opId)
    return line === undefined ? nobody : line.waiting
  }
}
