/** Builds the simulated cluster that a scenario asks for: ring, options, clocks, disks. */
import type { BucketRules, NodeOptions, Plant, Ring } from '../core/index.js'
import { defaultLimits, defaultTiming, nodeId } from '../core/index.js'
import { createRing } from '../core/ring/plan.js'
import { Placement } from '../core/ring/preference.js'
import type { Scenario } from '../scenarios/model.js'
import { seedOf } from '../scenarios/seed.js'
import { drawClock } from './clock.js'
import { SimDisk } from './disk.js'
import { Process } from './process.js'
import { forkStream } from './random.js'

export interface Cluster {
  readonly placement: Placement
  readonly processes: readonly Process[]
  /** What the planner could not keep, for people. */
  readonly problems: readonly string[]
}

export function buildCluster(scenario: Scenario, plant: Plant | null): Cluster {
  const { cluster } = scenario
  const { ring, problems } = createRing({
    members: cluster.nodes.map(({ id, zone, weight }) => ({ id: nodeId(id), zone, weight })),
    partitions: cluster.partitions,
    replicas: cluster.n,
  })
  const placement = new Placement(ring)
  // Planted bug 35: half of the processes sort names by another language's rules.
  const elsewhere = plant === 'order_by_locale' ? new Placement(asSortedElsewhere(ring)) : placement
  const buckets = new Map<string, BucketRules>()
  for (const { name, conflict } of cluster.buckets) buckets.set(name, { name, conflict })
  const { n, r, w, pr, pw, sloppy, hedge, coordinator, resendMicros } = cluster
  const isUsual = resendMicros === defaultTiming.fallbackAfterMicros
  const timing = isUsual ? defaultTiming : { ...defaultTiming, fallbackAfterMicros: resendMicros }
  const processes = cluster.nodes.map(({ id }, index) => {
    const options: NodeOptions = {
      clusterId: scenario.name,
      id: nodeId(id),
      placement: index % 2 === 0 ? placement : elsewhere,
      buckets,
      replication: { n, r, w, pr, pw, sloppy, hedge, coordinator },
      handoff: cluster.handoff,
      backgroundYields: cluster.backgroundYields,
      readRepair: cluster.readRepair,
      antiEntropyMicros: cluster.antiEntropyMicros,
      reap: cluster.reap,
      timing,
      limits: defaultLimits,
      seed: scenario.seed,
      plant,
    }
    const clock = drawClock(scenario.clocks, forkStream(seedOf(scenario, 'clocks'), `clock/${id}`))
    const { clusterId, id: node } = options
    const disk = new SimDisk({
      model: scenario.disk,
      seed: seedOf(scenario, 'disk'),
      clusterId,
      node,
      plant,
    })
    return new Process(index, options, clock, disk)
  })
  return { placement, processes, problems }
}

/** The same plan over the same names in another order: `n10` before `n2` here, behind it there. */
function asSortedElsewhere(ring: Ring): Ring {
  const ids = ring.members.map(({ id }) => id)
  const turned = [...ids].sort((a, b) => b.length - a.length || (a < b ? 1 : -1))
  const renamed = new Map(ids.map((id, index) => [id, turned[index] ?? id]))
  const owners = ring.owners.map((nodes) => nodes.map((node) => renamed.get(node) ?? node))
  return { ...ring, owners }
}
