/**
 * What a planted bug was found by, made as small as it gets. Bounded by the events played, not by
 * the clock: the same everywhere.
 */
import type { Shrunk } from '../../../reports/plant/model.js'
import { loadScenario } from '../../../scenarios/load.js'
import type { Scenario } from '../../../scenarios/model.js'
import type { PlantedBug } from '../../plant/catalog.js'
import { operationsOf } from '../../search/change.js'
import { recordScript } from '../../search/explicit.js'
import { shrink } from '../../search/shrink.js'
import { StagedSearch, startsOf } from '../../search/stages.js'
import {
  type Failure,
  failsAs,
  failsByPlant,
  failuresOf,
  hintsOf,
  isOfRates,
  onlyOf,
} from '../shrink/failure.js'
import { repeatCommand, shrunkText } from '../shrink/file.js'
import { readPlanted } from './hunt.js'

export interface ShrinkTask {
  readonly bug: PlantedBug
  /** The scenario's file, and the seed that it was found with. */
  readonly file: string
  readonly seed: number
  /** Where the small one will be. */
  readonly to: string
  readonly mostEvents: number
}

export type Smaller =
  | { readonly shrunk: Shrunk; readonly notShrunk: null }
  | { readonly shrunk: null; readonly notShrunk: string }

/** A trial of nothing costs time too. */
const mostTrials = 6_000

export default function smaller(task: ShrinkTask): Smaller {
  const { bug, file, seed, to, mostEvents } = task
  const { plant, mustFire } = bug
  const found: Scenario = { ...readPlanted(file), seed }
  const name = `${found.name}-shrunk`
  const failure = failuresOf(found, plant).find(
    ({ check, kind }) => mustFire.includes(kind) || mustFire.includes(check),
  )
  if (failure === undefined) return lost('what must fire is not the first that does')
  const scenario = { ...found, name, expect: onlyOf(found.expect, failure) }
  const start = startOf(scenario, bug, failure)
  if (start === null) return lost('it fails in another way, written out')
  let eventsLeft = mostEvents
  const spent = (events: number): void => {
    eventsLeft -= events
  }
  const search = new StagedSearch({
    ...{ scenario, start, plant, hints: failure.hints },
    hintsOf: (one) => hintsOf(failure, one, plant),
  })
  // Once all are spent nothing is smaller.
  const fails = (candidate: Scenario): boolean =>
    eventsLeft > 0 && failsByPlant(failure, candidate, plant, spent)
  const { scenario: smallest, trials } = shrink({ search, fails, mostTrials })
  const [told = failure] = failuresOf(smallest, plant)
  const command = repeatCommand(to, plant)
  const text = shrunkText({ scenario: smallest, from: found, failure: told, command })
  if (!repeats(text, bug, failure)) return lost('its file does not repeat it')
  const isFinished = eventsLeft > 0 && trials < mostTrials
  return {
    shrunk: { ...sizesOf(smallest, bug), trials, isFinished, text, command },
    notShrunk: null,
  }
}

const lost = (why: string): Smaller => ({ shrunk: null, notShrunk: why })

function startOf(scenario: Scenario, { plant }: PlantedBug, failure: Failure): Scenario | null {
  for (const start of startsOf(scenario, plant, isOfRates(failure))) {
    if (failsByPlant(failure, start, plant)) return start
  }
  return null
}

/** The file as it will be read, with the bug and without. */
function repeats(text: string, { plant }: PlantedBug, failure: Failure): boolean {
  const { scenario } = loadScenario({ text, file: 'shrunk' })
  if (scenario === undefined) return false
  return failsAs(failure, scenario, plant) && failuresOf(scenario, null).length === 0
}

function sizesOf(scenario: Scenario, { plant }: PlantedBug) {
  const { faults, cluster, durationMicros, workload } = scenario
  const isDrawn = workload.operations === null
  const operations = isDrawn ? recordScript(scenario, plant) : operationsOf(scenario)
  return {
    ...{ faults: faults.length, operations: operations.length, isDrawn },
    ...{ nodes: cluster.nodes.length, durationMicros },
  }
}
