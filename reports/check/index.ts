/** All checks of a run, from what its folder holds. No console output, no files. */
import type { ExpectModel, Scenario } from '../../scenarios/model.js'
import type { RunFile } from '../load.js'
import { checkAvailability } from './availability.js'
import { ruleOf } from './bucket.js'
import { checkConvergence } from './convergence.js'
import { checkDurability } from './durability.js'
import type { History } from './history.js'
import { checkInvariants } from './invariants.js'
import { checkLinearizable } from './linearizable.js'
import { checkSessions } from './session.js'
import { checkSiblings } from './sibling.js'
import { checkStaleness } from './staleness.js'
import { subjectOf } from './subject.js'
import type { Subject } from './subject.js'
import { overall, withExpectation } from './verdict.js'
import type { Check, VerdictFile } from './verdict.js'

/** A `RunFolder` will do. */
export interface CheckInput {
  readonly history: History
  readonly run: Pick<
    RunFile,
    'scenario' | 'faults' | 'healedAtMicros' | 'convergedAtMicros' | 'invariants'
  >
}

/** Steps of linearizability search where nobody asked for it: a fraction of a second. */
const unaskedSteps = 2_000_000

/**
 * Every check, with what the scenario expects of it. Checks that it asks nothing of are shown too.
 */
export const checkRun = ({ history, run }: CheckInput): VerdictFile => {
  const subject = subjectOf(history)
  const checks = [
    ...invariantChecks(run),
    ...dataChecks(subject, run),
    ...sessionChecks(subject, run.scenario.expect),
    ...timeChecks(subject, run),
  ]
  return { verdict: overall(checks), checks }
}

/** They are to hold in every run, whatever its scenario expects. */
const invariantChecks = ({ invariants }: CheckInput['run']): readonly Check[] =>
  invariants === undefined ? [] : [withExpectation(checkInvariants(invariants), true)]

const dataChecks = (subject: Subject, run: CheckInput['run']): readonly Check[] => {
  const { expect } = run.scenario
  const rule = ruleOf(subject.history, run.scenario)
  const convergence = checkConvergence(subject, {
    owners: ownersOf(run.scenario),
    withinMicros: expect.convergence?.withinMicros ?? null,
    healedAtMicros: run.healedAtMicros,
    convergedAtMicros: run.convergedAtMicros,
  })
  return [
    withExpectation(checkDurability(subject, rule), expect.durability),
    withExpectation(convergence, expect.convergence?.expected ?? null),
    withExpectation(checkSiblings(subject, rule), expect.siblings),
  ]
}

const ownersOf = (scenario: Scenario): number =>
  Math.min(scenario.cluster.n, scenario.cluster.nodes.length)

const sessionChecks = (subject: Subject, expect: ExpectModel): readonly Check[] => {
  const wished = new Map(expect.sessions.map(({ guarantee, expected }) => [guarantee, expected]))
  return checkSessions(subject).map((finding) => {
    const name = expect.sessions.find(({ guarantee }) => guarantee === finding.check)?.guarantee
    return withExpectation(finding, name === undefined ? null : (wished.get(name) ?? null))
  })
}

const timeChecks = (subject: Subject, run: CheckInput['run']): readonly Check[] => {
  const { expect } = run.scenario
  const steps = expect.linearizable === null ? { steps: unaskedSteps } : {}
  const linearizable = checkLinearizable(subject, { model: 'register', ...steps })
  const minPpm = expect.availability?.minPpm ?? null
  const p99Micros = expect.staleness?.p99Micros ?? null
  return [
    withExpectation(linearizable, expect.linearizable),
    withExpectation(
      checkAvailability(subject.history, { minPpm, faults: run.faults }),
      expect.availability?.expected ?? null,
    ),
    withExpectation(checkStaleness(subject, { p99Micros }), expect.staleness?.expected ?? null),
  ]
}
