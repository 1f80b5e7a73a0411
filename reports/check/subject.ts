/** A history with what several checks derive from it, each made once, when first asked for. */
import { CausalityBuilder } from './causal.js'
import type { KeyCausality } from './causal.js'
import { groupByKey } from './group.js'
import type { Groups } from './group.js'
import type { History } from './history.js'

export interface Subject {
  readonly history: History
  readonly groups: Groups
  readonly causality: (key: number) => KeyCausality
}

export const subjectOf = (history: History): Subject => {
  const groups = groupByKey(history)
  const builder = new CausalityBuilder(history, groups)
  const known: (KeyCausality | undefined)[] = []
  return { history, groups, causality: (key) => (known[key] ??= builder.build(key)) }
}
