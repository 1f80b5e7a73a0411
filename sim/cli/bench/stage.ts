/** Where a benchmark plays: a cluster that is there, or one of its own, and who may hurt it. */
import { join } from 'node:path'
import type { Controller, FaultPlan } from '../../../net/bench/fault.js'
import { BadInput } from '../exit.js'
import { makeRunFolder } from '../folder.js'
import { controlOf, LocalCluster } from './control.js'
import { faultsOf } from './fault.js'
import { type BenchOptions, defaultData } from './options.js'

export interface Stage {
  readonly targets: readonly string[]
  /** Null: nothing is done to any node. */
  readonly controller: Controller | null
  readonly faults: readonly FaultPlan[]
  /** Made at the first call: a benchmark that cannot begin leaves nothing behind. */
  readonly folder: () => string
  readonly close: () => Promise<void>
}

const mostLocal = 16

/** @throws BadInput */
export async function openStage(options: BenchOptions): Promise<Stage> {
  const { local, target, fault, data } = options
  if (local !== undefined) return ownStage(options, local)
  const folder = lazily(() => makeRunFolder(options.out, 'bench', options.seed))
  const base = { targets: target, folder, close: () => Promise.resolve() }
  if (fault.length === 0) return { ...base, controller: null, faults: [] }
  const controller = await controlOf(data ?? defaultData, target)
  const ids = (await controller.nodes()).map(({ id }) => id)
  return { ...base, controller, faults: faultsOf(fault, ids) }
}

async function ownStage(options: BenchOptions, nodes: number): Promise<Stage> {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > mostLocal) {
    throw new BadInput(`--local ${String(nodes)}: a whole number from 1 to ${String(mostLocal)}`)
  }
  const ids = Array.from({ length: nodes }, (_, index) => `n${String(index + 1)}`)
  const faults = faultsOf(options.fault, ids)
  const folder = makeRunFolder(options.out, 'bench', options.seed)
  const cluster = await LocalCluster.start(join(folder, 'cluster'), nodes)
  return {
    targets: cluster.urls,
    controller: cluster,
    faults,
    folder: () => folder,
    close: () => cluster.close(),
  }
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}
