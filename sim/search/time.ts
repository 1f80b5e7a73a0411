/** Less waiting: a run that ends with what it needs, and nothing between that could be closer. */
import type { FaultModel, Scenario, WorkloadModel } from '../../scenarios/model.js'
import { byTime, type Change, operationsOf, within } from './change.js'

/** Moves every time of a scenario. */
export function moved(scenario: Scenario, to: (micros: number) => number): Scenario {
  const durationMicros = Math.max(1, to(scenario.durationMicros))
  return {
    ...scenario,
    durationMicros,
    workload: movedLoad(scenario.workload, durationMicros, to),
    faults: scenario.faults.map((fault) => movedFault(fault, to)),
  }
}

function movedLoad(
  workload: WorkloadModel,
  endMicros: number,
  to: (micros: number) => number,
): WorkloadModel {
  const surges = workload.surges.map((surge) => {
    const atMicros = to(surge.atMicros)
    const forMicros = Math.max(1, to(surge.atMicros + surge.forMicros) - atMicros)
    return { ...surge, atMicros, forMicros }
  })
  const askedMicros = workload.forMicros === null ? endMicros : Math.max(1, to(workload.forMicros))
  const forMicros = askedMicros < endMicros ? askedMicros : null
  const { operations } = workload
  if (operations === null) return { ...workload, surges, forMicros }
  const moved = operations.map((one) => ({ ...one, atMicros: to(one.atMicros) }))
  return { ...workload, surges, forMicros, operations: byTime(moved) }
}

function movedFault(fault: FaultModel, to: (micros: number) => number): FaultModel {
  const { trigger, duration } = fault
  if (trigger.kind !== 'at') return fault
  const atMicros = to(trigger.atMicros)
  const start = { ...fault, trigger: { ...trigger, atMicros } }
  if (duration?.kind !== 'constant') return start
  const micros = Math.max(1, to(trigger.atMicros + duration.micros) - atMicros)
  return { ...start, duration: { kind: 'constant', micros } }
}

/** All times at which something begins or ends, ascending, each once; 0 and the end among them. */
export function marksOf(scenario: Scenario): readonly number[] {
  const faults = scenario.faults.flatMap(({ trigger, duration }) => {
    if (trigger.kind !== 'at') return []
    const lasts = duration?.kind === 'constant' ? duration.micros : 0
    return [trigger.atMicros, trigger.atMicros + lasts]
  })
  const operations = operationsOf(scenario).map(({ atMicros }) => atMicros)
  const { surges, forMicros } = scenario.workload
  const load = surges.flatMap((surge) => [surge.atMicros, surge.atMicros + surge.forMicros])
  if (forMicros !== null) load.push(forMicros)
  const all = new Set([0, ...operations, ...faults, ...load, scenario.durationMicros])
  return [...all].sort((left, right) => left - right)
}

/** Longer lists of operations nobody reads. */
export const mostRead = 100

const units = [0, 1_000, 10_000, 100_000, 1_000_000] as const

export function* shorter(scenario: Scenario): Generator<Change> {
  for (const unit of units.slice(1)) yield (now) => endAfter(now, unit)
  // All of it faster, as far as it goes.
  for (let i = 0; i < 4; i++) yield (now) => moved(now, (at) => Math.floor(at / 2))
  // One gap after the other is for lists that a person could read.
  if (operationsOf(scenario).length > mostRead) return
  // From the end, so that the places of the gaps that are still to come stay as they are.
  for (let gap = marksOf(scenario).length - 2; gap >= 0; gap--) {
    for (const unit of units) yield (now) => closer(now, gap, unit)
    for (let i = 0; i < 8; i++) yield (now) => closer(now, gap, Math.floor(widthOf(now, gap) / 2))
  }
}

/** The clients' time ends so long after the last thing that begins. */
function endAfter(scenario: Scenario, micros: number): Scenario | null {
  // What is drawn goes on to the end.
  if (scenario.workload.operations === null) return null
  const starts = marksOf({ ...scenario, durationMicros: 0 })
  const endMicros = (starts.at(-1) ?? 0) + Math.max(1, micros)
  return endMicros < scenario.durationMicros ? within(scenario, endMicros) : null
}

function widthOf(scenario: Scenario, gap: number): number {
  const marks = marksOf(scenario)
  return (marks[gap + 1] ?? 0) - (marks[gap] ?? 0)
}

function closer(scenario: Scenario, gap: number, micros: number): Scenario | null {
  const marks = marksOf(scenario)
  const after = marks[gap + 1]
  // Nothing begins at the very end.
  const least = gap === marks.length - 2 ? 1_000 : 0
  const byMicros = widthOf(scenario, gap) - Math.max(least, micros)
  if (after === undefined || byMicros <= 0) return null
  return moved(scenario, (at) => (at >= after ? at - byMicros : at))
}
