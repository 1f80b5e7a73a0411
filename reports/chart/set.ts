/** The charts of one run, in the order of the report. */
import type { RunData } from '../aggregate.js'
import type { Chart } from './chart.js'
import { availability, distribution, latency, refusals, throughput } from './client.js'
import { messages, recovery, ring } from './cluster.js'
import { faultLanes } from './fault.js'
import { versions, visibility } from './staleness.js'
import { probeVisibility } from './probe.js'
import { stateCharts, stateColumns } from './state.js'
import { windowColumns } from './window.js'

/** Null where a run has nothing of that kind to show. */
export interface ChartSet {
  readonly faults: Chart | null
  readonly latencies: readonly Chart[]
  readonly throughput: Chart
  readonly distribution: Chart
  readonly versions: Chart | null
  readonly visibility: Chart | null
  readonly probes: Chart | null
  readonly availability: Chart
  readonly refusals: Chart | null
  readonly states: readonly Chart[]
  readonly ring: Chart
  readonly messages: readonly Chart[]
  readonly recovery: Chart | null
}

export function chartSet(data: RunData): ChartSet {
  const windows = windowColumns(data)
  const { fail, info } = data.operations.whole.tally
  return {
    faults: faultLanes(data),
    latencies: [latency(data, windows, 'read'), latency(data, windows, 'write')],
    throughput: throughput(data, windows),
    distribution: distribution(data),
    versions: versions(data),
    visibility: visibility(data),
    probes: probeVisibility(data),
    availability: availability(data, windows),
    refusals: fail + info === 0 ? null : refusals(data, windows),
    states: stateCharts(data, stateColumns(data)),
    ring: ring(data),
    messages: messages(data),
    recovery: recovery(data),
  }
}

export const chartsOf = (set: ChartSet): readonly Chart[] =>
  Object.values<Chart | readonly Chart[] | null>({ ...set }).flatMap((part) => part ?? [])
