/**
 * Who a node is, and what it must have in common with the nodes it talks to. Two nodes that differ
 * in any of it would put the same key in two places, so they do not talk.
 */
import { createHash } from 'node:crypto'
import type { BucketRules, NodeId, Ring } from '../core/index.js'

export interface Identity {
  readonly clusterId: string
  readonly node: NodeId
  /** Sixteen hex digits over members, partitions, copies and buckets. */
  readonly ringDigest: string
}

export function ringDigest(ring: Ring, buckets: ReadonlyMap<string, BucketRules>): string {
  const { members, partitions, replicas, epoch } = ring
  const rules = [...buckets.values()]
    .map(({ name, conflict }) => [name, conflict])
    .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1))
  const said = members.map(({ id, zone, weight }) => [id, zone, weight])
  const text = JSON.stringify([epoch, partitions, replicas, said, rules])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
