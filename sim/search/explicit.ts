/**
 * A scenario with nothing left to draw but what the network and the disks do: the operations that
 * its run asks, one by one, and the faults that its seed drew, each at its time. Then one can go
 * without moving the others.
 */
import { AssertionError } from '../../core/assert.js'
import type { Plant } from '../../core/index.js'
import type { FaultModel, Scenario, ScriptedOperation } from '../../scenarios/model.js'
import { notDrawn } from '../../scenarios/script.js'
import { seedOf } from '../../scenarios/seed.js'
import { expandTimeline, type TimelineEntry } from '../../scenarios/timeline.js'
import { forkStream } from '../random.js'
import { noSink } from '../sink.js'
import { World } from '../world.js'

/** Runs it and writes down what is asked, up to its end or to an assumption that breaks. */
export function recordScript(
  scenario: Scenario,
  plant: Plant | null,
): readonly ScriptedOperation[] {
  const operations: ScriptedOperation[] = []
  const began = (operation: ScriptedOperation): void => {
    operations.push(operation)
  }
  const world = new World({ scenario, plant, sink: noSink, began })
  try {
    while (world.advance(1_000_000));
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
  }
  return operations
}

export function explicitOf(scenario: Scenario, operations: readonly ScriptedOperation[]): Scenario {
  const { workload } = scenario
  const inTurn = workload.operations === null ? workload.perSecond === null : workload.inTurn
  return {
    ...scenario,
    workload: { ...workload, ...notDrawn, operations, inTurn },
    faults: explicitFaults(scenario),
  }
}

export function explicitFaults(scenario: Scenario): readonly FaultModel[] {
  const seed = seedOf(scenario, 'faults')
  const entries = expandTimeline(scenario, (fault) => forkStream(seed, `fault/${String(fault)}`))
  const told = new Set<string>()
  const happening = entries.filter(({ atlas }) => atlas !== 'held_back')
  return happening.map((entry) => {
    const { name } = scenario.faults[entry.fault] ?? { name: null }
    // What waits for a fault that comes again and again waits for the first of them.
    const isFirst = name !== null && !told.has(name)
    if (isFirst) told.add(name)
    return explicitFault(entry, isFirst ? name : null)
  })
}

function explicitFault(entry: TimelineEntry, name: string | null): FaultModel {
  const { trigger, durationMicros, action } = entry
  const duration =
    durationMicros === null ? null : ({ kind: 'constant', micros: durationMicros } as const)
  return { name, trigger, duration, action, pick: [], line: 0 }
}
