/**
 * What comes up by itself after so many records or so much time, sooner: a failure of a snapshot
 * that is due after thousands of records needs thousands of operations, or a scenario in which it
 * is due after one. The pace is no promise of the store; what it promises stays.
 */
import type { Scenario } from '../../scenarios/model.js'
import type { Change } from './change.js'

const records = [1, 10, 100] as const
const paces = [10_000, 100_000, 1_000_000] as const

export function* sooner({ cluster, workload }: Scenario): Generator<Change> {
  // Nothing is logged where nothing is asked.
  if (workload.operations?.length === 0) return
  for (const count of records) yield (now) => atMost(now, 'snapshotRecords', count)
  for (const count of records) yield (now) => atMost(now, 'segmentRecords', count)
  if (cluster.antiEntropyMicros !== null) {
    for (const micros of paces) yield (now) => comparedEvery(now, micros)
  }
}

function atMost(
  scenario: Scenario,
  name: 'snapshotRecords' | 'segmentRecords',
  count: number,
): Scenario | null {
  const { disk } = scenario
  return count < disk[name] ? { ...scenario, disk: { ...disk, [name]: count } } : null
}

function comparedEvery(scenario: Scenario, micros: number): Scenario | null {
  const { antiEntropyMicros } = scenario.cluster
  if (antiEntropyMicros === null || antiEntropyMicros <= micros) return null
  return { ...scenario, cluster: { ...scenario.cluster, antiEntropyMicros: micros } }
}

/** What was not needed goes back to what the language fills in. */
export function atLeisure(before: Scenario): readonly Change[] {
  const disk = (name: 'snapshotRecords' | 'segmentRecords'): Change => {
    return (now) =>
      now.disk[name] === before.disk[name]
        ? null
        : { ...now, disk: { ...now.disk, [name]: before.disk[name] } }
  }
  const compared: Change = (now) => {
    const { antiEntropyMicros } = before.cluster
    if (now.cluster.antiEntropyMicros === antiEntropyMicros) return null
    return { ...now, cluster: { ...now.cluster, antiEntropyMicros } }
  }
  return [disk('segmentRecords'), disk('snapshotRecords'), compared]
}
