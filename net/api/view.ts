/** What the routes for people show: the door's facts in the shapes of `schema.ts`. */
import type { z } from 'zod'
import type { Entry, KeyState } from '../../core/index.js'
import { liveSiblings } from '../../core/index.js'
import type { Door, MemberView } from '../door.js'
import { dotText } from './clock.js'
import { bytesOfKey } from './key.js'
import type { Metrics } from './metrics.js'
import { operationKinds, results } from './metrics.js'
import type { ApiOptions } from './options.js'
import type * as schema from './schema.js'
import { valueOf } from './value.js'

type Shape<S extends z.ZodType> = z.output<S>

const millis = (micros: number | null): number | null => (micros === null ? null : micros / 1_000)

function memberOf(member: MemberView) {
  const { id, zone, weight, state, incarnation, url, silentMicros, roundTripMicros } = member
  return {
    id,
    zone,
    weight,
    state,
    incarnation,
    url,
    silent_ms: millis(silentMicros),
    round_trip_ms: millis(roundTripMicros),
  }
}

export function gossipView(door: Door): Shape<typeof schema.gossip> {
  return { node: door.node, members: door.members().map(memberOf) }
}

function replicationOf({ replication }: Door) {
  const { n, r, w, pr, pw, sloppy } = replication
  return { n, r, w, pr, pw, sloppy }
}

export function ringView(door: Door, options: ApiOptions): Shape<typeof schema.ring> {
  const { ring } = door.placement
  const owns = new Map<string, number>()
  const first = new Map<string, number>()
  for (const owners of ring.owners) {
    owners.forEach((owner, place) => {
      owns.set(owner, (owns.get(owner) ?? 0) + 1)
      if (place === 0) first.set(owner, (first.get(owner) ?? 0) + 1)
    })
  }
  return {
    node: door.node,
    cluster: door.clusterId,
    incarnation: door.incarnation,
    epoch: ring.epoch,
    partitions: ring.partitions,
    replication: replicationOf(door),
    buckets: [...door.buckets.values()].map(({ name, conflict }) => ({
      name,
      conflict,
      context_required: options.contextBuckets.includes(name),
    })),
    members: door.members().map((member) => ({
      ...memberOf(member),
      owns: owns.get(member.id) ?? 0,
      first: first.get(member.id) ?? 0,
    })),
    owners: ring.owners.map((owners) => [...owners]),
  }
}

export function merkleView(door: Door): Shape<typeof schema.merkle> {
  const { sync, needsRepair } = door.inspect()
  return {
    node: door.node,
    enabled: sync !== null,
    exchanges: sync?.exchanges ?? 0,
    synced_keys: door.counters().syncedKeys,
    neighbours: (sync?.neighbours ?? []).map(
      ({ peer, partitions, phase, suspects, repairedKeys }) => ({
        peer,
        partitions,
        phase,
        suspects,
        repaired_keys: repairedKeys,
      }),
    ),
    needs_repair: needsRepair.map(({ target, partitions }) => ({
      target,
      partitions: [...partitions],
    })),
  }
}

const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export function statsView(door: Door, metrics: Metrics): Shape<typeof schema.stats> {
  const { state, readOnly, uptimeMicros } = door.health()
  const { keys, tombstones, hints, openRequests } = door.inspect()
  const { rss, heapUsed } = process.memoryUsage()
  return {
    node: door.node,
    incarnation: door.incarnation,
    state,
    read_only: readOnly,
    uptime_seconds: uptimeMicros / 1e6,
    keys,
    tombstones,
    hints: hints.map((each) => ({ ...each })),
    open_requests: openRequests,
    requests: byOperation((kind) =>
      Object.fromEntries(results.map((result) => [result, metrics.total(kind, result)])),
    ),
    latency: byOperation((kind) => ({
      p50_ms: quantile(metrics, kind, 0.5),
      p99_ms: quantile(metrics, kind, 0.99),
    })),
    refused: { ...metrics.refused },
    counters: Object.fromEntries(
      Object.entries(door.counters()).map(([name, count]) => [snake(name), Number(count)]),
    ),
    gauges: Object.fromEntries(
      door.gauges().map(({ name, labels, value }) => [gaugeName(name, labels), value]),
    ),
    memory_bytes: { resident: rss, heap: heapUsed },
  }
}

type Kind = (typeof operationKinds)[number]

const byOperation = <T>(of: (kind: Kind) => T): Record<string, T> =>
  Object.fromEntries(operationKinds.map((kind) => [kind, of(kind)]))

