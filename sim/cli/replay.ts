/**
 * `sim replay RUN_DIR or FILE`: the same run again; compares the trace, and names the first event
 * that differs.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pc from 'picocolors'
import type { CommandModule } from 'yargs'
import type { Plant } from '../../core/index.js'
import type { Scenario } from '../../scenarios/model.js'
import { notRun } from '../../reports/load.js'
import { describeEvent } from '../kind.js'
import type { SimEvent } from '../queue.js'
import { noSink } from '../sink.js'
import { World } from '../world.js'
import { refuseDamaged } from './damage.js'
import { BadInput, exitCodes } from './exit.js'
import { drive } from './progress.js'
import { checkedSeed, readScenario } from './scenario.js'
import { completed, knownPlant } from './shrink/target.js'
import { speedLine } from './summary.js'
import { version } from './version.js'

interface ReplayOptions {
  readonly target: string
  readonly seed: number | undefined
  readonly json: boolean
}

export const replayCommand: CommandModule<object, ReplayOptions> = {
  command: 'replay <target>',
  describe: 'run it again and compare, event for event',
  builder: (yargs) =>
    yargs
      .positional('target', {
        type: 'string',
        demandOption: true,
        describe: 'a run folder; or a scenario file, which is then run twice',
      })
      .option('seed', { type: 'number', describe: "of a scenario file: overrides the file's seed" })
      .option('json', { type: 'boolean', default: false, describe: 'print one JSON object' }),
  handler: replay,
}

/** What the earlier run left behind. */
interface Recorded {
  readonly scenario: Scenario
  readonly plant: Plant | null
  readonly traceHash: string
  /** Two bytes an event; null where the folder has none. */
  readonly trace: Uint16Array | null
  readonly events: number
  readonly interrupted: boolean
  /** Of the program that recorded it. */
  readonly version: string
}

async function replay({ target, seed, json }: ReplayOptions): Promise<void> {
  if (isFolder(target) && seed !== undefined) {
    throw new BadInput(`--seed: belongs to a scenario file; ${target} is a run, which has its own`)
  }
  const recorded = isFolder(target)
    ? await readSound(target)
    : await record(readScenario(target, checkedSeed(seed)))
  const differs = recorded === null ? null : await compare(recorded, json)
  if (differs === null) {
    process.exitCode = exitCodes.interrupted
    return
  }
  if (json) process.stdout.write(`${JSON.stringify(differs)}\n`)
  process.exitCode = differs.same ? exitCodes.ok : exitCodes.violation
}

function isFolder(path: string): boolean {
  if (!existsSync(path)) throw new BadInput(`${path}: no such run folder or scenario file`)
  return statSync(path).isDirectory()
}

async function readSound(folder: string): Promise<Recorded> {
  await refuseDamaged(folder)
  return readRecorded(folder)
}

function readRecorded(folder: string): Recorded {
  const path = join(folder, 'run.json')
  if (!existsSync(path)) throw new BadInput(notRun(folder).message)
  let run: Partial<Recorded> & { counts?: { events?: unknown } }
  try {
    run = JSON.parse(readFileSync(path, 'utf8')) as typeof run
  } catch (error) {
    throw new BadInput(`${path}: not JSON (${(error as Error).message})`)
  }
  const { scenario, traceHash, counts } = run
  if (scenario === undefined || traceHash === undefined || typeof counts?.events !== 'number') {
    throw new BadInput(`${path}: lacks the scenario, the trace hash or the number of events`)
  }
  const tracePath = join(folder, 'trace.bin')
  let trace: Uint16Array | null = null
  if (existsSync(tracePath)) {
    const bytes = readFileSync(tracePath)
    if (bytes.length !== counts.events * 2) {
      throw new BadInput(
        `${tracePath}: ${String(bytes.length)} bytes, but ${String(counts.events)} events take ` +
          `${String(counts.events * 2)}; the folder is damaged`,
      )
    }
    trace = new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  }
  const interrupted = run.interrupted === true
  const plant = knownPlant(run.plant ?? null, path)
  const whole = completed(scenario, path)
  return {
    scenario: whole,
    plant,
    traceHash,
    trace,
    events: counts.events,
    interrupted,
    version: run.version ?? version,
  }
}

/** Ctrl-C: a part of a run is neither the same nor another. */
function tellStopped(why: string): null {
  process.stderr.write(`stopped ${why}: whether the runs are the same was not found out\n`)
  return null
}

/** A scenario file has no earlier run: make one, and keep its trace in memory. */
async function record(scenario: Scenario): Promise<Recorded | null> {
  const fingerprints: number[] = []
  const sink = { ...noSink, trace: (fingerprint: number) => fingerprints.push(fingerprint) }
  const world = new World({ scenario, sink })
  const driven = await drive(world, `${scenario.name} (first)`, false)
  if (driven.interrupted) return tellStopped('in the first of two runs')
  const { traceHash, events } = world.report
  const trace = Uint16Array.from(fingerprints)
  const interrupted = !world.ended
  return { scenario, plant: null, traceHash, trace, events, interrupted, version }
}

interface Difference {
  readonly same: boolean
  readonly traceHash: string
  readonly recordedHash: string
  /** Counted from 0; null where the runs are the same, or the folder kept no trace. */
  readonly event: number | null
  readonly description: string | null
}

/** null: stopped before there was an answer. */
async function compare(recorded: Recorded, quiet: boolean): Promise<Difference | null> {
  const { trace, scenario, plant, events } = recorded
  let description: string | null = null
  let event: number | null = null
  let last = 0
  const sink = { ...noSink, trace: (fingerprint: number) => (last = fingerprint) }
  const world = new World({ scenario, sink, plant })
  const observe = (current: SimEvent): boolean => {
    const index = world.events - 1
    // An interrupted run is replayed as far as it got.
    if (recorded.interrupted && index === events - 1) return false
    if (trace === null || trace[index] === last) return true
    event = index
    description = describeEvent(current)
    return false
  }
  const driven = await drive(world, scenario.name, quiet, observe)
  if (driven.interrupted) {
    const far = `after ${String(world.events)} of ${String(events)} events`
    return tellStopped(trace === null ? far : `${far}, the same so far`)
  }
  const { traceHash } = world.report
  const same = event === null && traceHash === recorded.traceHash
  const result = { same, traceHash, recordedHash: recorded.traceHash, event, description }
  if (quiet) return result
  print(result, world.events, events, driven.wallMillis, world.nowMicros)
  if (!same && recorded.version !== version) {
    process.stdout.write(
      `It was recorded by dynamo-sim ${recorded.version}, and this is ${version}.\n`,
    )
  }
  return result
}

function print(
  result: Difference,
  events: number,
  recordedEvents: number,
  wallMillis: number,
  simulatedMicros: number,
): void {
  const { same, traceHash, recordedHash, event, description } = result
  const lines: string[] = []
  if (same) lines.push(pc.green(`The same run: ${String(events)} events, trace hash ${traceHash}.`))
  else {
    lines.push(pc.red('Not the same run.'))
    if (event !== null) {
      lines.push(
        `The first different event is number ${String(event)}: here ${String(description)}.`,
        'Up to there every event was the same.',
      )
    } else if (events !== recordedEvents) {
      lines.push(`This run has ${String(events)} events, the recorded ${String(recordedEvents)}.`)
    }
    lines.push(`Recorded hash ${recordedHash}, here ${traceHash}.`)
    lines.push(
      'A change of the code, of its dependencies or of Node does this; so does a damaged folder.',
    )
  }
  lines.push(speedLine({ events, simulatedMicros, wallMillis }))
  process.stdout.write(`${lines.join('\n')}\n`)
}
