/** How the nodes of a test cluster are set up. */
import type {
  BucketRules,
  NodeId,
  NodeOptions,
  Placement,
  Plant,
  Replication,
} from '../../core/index.js'
import { defaultLimits, defaultTiming } from '../../core/index.js'
import type { Limits, Timing } from '../../core/config.js'

export interface ClusterOptions {
  readonly nodes: number
  /** n1 .. unless given; as many as `nodes`. */
  readonly ids?: readonly NodeId[]
  readonly replication?: Partial<Replication>
  readonly partitions?: number
  readonly buckets?: readonly BucketRules[]
  readonly handoff?: boolean
  readonly backgroundYields?: boolean
  readonly readRepair?: boolean
  readonly antiEntropyMicros?: number
  readonly reap?: NodeOptions['reap']
  readonly plant?: Plant
  readonly seed?: number
  readonly timing?: Partial<Timing>
  readonly limits?: Partial<Limits>
}

export function optionsOf(
  options: ClusterOptions,
  id: NodeId,
  placement: Placement,
  n: number,
): NodeOptions {
  const rules = options.buckets ?? [
    { name: 'default', conflict: 'siblings' },
    { name: 'latest', conflict: 'lww' },
  ]
  const quorum = { n, r: Math.min(2, n), w: Math.min(2, n), pr: 0, pw: 0 }
  return {
    clusterId: 'test',
    id,
    placement,
    buckets: new Map(rules.map((rule) => [rule.name, rule])),
    replication: {
      ...quorum,
      sloppy: true,
      hedge: false,
      coordinator: 'owner',
      ...options.replication,
    },
    handoff: options.handoff ?? true,
    backgroundYields: options.backgroundYields ?? true,
    readRepair: options.readRepair ?? true,
    antiEntropyMicros: options.antiEntropyMicros ?? null,
    reap: options.reap ?? null,
    timing: { ...defaultTiming, ...options.timing },
    limits: { ...defaultLimits, ...options.limits },
    seed: options.seed ?? 1,
    plant: options.plant ?? null,
  }
}
