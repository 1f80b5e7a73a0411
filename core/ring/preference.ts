/**
 * Who holds a partition, and who stands in for them (Dynamo 4.3, 4.6). A pure function of the ring:
 * every node of an epoch gets the same lists.
 */
import type { KeyRef, NodeId } from '../types.js'
import { keyRef, mix32 } from './hash.js'
import type { Member, Ring } from './ring.js'

/** More fallbacks than this are never asked. */
const maxFallbacks = 32

/** So many are looked through faster than they are hashed. */
const fewMembers = 8

/** References kept; when there are as many, all are dropped. */
const mostKeys = 32_768

/** Place of a node in a handful of them; -1: it is not there. Asked at every message. */
export function placeOf(nodes: readonly NodeId[], node: NodeId): number {
  for (let i = 0; i < nodes.length; i++) if (nodes[i] === node) return i
  return -1
}

export function ownersOf(ring: Ring, partition: number): readonly NodeId[] {
  return ring.owners[partition] as readonly NodeId[]
}

/**
 * Owners, then at most 32 fallbacks: drawn by a hash of epoch, partition and position, so that what
 * a dead node leaves behind spreads over all others; those of zones that no owner is in come first.
 */
export function preferenceList(ring: Ring, partition: number): readonly NodeId[] {
  const owners = ownersOf(ring, partition)
  const order = ring.members.map((_, index) => index)
  const seed = mix32(Math.imul(ring.epoch, 0x9e3779b9) ^ mix32(partition + 1))
  const fallbacks: Member[] = []
  for (let i = 0; i < order.length && fallbacks.length < maxFallbacks; i++) {
    const j = i + (mix32(seed + Math.imul(i + 1, 0x85ebca6b)) % (order.length - i))
    const drawn = order[j] as number
    order[j] = order[i] as number
    order[i] = drawn
    const member = ring.members[drawn] as Member
    if (member.weight > 0 && !owners.includes(member.id)) fallbacks.push(member)
  }
  const taken = new Set(owners.map((owner) => zoneOf(ring, owner)))
  const elsewhere = fallbacks.filter(({ zone }) => !taken.has(zone))
  const beside = fallbacks.filter(({ zone }) => taken.has(zone))
  return [...owners, ...elsewhere.map(({ id }) => id), ...beside.map(({ id }) => id)]
}

/** Members are sorted by id. */
function zoneOf(ring: Ring, node: NodeId): string {
  let low = 0
  let high = ring.members.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ring.members[middle] as Member).id < node) low = middle + 1
    else high = middle
  }
  return (ring.members[low] as Member).zone
}

/**
 * The lists of one epoch, each worked out when it is first asked for; to be shared by all who know
 * the epoch.
 */
export class Placement {
  readonly ring: Ring
  readonly #preferences: (readonly NodeId[] | undefined)[]
  #owned: ReadonlyMap<NodeId, readonly number[]> | null = null
  #indexes: ReadonlyMap<NodeId, number> | null = null
  /** Bucket -> key -> reference. */
  readonly #keys = new Map<string, Map<string, KeyRef>>()
  #lastBucket: string | null = null
  #lastKeys = new Map<string, KeyRef>()
  #keyCount = 0

  constructor(ring: Ring) {
    this.ring = ring
    this.#preferences = Array.from({ length: ring.partitions }, () => undefined)
  }

  /**
   * The same object as long as the key stays in use: it is hashed once, and maps that hold this
   * very string find it without comparing letters.
   */
  keyRef(bucket: string, key: string): KeyRef {
    if (bucket !== this.#lastBucket) this.#turnTo(bucket)
    const known = this.#lastKeys.get(key)
    if (known !== undefined) return known
    if (this.#keyCount >= mostKeys) {
      this.#keys.clear()
      this.#keyCount = 0
      this.#turnTo(bucket)
    }
    const reference = keyRef(bucket, key, this.ring.partitions)
    this.#lastKeys.set(key, reference)
    this.#keyCount++
    return reference
  }

  #turnTo(bucket: string): void {
    const keys = this.#keys.get(bucket) ?? new Map<string, KeyRef>()
    this.#keys.set(bucket, keys)
    this.#lastBucket = bucket
    this.#lastKeys = keys
  }

  /** Place among the ring's members; -1 for a stranger. */
  memberIndex(node: NodeId): number {
    const { members } = this.ring
    if (members.length <= fewMembers) {
      for (let i = 0; i < members.length; i++) if ((members[i] as Member).id === node) return i
      return -1
    }
    this.#indexes ??= new Map(members.map(({ id }, index) => [id, index]))
    return this.#indexes.get(node) ?? -1
  }

  /** The N owners, first owner first. */
  owners(partition: number): readonly NodeId[] {
    return this.ring.owners[partition] as readonly NodeId[]
  }

  /** Owners, then fallbacks. */
  preference(partition: number): readonly NodeId[] {
    const known = this.#preferences[partition]
    if (known !== undefined) return known
    const list = preferenceList(this.ring, partition)
    this.#preferences[partition] = list
    return list
  }

  /** Those that `node` owns, ascending. */
  partitionsOf(node: NodeId): readonly number[] {
    this.#owned ??= ownedBy(this.ring)
    return this.#owned.get(node) ?? []
  }

  isOwner(partition: number, node: NodeId): boolean {
    return this.ownerIndex(partition, node) >= 0
  }

  /** Place of `node` among the owners; -1 if it is none. */
  ownerIndex(partition: number, node: NodeId): number {
    return placeOf(this.owners(partition), node)
  }
}

function ownedBy(ring: Ring): ReadonlyMap<NodeId, readonly number[]> {
  const owned = new Map<NodeId, number[]>(ring.members.map(({ id }) => [id, []]))
  ring.owners.forEach((owners, partition) => {
    for (const owner of owners) owned.get(owner)?.push(partition)
  })
  return owned
}
