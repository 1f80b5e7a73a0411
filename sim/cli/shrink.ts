/** `sim shrink RUN_DIR or FILE`: the smallest scenario with the same failure. */
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pc from 'picocolors'
import type { CommandModule } from 'yargs'
import type { Plant } from '../../core/index.js'
import { plants } from '../../core/index.js'
import type { Scenario } from '../../scenarios/model.js'
import { parseDuration } from '../../scenarios/unit.js'
import { startsOf } from '../search/stages.js'
import { BadInput, exitCodes } from './exit.js'
import {
  type Failure,
  failsInTurns,
  failuresInTurns,
  failuresOf,
  isOfRates,
  onlyOf,
} from './shrink/failure.js'
import { makeFolder } from './folder.js'
import { ifStopped } from './interrupt.js'
import { nextTurn } from './turn.js'
import { repeatCommand, shrunkText } from './shrink/file.js'
import { shrinkProgress, sizeText } from './shrink/progress.js'
import { search, type Searched } from './shrink/search.js'
import { readTarget, type Target } from './shrink/target.js'

interface ShrinkOptions {
  readonly target: string
  readonly seed: number | undefined
  readonly plant: Plant | undefined
  readonly check: string | undefined
  readonly out: string | undefined
  readonly budget: string
  readonly json: boolean
}

export const shrinkCommand: CommandModule<object, ShrinkOptions> = {
  command: 'shrink <target>',
  describe: 'find the smallest scenario with the same failure',
  builder: (yargs) =>
    yargs
      .positional('target', {
        type: 'string',
        demandOption: true,
        describe: 'a run folder, or a scenario file, whose run fails',
      })
      .option('seed', { type: 'number', describe: "of a scenario file: overrides the file's seed" })
      .option('plant', {
        type: 'string',
        choices: plants,
        describe: 'of a scenario file: every node has this bug',
      })
      .option('check', {
        type: 'string',
        requiresArg: true,
        describe: 'which failure, where there are several; default the first',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'the file to write; default in the folder runs',
      })
      .option('budget', {
        type: 'string',
        requiresArg: true,
        default: '60s',
        describe: 'the most time it takes; the best so far is kept',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'print one JSON object on standard output, and nothing else there',
      })
      .example('$0 shrink runs/stale-read-1', 'a handful of operations that show it'),
  handler: shrink,
}

async function shrink(options: ShrinkOptions): Promise<void> {
  const budgetMillis = checkedBudget(options.budget)
  const target = await readTarget(options.target, options)
  const path = outPath(options, target)
  ifStopped(`stopped before anything was smaller: ${path} is not written`)
  const failure = await pickFailure(target, options.check)
  const start = await startOf(target, failure)
  // Before the search: a minute of it is not thrown away for a folder that cannot be made.
  makeFolder(dirname(path))
  const searched = await search({
    ...{ target, start, failure, budgetMillis },
    progress: shrinkProgress(`shrinking ${target.scenario.name}`, options.json),
  })
  const command = repeatCommand(path, target.plant)
  const text = fileText(searched, target, failure, command)
  writeFileSync(path, text)
  tell(options.json, { path, text, command, failure, start, searched, budget: options.budget })
  process.exitCode = searched.end === 'interrupted' ? exitCodes.interrupted : exitCodes.ok
}

function checkedBudget(text: string): number {
  const parsed = parseDuration(text)
  if ('problem' in parsed) throw new BadInput(`--budget: ${parsed.problem}`)
  if (parsed.value === 0) throw new BadInput('--budget: must be longer than nothing, such as 60s')
  return parsed.value / 1_000
}

/** Nothing that exists is written over. */
function outPath({ out }: ShrinkOptions, { scenario, plant }: Target): string {
  if (out !== undefined) {
    if (existsSync(out)) {
      throw new BadInput(`--out ${out}: it exists; choose another file, or remove it first`)
    }
    return out
  }
  const planted = plant === null ? '' : `-${plant}`
  const base = join('runs', `${scenario.name}${planted}-${String(scenario.seed)}-shrunk`)
  let path = `${base}.yaml`
  for (let i = 2; existsSync(path); i++) path = `${base}-${String(i)}.yaml`
  return path
}

async function pickFailure(
  { scenario, plant }: Target,
  check: string | undefined,
): Promise<Failure> {
  const failures = await failuresInTurns(scenario, plant, nextTurn)
  const names = failures.map((failure) => failure.check)
  const [first] = failures
  if (first === undefined) {
    throw new BadInput(
      `nothing to shrink: no check that ${scenario.name} asks for finds a violation with seed ` +
        `${String(scenario.seed)}; sim sweep finds seeds that fail`,
    )
  }
  if (check === undefined) return first
  const chosen = failures.find((failure) => failure.check === check)
  if (chosen !== undefined) return chosen
  throw new BadInput(`--check ${check}: does not fail here; what fails is ${names.join(', ')}`)
}

/** Everything written out, and only the one expectation kept. */
async function startOf({ scenario, plant }: Target, failure: Failure): Promise<Scenario> {
  const only: Scenario = {
    ...scenario,
    name: `${scenario.name.slice(0, 57)}-shrunk`,
    expect: onlyOf(scenario.expect, failure),
  }
  for (const start of startsOf(only, plant, isOfRates(failure))) {
    if (await failsInTurns(failure, start, plant, nextTurn)) return start
  }
  throw new BadInput(
    `${scenario.name}: with its operations and faults written out it does not fail in this way any ` +
      'more; this should not happen: please report it with the scenario',
  )
}

function fileText(searched: Searched, target: Target, failure: Failure, command: string): string {
  const { scenario } = searched
  const [now = failure] = failuresOf(scenario, target.plant)
  return shrunkText({ scenario, from: target.scenario, failure: now, command })
}

interface Told {
  readonly path: string
  readonly text: string
  readonly command: string
  readonly failure: Failure
  readonly start: Scenario
  readonly searched: Searched
  readonly budget: string
}

const ends: Readonly<Record<Searched['end'], (budget: string) => string>> = {
  smallest: () => 'nothing gets smaller any more',
  budget: (budget) => `the budget of ${budget} is used up; a longer one may get it smaller`,
  interrupted: () => 'interrupted; the smallest so far is kept',
}

function tell(json: boolean, told: Told): void {
  const { path, text, command, failure, start, searched, budget } = told
  const { scenario, trials, wallMillis, end } = searched
  if (json) {
    const sizes = { before: sizeOf(start), after: sizeOf(scenario) }
    const object = { path, command, failure, ...sizes, trials, wallMillis, end }
    process.stdout.write(`${JSON.stringify(object)}\n`)
    return
  }
  const seconds = (wallMillis / 1000).toFixed(1)
  const lines = [
    pc.bold(`${failure.check}: ${failure.summary}`),
    '',
    `before  ${sizeText(start)}`,
    `after   ${sizeText(scenario)}`,
    `        ${String(trials)} trials in ${seconds} s; ${ends[end](budget)}`,
    '',
    text.length < 4_000 ? text : `${path}: ${String(text.length)} characters`,
    `Repeat with: ${command}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** `operations` is null where they are drawn. */
function sizeOf({ faults, workload, cluster, durationMicros }: Scenario): object {
  const operations = workload.operations?.length ?? null
  return { faults: faults.length, operations, nodes: cluster.nodes.length, durationMicros }
}
