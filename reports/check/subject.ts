/** A history with what several checks derive from it, each made once, when first asked for. */
import { CausalityBuilder } from './causal.js'
import type { KeyCausality } from './causal.js'
import { groupByKey } from './group.js'
import type { Groups } from './group.js'
import type { History } from './history.js'

export class Subject {
  readonly history: History
  readonly groups: Groups
  private readonly builder: CausalityBuilder
  private readonly known: (KeyCausality | undefined)[] = []

  constructor(history: History) {
    this.history = history
    this.groups = groupByKey(history)
    this.builder = new CausalityBuilder(history, this.groups)
  }

  causality(key: number): KeyCausality {
    return (this.known[key] ??= this.builder.build(key))
  }
}

export const subjectOf = (history: History): Subject => new Subject(history)
