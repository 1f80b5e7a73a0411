/** Parts taken out of an explicit scenario, and what has to go with them. */
import { clientName } from '../../scenarios/resolve/name.js'
import type {
  FaultAction,
  FaultModel,
  Scenario,
  ScriptedOperation,
  WorkloadModel,
} from '../../scenarios/model.js'
import { clientIndex } from '../../scenarios/script.js'

/** Null where there is nothing to change. */
export type Change = (scenario: Scenario) => Scenario | null

export const operationsOf = (scenario: Scenario): readonly ScriptedOperation[] =>
  scenario.workload.operations ?? []

/** Those of one time in the order in which they stand: what the language makes of a list. */
export const byTime = (operations: readonly ScriptedOperation[]): readonly ScriptedOperation[] =>
  operations.toSorted((left, right) => left.atMicros - right.atMicros)

/** What is drawn stays drawn. */
export function withOperations(
  scenario: Scenario,
  operations: readonly ScriptedOperation[],
): Scenario {
  if (scenario.workload.operations === null) return scenario
  return named({ ...scenario, workload: { ...scenario.workload, operations } })
}

/** Without those that wait for one that is gone. */
export function withFaults(scenario: Scenario, faults: readonly FaultModel[]): Scenario {
  const names = new Set(faults.map(({ name }) => name))
  const kept = faults.filter(({ trigger }) => {
    return trigger.kind !== 'when_fault' || names.has(trigger.name)
  })
  if (kept.length < faults.length) return withFaults(scenario, kept)
  return named({ ...scenario, faults })
}

/** With as many clients as are named, where what they ask is written down. */
function named(scenario: Scenario): Scenario {
  if (scenario.workload.operations === null) return scenario
  const hit = scenario.faults.flatMap(({ action }) => (action === null ? [] : namesIn(action)))
  const names = [...operationsOf(scenario).map(({ client }) => client), ...hit]
  const indices = names.filter((name) => clientName.test(name)).map(clientIndex)
  const clients = indices.reduce((most, index) => Math.max(most, index + 1), 1)
  return { ...scenario, workload: { ...scenario.workload, clients } }
}

function namesIn(action: FaultAction): readonly string[] {
  switch (action.kind) {
    case 'partition':
      return action.groups.flat()
    case 'bridge':
      return action.sides.flat()
    case 'partition_one_way':
    case 'clog':
    case 'link':
      return [...action.from, ...action.to]
    default:
      return action.nodes
  }
}

/** The clients' time cut short, with all that would have begun after it. */
export function within(scenario: Scenario, durationMicros: number): Scenario {
  const operations = operationsOf(scenario).filter(({ atMicros }) => atMicros < durationMicros)
  const faults = scenario.faults.flatMap((fault) => cutFault(fault, durationMicros))
  const workload = cutLoad(scenario.workload, durationMicros)
  return withOperations(withFaults({ ...scenario, durationMicros, workload }, faults), operations)
}

/** Surges within the time; who asks to its end need not be told when to end. */
function cutLoad(workload: WorkloadModel, endMicros: number): WorkloadModel {
  const { forMicros } = workload
  const surges = workload.surges.flatMap((surge) => {
    const left = Math.min(surge.forMicros, endMicros - surge.atMicros)
    return left <= 0 ? [] : [{ ...surge, forMicros: left }]
  })
  const isToldWhen = forMicros !== null && forMicros < endMicros
  return { ...workload, surges, forMicros: isToldWhen ? forMicros : null }
}

function cutFault(fault: FaultModel, endMicros: number): readonly FaultModel[] {
  const { trigger, duration } = fault
  if (trigger.kind !== 'at') return [fault]
  if (trigger.atMicros >= endMicros) return []
  const lasts = duration?.kind === 'constant' ? duration.micros : 0
  return [trigger.atMicros + lasts > endMicros ? { ...fault, duration: null } : fault]
}
