/** A configuration with every default filled in, and everything in it that cannot be. */
import type { BucketRules, Limits, ReapOptions, Replication, Timing } from '../../core/index.js'
import { defaultLimits, defaultTiming, nodeId } from '../../core/index.js'
import type { Problems } from '../../scenarios/decode.js'
import { checkReap, defaultPartitions } from '../../scenarios/resolve/cluster.js'
import { defaultApiLimits, defaultApiOptions } from '../api/options.js'
import type { ApiLimits } from '../api/options.js'
import type { NodeDraft, Places } from './draft.js'
import type { LinkLimits, NodeConfig } from './model.js'
import { peersOf, resolveListen, resolvePeers } from './place.js'
import type { Surroundings } from './surroundings.js'
import { checkSafety, resolveSecrets, resolveTls, resolveTokens } from './safety.js'

export const defaultLinkLimits: LinkLimits = {
  messageBytes: 8 * 1024 * 1024,
  queueMessages: 20_000,
  queueBytes: 64 * 1024 * 1024,
}

export function resolveNode(
  draft: NodeDraft,
  places: Places,
  surroundings: Surroundings,
  problems: Problems,
): NodeConfig | null {
  const id = nodeId(draft.id ?? '')
  const listen = resolveListen(draft.listen, places.listen, problems)
  const { discovered } = surroundings
  const own = discovered?.find((member) => member.id === draft.id)
  const peers =
    discovered === null ? resolvePeers(draft, places, problems) : peersOf(discovered, id, problems)
  const members = [
    { id, zone: draft.zone ?? own?.zone ?? id, weight: draft.weight ?? own?.weight ?? 1 },
    ...peers.map((peer) => ({ id: peer.id, zone: peer.zone, weight: peer.weight })),
  ].sort((a, b) => (a.id < b.id ? -1 : 1))
  const replication = resolveReplication(draft, members.length, places, problems)
  const safety = {
    secrets: resolveSecrets(draft, surroundings, problems),
    tokens: resolveTokens(draft, surroundings, problems),
    ...resolveTls(draft, surroundings, problems),
  }
  const reap = reapOf(draft)
  checkReap({ coordinator: replication.coordinator, reap }, ['coordinator'], problems)
  if (listen === null) return null
  checkSafety(listen, draft, { ...safety, insecure: surroundings.insecure, places }, problems)
  return {
    clusterId: draft.cluster ?? 'local',
    id,
    listen,
    peers,
    seeds: (draft.seeds ?? []).filter((seed) => seed !== undefined),
    members,
    partitions: resolvePartitions(draft, members.length, problems),
    replication,
    ...resolveBuckets(draft),
    handoff: draft.handoff ?? true,
    readRepair: draft.read_repair ?? true,
    antiEntropyMicros: antiEntropyOf(draft),
    reap,
    timing: resolveTiming(draft, members.length, places, problems),
    limits: resolveLimits(draft),
    linkLimits: resolveLinkLimits(draft, problems),
    apiLimits: resolveApiLimits(draft),
    defaultTimeoutMicros: draft.default_timeout ?? defaultApiOptions.defaultTimeoutMicros,
    slowMicros: draft.slow_request ?? defaultApiOptions.slowMicros,
    dataFolder: surroundings.dataFolder ?? surroundings.pathOf(draft.data ?? `data/${id}`),
    earlierLives: draft.earlier_lives ?? 0,
    insecure: surroundings.insecure,
    ...safety,
    logLevel: draft.log?.level ?? 'info',
  }
}

/** Unlike a scenario, a live node compares and mends unless told not to. */
const defaultAntiEntropyMicros = 10_000_000

function antiEntropyOf({ anti_entropy: given }: NodeDraft): number | null {
  if (given === undefined) return defaultAntiEntropyMicros
  return given === false ? null : given.every
}

/** Nor does it keep every tombstone for ever. */
const defaultReap: ReapOptions = { everyMicros: 60_000_000, afterMicros: 600_000_000 }

function reapOf({ reap: given }: NodeDraft): ReapOptions | null {
  if (given === undefined) return defaultReap
  return given === false
    ? null
    : { everyMicros: given.every, afterMicros: given.after ?? given.every }
}

function resolveReplication(
  draft: NodeDraft,
  members: number,
  places: Places,
  problems: Problems,
): Replication {
  const { replication = {} } = draft
  // Of a node that has yet to ask who its peers are, nothing can be said.
  const n = replication.n ?? (draft.seeds !== undefined && members === 1 ? 3 : Math.min(3, members))
  const majority = Math.floor(n / 2) + 1
  const quorums = {
    r: replication.r ?? majority,
    w: replication.w ?? majority,
    pr: replication.pr ?? 0,
    pw: replication.pw ?? 0,
  }
  const known = draft.seeds === undefined || members > 1
  if (n > members && known && !problems.touch('peers')) {
    const nodes = members === 1 ? 'is this node alone' : `are only ${String(members)} nodes`
    problems.add(places.n, `${last(places.n)} is ${String(n)}, but there ${nodes}`)
  }
  for (const key of ['r', 'w', 'pr', 'pw'] as const) {
    if (quorums[key] <= n || problems.touch(...places.n)) continue
    const at = places[key]
    const copies = n === 1 ? 'one copy' : `${String(n)} copies`
    problems.add(at, `${last(at)} is ${String(quorums[key])}, but a key has only ${copies}`)
  }
  return {
    n,
    ...quorums,
    sloppy: replication.sloppy ?? true,
    hedge: replication.hedge ?? false,
    coordinator: draft.coordinator ?? 'owner',
  }
}