function quantile(metrics: Metrics, kind: Kind, share: number): number | null {
  const seconds = metrics.quantile(kind, share)
  return seconds === null ? null : seconds * 1_000
}

function gaugeName(name: string, labels: Readonly<Record<string, string>> | undefined): string {
  const shown = Object.entries(labels ?? {}).map(([label, value]) => `${label}=${value}`)
  return shown.length === 0 ? name : `${name}{${shown.join(',')}}`
}

export function clusterView(door: Door, metrics: Metrics): Shape<typeof schema.cluster> {
  const { ring } = door.placement
  return {
    node: door.node,
    cluster: door.clusterId,
    epoch: ring.epoch,
    partitions: ring.partitions,
    replication: replicationOf(door),
    members: door.members().map(memberOf),
    stats: statsView(door, metrics),
    merkle: merkleView(door),
  }
}

/** All that this node holds of a key, with the values. */
export function versionsOf({ state }: Entry) {
  return {
    vector_clock: Object.fromEntries(state.vv.map(({ actor, n }) => [actor, n])),
    versions: liveSiblings(state).map((sibling) => {
      const value = valueOf(sibling.value as string)
      const bytes =
        value.kind === 'json' ? {} : { content_type: value.contentType, encoding: value.encoding }
      return { dot: dotText(sibling), text: value.text, ...bytes }
    }),
  }
}

function versionOf(state: KeyState) {
  const siblings = liveSiblings(state).length
  return {
    vector_clock: Object.fromEntries(state.vv.map(({ actor, n }) => [actor, n])),
    siblings,
    deleted: siblings === 0,
  }
}

/** `/explain`: where a key lives, and why. */
export function explainView(door: Door, bucket: string, key: string): Shape<typeof schema.explain> {
  const { placement, node } = door
  const reference = placement.keyRef(bucket, key)
  const { partition, hash } = reference
  const owners = placement.owners(partition)
  const fallbacks = placement.preference(partition).slice(owners.length)
  const members = new Map(door.members().map((member) => [member.id, member]))
  const { entry, hints } = door.held(reference.id)
  const isOwner = owners.includes(node)
  return {
    key,
    bucket,
    hash: (hash >>> 0).toString(16).padStart(8, '0'),
    partition,
    epoch: placement.ring.epoch,
    owners: owners.map((id) => ({
      id,
      state: members.get(id)?.state ?? 'unknown',
      url: members.get(id)?.url ?? null,
    })),
    fallbacks: [...fallbacks],
    here: {
      node,
      role: isOwner ? 'owner' : fallbacks.includes(node) ? 'fallback' : 'neither',
      holds: entry === null ? null : versionOf(entry.state),
      hints: [...hints].map(([target, hint]) => ({ target, holds: versionOf(hint.state) })),
    },
    why: reasons(door, bucket, key, isOwner, members),
  }
}

function reasons(
  { placement, node, replication }: Door,
  bucket: string,
  key: string,
  isOwner: boolean,
  members: ReadonlyMap<string, MemberView>,
): string[] {
  const { partition, hash } = placement.keyRef(bucket, key)
  const { ring } = placement
  const bits = Math.log2(ring.partitions)
  const owners = placement.owners(partition)
  const absent = owners.filter((id) => members.get(id)?.state !== 'alive')
  const standIns = placement
    .preference(partition)
    .slice(owners.length)
    .filter((id) => members.get(id)?.state === 'alive')
  const bytes = bytesOfKey(key).length
  return [
    `The ${String(bytes)} bytes of the key, after its bucket and a NUL, hash to ` +
      `${(hash >>> 0).toString(16).padStart(8, '0')} and further bits.`,
    `The top ${String(bits)} bits are the partition, ${String(partition)} of ` +
      `${String(ring.partitions)}; a key never changes its partition.`,
    `Ring epoch ${String(ring.epoch)} gives partition ${String(partition)} to ${owners.join(', ')}.`,
    ...(absent.length === 0
      ? []
      : [
          `${absent.join(', ')} ${absent.length === 1 ? 'seems' : 'seem'} absent: ` +
            (replication.sloppy && standIns.length > 0
              ? `writes go to ${standIns.slice(0, absent.length).join(', ')}, with hints.`
              : 'nobody is left to stand in; the coordinator keeps hints.'),
        ]),
    isOwner
      ? `${node} is an owner: it coordinates writes of the key itself.`
      : `${node} is no owner: it hands writes of the key to one, and reads from them.`,
  ]
}
