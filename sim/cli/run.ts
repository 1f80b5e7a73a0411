/** `sim run FILE`: the main job, from a scenario file to a verdict and a report. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import type { Plant } from '../../core/index.js'
import { plants } from '../../core/index.js'
import type { Scenario } from '../../scenarios/model.js'
import { writeScenario } from '../../scenarios/write.js'
import { judge } from './judge.js'
import { exitCodes } from './exit.js'
import { filling, FolderSink, makeRunFolder } from './folder.js'
import { refuseLaterFlags } from './later.js'
import { drive } from './progress.js'
import { quoted } from './quoted.js'
import { runFile } from './runfile.js'
import { checkedSeed, readScenario } from './scenario.js'
import { printSummary } from './summary.js'
import { World } from '../world.js'

interface RunOptions {
  readonly file: string
  readonly seed: number | undefined
  readonly out: string | undefined
  readonly json: boolean
  readonly live: boolean | undefined
  readonly plant: Plant | undefined
}

export const runCommand: CommandModule<object, RunOptions> = {
  command: 'run <file>',
  describe: 'run a scenario, judge it, write the reports',
  builder: (yargs) =>
    yargs
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'a scenario file, such as scenarios/partition.yaml',
      })
      .option('seed', { type: 'number', describe: "overrides the scenario's seed" })
      .option('out', { type: 'string', describe: 'the run folder; default runs/<scenario>-<seed>' })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'print one JSON object on standard output, and nothing else there',
      })
      .option('live', { type: 'boolean', hidden: true })
      .option('plant', {
        type: 'string',
        choices: plants,
        describe: 'every node has this bug: do the checks notice?',
      }),
  handler: run,
}

async function run(options: RunOptions): Promise<void> {
  refuseLaterFlags(options)
  const scenario = readScenario(options.file, checkedSeed(options.seed))
  const plant = options.plant ?? null
  const name = plant === null ? scenario.name : `${scenario.name}-${plant}`
  const folder = makeRunFolder(options.out, name, scenario.seed)
  await filling(folder, () => runInto(folder, scenario, plant, options))
}

async function runInto(
  folder: string,
  scenario: Scenario,
  plant: Plant | null,
  options: RunOptions,
): Promise<void> {
  const sink = new FolderSink(folder)
  const world = new World({ scenario, sink, plant })
  let driven
  try {
    driven = await drive(world, scenario.name, options.json)
  } finally {
    sink.close()
  }
  const planted = plant === null ? '' : ` --plant ${plant}`
  const command = `npx sim run ${quoted(options.file)} --seed ${String(scenario.seed)}${planted}`
  const file = runFile(world, { file: options.file, command, ...driven })
  writeFileSync(join(folder, 'run.json'), `${JSON.stringify(file, null, 2)}\n`)
  if (world.guard.violation !== null) {
    writeFileSync(join(folder, 'scenario.yaml'), writeScenario(scenario))
  }
  const { verdict, paths } = await judge(folder, file)
  if (options.json) process.stdout.write(`${JSON.stringify({ folder, run: file, verdict })}\n`)
  else printSummary(file, verdict, paths)
  process.exitCode = driven.interrupted ? exitCodes.interrupted : exitCodes[verdict.verdict]
}
