/** Runs batches of seeds in a thread of its own. */
import Tinypool from 'tinypool'
import type { SeedResult } from '../../../reports/sweep/model.js'
import type { Scenario } from '../../../scenarios/model.js'
import { withSeed } from '../../../scenarios/reseed.js'
import { runSeed } from './one.js'

/** One run that is to be made. */
export interface Task {
  readonly seed: number
  readonly variant: number
}

export default function runBatch(tasks: readonly Task[]): readonly SeedResult[] {
  const scenarios = Tinypool.workerData as readonly Scenario[]
  return tasks.map(({ seed, variant }) =>
    runSeed(withSeed(scenarios[variant] as Scenario, seed), variant),
  )
}
