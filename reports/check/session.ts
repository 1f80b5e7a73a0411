/**
 * The four session guarantees of every key: by version vectors where reads carry them, else by
 * values.
 */
import type { SessionGuarantee } from '../../scenarios/model.js'
import { sessionGuarantees } from '../../scenarios/model.js'
import { answersOf, isTold } from './history.js'
import type { History } from './history.js'
import { checkSessionsByOrder } from './session/order.js'
import { checkSessionsByVector } from './session/vector.js'
import type { SessionViolation } from './session/vector.js'
import type { Subject } from './subject.js'
import type { Counterexample, Finding } from './verdict.js'
import {
  begun,
  counterexampleOf,
  operationText,
  startText,
  wasAcknowledged,
  wasOver,
  who,
  plural,
} from './words.js'

/** Violations that get a counterexample, per guarantee. */
const examples = 3

/** One finding per guarantee, in the order of `sessionGuarantees`. */
export const checkSessions = (subject: Subject): readonly Finding[] => {
  const { history, groups } = subject
  const tallies = new Map(sessionGuarantees.map((name) => [name, new Tally(history, name)]))
  const report = (violation: SessionViolation): void => {
    tallies.get(violation.guarantee)?.add(violation)
  }
  let reads = 0
  let untold = 0
  let byValue = 0
  for (let key = 0; key < history.keys.length; key++) {
    const answered = answersOf(history, groups.operations(key), 'reads')
    reads += answered.length
    if (answered.length === 0) continue
    if (isTold(history.vectorCount, answered)) {
      checkSessionsByVector(subject, key, report)
      continue
    }
    byValue++
    if (!checkSessionsByOrder(subject, key, report)) untold++
  }
  // By values alone, writes out of order and reads going back look the same.
  const ambiguous = byValue > 0 && [...tallies.values()].some((tally) => tally.count > 0)
  return [...tallies.values()].map((tally) => tally.finding({ reads, untold, ambiguous }))
}

interface Coverage {
  readonly reads: number
  /** Keys whose values do not tell their writes apart. */
  readonly untold: number
  /**
   * Violations were found by values, which do not tell writes out of order from reads going back.
   */
  readonly ambiguous: boolean
}

class Tally {
  private readonly history: History
  private readonly guarantee: SessionGuarantee
  private readonly shown: Counterexample[] = []
  count = 0

  constructor(history: History, guarantee: SessionGuarantee) {
    this.history = history
    this.guarantee = guarantee
  }

  add(violation: SessionViolation): void {
    this.count++
    if (this.shown.length >= examples) return
    const operations = [...violation.before, violation.read].filter((each) => each >= 0)
    const words = explain(this.history, violation)
    this.shown.push(counterexampleOf(this.history, operations, words))
  }

  finding({ reads, untold, ambiguous }: Coverage): Finding {
    const figures = { reads, violations: this.count, undecidedKeys: untold }
    const base = { check: this.guarantee, figures, counterexamples: this.shown }
    const first = this.shown[0]
    if (first !== undefined) {
      const summary = `${String(this.count)} of ${plural(reads, 'read')}. ${first.key}: ${first.explanation}`
      return { ...base, verdict: 'violation', summary }
    }
    if (untold > 0) {
      const summary = `${String(untold)} keys carry no versions and their values repeat`
      return { ...base, verdict: 'unknown', summary }
    }
    if (ambiguous && this.guarantee === 'monotonic_writes') {
      const summary = 'without versions a write out of order looks like a read going back'
      return { ...base, verdict: 'unknown', summary }
    }
    return { ...base, verdict: 'ok', summary: plural(reads, 'read') }
  }
}

const explain = (history: History, { guarantee, before, read }: SessionViolation): string => {
  const first = before[0] as number
  const second = before[1] ?? first
  const what = operationText(history, read)
  const seen = `${what} at ${startText(history, read)}`
  switch (guarantee) {
    case 'read_your_writes':
      return `${wasAcknowledged(history, first)}; ${begun(history, read)}, does not include it.`
    case 'monotonic_reads':
      return `${wasOver(history, first)}; ${begun(history, read)} in the same session, is older.`
    case 'monotonic_writes':
      return (
        `${who(history, first)} wrote twice: ${wasAcknowledged(history, first)}, before ` +
        `${operationText(history, second)} began; ${seen} includes the second without the first.`
      )
    case 'writes_follow_reads':
      if (before.length === 1) {
        const session = who(history, read)
        return `${wasOver(history, first)} before ${session} began ${what}; others saw the opposite.`
      }
      return (
        `${wasOver(history, first)}, before ${operationText(history, second)} began; ` +
        `${seen} includes the write without what was read before it.`
      )
  }
}
