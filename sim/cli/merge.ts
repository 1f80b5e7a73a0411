/** `sim merge DIR...`: the shards of a sweep or a swarm, wherever they ran, as one. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import type { SeedResult, Sweep } from '../../reports/sweep/model.js'
import { refuseDamaged } from './damage.js'
import { BadInput } from './exit.js'
import { makeRunFolder } from './folder.js'
import { quoted } from './quoted.js'
import { writeFailure } from './swarm/file.js'
import { mergeSwarms, readSwarm, type SwarmPart } from './swarm/merge.js'
import { finishSwarm } from './swarm/finish.js'
import { finish } from './sweep.js'
import { SweepCsv } from './sweep/write.js'

interface MergeOptions {
  readonly folders: readonly string[]
  readonly out: string | undefined
  readonly json: boolean
}

export const mergeCommand: CommandModule<object, MergeOptions> = {
  command: 'merge <folders..>',
  describe: 'put the shards of a sweep or a swarm together',
  builder: (yargs) =>
    yargs
      .positional('folders', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'folders that sim sweep, or sim swarm, wrote',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe:
          'the folder; default runs/sweep-<scenario>-<first seed> or runs/swarm-<first seed>',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print one JSON object' })
      .example('$0 merge shard-1 shard-2 --out whole', 'two halves'),
  handler: merge,
}

interface Part {
  readonly folder: string
  readonly sweep: Sweep
}

async function merge(options: MergeOptions): Promise<void> {
  const isSwarm = (folder: string): boolean => existsSync(join(folder, 'swarm.json'))
  const swarm = options.folders.find(isSwarm)
  const other = options.folders.find((folder) => !isSwarm(folder))
  if (swarm !== undefined && other !== undefined) {
    throw new BadInput(
      `${swarm} is of a swarm and ${other} is not: shards of one swarm, or of one sweep, make a whole`,
    )
  }
  if (swarm === undefined) await mergeSweepFolders(options)
  else await mergeSwarmFolders(options)
}

async function mergeSwarmFolders({ folders, out, json }: MergeOptions): Promise<void> {
  const parts: SwarmPart[] = []
  for (const folder of folders) parts.push(await readSwarm(folder))
  const merged = mergeSwarms(parts)
  const folder = makeRunFolder(out, 'swarm', merged.seeds.from)
  // Written anew, for the commands in it name the folder that it is in.
  for (const failure of merged.failures) writeFailure(folder, failure, merged.plant)
  await finishSwarm(folder, merged, json, null, `npx sim merge ${folders.map(quoted).join(' ')}`)
}

async function mergeSweepFolders({ folders, out, json }: MergeOptions): Promise<void> {
  const parts: Part[] = []
  for (const folder of folders) {
    const sweep = readSweep(folder)
    await refuseDamaged(folder)
    parts.push({ folder, sweep })
  }
  const [first] = parts
  if (first === undefined) throw new BadInput('name the folders: sim merge shard-1 shard-2')
  for (const part of parts) refuseOther(first, part)
  const results = together(parts)
  const { seeds, variants } = first.sweep
  const name = variants[0]?.scenario.name ?? 'merged'
  const folder = makeRunFolder(out, `sweep-${name}`, seeds.from)
  const csv = new SweepCsv(folder, variants)
  csv.add(results)
  csv.close()
  await finish(folder, json, {
    ...first.sweep,
    command: `npx sim merge ${folders.map(quoted).join(' ')}`,
    shard: null,
    workers: sum(parts, ({ workers }) => workers),
    // The shards may have run one after the other or at the same time: nobody knows any more.
    wallMillis: sum(parts, ({ wallMillis }) => wallMillis),
    planned: (seeds.to - seeds.from + 1) * variants.length,
    interrupted: false,
    results,
  })
}

const sum = (parts: readonly Part[], of: (sweep: Sweep) => number): number =>
  parts.reduce((total, { sweep }) => total + of(sweep), 0)

function readSweep(folder: string): Sweep {
  const path = join(folder, 'sweep.json')
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new BadInput(`${path}: no such file; is ${folder} a folder that sim sweep wrote?`)
  }
  let sweep: Partial<Sweep> | null
  try {
    sweep = JSON.parse(readFileSync(path, 'utf8')) as Partial<Sweep> | null
  } catch (error) {
    throw new BadInput(`${path}: not JSON (${(error as Error).message}); is it cut short?`)
  }
  if (sweep?.format !== 1) {
    throw new BadInput(`${path}: format is ${String(sweep?.format)}; this version reads 1`)
  }
  const { variants, results, seeds } = sweep
  if (!Array.isArray(variants) || !Array.isArray(results) || !isSound(seeds, variants, results)) {
    throw new BadInput(`${path}: its seeds, variants or results are damaged`)
  }
  return sweep as Sweep
}

/** What the merging relies on: a damaged file must not become a verdict. */
function isSound(
  seeds: Sweep['seeds'] | undefined,
  variants: readonly unknown[],
  results: readonly (Partial<SeedResult> | null)[],
): boolean {
  if (typeof seeds?.from !== 'number' || typeof seeds.to !== 'number') return false
  return results.every((result) => {
    if (result === null) return false
    const { seed, variant, verdict, failed, undecided } = result
    if (typeof seed !== 'number' || seed < seeds.from || seed > seeds.to) return false
    if (typeof variant !== 'number' || variants[variant] === undefined) return false
    const isVerdict = verdict === 'ok' || verdict === 'violation' || verdict === 'unknown'
    return isVerdict && Array.isArray(failed) && Array.isArray(undecided)
  })
}

/** Only what a single sweep could have run may stand in one table. */
function refuseOther(first: Part, part: Part): void {
  const facts: readonly (readonly [what: string, of: (sweep: Sweep) => unknown])[] = [
    ['scenario or the variants differ', ({ variants }) => variants],
    ['seeds differ', ({ seeds }) => seeds],
    ['version of dynamo-sim differs', ({ version }) => version],
  ]
  for (const [what, of] of facts) {
    if (JSON.stringify(of(part.sweep)) === JSON.stringify(of(first.sweep))) continue
    throw new BadInput(
      `${part.folder}: not a shard of the same sweep as ${first.folder}: the ${what}`,
    )
  }
}

/** By seed, then by variant. */
function together(parts: readonly Part[]): readonly SeedResult[] {
  const owners = new Map<string, string>()
  for (const { folder, sweep } of parts) {
    for (const { seed, variant } of sweep.results) {
      const run = `${String(seed)} ${String(variant)}`
      const other = owners.get(run)
      if (other !== undefined) {
        throw new BadInput(`seed ${String(seed)} is in ${other} and in ${folder}: leave one out`)
      }
      owners.set(run, folder)
    }
  }
  return parts
    .flatMap(({ sweep }) => sweep.results)
    .sort((a, b) => a.seed - b.seed || a.variant - b.variant)
}
