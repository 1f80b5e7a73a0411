/** `sim swarm`: clusters, workloads, options and faults drawn from seeds, each run and judged. */
import type { CommandModule } from 'yargs'
import type { Plant } from '../../core/index.js'
import { plants } from '../../core/index.js'
import { filling, makeRunFolder } from './folder.js'
import { quoted } from './quoted.js'
import { version } from './version.js'
import { untilStopped } from './sweep.js'
import { Crew } from './sweep/crew.js'
import { checkedWorkers, parseSeeds, parseShard, type SeedRange, tasksOf } from './sweep/plan.js'
import { sweepProgress } from './sweep/progress.js'
import { finishSwarm } from './swarm/finish.js'
import { summarize } from './swarm/summary.js'
import { swarmText, writeFailure } from './swarm/file.js'
import type { SwarmResult } from './swarm/one.js'
import type { SwarmData } from './swarm/worker.js'

interface SwarmOptions {
  readonly seeds: string
  readonly workers: number | undefined
  readonly shard: string | undefined
  readonly plant: Plant | undefined
  readonly out: string | undefined
  readonly json: boolean
}

export const swarmCommand: CommandModule<object, SwarmOptions> = {
  command: 'swarm',
  describe: 'run scenarios drawn from seeds: random clusters, workloads and faults',
  builder: (yargs) =>
    yargs
      .option('seeds', {
        type: 'string',
        requiresArg: true,
        default: '1..100',
        describe: 'the first and the last seed; one alone, 7..7, prints its scenario first',
      })
      .option('workers', {
        type: 'number',
        requiresArg: true,
        describe: 'threads; default one per processor',
      })
      .option('shard', {
        type: 'string',
        requiresArg: true,
        describe: 'i/n: only every n-th seed, from the i-th',
      })
      .option('plant', { type: 'string', choices: plants, describe: 'every node has this bug' })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'the folder; default runs/swarm-<first seed>',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'print one JSON object on standard output, and nothing else there',
      })
      .example('$0 swarm --seeds 1..2000', 'two thousand random scenarios')
      .example('$0 swarm --seeds 17..17', 'what seed 17 drew, and how it went'),
  handler: swarm,
}

async function swarm(options: SwarmOptions): Promise<void> {
  const range = parseSeeds(options.seeds)
  const shard = parseShard(options.shard)
  const seeds = tasksOf(range, shard, 1).map(({ seed }) => seed)
  const workers = Math.min(checkedWorkers(options.workers), seeds.length)
  const plant = options.plant ?? null
  const folder = makeRunFolder(options.out, 'swarm', range.from)
  tellScenario(range, options.json)
  const results: SwarmResult[] = []
  const data: SwarmData = { plant }
  const progress = sweepProgress('swarm', seeds.length, options.json)
  const crew = new Crew<number, SwarmResult>({
    ...{ tasks: seeds, workers, workerData: data },
    worker: new URL('./swarm/worker.js', import.meta.url),
    done: (some) =>
      progress.done(some.map(({ problems }) => ({ verdict: verdictOf(problems.length) }))),
    take: (some) => {
      for (const result of some) {
        writeFailure(folder, result, plant)
        results.push(result)
      }
    },
  })
  const wallMillis = await filling(folder, () => untilStopped(crew, () => progress.stop()))
  const summary = summarize(results, seeds.length)
  const facts = { format: 1 as const, version, seeds: range, shard, plant }
  await finishSwarm(folder, { ...facts, ...summary }, options.json, wallMillis, commandOf(options))
}

const verdictOf = (problems: number): 'ok' | 'violation' => (problems === 0 ? 'ok' : 'violation')

/** What one seed drew, before it is run; of many it would be a book. */
function tellScenario({ from, to }: SeedRange, json: boolean): void {
  if (from !== to || json) return
  process.stdout.write(`${swarmText(from)}\n`)
}

function commandOf({ seeds, shard, plant }: SwarmOptions): string {
  const part = shard === undefined ? '' : ` --shard ${quoted(shard)}`
  const planted = plant === undefined ? '' : ` --plant ${plant}`
  return `npx sim swarm --seeds ${quoted(seeds)}${part}${planted}`
}
