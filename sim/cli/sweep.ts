/** `sim sweep FILE --seeds A..B`: many seeds of one scenario on all processors, and a report. */
import { readFileSync } from 'node:fs'
import type { CommandModule } from 'yargs'
import { writeSeals } from '../../reports/seal.js'
import { summarize } from '../../reports/sweep/aggregate.js'
import type { SeedResult, Sweep } from '../../reports/sweep/model.js'
import { exitCodes } from './exit.js'
import { filling, makeRunFolder } from './folder.js'
import { quoted } from './quoted.js'
import { readScenario } from './scenario.js'
import { Crew } from './sweep/crew.js'
import { checkedWorkers, parseSeeds, parseShard, tasksOf } from './sweep/plan.js'
import { printSweep } from './sweep/print.js'
import { sweepProgress } from './sweep/progress.js'
import type { Task } from './sweep/worker.js'
import { variantsOf } from './sweep/vary.js'
import { SweepCsv, writeSweep } from './sweep/write.js'
import { version } from './version.js'

interface SweepOptions {
  readonly file: string
  readonly seeds: string
  readonly workers: number | undefined
  readonly vary: readonly string[]
  readonly shard: string | undefined
  readonly out: string | undefined
  readonly json: boolean
}

export const sweepCommand: CommandModule<object, SweepOptions> = {
  command: 'sweep <file>',
  describe: 'run many seeds of a scenario on all processors',
  builder: (yargs) =>
    yargs
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'a scenario file, such as scenarios/partition.yaml',
      })
      .option('seeds', {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe: 'the first and the last seed, such as 1..200',
      })
      .option('workers', {
        type: 'number',
        requiresArg: true,
        describe: 'threads; default one per processor',
      })
      .option('vary', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'a setting and its values: every one runs the same seeds',
      })
      .option('shard', {
        type: 'string',
        requiresArg: true,
        describe: 'i/n: only every n-th seed, from the i-th; sim merge puts shards together',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'the folder; default runs/sweep-<scenario>-<first seed>',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'print one JSON object on standard output, and nothing else there',
      })
      .example('$0 sweep scenarios/partition.yaml --seeds 1..200', 'two hundred seeds')
      .example(
        '$0 sweep scenarios/partition.yaml --seeds 1..50 --vary cluster.replication.r=1,2,3',
        'what R does, seed by seed',
      ),
  handler: sweep,
}

async function sweep(options: SweepOptions): Promise<void> {
  const seeds = parseSeeds(options.seeds)
  const shard = parseShard(options.shard)
  const workers = checkedWorkers(options.workers)
  const scenario = readScenario(options.file, undefined)
  const text = readFileSync(options.file, 'utf8')
  const variants = variantsOf({ text, file: options.file, scenario }, options.vary)
  const tasks = tasksOf(seeds, shard, variants.length)
  const folder = makeRunFolder(options.out, `sweep-${scenario.name}`, seeds.from)
  const csv = new SweepCsv(folder, variants)
  const results: SeedResult[] = []
  const used = Math.min(workers, tasks.length)
  const progress = sweepProgress(scenario.name, tasks.length, options.json)
  const crew = new Crew<Task, SeedResult>({
    ...{ tasks, workers: used, done: (some) => progress.done(some) },
    worker: new URL('./sweep/worker.js', import.meta.url),
    workerData: variants.map(({ scenario: one }) => one),
    take: (some) => {
      csv.add(some)
      for (const result of some) results.push(result)
    },
  })
  const wallMillis = await filling(folder, () =>
    untilStopped(crew, () => {
      progress.stop()
      csv.close()
    }),
  )
  await finish(folder, options.json, {
    ...{ format: 1, version, file: options.file, command: commandOf(options) },
    ...{ seeds, shard, workers: used, wallMillis, planned: tasks.length, variants, results },
    interrupted: results.length < tasks.length,
  })
}

/** Ctrl-C stops the crew, and what is done is kept. */
export async function untilStopped(
  crew: { run(): Promise<void>; stop(): void },
  close: () => void,
): Promise<number> {
  const startedMillis = performance.now()
  const stop = (): void => crew.stop()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    await crew.run()
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
    close()
  }
  return Math.round(performance.now() - startedMillis)
}

/** Of a whole or a merged sweep: writes what is left to write, tells of it, sets the exit code. */
export async function finish(folder: string, json: boolean, sweep: Sweep): Promise<void> {
  const summary = summarize(sweep)
  const failures = await filling(folder, async () => {
    const written = await writeSweep(folder, sweep, summary)
    await writeSeals(folder)
    return written
  })
  if (json) {
    // The results themselves are in the folder: there may be a million of them.
    const told = { ...sweep, results: undefined, summary, done: sweep.results.length, failures }
    process.stdout.write(`${JSON.stringify({ folder, ...told })}\n`)
  } else printSweep(folder, sweep, summary, failures)
  process.exitCode = codeOf(sweep)
}

function codeOf({ results, planned, interrupted }: Sweep): number {
  if (interrupted) return exitCodes.interrupted
  if (results.some(({ verdict }) => verdict === 'violation')) return exitCodes.violation
  const isWhole = results.length === planned
  const isDecided = results.every(({ verdict }) => verdict === 'ok')
  return isWhole && isDecided ? exitCodes.ok : exitCodes.unknown
}

function commandOf({ file, seeds, vary, shard }: SweepOptions): string {
  const varied = vary.map((flag) => ` --vary ${quoted(flag)}`).join('')
  const part = shard === undefined ? '' : ` --shard ${quoted(shard)}`
  return `npx sim sweep ${quoted(file)} --seeds ${quoted(seeds)}${varied}${part}`
}