function resolvePartitions({ partitions }: NodeDraft, members: number, problems: Problems): number {
  const least = defaultPartitions(members)
  if (partitions === undefined || partitions >= members) return partitions ?? least
  const few = `${String(partitions)} partitions for ${String(members)} nodes`
  problems.add(['partitions'], `${few}: some would own nothing; ${String(least)} would do`)
  return partitions
}

function resolveBuckets({ buckets: given = {} }: NodeDraft): {
  buckets: ReadonlyMap<string, BucketRules>
  contextBuckets: readonly string[]
} {
  const buckets = new Map<string, BucketRules>([
    ['default', { name: 'default', conflict: 'siblings' }],
  ])
  for (const [name, { conflict = 'siblings' }] of Object.entries(given)) {
    buckets.set(name, { name, conflict })
  }
  const strict = Object.entries(given).filter(([, { context }]) => context === 'required')
  return { buckets, contextBuckets: strict.map(([name]) => name) }
}

function resolveTiming(
  { timing = {} }: NodeDraft,
  members: number,
  places: Places,
  problems: Problems,
): Timing {
  const { suspicion, failure } = timing
  if (suspicion !== undefined && failure !== undefined && failure < suspicion) {
    const [least, most] = [last(places.suspicion), last(places.failure)]
    problems.add(places.failure, `${most} is shorter than ${least}`)
  }
  const probeMicros = timing.probe ?? defaultTiming.probeMicros
  return {
    ...defaultTiming,
    probeMicros,
    probeTimeoutMicros:
      timing.probe === undefined
        ? defaultTiming.probeTimeoutMicros
        : Math.max(1, Math.floor(timing.probe / 2)),
    gossipMicros: timing.gossip ?? defaultTiming.gossipMicros,
    gossipFanout: timing.gossip_fanout ?? defaultTiming.gossipFanout,
    suspicionMinMicros: suspicion ?? leastSuspicion(probeMicros, failure, members),
    suspicionMaxMicros: failure ?? defaultTiming.suspicionMaxMicros,
    fallbackAfterMicros: timing.fallback_after ?? defaultTiming.fallbackAfterMicros,
    handoffEveryMicros: timing.handoff ?? defaultTiming.handoffEveryMicros,
  }
}

/** What follows from the size of the cluster may be longer than the most that was asked for. */
function leastSuspicion(
  probeMicros: number,
  failure: number | undefined,
  members: number,
): number | null {
  const byFormula = 4 * Math.max(1, Math.log10(members)) * probeMicros
  return failure !== undefined && failure < byFormula ? failure : null
}

function resolveLimits({ limits = {} }: NodeDraft): Limits {
  return {
    ...defaultLimits,
    openRequests: limits.open_requests ?? defaultLimits.openRequests,
    hintBytesPerTarget: limits.hints ?? defaultLimits.hintBytesPerTarget,
    hintWindowMicros: limits.hint_window ?? defaultLimits.hintWindowMicros,
  }
}

/**
 * A message holds a whole key, all its siblings: it must have room for several values of the
 * largest size, or such a key could be written and never copied.
 */
const leastValuesInMessage = 4

function resolveLinkLimits({ limits = {} }: NodeDraft, problems: Problems): LinkLimits {
  const valueBytes = limits.value ?? defaultApiLimits.valueBytes
  const leastBytes = leastValuesInMessage * valueBytes + 64 * 1024
  if (limits.message !== undefined && limits.message < leastBytes) {
    const least = `${String(Math.ceil(leastBytes / 1024))}KiB`
    problems.add(['limits', 'message'], `too small for four values of the largest size: ${least}`)
  }
  return {
    messageBytes: limits.message ?? Math.max(defaultLinkLimits.messageBytes, leastBytes),
    queueMessages: limits.queue_messages ?? defaultLinkLimits.queueMessages,
    queueBytes: limits.queue ?? defaultLinkLimits.queueBytes,
  }
}

function resolveApiLimits({ limits = {} }: NodeDraft): ApiLimits {
  return {
    ...defaultApiLimits,
    valueBytes: limits.value ?? defaultApiLimits.valueBytes,
    connections: limits.connections ?? defaultApiLimits.connections,
    requestsPerSecond: limits.requests_per_second ?? defaultApiLimits.requestsPerSecond,
  }
}

const last = (path: readonly (string | number)[]): string => String(path.at(-1))
