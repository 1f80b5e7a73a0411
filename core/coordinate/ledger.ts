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

  refused(opId: OperationId): boolean {
    return this.#lines.get(opId)?.outcome?.kind === 'rejected'
  }

  begin(opId: OperationId): void {
    if (this.#lines.has(opId)) return
    this.#lines.set(opId, { outcome: null, waiting: [] })
    if (this.#lines.size <= this.#limit) return
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
}
