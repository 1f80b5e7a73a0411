/** How a search goes about a failure: on its key, of less work, or drawn to the end. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Scenario } from '../../../scenarios/model.js'
import { operationsOf } from '../../../sim/search/change.js'
import { recordScript } from '../../../sim/search/explicit.js'
import { isSayable } from '../../../sim/search/sayable.js'
import { shrink, type Hint } from '../../../sim/search/shrink.js'
import { StagedSearch, startsOf } from '../../../sim/search/stages.js'
import { scenarioOf } from '../stage.js'

const scenario = scenarioOf(`
name: x
duration: 2s
settle: 5s
cluster: { nodes: 5, anti_entropy: { every: 5s } }
disk: { segment_records: 7 }
workload: { clients: 20, think: 5ms, keys: { count: 40, distribution: uniform } }
faults:
  - { at: 1s, for: 300ms, crash: n5 }
  - { every: 300ms, pick: [pause], for: 100ms }
expect: { linearizable: true }
`)

const rates = scenarioOf(`
name: y
duration: 20s
settle: 5s
cluster: { nodes: 5 }
workload:
  clients: 30
  rate: 300/s
  surges: [{ at: 5s, for: 5s, rate: 900/s }, { at: 12s, for: 1s, rate: 500/s }]
  keys: { count: 500 }
expect: { goodput: { within: 2s } }
`)

interface Outcome {
  readonly smallest: Scenario
  readonly seen: readonly Scenario[]
}

function searched(
  from: Scenario,
  fails: (candidate: Scenario) => boolean,
  { isOfRates = false, hints = [] as readonly Hint[] } = {},
): Outcome {
  const [start] = startsOf(from, null, isOfRates)
  assert.ok(start && fails(start))
  const seen: Scenario[] = []
  const search = new StagedSearch({ scenario: from, start, plant: null, hints, hintsOf: () => [] })
  const counted = (candidate: Scenario): boolean => {
    seen.push(candidate)
    return fails(candidate)
  }
  return { smallest: shrink({ search, fails: counted, mostTrials: 4_000 }).scenario, seen }
}

/** A stand-in for a snapshot: due after so many records, of whatever operations. */
const dueBy = (candidate: Scenario): boolean => {
  const { workload } = candidate
  const operations = workload.operations ?? recordScript(candidate, null)
  return operations.filter(({ kind }) => kind === 'put').length >= candidate.disk.snapshotRecords
}

test('stages: what is due after many records is made due after few, and then few are asked', () => {
  const due = { ...scenario, disk: { ...scenario.disk, snapshotRecords: 200 } }
  const { smallest, seen } = searched(due, dueBy)
  assert.is(operationsOf(smallest).length, 1)
  assert.is(smallest.disk.snapshotRecords, 1)
  assert.is(smallest.faults.length, 0)
  // What did not matter is as it was.
  assert.is(smallest.disk.segmentRecords, 7)
  assert.is(smallest.cluster.antiEntropyMicros, 5_000_000)
  assert.ok(seen.some(({ workload }) => workload.operations === null && workload.clients < 20))
})

test('stages: what shows on one key is never drawn again', () => {
  const fails = ({ workload }: Scenario): boolean =>
    (workload.operations ?? []).some(({ key, kind }) => key === 'k1' && kind === 'put')
  const { smallest, seen } = searched(scenario, fails, {
    hints: [{ key: 'k1', toMicros: 800_000 }],
  })
  assert.is(operationsOf(smallest).length, 1)
  assert.ok(seen.every(({ workload }) => workload.operations !== null))
})

test('stages: a list that stays too long to be read is left drawn', () => {
  const fails = ({ workload, durationMicros }: Scenario): boolean => {
    const asked = workload.operations?.length
    return (asked ?? (workload.clients * durationMicros) / 10_000) >= 300
  }
  const { smallest } = searched(scenario, fails)
  assert.is(smallest.workload.operations, null)
  assert.ok(fails(smallest))
})

test('stages: a failure of rates stays drawn: fewer requests to slower machines, one key, no faults', () => {
  const fails = ({ workload, cpuPerMessageMicros }: Scenario): boolean => {
    const [surge] = workload.surges
    const load = ((surge?.perSecond ?? 0) * cpuPerMessageMicros) / 1e6
    return workload.operations === null && load >= 0.017 && surge !== undefined
  }
  const { smallest, seen } = searched(rates, fails, { isOfRates: true })
  const { workload } = smallest
  assert.is(workload.surges.length, 1)
  assert.is(workload.keyCount, 1)
  assert.is(workload.clients, 1)
  assert.ok((workload.perSecond ?? 0) <= 10, String(workload.perSecond))
  assert.ok(seen.every((one) => one.workload.operations === null))
  assert.ok(seen.filter(fails).every(isSayable))
})

test('stages: surges and the time in which clients ask move and are cut with all the rest', () => {
  const asked = { ...rates, workload: { ...rates.workload, forMicros: 15_000_000 } }
  const { smallest, seen } = searched(asked, ({ workload }) => workload.operations === null, {
    isOfRates: true,
  })
  assert.ok(isSayable(smallest))
  assert.ok(smallest.durationMicros < 100_000, String(smallest.durationMicros))
  for (const { workload, durationMicros } of seen) {
    const { forMicros, surges } = workload
    assert.ok(forMicros === null || forMicros < durationMicros)
    for (const surge of surges) assert.ok(surge.atMicros + surge.forMicros <= durationMicros)
  }
})

test.run()
