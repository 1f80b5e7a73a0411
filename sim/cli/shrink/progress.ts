/** How small it is by now: one line that changes on a terminal, else a line now and then. */
import type { Scenario, WorkloadModel } from '../../../scenarios/model.js'
import { formatDuration } from '../../../scenarios/unit.js'

export interface ShrinkProgress {
  update(smallest: Scenario, trials: number): void
  stop(): void
}

const plainLineMillis = 5_000
const barMillis = 100

/** `3 faults, 8 operations of 2 clients on 1 key, 3 nodes, 1.2s` */
export function sizeText(scenario: Scenario): string {
  const { faults, cluster, durationMicros } = scenario
  return [
    counted(faults.length, 'fault'),
    workText(scenario.workload),
    counted(cluster.nodes.length, 'node'),
    formatDuration(wholeMillis(durationMicros)),
  ].join(', ')
}

/** For reading; the file says it to the microsecond. */
const wholeMillis = (micros: number): number => Math.ceil(micros / 1_000) * 1_000

function workText({ operations, perSecond, clients, keyCount }: WorkloadModel): string {
  if (operations === null) {
    const rate = perSecond === null ? 'operations' : `${String(perSecond)} operations a second`
    return `${rate} drawn for ${counted(clients, 'client')} on ${counted(keyCount, 'key')}`
  }
  const asking = new Set(operations.map(({ client }) => client)).size
  const keys = new Set(operations.map(({ key }) => key)).size
  const asked = counted(operations.length, 'operation')
  return `${asked} of ${counted(asking, 'client')} on ${counted(keys, 'key')}`
}

const counted = (count: number, what: string): string =>
  `${String(count)} ${what}${count === 1 ? '' : 's'}`

export function shrinkProgress(label: string, quiet: boolean): ShrinkProgress {
  if (quiet) return { update: () => undefined, stop: () => undefined }
  const isTerminal = process.stderr.isTTY
  const every = isTerminal ? barMillis : plainLineMillis
  const startedMillis = performance.now()
  let nextMillis = startedMillis + every
  return {
    update: (smallest, trials) => {
      const nowMillis = performance.now()
      if (nowMillis < nextMillis) return
      nextMillis = nowMillis + every
      const seconds = (nowMillis - startedMillis) / 1000
      const rate = (trials / Math.max(seconds, 0.001)).toFixed(0)
      const line = `${label}: ${sizeText(smallest)} (${String(trials)} trials, ${rate}/s)`
      process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`)
    },
    stop: () => {
      if (isTerminal) process.stderr.write('\r\u001b[K')
    },
  }
}
