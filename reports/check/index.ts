/** All checks of a run, from what its folder holds. No console output, no files. */
import type { Scenario } from '../../scenarios/model.js'
import type { RunFile } from '../load.js'
import { checkAvailability } from './availability.js'
import { ruleOf } from './bucket.js'
import { checkConvergence } from './convergence.js'
import { checkDurability } from './durability.js'
import { checkGoodput } from './goodput.js'
import type { History } from './history.js'
import { checkInvariants } from './invariants.js'
import { checkLinearizable } from './linearizable.js'
import { checkSessions } from './session.js'
import { checkSiblings } from './sibling.js'
import { checkStaleness } from './staleness.js'
import { subjectOf } from './subject.js'
import type { Subject } from './subject.js'
import { overall, withExpectation } from './verdict.js'
import type { Check, Finding, VerdictFile } from './verdict.js'

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
export const checkRun = (input: CheckInput): VerdictFile => {
  const checks = [...oneByOne(input)].flat()
  return { verdict: overall(checks), checks }
}

/** The same with a pause after each check, so that somebody who waits can stop it. */
export const checkRunInTurns = async (
  input: CheckInput,
  pause: () => Promise<void>,
): Promise<VerdictFile> => {
  const checks: Check[] = []
  for (const some of oneByOne(input)) {
    checks.push(...some)
    await pause()
  }
  return { verdict: overall(checks), checks }
}

function* oneByOne({ history, run }: CheckInput): Generator<readonly Check[]> {
  const subject = subjectOf(history)
  for (const judge of Object.values(judges)) yield judge(subject, run)
}

/** One of them alone, for those who run many variants of one failure; null: no such check. */
export const checkNamed = (name: string, { history, run }: CheckInput): Check | null => {
  const judge = judges[name] ?? sessionChecks
  return judge(subjectOf(history), run).find(({ check }) => check === name) ?? null
}

/** A run folder from before there was any reaping says nothing of it. */
const reapsIn = ({ cluster }: CheckInput['run']['scenario']): boolean =>
  ((cluster as Partial<typeof cluster>).reap ?? null) !== null

/** Once a tombstone is reaped, what was seen of its key is found nowhere, and rightly so. */
const withoutTombstones = (finding: Finding): Finding =>
  finding.verdict === 'violation'
    ? {
        ...finding,
        verdict: 'unknown',
        summary: `tombstones are reaped, so what looks like this may be none: ${finding.summary}`,
      }
    : finding

type Judge = (subject: Subject, run: CheckInput['run']) => readonly Check[]

const sessionChecks: Judge = (subject, { scenario }) => {
  const { sessions } = scenario.expect
  return checkSessions(subject).map((found) => {
    const finding = reapsIn(scenario) ? withoutTombstones(found) : found
    const asked = sessions.find(({ guarantee }) => guarantee === finding.check)
    return withExpectation(finding, asked?.expected ?? null)
  })
}

/** In the order in which they are shown. */
const judges: Readonly<Record<string, Judge>> = {
  // They are to hold in every run, whatever its scenario expects.
  invariants: (_subject, { invariants }) =>
    invariants === undefined ? [] : [withExpectation(checkInvariants(invariants), true)],
  durability: (subject, { scenario }) => {
    const finding = checkDurability(subject, ruleOf(subject.history, scenario), reapsIn(scenario))
    return [withExpectation(finding, scenario.expect.durability)]
  },
  convergence: (subject, { scenario, healedAtMicros, convergedAtMicros }) => {
    const { convergence } = scenario.expect
    const withinMicros = convergence?.withinMicros ?? null
    const times = { withinMicros, healedAtMicros, convergedAtMicros }
    const finding = checkConvergence(subject, { owners: ownersOf(scenario), ...times })
    return [withExpectation(finding, convergence?.expected ?? null)]
  },
  siblings: (subject, { scenario }) => {
    const finding = checkSiblings(subject, ruleOf(subject.history, scenario), reapsIn(scenario))
    return [withExpectation(finding, scenario.expect.siblings)]
  },
  sessions: sessionChecks,
  linearizable: (subject, { scenario }) => {
    const { linearizable } = scenario.expect
    const steps = linearizable === null ? { steps: unaskedSteps } : {}
    return [
      withExpectation(checkLinearizable(subject, { model: 'register', ...steps }), linearizable),
    ]
  },
  availability: (subject, { scenario, faults }) => {
    const { availability } = scenario.expect
    const minPpm = availability?.minPpm ?? null
    const finding = checkAvailability(subject.history, { minPpm, faults })
    return [withExpectation(finding, availability?.expected ?? null)]
  },
  staleness: (subject, { scenario }) => {
    const { staleness } = scenario.expect
    const finding = checkStaleness(subject, { p99Micros: staleness?.p99Micros ?? null })
    return [withExpectation(finding, staleness?.expected ?? null)]
  },
  // Only where it is asked: without surges there is nothing to say.
  goodput: (subject, { scenario }) => {
    const { expect, workload, durationMicros } = scenario
    const goodput = (expect as Partial<typeof expect>).goodput ?? null
    if (goodput === null) return []
    const options = { ...goodput, surges: workload.surges, durationMicros }
    return [withExpectation(checkGoodput(subject.history, options), goodput.expected)]
  },
}

/** All that a scenario can ask for, but for the guarantees of a session, which come together. */
export const checkNames: readonly string[] = Object.keys(judges)

const ownersOf = (scenario: Scenario): number =>
  Math.min(scenario.cluster.n, scenario.cluster.nodes.length)
