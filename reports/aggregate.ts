/**
 * Everything that a report shows, from the run folder alone (docs/results.md). One pass over the
 * history; what is kept does not grow with the length of the run.
 */
import { join } from 'node:path'
import { readRun } from './load.js'
import type { FaultWindow, RunFile } from './load.js'
import { checkSeals } from './seal.js'
import { readEventLog } from './aggregate/event.js'
import type { EventLog } from './aggregate/event.js'
import { scanHistory } from './aggregate/history.js'
import type { HistoryVisitor } from './aggregate/history.js'
import { corrupt } from './aggregate/line.js'
import { readMetrics } from './aggregate/metrics.js'
import type { Metrics } from './aggregate/metrics.js'
import { Operations } from './aggregate/operation.js'
import { readMessages, readVerdict } from './aggregate/verdict.js'
import type { Check, TracedMessage, VerdictFile } from './aggregate/verdict.js'
import { Witnesses } from './aggregate/witness.js'

export interface RunData {
  readonly directory: string
  readonly run: RunFile
  /** Null if the run was never checked. */
  readonly verdict: VerdictFile | null
  readonly operations: Operations
  readonly metrics: Metrics
  readonly events: EventLog
  readonly witnesses: Witnesses
  readonly messages: readonly TracedMessage[]
  /** In the order of their beginnings. */
  readonly faults: readonly FaultWindow[]
}

/** What charts of clients need: a run has it, and so has a benchmark of a live cluster. */
export interface ClientData {
  readonly operations: Operations
  readonly faults: readonly FaultWindow[]
  readonly run: Pick<RunFile, 'healedAtMicros'> & {
    readonly scenario: Pick<RunFile['scenario'], 'durationMicros'> & {
      readonly workload?: { readonly forMicros?: number | null }
    }
    readonly counts: Pick<RunFile['counts'], 'simulatedMicros'>
  }
}

/** How long clients asked: what comes after it, and how long that takes, is none of theirs. */
export const clientMicros = ({ scenario, counts }: ClientData['run']): number => {
  const asked = scenario.workload?.forMicros ?? scenario.durationMicros
  return Math.min(asked || counts.simulatedMicros, counts.simulatedMicros)
}

/** The widest chart is about 900 pixels, most are a third of that; peaks are kept. */
const mostPoints = 300
const mostEvents = 300

/**
 * @param watch is told of every operation too, in the same pass @throws LoadError naming file and
 * line
 */
export async function aggregate(directory: string, watch?: HistoryVisitor): Promise<RunData> {
  await checkSeals(directory)
  const run = checked(directory, await readRun(directory))
  const verdict = await readVerdict(join(directory, 'verdict.json'))
  const faults = [...run.faults].sort((a, b) => a.fromMicros - b.fromMicros)
  const operations = new Operations(run.counts.simulatedMicros, faults)
  const witnesses = new Witnesses(verdict?.checks ?? [])
  await scanHistory(join(directory, 'history.jsonl'), run.interrupted, {
    operation: (invoke, completion) => {
      operations.add(invoke, completion)
      witnesses.add(invoke, completion)
      watch?.operation(invoke, completion)
    },
    final: (event) => witnesses.add(event, event),
    ...(watch?.settle === undefined ? {} : { settle: watch.settle }),
  })
  const metrics = await readMetrics(join(directory, 'metrics.csv'), mostPoints)
  const events = await readEventLog(join(directory, 'events.jsonl'), run.interrupted, mostEvents)
  const messages = await readMessages(join(directory, 'messages.jsonl'))
  return { directory, run, verdict, operations, metrics, events, witnesses, messages, faults }
}

/** What the report relies on, so that a damaged run.json is a clear line and not a stack trace. */
function checked(directory: string, run: RunFile): RunFile {
  const file = join(directory, 'run.json')
  for (const name of ['messages', 'ring', 'faults', 'recoveries'] as const) {
    if (!Array.isArray(run[name])) throw corrupt(file, 0, `${name} is not a list`)
  }
  const counts = [
    'events',
    'simulatedMicros',
    'wallMillis',
    'operations',
    'ok',
    'fail',
    'info',
  ] as const
  for (const name of counts) {
    if (typeof run.counts[name] !== 'number')
      throw corrupt(file, 0, `counts.${name} is not a number`)
  }
  for (const name of ['cluster', 'workload', 'network'] as const) {
    if (typeof run.scenario[name] !== 'object')
      throw corrupt(file, 0, `scenario.${name} is missing`)
  }
  if (typeof run.scenario.name !== 'string') throw corrupt(file, 0, 'scenario.name is not text')
  return run
}

/** The check of that name, if it was run. */
export const checkOf = (data: RunData, name: string): Check | undefined =>
  data.verdict?.checks.find((check) => check.check === name)

export const figureOf = (check: Check | undefined, name: string): number | null => {
  const value = check?.figures[name]
  return typeof value === 'number' ? value : null
}
