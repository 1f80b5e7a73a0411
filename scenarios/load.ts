/**
 * A scenario file, from its text to the model that runs, or every problem it has. Pure: the
 * caller reads the file, so that the same loader serves a command line, an editor and a test.
 */
import { decode, type Draft, Problems } from './decode.js'
import type { Scenario } from './model.js'
import type { Problem } from './problem.js'
import { checkAtlas } from './resolve/atlas.js'
import { resolveCluster } from './resolve/cluster.js'
import { resolveExpect } from './resolve/expect.js'
import { FaultResolver } from './resolve/fault.js'
import { checkFaultNames } from './resolve/milestone.js'
import { type Names, nodesByZone } from './resolve/name.js'
import { resolveClocks, resolveCpu, resolveDisk, resolveNetwork } from './resolve/network.js'
import { checkOverlaps, type Placed } from './resolve/overlap.js'
import { clientsOf } from './resolve/operation.js'
import { resolveWorkload } from './resolve/workload.js'
import { scenario as schema } from './schema/schema.js'
import { withSeed } from './reseed.js'
import { seedConcerns, type Seeds } from './seed.js'
import { readSource, type Source } from './source.js'

export interface LoadOptions {
  readonly text: string
  /** Put before every problem; never opened. */
  readonly file: string
  /** Overrides the file's. A non-negative safe integer. */
  readonly seed?: number
}
export type Loaded =
  | { readonly scenario: Scenario; readonly problems?: undefined }
  | { readonly problems: readonly Problem[]; readonly scenario?: undefined }

export function loadScenario({ text, file, seed }: LoadOptions): Loaded {
  const source = readSource(text, file)
  if (!('value' in source)) return { problems: source }
  const problems = new Problems(source, file)
  const scenario = resolve(source, problems)
  const found = problems.list()
  if (found.length > 0) return { problems: found }
  return { scenario: seed === undefined ? scenario : withSeed(scenario, seed) }
}

function resolve(source: Source, problems: Problems): Scenario {
  const draft = decode(schema, source.value, [], problems) ?? {}
  const durationMicros = draft.duration ?? 60_000_000
  const cluster = resolveCluster(draft.cluster ?? {}, problems)
  const ids = cluster.nodes.map((node) => node.id)
  const names: Names = {
    nodes: problems.touch('cluster', 'nodes') ? null : ids,
    nodeSet: new Set(ids),
    zones: nodesByZone(cluster.nodes),
    clients: problems.touch('workload', 'clients') ? null : clientsOf(draft.workload ?? {}),
  }
  const network = resolveNetwork(draft.network ?? {}, names, problems)
  const cpuPerMessageMicros = resolveCpu(draft.cpu ?? {})
  const { clientLatency } = network
  const around = { cluster, clientLatency, cpuPerMessageMicros, durationMicros, names }
  const workload = resolveWorkload(draft.workload ?? {}, around, problems)
  const faults = resolveFaults(draft.faults ?? [], names, durationMicros, problems)
  const expect = resolveExpect(draft.expect ?? {}, hasSurges(draft.workload ?? {}), problems)
  const atlas = draft.atlas ?? true
  checkAtlas(soundOf(faults, problems), { atlas, expect, cluster, workload }, problems)
  return {
    name: draft.name ?? '',
    about: draft.about ?? '',
    seed: draft.seed ?? 1,
    seeds: resolveSeeds(draft.seeds ?? {}),
    durationMicros,
    settleMicros: draft.settle ?? 30_000_000,
    cluster,
    network,
    disk: resolveDisk(draft.disk ?? {}),
    cpuPerMessageMicros,
    clocks: resolveClocks(draft.clocks ?? {}, problems),
    workload,
    faults: faults.map(({ fault }) => fault),
    atlas,
    expect,
  }
}

/** Null: what is asked is written out, operation by operation, or the list has a mistake. */
function hasSurges({ operations, surges }: Draft<typeof schema>['workload'] & object) {
  return operations === undefined ? (surges ?? []).length > 0 : null
}

/** Without the keys that are not there, so that equal scenarios are equal objects. */
function resolveSeeds(draft: Draft<typeof schema>['seeds'] & object): Seeds {
  const given = seedConcerns.filter((concern) => draft[concern] !== undefined)
  return Object.fromEntries(given.map((concern) => [concern, draft[concern]]))
}

type FaultDrafts = readonly (Parameters<FaultResolver['resolve']>[0] | undefined)[]

function resolveFaults(
  drafts: FaultDrafts,
  names: Names,
  durationMicros: number,
  problems: Problems,
): readonly Placed[] {
  const resolver = new FaultResolver(names, durationMicros, problems)
  const faults = drafts.flatMap((draft, index) => {
    const found = draft === undefined ? [] : resolver.resolve(draft, index)
    return found.map((fault) => ({ index, fault }))
  })
  checkOverlaps(soundOf(faults, problems), durationMicros, problems)
  checkFaultNames(faults, problems)
  return faults
}

const soundOf = (faults: readonly Placed[], problems: Problems): readonly Placed[] =>
  faults.filter(({ index }) => !problems.touch('faults', index))
