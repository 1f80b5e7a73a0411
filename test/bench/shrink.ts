/** How long `sim shrink` takes over a failure among fifty faults and a thousand operations. */
import type { Failure } from '../../sim/cli/shrink/failure.js'
import { failuresOf } from '../../sim/cli/shrink/failure.js'
import { search } from '../../sim/cli/shrink/search.js'
import { operationsOf } from '../../sim/search/change.js'
import { startsOf } from '../../sim/search/stages.js'
import { fiftyFaults, target } from '../sim/search/fifty.js'

/** Target: so few faults and operations, in less than so many seconds. */
export async function shrinkLine(): Promise<string> {
  const startedMillis = performance.now()
  const [failure] = failuresOf(fiftyFaults, null) as readonly [Failure]
  const [start = fiftyFaults] = startsOf(fiftyFaults, null, false)
  const { scenario, trials, end } = await search({
    ...{ target: { scenario: fiftyFaults, plant: null }, start, failure, budgetMillis: 120_000 },
    progress: { update: () => undefined, stop: () => undefined },
  })
  const seconds = (performance.now() - startedMillis) / 1_000
  const [faults, operations] = [scenario.faults.length, operationsOf(scenario).length]
  const isMet =
    faults <= target.faults && operations <= target.operations && seconds < target.seconds
  return (
    `${String(start.faults.length)} faults, ${String(operationsOf(start).length)} operations: ` +
    `${String(faults)} and ${String(operations)} are left after ${String(trials)} trials in ` +
    `${seconds.toFixed(1)} s (${end}); target ${String(target.faults)} and ` +
    `${String(target.operations)} in ${String(target.seconds)} s: ${isMet ? 'met' : 'missed'}`
  )
}
