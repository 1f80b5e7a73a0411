import type { Scenario } from './model.js'

/**
 * The same with another seed. Field by field: copies made by a spread may differ in shape, and all
 * that is compiled for one run of a search would have to be compiled anew for the next.
 */
export function withSeed(scenario: Scenario, seed: number): Scenario {
  return {
    name: scenario.name,
    about: scenario.about,
    seed,
    seeds: scenario.seeds,
    durationMicros: scenario.durationMicros,
    settleMicros: scenario.settleMicros,
    cluster: scenario.cluster,
    network: scenario.network,
    disk: scenario.disk,
    cpuPerMessageMicros: scenario.cpuPerMessageMicros,
    clocks: scenario.clocks,
    workload: scenario.workload,
    faults: scenario.faults,
    atlas: scenario.atlas,
    expect: scenario.expect,
  }
}
