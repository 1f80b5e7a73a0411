/** Runs batches of swarm seeds in a thread of its own. */
import Tinypool from 'tinypool'
import type { Plant } from '../../../core/index.js'
import { runSwarmSeed, type SwarmResult } from './one.js'

export interface SwarmData {
  readonly plant: Plant | null
}

export default function runBatch(seeds: readonly number[]): readonly SwarmResult[] {
  const { plant } = Tinypool.workerData as SwarmData
  return seeds.map((seed) => runSwarmSeed(seed, plant))
}
