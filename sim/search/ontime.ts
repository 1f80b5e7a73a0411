/**
 * Faults that wait for a count, at the times at which it was reached. As long as a fault waits for
 * the 200th operation no operation before it can go; once it comes at a time, all can that the
 * failure does not need.
 */
import { AssertionError } from '../../core/assert.js'
import type { Plant } from '../../core/index.js'
import type { FaultModel, Scenario } from '../../scenarios/model.js'
import { noSink } from '../sink.js'
import { World } from '../world.js'
import { withFaults } from './change.js'
import { isSayable } from './sayable.js'

/** So few are read at a glance, and say more than a time does. */
const mostCounted = 10

/**
 * Null: no fault waits for many, or no file can say it. It may fail or not: what comes at one time
 * comes in another order.
 */
export function onTime(scenario: Scenario, plant: Plant | null): Scenario | null {
  if (!scenario.faults.some(waitsForMany)) return null
  const begun = beginnings(scenario, plant)
  const faults = scenario.faults.flatMap((fault, index) => {
    return timed(fault, begun.get(index), scenario.durationMicros)
  })
  const candidate = withFaults(scenario, faults)
  return isSayable(candidate) ? candidate : null
}

const waitsForMany = ({ trigger }: FaultModel): boolean =>
  'count' in trigger && trigger.count > mostCounted

/** Runs it: up to its end, or to what stops it. */
function beginnings(scenario: Scenario, plant: Plant | null): ReadonlyMap<number, number> {
  const world = new World({ scenario, plant, sink: noSink })
  try {
    while (world.advance(1_000_000));
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
  }
  return world.drama.begunMicros
}

/** One that never began goes: nobody misses it. */
function timed(
  fault: FaultModel,
  atMicros: number | undefined,
  endMicros: number,
): readonly FaultModel[] {
  if (fault.trigger.kind === 'at' || fault.trigger.kind === 'every') return [fault]
  if (atMicros === undefined || atMicros >= endMicros) return []
  const lasts = fault.duration?.kind === 'constant' ? fault.duration.micros : Infinity
  const duration = atMicros + lasts > endMicros ? null : fault.duration
  return [{ ...fault, trigger: { kind: 'at', atMicros }, duration }]
}
