/** What is wrong with a run, so that another run can be asked whether it fails in the same way. */
import { AssertionError } from '../../../core/assert.js'
import type { Plant } from '../../../core/index.js'
import { checkNamed, checkRun, checkRunInTurns } from '../../../reports/check/index.js'
import { kindsOf } from '../../../reports/check/kind.js'
import type { Check } from '../../../reports/check/verdict.js'
import type { ExpectModel, Scenario } from '../../../scenarios/model.js'
import type { Hint } from '../../search/shrink.js'
import { World } from '../../world.js'
import { inMemory, type Memory } from '../memory.js'
import { runFile } from '../runfile.js'
import { inTurns, lastOf } from '../turn.js'

export interface Failure {
  /**
   * A key of `expect`; `invariants` where one that the simulator asserts is violated; `assumption`
   * where the code itself gave up.
   */
  readonly check: string
  /** Of an invariant its name; else in which way the check is violated. */
  readonly kind: string
  readonly summary: string
  /** Of the scenario: `violation` where it says itself that it must be found. */
  readonly expected: 'ok' | 'violation'
  readonly hints: readonly Hint[]
}

/** Hears how many events a run took. */
export type Spent = (events: number) => void

interface Played {
  readonly world: World
  readonly memory: Memory
  /** What it gave up at. */
  readonly broken: AssertionError | null
}

/** Some tens of milliseconds. */
const eventsPerTurn = 20_000

function play(scenario: Scenario, plant: Plant | null): Played {
  return lastOf(playing(scenario, plant))
}

function* playing(scenario: Scenario, plant: Plant | null): Generator<undefined, Played> {
  const memory = inMemory()
  const world = new World({ scenario, sink: memory.sink, plant })
  try {
    while (world.advance(eventsPerTurn)) yield
  } catch (error) {
    if (error instanceof AssertionError) return { world, memory, broken: error }
    throw error
  }
  return { world, memory, broken: null }
}

/**
 * All of them: those that the scenario does not expect first. Of a run that was stopped, only what
 * stopped it: what its checks would say of the rest means nothing.
 */
export function failuresOf(
  scenario: Scenario,
  plant: Plant | null,
  spent: Spent = () => undefined,
): readonly Failure[] {
  const played = play(scenario, plant)
  spent(played.world.events)
  const stopped = stopOf(played)
  return stopped === null ? failuresIn(checkRun(inputOf(played)).checks) : [stopped]
}

/** The same, and whoever waits can stop it in between. */
export async function failuresInTurns(
  scenario: Scenario,
  plant: Plant | null,
  pause: () => Promise<void>,
): Promise<readonly Failure[]> {
  const played = await inTurns(playing(scenario, plant), pause)
  const stopped = stopOf(played)
  if (stopped !== null) return [stopped]
  return failuresIn((await checkRunInTurns(inputOf(played), pause)).checks)
}

function failuresIn(checks: readonly Check[]): readonly Failure[] {
  const found = checks.filter(({ verdict, expected }) => verdict === 'violation' && expected)
  const failures = found.map(failureOf)
  const unmet = failures.filter(({ expected }) => expected === 'ok')
  return [...unmet, ...failures.filter(({ expected }) => expected === 'violation')]
}

/**
 * Whether it fails in this way, whatever else may be wrong with it. `spent` hears how many events
 * it took to find out.
 */
export function failsAs(
  failure: Failure,
  scenario: Scenario,
  plant: Plant | null,
  spent: Spent = () => undefined,
): boolean {
  const played = play(scenario, plant)
  spent(played.world.events)
  return showsAs(failure, played)
}

/** The same, and whoever waits can stop it in between. */
export async function failsInTurns(
  failure: Failure,
  scenario: Scenario,
  plant: Plant | null,
  pause: () => Promise<void>,
): Promise<boolean> {
  return showsAs(failure, await inTurns(playing(scenario, plant), pause))
}

function showsAs(failure: Failure, played: Played): boolean {
  const stopped = stopOf(played)
  if (stopped !== null) return stopped.check === failure.check && stopped.kind === failure.kind
  if (stops.has(failure.check)) return false
  const check = checkNamed(failure.check, inputOf(played))
  return check !== null && kindsOf(check).includes(failure.kind)
}

/**
 * The same, of a planted bug: what the correct code does too, such as being overloaded by far too
 * much, is not the bug's.
 */
export function failsByPlant(
  failure: Failure,
  scenario: Scenario,
  plant: Plant | null,
  spent?: Spent,
): boolean {
  if (!failsAs(failure, scenario, plant, spent)) return false
  // What an invariant says the correct code never does.
  if (plant === null || stops.has(failure.check)) return true
  return failuresOf(scenario, null, spent).every(({ check }) => check !== failure.check)
}

/** Where the same failure shows in another run. */
export function hintsOf(
  failure: Failure,
  scenario: Scenario,
  plant: Plant | null,
): readonly Hint[] {
  const { check, kind } = failure
  const same = failuresOf(scenario, plant).find((one) => one.check === check && one.kind === kind)
  return same?.hints ?? []
}

/** What is expected, without all that has no part in it. */
export function onlyOf(expect: ExpectModel, { check }: Failure): ExpectModel {
  const only = <Name extends keyof ExpectModel>(name: Name): ExpectModel[Name] | null =>
    name === check ? expect[name] : null
  return {
    durability: only('durability'),
    convergence: only('convergence'),
    sessions: expect.sessions.filter(({ guarantee }) => guarantee === check),
    linearizable: only('linearizable'),
    siblings: only('siblings'),
    availability: only('availability'),
    staleness: only('staleness'),
    goodput: only('goodput'),
  }
}

/** Answers a second are missing; no few operations show that. */
export const isOfRates = ({ check }: Failure): boolean => check === 'goodput'

const stops: ReadonlySet<string> = new Set(['invariants', 'assumption'])

function inputOf({ world, memory }: Played): Parameters<typeof checkRun>[0] {
  const run = runFile(world, { file: '', command: '', wallMillis: 0, interrupted: false })
  return { history: memory.finish(), run }
}

/** Null: it ran to its end. */
function stopOf({ world, broken }: Played): Failure | null {
  if (broken !== null) {
    // The same assertion, whatever the numbers in its message are.
    const kind = broken.message.replaceAll(/\d+/g, '#')
    return { check: 'assumption', kind, summary: broken.message, expected: 'ok', hints: [] }
  }
  const { violation } = world.guard
  if (violation === null) return null
  const { invariant: kind, message: summary, key } = violation
  const hints = key === null ? [] : [{ key: key.key, toMicros: world.nowMicros }]
  return { check: 'invariants', kind, summary, expected: 'ok', hints }
}

function failureOf(check: Check): Failure {
  const hints = check.counterexamples.map(({ key, toMicros }) => ({ key, toMicros }))
  const { summary, expected } = check
  const kind = kindsOf(check)[0] ?? check.check
  return { check: check.check, kind, summary, expected: expected ?? 'ok', hints }
}
