/** The clients' work with every default filled in. */
import type { Draft, Problems } from '../decode.js'
import {
  type ClusterModel,
  type KeyDistribution,
  type Latency,
  operationKinds,
  type WorkloadModel,
} from '../model.js'
import type * as schema from '../schema/workload.js'
import { all, closest } from '../problem.js'
import { checkNames, type Names } from './name.js'
import type { Path } from '../source.js'
import { notDrawn } from '../script.js'
import { formatDuration, formatProbability } from '../unit.js'
import { clientsOf, refuseDraws, resolveOperations } from './operation.js'

type WorkloadDraft = Draft<typeof schema.workload>

export interface WorkloadSurroundings {
  readonly names: Names
  readonly cluster: ClusterModel
  readonly clientLatency: Latency
  readonly cpuPerMessageMicros: number
  readonly durationMicros: number
}

export function resolveWorkload(
  draft: WorkloadDraft,
  around: WorkloadSurroundings,
  problems: Problems,
): WorkloadModel {
  const model: WorkloadModel = {
    clients: clientsOf(draft),
    forMicros: resolveTime(draft, around.durationMicros, problems),
    think: draft.think ?? notDrawn.think,
    perSecond: draft.rate ?? null,
    surges: resolveSurges(draft, around.durationMicros, problems),
    bucket: draft.bucket ?? 'default',
    keyCount: draft.keys?.count ?? notDrawn.keyCount,
    keyDistribution: resolveKeys(draft, problems),
    mixPpm: resolveMix(draft, problems),
    valueBytes: draft.value ?? 100,
    quorum: resolveConsistency(draft, around.cluster, problems),
    timeoutMicros: draft.timeout ?? 1_000_000,
    contexts: draft.contexts ?? 'session',
    sessionMinimum: draft.session_minimum ?? false,
    failover: draft.failover ?? true,
    operations: resolveOperations(draft, around, problems),
    inTurn: draft.in_turn ?? true,
    probe: resolveProbe(draft, around, problems),
  }
  refuseDraws(draft, problems)
  checkLoop(draft, model, around, problems)
  checkBucket(model, around.cluster, problems)
  return model
}

function resolveTime(
  draft: WorkloadDraft,
  durationMicros: number,
  problems: Problems,
): WorkloadModel['forMicros'] {
  if (draft.for === undefined || draft.for < durationMicros) return draft.for ?? null
  const end = formatDuration(durationMicros)
  const message = `clients ask to the end of the duration (${end}) anyway: shorten it, or leave it out`
  problems.add(['workload', 'for'], message)
  return null
}

/** What else would change when a version can be seen, or is never asked for, is refused. */
function resolveProbe(
  draft: WorkloadDraft,
  around: WorkloadSurroundings,
  problems: Problems,
): WorkloadModel['probe'] {
  const { probe } = draft
  if (probe?.after === undefined) return null
  for (const key of ['mix', 'keys', 'rate', 'operations'] as const) {
    if (draft[key] === undefined) continue
    const message = `a probe writes and reads keys of its own: ${key} says nothing here, remove it`
    problems.add(['workload', key], message, 'key')
  }
  const { cluster } = around
  const path = ['workload', 'probe']
  if (cluster.readRepair || cluster.handoff || cluster.hedge) {
    const message =
      'a probe measures how writes spread by themselves: set cluster.read_repair and ' +
      'cluster.handoff to false, and leave hedge off'
    problems.add(path, message, 'key')
  }
  const idle = cluster.nodes.filter(({ weight }) => weight === 0).map(({ id }) => id)
  const via = probe.via ?? idle
  checkNames(probe.via ?? [], [...path, 'via'], around.names, problems)
  const bucket = cluster.buckets.find(({ name }) => name === (draft.bucket ?? 'default'))
  const blind = cluster.coordinator === 'any' && bucket?.conflict === 'lww'
  const owner = via.find((id) => !idle.includes(id))
  if (!blind || owner !== undefined || via.length === 0) {
    const message =
      'every copy of a probe crosses the network: give cluster.coordinator: any, an lww bucket, ' +
      'and nodes of weight 0 to go through'
    problems.add(path, message, 'key')
  }
  const clients = draft.clients ?? 8
  return { after: probe.after, via, recorded: Math.min(clients, probe.recorded ?? clients) }
}

function resolveKeys(draft: WorkloadDraft, problems: Problems): KeyDistribution {
  const { distribution, exponent } = draft.keys ?? {}
  const kind = distribution ?? 'zipfian'
  if (kind === 'zipfian') return { kind, exponent: exponent ?? 0.99 }
  if (exponent !== undefined && !problems.touch('workload', 'keys', 'distribution')) {
    problems.add(['workload', 'keys', 'exponent'], `exponent belongs to zipfian, not to ${kind}`)
  }
  return { kind }
}

