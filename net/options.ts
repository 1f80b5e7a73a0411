/** From a configuration to what the core's node and its transport are told. */
import { randomInt } from 'node:crypto'
import type { NodeOptions } from '../core/index.js'
import { createRing, Placement } from '../core/index.js'
import type { NodeConfig } from './config/model.js'
import type { Identity } from './identity.js'
import { ringDigest } from './identity.js'

export interface Plan {
  readonly options: NodeOptions
  readonly identity: Identity
  /** What the ring could not keep, in sentences for people. */
  readonly problems: readonly string[]
}

export function planOf(config: NodeConfig): Plan {
  const { clusterId, id, members, partitions, replication, buckets } = config
  const { ring, problems } = createRing({ members, partitions, replicas: replication.n })
  const options: NodeOptions = {
    clusterId,
    id,
    placement: new Placement(ring),
    buckets,
    replication,
    handoff: config.handoff,
    readRepair: config.readRepair,
    antiEntropyMicros: config.antiEntropyMicros,
    reap: config.reap,
    timing: config.timing,
    limits: config.limits,
    seed: randomInt(2 ** 32),
    plant: null,
  }
  const identity = { clusterId, node: id, ringDigest: ringDigest(ring, buckets) }
  return { options, identity, problems }
}
