/** The cluster with every default filled in, and quorums that can be met. */
import type { Draft, Problems } from '../decode.js'
import type { ClusterModel } from '../model.js'
import type { Path } from '../source.js'
import { type cluster, limits } from '../schema/cluster.js'
import { clientName } from './name.js'

type ClusterDraft = Draft<typeof cluster>
type NodeModel = ClusterModel['nodes'][number]

export function resolveCluster(draft: ClusterDraft, problems: Problems): ClusterModel {
  const nodes = resolveNodes(draft)
  checkNodeIds(nodes, problems)
  const { replication = {} } = draft
  const n = replication.n ?? Math.min(3, nodes.length)
  const majority = Math.floor(n / 2) + 1
  const model: ClusterModel = {
    nodes,
    partitions: draft.partitions ?? defaultPartitions(nodes.length),
    n,
    r: replication.r ?? majority,
    w: replication.w ?? majority,
    pr: replication.pr ?? 0,
    pw: replication.pw ?? 0,
    sloppy: replication.sloppy ?? true,
    hedge: replication.hedge ?? false,
    coordinator: draft.coordinator ?? 'owner',
    resendMicros: draft.resend === false ? null : (draft.resend ?? 250_000),
    handoff: draft.handoff ?? true,
    backgroundYields: draft.background_yields ?? true,
    readRepair: draft.read_repair ?? true,
    antiEntropyMicros: draft.anti_entropy ? draft.anti_entropy.every : null,
    reap: draft.reap
      ? { everyMicros: draft.reap.every, afterMicros: draft.reap.after ?? draft.reap.every }
      : null,
    buckets: resolveBuckets(draft),
  }
  checkQuorums(model, problems)
  checkReap(model, ['cluster', 'coordinator'], problems)
  checkPartitions(model, problems)
  return model
}

/**
 * The smallest power of two that gives each node 16 partitions, so that load is even
 * (protocol.md section 1).
 */
export function defaultPartitions(nodes: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(64, 16 * nodes)))
}

function resolveNodes(draft: ClusterDraft): readonly NodeModel[] {
  const given = draft.nodes ?? 5
  const list: readonly { id: string; zone?: string | undefined; weight?: number | undefined }[] =
    typeof given === 'number'
      ? Array.from({ length: given }, (_, index) => ({ id: `n${String(index + 1)}` }))
      : given
  const zones = (draft.zones ?? []).filter((zone) => zone !== undefined)
  return list.map(({ id, zone, weight }, index) => ({
    id,
    zone: zone ?? zones[index % Math.max(1, zones.length)] ?? id,
    weight: weight ?? 1,
  }))
}

function checkNodeIds(nodes: readonly NodeModel[], problems: Problems): void {
  const seen = new Set<string>()
  for (const [index, { id }] of nodes.entries()) {
    const path = ['cluster', 'nodes', index]
    if (seen.has(id)) problems.add(path, `two nodes are called ${id}`)
    seen.add(id)
    if (id === 'all') problems.add(path, 'all means every node: call the node n1 or so')
    if (clientName.test(id))
      problems.add(path, `${id} is the name of a client: call the node n1 or so`)
  }
}

function resolveBuckets(draft: ClusterDraft): ClusterModel['buckets'] {
  const given = Object.entries(draft.buckets ?? {})
  const named = given.map(
    ([name, rules]) => ({ name, conflict: rules.conflict ?? 'siblings' }) as const,
  )
  if (named.some(({ name }) => name === 'default')) return named
  return [{ name: 'default', conflict: 'siblings' }, ...named]
}

function checkQuorums(model: ClusterModel, problems: Problems): void {
  const at = ['cluster', 'replication']
  if (problems.touch(...at, 'n') || problems.touch('cluster', 'nodes')) return
  const { n } = model
  const holders = model.nodes.filter(({ weight }) => weight > 0).length
  if (n > holders) {
    const what = holders < model.nodes.length ? ' with a weight above 0' : ''
    problems.add([...at, 'n'], `n is ${String(n)}, but there are only ${nodeCount(holders)}${what}`)
  }
  for (const key of ['r', 'w', 'pr', 'pw'] as const) {
    if (problems.touch(...at, key) || model[key] <= n) continue
    problems.add(
      [...at, key],
      `${key} is ${String(model[key])}, but a key has only ${String(n)} copies`,
    )
  }
}

/**
 * A node that coordinates without a copy keeps nothing of what it has minted, so nobody can ask it
 * whether a tombstone may go.
 */
export function checkReap(
  { coordinator, reap }: Pick<ClusterModel, 'coordinator' | 'reap'>,
  path: Path,
  problems: Problems,
): void {
  if (coordinator !== 'any' || reap === null || problems.touch(...path)) return
  const why = 'a node that keeps no copy of what it writes cannot say that a tombstone may go'
  const fix = 'take coordinator: owner, or reap: false'
  problems.add(path, `coordinator: any does not go with reap: ${why}; ${fix}`)
}

function checkPartitions({ partitions, nodes }: ClusterModel, problems: Problems): void {
  const path = ['cluster', 'partitions']
  if (problems.touch(...path) || problems.touch('cluster', 'nodes')) return
  if (partitions >= nodes.length) return
  const least = Math.min(limits.partitions, defaultPartitions(nodes.length))
  const few = `${String(partitions)} partitions for ${nodeCount(nodes.length)}`
  problems.add(path, `${few}: some would own nothing; ${String(least)} would do`)
}

function nodeCount(count: number): string {
  return count === 1 ? '1 node' : `${String(count)} nodes`
}
