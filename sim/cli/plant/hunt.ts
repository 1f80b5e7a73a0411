/** One planted bug: seed after seed until what must fire fires; then the correct code. */
import { readFileSync } from 'node:fs'
import { AssertionError } from '../../../core/assert.js'
import type { Plant } from '../../../core/index.js'
import { checkRun } from '../../../reports/check/index.js'
import type { Alarm, Hunt } from '../../../reports/plant/model.js'
import { loadScenario } from '../../../scenarios/load.js'
import type { Scenario } from '../../../scenarios/model.js'
import type { PlantedBug } from '../../plant/catalog.js'
import { World } from '../../world.js'
import { inMemory } from '../memory.js'
import { runFile } from '../runfile.js'

export interface HuntTask {
  readonly bug: PlantedBug
  /** The scenario's file, and how a person names it. */
  readonly file: string
  readonly name: string
  /** Seeds 1 to this. */
  readonly seeds: number
  readonly cleanSeeds: number
}

interface Outcome {
  readonly alarms: readonly Alarm[]
  readonly events: number
}

export default function hunt(task: HuntTask): Hunt {
  const { bug, file, name, seeds, cleanSeeds } = task
  const scenario = readPlanted(file)
  const others: Alarm[] = []
  let found: Alarm | null = null
  let events = 0
  let seed = 0
  while (found === null && seed < seeds) {
    seed++
    const outcome = play({ ...scenario, seed }, bug.plant)
    found = outcome.alarms.find(({ fired }) => bug.mustFire.includes(fired)) ?? null
    if (found === null) others.push(...outcome.alarms)
    events = outcome.events
  }
  const falseAlarms: Alarm[] = []
  for (let clean = 1; clean <= cleanSeeds; clean++) {
    falseAlarms.push(...play({ ...scenario, seed: clean }, null).alarms)
  }
  const { plant, row, title, seen, mustFire } = bug
  const at = String(found?.seed ?? 1)
  return {
    ...{ plant, row, title, seen, mustFire, scenario: name },
    ...{ found, seedsNeeded: seed, events, others: others.slice(0, mostOthers) },
    ...{ cleanRuns: cleanSeeds, falseAlarms },
    ...{ shrunk: null, notShrunk: null },
    command: `npx sim run ${name} --seed ${at} --plant ${plant}`,
  }
}

const mostOthers = 5

export function readPlanted(file: string): Scenario {
  const { scenario, problems } = loadScenario({ text: readFileSync(file, 'utf8'), file })
  if (problems !== undefined) throw new Error(problems.map(({ message }) => message).join('\n'))
  return scenario
}

/** An invariant ends a run at once; else its checks say what is not as expected. */
function play(scenario: Scenario, plant: Plant | null): Outcome {
  const memory = inMemory()
  const world = new World({ scenario, sink: memory.sink, plant })
  const { seed } = scenario
  try {
    while (world.advance(1_000_000));
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    const alarm = { seed, fired: 'assertion', summary: error.message }
    return { alarms: [alarm], events: world.events }
  }
  const { violation } = world.guard
  if (violation !== null) {
    const { invariant, explanation } = violation
    const alarm = { seed, fired: invariant, summary: explanation }
    return { alarms: [alarm], events: world.events }
  }
  const run = runFile(world, { file: '', command: '', wallMillis: 0, interrupted: false })
  const { checks } = checkRun({ history: memory.finish(), run })
  const alarms = checks
    .filter(({ met }) => met === false)
    .map(({ check, summary }) => ({ seed, fired: check, summary }))
  return { alarms, events: world.events }
}
