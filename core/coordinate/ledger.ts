/**
 * The writes this node has under way or has lately finished, by operation id, so that a retry or a doubled
 * message is answered and never coordinated again (RW-4). Bounded: the oldest are forgotten first.
 */
import type { Outcome } from '../outcome.js'
import type { OperationId } from '../types.js'
import type { Origin } from './quorum.js'

interface Line {
  outcome: Outcome | null
  /** Who else asked for the same while it was under way. */
  readonly waiting: Origin[]
}

const nobody: readonly Origin[] = []

export class Ledger {
  readonly #lines = new Map<OperationId, Line>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Null: not seen. `under_way`: `origin` will be answered when it ends. */
  recall(opId: OperationId, origin: Origin): Outcome | 'under_way' | null {
    const line = this.#lines.get(opId)
    if (line === undefined) return null
    if (line.outcome !== null) return line.outcome
    line.waiting.push(origin)
    return 'under_way'
  }

  /** From now on it is under way, also where it was refused before: a client may ask again. */
  begin(opId: OperationId): void {
    const line = this.#lines.get(opId)
    if (line !== undefined) {
      line.outcome = null
      return
    }
    this.#lines.set(opId, { outcome: null, waiting: [] })
    if (this.#lines.size > this.#limit) this.#forgetOldest()
  }

  #forgetOldest(): void {
    for (const [oldest, line] of this.#lines) {
      // One under way is bounded by the open requests, and must not be forgotten.
      if (line.outcome === null) continue
      this.#lines.delete(oldest)
      return
    }
  }

  /** Returns those who asked meanwhile. */
  end(opId: OperationId, outcome: Outcome): readonly Origin[] {
    this.begin(opId)
    const line = this.#lines.get(opId)
    if (line === undefined) return nobody
    line.outcome = outcome
    if (line.waiting.length === 0) return nobody
    return line.waiting.splice(0)
  }

  /**
   * Ends it as refused. That is remembered if a peer asked, for a second copy of its forward may be on its way, and by then
   * the first refusal has been told. A client sends no second copies, so its refusal need not push older lines out.
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