function resolveMix(draft: WorkloadDraft, problems: Problems): WorkloadModel['mixPpm'] {
  const { mix } = draft
  if (mix === undefined) return notDrawn.mixPpm
  const { get = 0, put = 0, delete: remove = 0, append = 0 } = mix
  const sum = get + put + remove + append
  const path = ['workload', 'mix']
  if (sum !== 1_000_000 && !problems.touch(...path)) {
    const shares = operationKinds.filter((kind) => mix[kind] !== undefined)
    const said = shares.length === 0 ? 'the mix is empty: its shares' : shares.join(', ')
    const verb = shares.length === 1 ? 'comes' : 'add up'
    problems.add(path, `${said} ${verb} to ${formatProbability(sum)}, not to 100%`)
  }
  return { get, put, delete: remove, append }
}

function resolveConsistency(
  draft: WorkloadDraft,
  cluster: ClusterModel,
  problems: Problems,
): WorkloadModel['quorum'] {
  const { consistency } = draft
  const { n } = cluster
  const both = (count: number): WorkloadModel['quorum'] => ({
    r: count,
    w: count,
    monotonic: false,
  })
  if (consistency === undefined) return { r: null, w: null, monotonic: false }
  if (consistency === 'one') return both(1)
  if (consistency === 'quorum') return both(Math.floor(n / 2) + 1)
  if (consistency === 'all') return both(n)
  if (consistency === 'monotonic') return { r: null, w: null, monotonic: true }
  for (const key of ['r', 'w'] as const) {
    const value = consistency[key]
    if (value === undefined || value <= n || problems.touch('cluster', 'replication', 'n')) continue
    const message = `${key} is ${String(value)}, but a key has only ${String(n)} copies`
    problems.add(['workload', 'consistency', key], message)
  }
  return { r: consistency.r ?? null, w: consistency.w ?? null, monotonic: false }
}

function resolveSurges(
  draft: WorkloadDraft,
  durationMicros: number,
  problems: Problems,
): WorkloadModel['surges'] {
  const surges: WorkloadModel['surges'][number][] = []
  let freeFrom = 0
  for (const [index, surge] of (draft.surges ?? []).entries()) {
    if (surge?.at === undefined || surge.for === undefined || surge.rate === undefined) continue
    const path: Path = ['workload', 'surges', index]
    if (surge.at < freeFrom) problems.add(path, 'starts before the surge above it has ended')
    if (surge.at + surge.for > durationMicros && !problems.touch('duration')) {
      problems.add(path, `ends after the duration (${formatDuration(durationMicros)})`)
    }
    freeFrom = surge.at + surge.for
    surges.push({ atMicros: surge.at, forMicros: surge.for, perSecond: surge.rate })
  }
  return surges
}

function checkLoop(
  draft: WorkloadDraft,
  model: WorkloadModel,
  around: WorkloadSurroundings,
  problems: Problems,
): void {
  const open = model.perSecond !== null
  if (open && draft.think !== undefined) {
    const message =
      'think belongs to a closed loop, and rate makes it an open one: remove one of them'
    problems.add(['workload', 'think'], message, 'key')
  }
  if (!open && draft.surges !== undefined && !problems.touch('workload', 'rate')) {
    const message = 'surges change the rate of an open loop: give rate as well'
    problems.add(['workload', 'surges'], message, 'key')
  }
  if (model.operations !== null) return
  const nothing = [model.think, around.clientLatency].every(isNothing)
  if (!open && nothing && around.cpuPerMessageMicros === 0) {
    const message =
      'think, network.client_latency and cpu.per_message are all nothing: time would stand still'
    problems.add(['workload', 'think'], message)
  }
}

function isNothing(latency: Latency): boolean {
  if (latency.kind === 'mixture') return latency.parts.some((part) => isNothing(part.latency))
  if (latency.kind === 'constant') return latency.micros === 0
  if (latency.kind === 'uniform') return latency.maxMicros === 0
  if (latency.kind === 'exponential') return latency.meanMicros === 0
  if (latency.kind === 'pareto') return latency.minMicros === 0
  if (latency.kind === 'lognormal') return latency.medianMicros === 0
  return latency.points.every((point) => point.micros === 0)
}

function checkBucket(model: WorkloadModel, cluster: ClusterModel, problems: Problems): void {
  if (problems.touch('cluster', 'buckets')) return
  const names = cluster.buckets.map((bucket) => bucket.name)
  if (names.includes(model.bucket)) return
  const near = closest(model.bucket, names)
  const fix = near === null ? `there is ${all(names)}` : `did you mean ${near}?`
  problems.add(['workload', 'bucket'], `no bucket ${model.bucket} in cluster.buckets: ${fix}`)
}
