/**
 * Faults that wait for something to happen instead of a time. Each fires once; whoever knows what
 * happened asks here which faults that sets off.
 */
import type { FaultTrigger } from '../scenarios/model.js'
import type { TimelineEntry } from '../scenarios/timeline.js'

export interface Reached {
  /** Of the timeline's entry. */
  readonly index: number
  readonly afterMicros: number
}

type Milestone = Exclude<FaultTrigger, { kind: 'at' | 'every' }>

interface Waiting {
  readonly index: number
  readonly milestone: Milestone
}

export class Milestones {
  #waiting: readonly Waiting[]
  #kinds: ReadonlySet<Milestone['kind']>

  constructor(entries: readonly TimelineEntry[]) {
    this.#waiting = entries.flatMap(({ trigger }, index) =>
      trigger.kind === 'at' ? [] : [{ index, milestone: trigger }],
    )
    this.#kinds = kindsOf(this.#waiting)
  }

  /** Cheap: asked for every message and every write. */
  waitsFor(kind: Milestone['kind']): boolean {
    return this.#kinds.has(kind)
  }

  acked(node: string, count: number): readonly Reached[] {
    return this.#reach((to) => to.kind === 'when_acked' && to.node === node && count >= to.count)
  }

  hints(node: string, count: number): readonly Reached[] {
    return this.#reach((to) => to.kind === 'when_hints' && to.node === node && count >= to.count)
  }

  operations(count: number): readonly Reached[] {
    return this.#reach((to) => to.kind === 'when_operations' && count >= to.count)
  }

  fault(name: string, edge: 'started' | 'ended'): readonly Reached[] {
    return this.#reach((to) => to.kind === 'when_fault' && to.name === name && to.edge === edge)
  }

  #reach(isReached: (milestone: Milestone) => boolean): readonly Reached[] {
    const reached = this.#waiting.filter(({ milestone }) => isReached(milestone))
    if (reached.length === 0) return []
    this.#waiting = this.#waiting.filter((waiting) => !reached.includes(waiting))
    this.#kinds = kindsOf(this.#waiting)
    return reached.map(({ index, milestone }) => ({
      index,
      afterMicros: milestone.kind === 'when_fault' ? milestone.afterMicros : 0,
    }))
  }
}

function kindsOf(waiting: readonly Waiting[]): ReadonlySet<Milestone['kind']> {
  return new Set(waiting.map(({ milestone }) => milestone.kind))
}
