/**
 * Whether a file can say it. Chance lets faults overlap that a person would not be allowed to write
 * down, as two rates of loss of one link at a time.
 */
import { loadScenario } from '../../scenarios/load.js'
import type { FaultModel, Scenario } from '../../scenarios/model.js'
import { writeScenario } from '../../scenarios/write.js'
import { withFaults } from './change.js'

export function isSayable(scenario: Scenario): boolean {
  const text = writeScenario(scenario)
  return loadScenario({ text, file: scenario.name }).problems === undefined
}

/** Without each fault that cannot stand beside those before it. */
export function sayable(scenario: Scenario): Scenario {
  if (isSayable(scenario)) return scenario
  // What is asked has no part in it, and would be read again and again.
  const isDrawn = scenario.workload.operations === null
  const workload = { ...scenario.workload, operations: isDrawn ? null : [] }
  const kept: FaultModel[] = []
  for (const fault of scenario.faults) {
    if (isSayable(withFaults({ ...scenario, workload }, [...kept, fault]))) kept.push(fault)
  }
  return withFaults(scenario, kept)
}
