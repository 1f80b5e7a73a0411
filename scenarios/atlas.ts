/**
 * The fault atlas (the idea is TigerBeetle's): while a run is to keep what it acknowledged, faults
 * leave at least one good copy of it. A write that is acknowledged is on W nodes, whichever they
 * are; so at most W - 1 disks may be damaged at a time. A disk is damaged from the fault on until
 * its node has started again and is equal with the others; how long that takes only a run can say,
 * and here it is never taken for shorter than a round of anti-entropy.
 */
import { losesAcknowledged } from './disk.js'
import type { ClusterModel, FaultAction, Scenario, WorkloadModel } from './model.js'

/** Of what the atlas must know. */
export type AtlasGround = Pick<Scenario, 'atlas' | 'expect'> & {
  readonly cluster: Pick<ClusterModel, 'w' | 'antiEntropyMicros'>
  readonly workload: Pick<WorkloadModel, 'quorum'>
}

/** Off where the scenario says so, or where a lost write is what it is after. */
export const isAtlasOn = ({ atlas, expect }: Pick<Scenario, 'atlas' | 'expect'>): boolean =>
  atlas && expect.durability !== 'violation'

/** Nodes on which a write is durable when its client hears of it. */
export const leastCopies = ({ cluster, workload }: AtlasGround): number =>
  Math.min(cluster.w, workload.quorum.w ?? cluster.w)

/** Disks that may be damaged at a time. */
export const mostDamaged = (ground: AtlasGround): number =>
  isAtlasOn(ground) ? leastCopies(ground) - 1 : Infinity

/** Nodes whose disks this may make forget what they had acknowledged. */
export function damagedBy(action: FaultAction | null): readonly string[] {
  return action?.kind === 'disk' && losesAcknowledged(action.fault) ? action.nodes : nobody
}

const nobody: readonly string[] = []

/** What differs is looked at twice, two seconds apart. */
const confirmMicros = 2_000_000

/** From a restart until all may be mended, at the least; Infinity: nobody mends. */
export const repairMicros = ({ cluster }: AtlasGround): number =>
  cluster.antiEntropyMicros === null ? Infinity : cluster.antiEntropyMicros + confirmMicros

export interface Damage {
  readonly node: string
  readonly fromMicros: number
  readonly untilMicros: number
}

/** The nodes damaged at any time in between, these among them. */
export function damagedWith(
  damages: readonly Damage[],
  nodes: readonly string[],
  fromMicros: number,
  untilMicros: number,
): ReadonlySet<string> {
  const all = new Set(nodes)
  for (const { node, ...other } of damages) {
    if (other.fromMicros < untilMicros && fromMicros < other.untilMicros) all.add(node)
  }
  return all
}
