/** What the running nodes have before them, when a tick ends. */
import type { Gauges } from './meter.js'
import type { Process } from './process.js'

export type Load = Omit<Gauges, 'divergentKeys'>

export function loadOf(processes: readonly Process[]): Load {
  const load = { hints: 0, tombstones: 0, nodesUp: 0, requestsOpen: 0, inputQueueMax: 0 }
  for (const { node, waiting } of processes) {
    if (waiting > load.inputQueueMax) load.inputQueueMax = waiting
    if (node === null) continue
    load.nodesUp++
    load.hints += node.hintCount
    load.tombstones += node.tombstoneCount
    load.requestsOpen += node.openRequests
  }
  return load
}
