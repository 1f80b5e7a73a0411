/** The shards of a swarm as one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { refuseDamaged } from '../damage.js'
import { BadInput } from '../exit.js'
import { tasksOf } from '../sweep/plan.js'
import type { SwarmFile } from './summary.js'

export interface SwarmPart {
  readonly folder: string
  readonly swarm: SwarmFile
}

export async function readSwarm(folder: string): Promise<SwarmPart> {
  const path = join(folder, 'swarm.json')
  await refuseDamaged(folder)
  let swarm: Partial<SwarmFile> | null
  try {
    swarm = JSON.parse(readFileSync(path, 'utf8')) as Partial<SwarmFile> | null
  } catch (error) {
    throw new BadInput(`${path}: not JSON (${(error as Error).message}); is it cut short?`)
  }
  if (swarm?.format !== 1) {
    throw new BadInput(`${path}: format is ${String(swarm?.format)}; this version reads 1`)
  }
  if (!isSound(swarm)) throw new BadInput(`${path}: its seeds, counts or failures are damaged`)
  return { folder, swarm: swarm as SwarmFile }
}

const counts = ['planned', 'done', 'progressed', 'coreEqual', 'coreNotJudged', 'atlas'] as const
const totals = [...counts, 'operations', 'events'] as const

/** A damaged file must not become a verdict. */
function isSound(swarm: Partial<SwarmFile>): boolean {
  const { seeds, shard, faults, failures, stuck } = swarm
  if (typeof seeds?.from !== 'number' || typeof seeds.to !== 'number') return false
  if (!areOfSeeds(failures, seeds) || !areOfSeeds(stuck, seeds)) return false
  if (!failures.every(({ problems }) => Array.isArray(problems))) return false
  if (typeof faults !== 'object' || (faults as object | null) === null) return false
  if (shard !== null && typeof shard !== 'object') return false
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
  if (![...totals.map((name) => swarm[name]), ...Object.values(faults)].every(isCount)) return false
  const planned = tasksOf(seeds, shard ?? null, 1).length
  return swarm.planned === planned && Number(swarm.done) <= planned
}

/** A list of things, each of one of those seeds. */
function areOfSeeds<Item extends { readonly seed: number }>(
  list: readonly Item[] | undefined,
  { from, to }: SwarmFile['seeds'],
): list is readonly Item[] {
  if (!Array.isArray(list)) return false
  return (list as readonly (Item | null)[]).every((item) => {
    return (
      Number.isSafeInteger(item?.seed) && Number(item?.seed) >= from && Number(item?.seed) <= to
    )
  })
}

/** All shards together; seeds that are missing make it less than was planned. */
export function mergeSwarms(parts: readonly SwarmPart[]): SwarmFile {
  const [first] = parts as [SwarmPart, ...SwarmPart[]]
  const owners = new Map<number, string>()
  for (const { folder, swarm } of parts) {
    refuseOther(first, { folder, swarm })
    const index = swarm.shard?.index ?? 0
    const other = owners.get(index) ?? (index === 0 || owners.has(0) ? first.folder : undefined)
    if (owners.size > 0 && other !== undefined) {
      throw new BadInput(`${other} and ${folder} hold the same seeds: leave one out`)
    }
    owners.set(index, folder)
  }
  const swarms = parts.map(({ swarm }) => swarm)
  const faults = new Map<string, number>()
  for (const swarm of swarms) {
    for (const [kind, count] of Object.entries(swarm.faults)) {
      faults.set(kind, (faults.get(kind) ?? 0) + count)
    }
  }
  const sums = Object.fromEntries(
    totals.map((name) => [name, swarms.reduce((sum, swarm) => sum + swarm[name], 0)]),
  ) as Pick<SwarmFile, (typeof totals)[number]>
  const { format, version, seeds, plant } = first.swarm
  return {
    ...{ format, version, seeds, plant, shard: null },
    ...sums,
    planned: seeds.to - seeds.from + 1,
    failures: swarms.flatMap(({ failures }) => failures).sort(bySeed),
    stuck: swarms.flatMap(({ stuck }) => stuck).sort(bySeed),
    faults: Object.fromEntries([...faults].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

const bySeed = (a: { readonly seed: number }, b: { readonly seed: number }): number =>
  a.seed - b.seed

function refuseOther(first: SwarmPart, part: SwarmPart): void {
  const facts: readonly (readonly [what: string, of: (swarm: SwarmFile) => unknown])[] = [
    ['seeds differ', ({ seeds }) => seeds],
    ['number of shards differs', ({ shard }) => shard?.count ?? 1],
    ['planted bug differs', ({ plant }) => plant],
    ['version of dynamo-sim differs', ({ version }) => version],
  ]
  for (const [what, of] of facts) {
    if (JSON.stringify(of(part.swarm)) === JSON.stringify(of(first.swarm))) continue
    throw new BadInput(
      `${part.folder}: not a shard of the same swarm as ${first.folder}: the ${what}`,
    )
  }
}
