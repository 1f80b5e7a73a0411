/** Network, disks, processors and clocks with every default filled in. */
import type { Draft, Problems } from '../decode.js'
import {
  type ClockModel,
  type DiskModel,
  type Latency,
  type LatencyByClass,
  type LinkOverride,
  messageClasses,
  type NetworkModel,
} from '../model.js'
import type * as schema from '../schema/network.js'
import { checkNames, type Names } from './name.js'

const betweenNodes: Latency = { kind: 'exponential', minMicros: 200, meanMicros: 1_000 }
const toClient: Latency = { kind: 'constant', micros: 200 }
const diskWrite: Latency = { kind: 'constant', micros: 50 }
const diskFsync: Latency = { kind: 'exponential', minMicros: 300, meanMicros: 1_000 }
/** Few, so that segments and snapshots come up in short runs. */
const segmentRecords = 500
const snapshotRecords = 2_000

type NetworkDraft = Draft<typeof schema.network>
type LinkDraft = NonNullable<NonNullable<NetworkDraft['links']>[number]>
type ByClass = NonNullable<NetworkDraft['latency']>

export function resolveNetwork(
  draft: NetworkDraft,
  names: Names,
  problems: Problems,
): NetworkModel {
  const usual = everywhere(betweenNodes)
  const latency = draft.latency === undefined ? usual : byClass(draft.latency, usual)
  const links = (draft.links ?? []).map((link, index) => {
    return link === undefined ? null : resolveLink(link, index, latency, names, problems)
  })
  return {
    latency,
    lossPpm: draft.loss ?? 0,
    corruptPpm: draft.corrupt_payload ?? 0,
    duplicatePpm: draft.duplicate ?? 0,
    reorderPpm: draft.reorder ?? 0,
    reorderMicros: draft.reorder_by ?? 5_000,
    bitsPerSecond: draft.bandwidth ?? null,
    clientLatency: draft.client_latency ?? toClient,
    betweenZonesMicros: draft.between_zones ?? 0,
    links: links.filter((link) => link !== null),
  }
}

export function resolveDisk(draft: Draft<typeof schema.disk>): DiskModel {
  return {
    write: draft.write ?? diskWrite,
    fsync: draft.fsync ?? diskFsync,
    segmentRecords: draft.segment_records ?? segmentRecords,
    snapshotRecords: draft.snapshot_records ?? snapshotRecords,
  }
}

export function resolveCpu(draft: Draft<typeof schema.cpu>): number {
  return draft.per_message ?? 20
}

export function resolveClocks(draft: Draft<typeof schema.clocks>, problems: Problems): ClockModel {
  const { min = -5_000, max = 5_000 } = draft.offset?.uniform ?? {}
  if (max < min && !problems.touch('clocks', 'offset')) {
    problems.add(['clocks', 'offset', 'uniform', 'max'], 'max is below min')
  }
  return { offset: { minMicros: min, maxMicros: max }, driftPpm: draft.drift_ppm ?? 50 }
}

function resolveLink(
  link: LinkDraft,
  index: number,
  usual: LatencyByClass,
  names: Names,
  problems: Problems,
): LinkOverride {
  const path = ['network', 'links', index]
  const { from = [], to = [] } = link
  checkNames(from, [...path, 'from'], names, problems)
  checkNames(to, [...path, 'to'], names, problems)
  checkLeadsSomewhere(from, to, [...path, 'to'], problems)
  const override: LinkOverride = {
    from,
    to,
    bothWays: link.both_ways ?? false,
    latency: link.latency === undefined ? null : byClass(link.latency, usual),
    lossPpm: link.loss ?? null,
    duplicatePpm: link.duplicate ?? null,
    reorderPpm: link.reorder ?? null,
    bitsPerSecond: link.bandwidth ?? null,
  }
  const { latency, lossPpm, duplicatePpm, reorderPpm, bitsPerSecond } = override
  const changes = [latency, lossPpm, duplicatePpm, reorderPpm, bitsPerSecond]
  if (changes.every((change) => change === null) && !problems.touch(...path)) {
    const message =
      'this link differs in nothing: give latency, loss, duplicate, reorder or bandwidth'
    problems.add(path, message)
  }
  return override
}

/** A node does not talk to itself over the network. */
export function checkLeadsSomewhere(
  from: readonly string[],
  to: readonly string[],
  path: (string | number)[],
  problems: Problems,
): void {
  if (from.length !== 1 || to.length !== 1 || from[0] !== to[0]) return
  problems.add(path, `a link from ${String(from[0])} to itself: there is none`)
}

function everywhere(latency: Latency): LatencyByClass {
  return { write: latency, write_ok: latency, read: latency, read_ok: latency, other: latency }
}

function byClass(given: ByClass, usual: LatencyByClass): LatencyByClass {
  if ('kind' in given) return everywhere(given)
  const entries = messageClasses.map((name) => [name, given[name] ?? usual[name]] as const)
  return Object.fromEntries(entries) as unknown as LatencyByClass
}
