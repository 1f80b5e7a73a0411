/** A history without a scenario: what it is taken for decides which checks it must pass. */
import type { ConflictRule } from '../../core/types.js'
import { checkAvailability } from './availability.js'
import { rulesOf } from './bucket.js'
import { checkConvergence } from './convergence.js'
import { checkDurability } from './durability.js'
import { ABSENT, ACQUIRE, APPEND, CAS, FINAL, RELEASE, TRANSACTION } from './history.js'
import type { History, Value } from './history.js'
import { checkLinearizable, linearizableModels } from './linearizable.js'
import { checkSessions } from './session.js'
import { checkSiblings } from './sibling.js'
import { checkStaleness } from './staleness.js'
import { subjectOf } from './subject.js'
import { overall, withExpectation } from './verdict.js'
import type { Check, Finding, VerdictFile } from './verdict.js'

/**
 * Besides the linearizable ones: `sessions`, the four guarantees; `eventual`, nothing lost and all
 * equal in the end.
 */
export const historyModels = [...linearizableModels, 'sessions', 'eventual'] as const
export type HistoryModel = (typeof historyModels)[number]

/** Those whose registers hold something before the first write. */
export const registerModels = ['register', 'cas-register', 'multi-register'] as const

export const hasRegisters = (model: HistoryModel): boolean =>
  registerModels.some((each) => each === model)

export const checkHistory = (
  history: History,
  model: HistoryModel,
  initial: Value = null,
  rules: ReadonlyMap<string, ConflictRule> = new Map(),
): VerdictFile => {
  const checks = checksOf(history, model, { initial, rules })
  return { verdict: overall(checks), checks }
}

const asked = (finding: Finding): Check => withExpectation(finding, true)
const shown = (finding: Finding): Check => withExpectation(finding, null)

interface Given {
  readonly initial: Value
  /** How buckets treat concurrent writes, where that is known; else siblings are kept. */
  readonly rules: ReadonlyMap<string, ConflictRule>
}

const checksOf = (
  history: History,
  model: HistoryModel,
  { initial, rules }: Given,
): readonly Check[] => {
  const subject = subjectOf(history)
  switch (model) {
    case 'sessions':
      return [
        ...checkSessions(subject).map(asked),
        shown(checkStaleness(subject, { p99Micros: null })),
      ]
    case 'eventual': {
      const rule = rulesOf(history, rules)
      const convergence = checkConvergence(subject, unscheduled)
      return [
        asked(checkDurability(subject, rule)),
        asked(convergence),
        asked(checkSiblings(subject, rule)),
        ...checkSessions(subject).map(shown),
        shown(checkAvailability(history, { minPpm: null, faults: [] })),
        shown(checkStaleness(subject, { p99Micros: null })),
      ]
    }
    case 'register':
    case 'cas-register':
    case 'mutex':
    case 'kv-append':
    case 'multi-register':
      return [asked(checkLinearizable(subject, { model, initial }))]
  }
}

/** No scenario says who owns what, and when faults healed. */
const unscheduled = {
  owners: null,
  withinMicros: null,
  healedAtMicros: null,
  convergedAtMicros: null,
} as const

/** By what the operations are; null: transactions, for which there is no safe guess. */
export const guessModel = (history: History): HistoryModel | null => {
  const kinds = new Set(history.kind)
  if (kinds.has(TRANSACTION)) return null
  if (kinds.has(ACQUIRE) || kinds.has(RELEASE)) return 'mutex'
  if (kinds.has(CAS)) return 'cas-register'
  if (kinds.has(FINAL) || history.vectorCount.some((count) => count !== ABSENT)) return 'eventual'
  return kinds.has(APPEND) ? 'kv-append' : 'register'
}
