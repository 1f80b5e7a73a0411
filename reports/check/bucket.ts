/**
 * Which conflict rule a key's bucket follows. Histories that name no scenario are taken to keep
 * siblings.
 */
import type { ConflictRule } from '../../core/types.js'
import type { Scenario } from '../../scenarios/model.js'
import type { History } from './history.js'

export type RuleOf = (key: number) => ConflictRule

export const ruleOf = (history: History, scenario: Scenario | null): RuleOf =>
  rulesOf(history, new Map(scenario?.cluster.buckets.map(({ name, conflict }) => [name, conflict])))

/** `rules`: of buckets by name, where somebody knows them. */
export const rulesOf =
  (history: History, rules: ReadonlyMap<string, ConflictRule>): RuleOf =>
  (key) =>
    rules.get(history.keys[key]?.bucket ?? '') ?? 'siblings'
