/** What is to be shrunk: the scenario, seed and planted bug of a run folder or of a file. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Plant } from '../../../core/index.js'
import { plants } from '../../../core/index.js'
import { loadScenario } from '../../../scenarios/load.js'
import type { Scenario } from '../../../scenarios/model.js'
import { notRun } from '../../../reports/load.js'
import { writeScenario } from '../../../scenarios/write.js'
import { refuseDamaged } from '../damage.js'
import { BadInput } from '../exit.js'
import { checkedSeed, readScenario } from '../scenario.js'

export interface Target {
  readonly scenario: Scenario
  readonly plant: Plant | null
}

export interface TargetFlags {
  readonly seed: number | undefined
  readonly plant: Plant | undefined
}

export async function readTarget(path: string, { seed, plant }: TargetFlags): Promise<Target> {
  if (!existsSync(path)) throw new BadInput(`${path}: no such run folder or scenario file`)
  if (!statSync(path).isDirectory()) {
    return { scenario: readScenario(path, checkedSeed(seed)), plant: plant ?? null }
  }
  if (seed !== undefined || plant !== undefined) {
    const flag = seed === undefined ? '--plant' : '--seed'
    throw new BadInput(`${flag}: belongs to a scenario file; ${path} is a run, which has its own`)
  }
  await refuseDamaged(path)
  return readRun(path)
}

function readRun(folder: string): Target {
  const path = join(folder, 'run.json')
  if (!existsSync(path)) throw new BadInput(notRun(folder).message)
  let run: Partial<Target> | null
  try {
    run = JSON.parse(readFileSync(path, 'utf8')) as Partial<Target> | null
  } catch (error) {
    throw new BadInput(`${path}: not JSON (${(error as Error).message})`)
  }
  const { scenario, plant = null } = run ?? {}
  if (scenario === undefined) throw new BadInput(`${path}: lacks the scenario`)
  return { scenario: completed(scenario, path), plant: knownPlant(plant, path) }
}

/** Of a run: with a bug that this version does not know it would be another run. */
export function knownPlant(plant: Plant | null, path: string): Plant | null {
  if (plant === null || plants.includes(plant)) return plant
  throw new BadInput(`${path}: this version knows no planted bug "${String(plant)}"`)
}

/** Through the language and back: what an older version left out gets its default. */
export function completed(scenario: Scenario, path: string): Scenario {
  let loaded: ReturnType<typeof loadScenario>
  try {
    const seeds = (scenario as Partial<Scenario>).seeds ?? {}
    loaded = loadScenario({ text: writeScenario({ ...scenario, seeds }), file: path })
  } catch (error) {
    throw new BadInput(`${path}: its scenario is damaged (${(error as Error).message})`)
  }
  if (loaded.scenario !== undefined) return loaded.scenario
  throw new BadInput(`${path}: its scenario is damaged (${loaded.problems[0]?.message ?? ''})`)
}
