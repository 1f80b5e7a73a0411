/**
 * A cluster with fewer nodes, or with plainer names for them. Either gives every key new owners,
 * so the keys are renamed: each gets a name whose owners are, as far as they are still there, the
 * ones it had.
 */
import { nodeId } from '../../core/index.js'
import { createRing } from '../../core/ring/plan.js'
import { Placement } from '../../core/ring/preference.js'
import { defaultPartitions } from '../../scenarios/resolve/cluster.js'
import type { FaultAction, FaultModel, LinkOverride, Scenario } from '../../scenarios/model.js'
import { operationsOf, withFaults, withOperations } from './change.js'

/** Null: the node is gone. */
type Rename = (node: string) => string | null

/** As many names are looked at for each key. */
const mostNames = 4_096

/** None where all its nodes are needed for the copies of a key. */
export function withoutNode(scenario: Scenario, node: string): readonly Scenario[] {
  const { nodes, n } = scenario.cluster
  if (nodes.length <= Math.max(n, 2)) return []
  return renamedNodes(scenario, (id) => (id === node ? null : id))
}

/** n1, n2, ... in the order in which they stand. */
export function withPlainNames(scenario: Scenario): readonly Scenario[] {
  const names = scenario.cluster.nodes.map(({ id }) => id)
  const plain = new Map(names.map((id, index) => [id, `n${String(index + 1)}`]))
  const isPlain = names.every((id) => plain.get(id) === id)
  if (isPlain && scenario.cluster.partitions === defaultPartitions(names.length)) return []
  return renamedNodes(scenario, (id) => plain.get(id) ?? id)
}

/** With the partitions that such a cluster has by itself, if it may; keys keep their owners. */
function renamedNodes(scenario: Scenario, rename: Rename): readonly Scenario[] {
  const { cluster, network } = scenario
  const nodes = cluster.nodes.flatMap((node) => {
    const id = rename(node.id)
    if (id === null) return []
    return [{ ...node, id, zone: node.zone === node.id ? id : node.zone }]
  })
  const first = nodes[0]?.id ?? ''
  const operations = operationsOf(scenario).map((one) => {
    const node = one.node === null ? null : (rename(one.node) ?? first)
    return { ...one, node }
  })
  const faults = scenario.faults.flatMap((fault) => renamedFault(fault, rename))
  const links = network.links.flatMap((link) => renamedEnds(link, rename))
  const changed = { ...scenario, cluster: { ...cluster, nodes }, network: { ...network, links } }
  const renamed = withFaults(withOperations(changed, operations), faults)
  const partitions = defaultPartitions(nodes.length)
  const plain = { ...renamed, cluster: { ...renamed.cluster, partitions } }
  return [plain, renamed].map((one) => withKeptOwners(one, scenario, rename)).concat(renamed)
}

function renamedFault(fault: FaultModel, rename: Rename): readonly FaultModel[] {
  const { trigger, action } = fault
  if (action === null) return [fault]
  const renamed = renamedAction(action, rename)
  if (renamed === null) return []
  if (!('node' in trigger)) return [{ ...fault, action: renamed }]
  const node = rename(trigger.node)
  return node === null ? [] : [{ ...fault, action: renamed, trigger: { ...trigger, node } }]
}

/** Null where nobody is left to be hit. */
function renamedAction(action: FaultAction, rename: Rename): FaultAction | null {
  switch (action.kind) {
    case 'partition': {
      const groups = action.groups.map((group) => renamedList(group, rename))
      const left = groups.filter((group) => group.length > 0)
      return left.length < 2 ? null : { ...action, groups: left }
    }
    case 'bridge': {
      const nodes = renamedList(action.nodes, rename)
      const sides = action.sides.map((side) => renamedList(side, rename))
      const isWhole = nodes.length > 0 && sides.every((side) => side.length > 0)
      return isWhole ? { ...action, nodes, sides } : null
    }
    case 'partition_one_way':
    case 'clog':
    case 'link':
      return renamedEnds(action, rename)[0] ?? null
    default: {
      const nodes = renamedList(action.nodes, rename)
      return nodes.length === 0 ? null : { ...action, nodes }
    }
  }
}

function renamedEnds<Ends extends Pick<LinkOverride, 'from' | 'to'>>(
  ends: Ends,
  rename: Rename,
): readonly Ends[] {
  const from = renamedList(ends.from, rename)
  const to = renamedList(ends.to, rename)
  const leads = from.some((one) => to.some((other) => one !== other))
  return leads ? [{ ...ends, from, to }] : []
}

const renamedList = (names: readonly string[], rename: Rename): readonly string[] =>
  names.map(rename).filter((name) => name !== null)

function withKeptOwners(renamed: Scenario, before: Scenario, rename: Rename): Scenario {
  const [old, now] = [placementOf(before), placementOf(renamed)]
  const { bucket } = before.workload
  const ownersOf = (placement: Placement, key: string): readonly string[] =>
    placement.owners(placement.keyRef(bucket, key).partition)
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const { key } of operationsOf(before)) {
    if (names.has(key)) continue
    const wanted = renamedList(ownersOf(old, key), rename)
    const fits = (name: string): boolean =>
      !taken.has(name) && isWithin(wanted, ownersOf(now, name))
    const name = fits(key) ? key : (numbered(fits) ?? key)
    names.set(key, name)
    taken.add(name)
  }
  const operations = operationsOf(renamed).map((one) => ({
    ...one,
    key: names.get(one.key) ?? one.key,
  }))
  return withOperations(renamed, operations)
}

function placementOf({ cluster }: Scenario): Placement {
  const members = cluster.nodes.map(({ id, zone, weight }) => ({ id: nodeId(id), zone, weight }))
  const { ring } = createRing({ members, partitions: cluster.partitions, replicas: cluster.n })
  return new Placement(ring)
}

function numbered(fits: (name: string) => boolean): string | null {
  for (let i = 1; i <= mostNames; i++) {
    const name = `k${String(i)}`
    if (fits(name)) return name
  }
  return null
}

/** All of them, in this order, others between them. */
function isWithin(wanted: readonly string[], owners: readonly string[]): boolean {
  let found = 0
  for (const owner of owners) if (owner === wanted[found]) found++
  return found === wanted.length
}
