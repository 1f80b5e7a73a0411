/** `sim plant`: the matrix of planted bugs. Would the invariants and checks notice? */
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CommandModule } from 'yargs'
import { checkNames } from '../../reports/check/index.js'
import { isGood } from '../../reports/plant/model.js'
import type { PlantFile } from '../../reports/plant/model.js'
import { invariantNames } from '../invariant/name.js'
import { catalog, scenarioFileOf } from '../plant/catalog.js'
import type { PlantedBug } from '../plant/catalog.js'
import { BadInput, exitCodes } from './exit.js'
import { filling, makeRunFolder } from './folder.js'
import { Crew } from './plant/crew.js'
import type { HuntTask } from './plant/hunt.js'
import { printPlant } from './plant/print.js'
import { writePlant } from './plant/write.js'
import { quoted } from './quoted.js'
import { checkedWorkers } from './sweep/plan.js'
import { version } from './version.js'

interface PlantOptions {
  readonly names: readonly string[]
  readonly seeds: number
  readonly workers: number | undefined
  readonly shrink: boolean
  readonly out: string | undefined
  readonly json: boolean
}

const mostSeeds = 100_000
/** The correct code is run on these seeds at most. */
const mostCleanSeeds = 20

export const plantCommand: CommandModule<object, PlantOptions> = {
  command: 'plant [names..]',
  describe: 'plant bugs that real stores have had, and see whether the checks notice',
  builder: (yargs) =>
    yargs
      .positional('names', {
        type: 'string',
        array: true,
        default: [],
        describe: 'bugs, such as forward_twice; all if none is named',
      })
      .option('seeds', {
        type: 'number',
        default: 200,
        requiresArg: true,
        describe: 'look for each in seeds 1 to this',
      })
      .option('workers', {
        type: 'number',
        requiresArg: true,
        describe: 'threads; default one per processor',
      })
      .option('shrink', {
        type: 'boolean',
        default: true,
        describe: 'say how few faults and operations it takes; --no-shrink is faster',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'the folder; default runs/plant-1',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'print one JSON object on standard output, and nothing else there',
      })
      .example('$0 plant', 'the whole matrix')
      .example('$0 plant forward_twice no_write_back --seeds 20', 'two of them')
      .epilogue(
        'Exit codes: 0 every bug is found and the correct code is quiet on the same scenarios, ' +
          '1 one is not found or the correct code raises an alarm, 3 bad input, 130 interrupted.',
      ),
  handler: plant,
}

async function plant(options: PlantOptions): Promise<void> {
  const seeds = checkedSeeds(options.seeds)
  const workers = checkedWorkers(options.workers)
  const tasks = chosen(options.names).map((bug) => taskOf(bug, seeds))
  const folder = makeRunFolder(options.out, 'plant', 1)
  const startedMillis = performance.now()
  const crew = new Crew(Math.min(workers, tasks.length), options.json)
  const found = await crew.hunt(tasks)
  const hunts = options.shrink ? await crew.shrink(tasks, found, folder) : found
  const { interrupted } = crew
  await crew.dismiss()
  const file: PlantFile = {
    ...{ format: 1, version, command: commandOf(options), seeds },
    wallMillis: Math.round(performance.now() - startedMillis),
    ...{ interrupted, planned: tasks.length, hunts },
  }
  const paths = await filling(folder, () => writePlant(folder, file))
  if (options.json) process.stdout.write(`${JSON.stringify({ folder, ...file })}\n`)
  else printPlant(file, paths)
  if (interrupted) process.exitCode = exitCodes.interrupted
  else process.exitCode = hunts.every(isGood) ? exitCodes.ok : exitCodes.violation
}

function commandOf({ names, seeds, shrink }: PlantOptions): string {
  const named = names.map((name) => ` ${quoted(name)}`).join('')
  return `npx sim plant${named} --seeds ${String(seeds)}${shrink ? '' : ' --no-shrink'}`
}

function checkedSeeds(seeds: number): number {
  if (Number.isSafeInteger(seeds) && seeds >= 1 && seeds <= mostSeeds) return seeds
  throw new BadInput(`--seeds: give a whole number from 1 to ${String(mostSeeds)}, such as 200`)
}

function chosen(names: readonly string[]): readonly PlantedBug[] {
  for (const name of names) {
    if (catalog.some(({ plant: known }) => known === name)) continue
    const known = catalog.map(({ plant: one }) => one).join(', ')
    throw new BadInput(`${name}: no such planted bug; there are: ${known}`)
  }
  const wanted =
    names.length === 0 ? catalog : catalog.filter(({ plant: one }) => names.includes(one))
  // What cannot be found yet is refused by its name, and said where all are meant.
  const missing = wanted.filter((bug) => lackOf(bug) !== null)
  for (const bug of missing) {
    const text = `${bug.plant} is not there yet: ${String(lackOf(bug))}`
    if (names.length > 0) throw new BadInput(text)
    process.stderr.write(`left out: ${text}\n`)
  }
  return wanted.filter((bug) => !missing.includes(bug))
}

/** Null: its scenario is there, and something that must notice it. */
function lackOf({ plant: one, mustFire }: PlantedBug): string | null {
  if (!existsSync(fileOf(one))) return `no ${scenarioFileOf(one)}`
  const names: readonly string[] = [...invariantNames, ...checkNames]
  const asserted = mustFire.some((name) => names.includes(name))
  return asserted ? null : `nothing asserts ${mustFire.join(' or ')}`
}

/** The scenarios that ship: beside the compiled program, wherever it is started. */
const library = join(dirname(fileURLToPath(import.meta.url)), '../../../scenarios')

const fileOf = (plant: PlantedBug['plant']): string => join(library, scenarioFileOf(plant))

function taskOf(bug: PlantedBug, seeds: number): HuntTask {
  const file = fileOf(bug.plant)
  const near = relative('.', file)
  const name = near.startsWith('..') ? file : near
  return { bug, file, name, seeds, cleanSeeds: Math.min(seeds, mostCleanSeeds) }
}
