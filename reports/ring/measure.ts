/**
 * What a ring costs and gives: how even it is, and how much a plan moves (protocol.md section 1).
 */
import type { KeyRef, Member, NodeId, Plan, Ring } from '../../core/index.js'

/** What one node holds. */
export interface NodeShare {
  readonly node: string
  readonly zone: string
  readonly weight: number
  readonly primaries: number
  readonly replicas: number
  /** Replicas that its weight calls for, were they divisible. */
  readonly fair: number
  /** Copies of the sample's keys. */
  readonly keys: number
}

/** The ring after one step of a plan, and what the step moved. */
export interface RingStep {
  readonly label: string
  readonly epoch: number
  readonly shares: readonly NodeShare[]
  /** Replicas that go to another node; of the first ring none. */
  readonly movedReplicas: number
  /** What a newcomer is due by its weight, or a leaver held. Zones may leave a newcomer less. */
  readonly dueReplicas: number
  readonly movedKeys: number
  /** Copies of the sample's keys, in all. */
  readonly copies: number
  /** Partitions with another first owner. */
  readonly newFirstOwners: number
  /** Partitions that lose more than one owner at once; a plan may tear none. */
  readonly torn: number
  /** What could not be met, in sentences. */
  readonly problems: readonly string[]
}

/** How many of the sample's keys are in each partition. */
export function keysByPartition(keys: Iterable<KeyRef>, partitions: number): readonly number[] {
  const counts = Array.from({ length: partitions }, () => 0)
  for (const { partition } of keys) counts[partition] = (counts[partition] ?? 0) + 1
  return counts
}

export function firstStep(
  ring: Ring,
  problems: readonly string[],
  keys: readonly number[],
): RingStep {
  return {
    ...{ label: 'at first', epoch: ring.epoch, shares: sharesOf(ring, keys), problems },
    ...{ movedReplicas: 0, dueReplicas: 0, movedKeys: 0, newFirstOwners: 0, torn: 0 },
    copies: copiesOf(ring, keys),
  }
}

export function stepOf(label: string, before: Ring, plan: Plan, keys: readonly number[]): RingStep {
  const { ring, moves, problems } = plan
  let movedKeys = 0
  let newFirstOwners = 0
  let torn = 0
  for (const { partition } of moves) movedKeys += keys[partition] ?? 0
  ring.owners.forEach((owners, partition) => {
    const old = before.owners[partition] ?? []
    if (owners[0] !== old[0]) newFirstOwners++
    if (old.filter((node) => !owners.includes(node)).length > 1) torn++
  })
  return {
    ...{ label, epoch: ring.epoch, shares: sharesOf(ring, keys), problems },
    ...{ movedReplicas: moves.length, dueReplicas: dueMoves(before, ring) },
    ...{ movedKeys, copies: copiesOf(ring, keys), newFirstOwners, torn },
  }
}

/** A newcomer must be given its share, and all that a leaver held must go elsewhere. */
function dueMoves(before: Ring, after: Ring): number {
  const joined = after.members.find(({ id }) => !before.members.some((one) => one.id === id))
  if (joined !== undefined) return Math.floor(fairShare(after, joined))
  const left = before.members.find(({ id }) => !after.members.some((one) => one.id === id))
  return left === undefined ? 0 : replicasOf(before, left.id)
}

function sharesOf(ring: Ring, keys: readonly number[]): readonly NodeShare[] {
  return ring.members.map((member) => {
    const { id, zone, weight } = member
    let primaries = 0
    let held = 0
    ring.owners.forEach((owners, partition) => {
      if (owners[0] === id) primaries++
      if (owners.includes(id)) held += keys[partition] ?? 0
    })
    const replicas = replicasOf(ring, id)
    return {
      node: id,
      zone,
      weight,
      primaries,
      replicas,
      fair: fairShare(ring, member),
      keys: held,
    }
  })
}

const replicasOf = (ring: Ring, node: NodeId): number =>
  ring.owners.filter((owners) => owners.includes(node)).length

/** No node holds a partition twice, so none can have more than all of them. */
function fairShare({ partitions, replicas, members }: Ring, { weight }: Member): number {
  const total = members.reduce((sum, member) => sum + member.weight, 0)
  return total === 0 ? 0 : Math.min(partitions, (partitions * replicas * weight) / total)
}

const copiesOf = (ring: Ring, keys: readonly number[]): number =>
  ring.owners.reduce((sum, owners, partition) => sum + owners.length * (keys[partition] ?? 0), 0)

/** How far the node that is furthest above its fair share is above it; 0.1: a tenth. */
export function overload({ shares }: RingStep, of: 'replicas' | 'keys'): number {
  const copies = shares.reduce((sum, share) => sum + share[of], 0)
  const fair = shares.reduce((sum, share) => sum + share.fair, 0)
  let most = 0
  for (const share of shares) {
    const due = fair === 0 ? 0 : (share.fair * copies) / fair
    if (due > 0) most = Math.max(most, share[of] / due - 1)
  }
  return most
}
