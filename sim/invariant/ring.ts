/** RING-1 to RING-3, RING-5 and RING-6 (protocol.md section 1): who holds what. */
import type { KeyState, LogRecord, Member, Message, NodeId, NodeOptions } from '../../core/index.js'
import { keyRef } from '../../core/ring/hash.js'
import type { KeyRef } from '../../core/index.js'
import type { Family, Scene } from './family.js'

export class RingInvariants implements Family {
  readonly #scene: Scene
  /** By node: the epoch and table that it was last seen with. */
  readonly #seen: (object | null)[]

  constructor(scene: Scene) {
    this.#scene = scene
    this.#seen = scene.nodes.map(() => null)
  }

  opened(): void {
    this.#distinctOwners()
    this.#distinctZones()
    this.#evenShares()
    this.#scene.nodes.forEach((_, node) => {
      this.#sameTable(node)
    })
  }

  #distinctOwners(): void {
    const { ring } = this.#reference.placement
    const n = Math.min(this.#reference.replication.n, ring.members.length)
    ring.owners.forEach((owners, partition) => {
      const distinct = new Set(owners).size
      this.#scene.tally['RING-1']++
      if (owners.length === n && distinct === n) return
      this.#scene.violated('RING-1', {
        say:
          `partition ${String(partition)} has ${String(distinct)} distinct owners, ` +
          `not ${String(n)}: ${owners.join(', ')}`,
      })
    })
  }

  get #reference(): NodeOptions {
    return this.#scene.nodes[0] as NodeOptions
  }

  /** As many zones as there can be. */
  #distinctZones(): void {
    const { ring } = this.#reference.placement
    const zoneOf = new Map(ring.members.map(({ id, zone }) => [id, zone]))
    const zones = new Set(zoneOf.values()).size
    const n = Math.min(this.#reference.replication.n, ring.members.length)
    // Fewer zones than copies, or unequal ones: the planner says so, and that is all it owes.
    if (zones < n || !equalZones(ring.members)) return
    for (const [partition, owners] of ring.owners.entries()) {
      this.#scene.tally['RING-2']++
      const used = new Set<string | undefined>()
      for (const owner of owners) used.add(zoneOf.get(owner))
      if (used.size === owners.length) continue
      this.#scene.violated('RING-2', {
        say:
          `partition ${String(partition)} has ${String(owners.length)} copies in ` +
          `${String(used.size)} zones, though there are ${String(zones)}`,
      })
    }
  }

  #evenShares(): void {
    const { ring } = this.#reference.placement
    const weights = new Set(ring.members.map(({ weight }) => weight))
    if (weights.size > 1 || !equalZones(ring.members)) return
    const shares = new Map(ring.members.map(({ id }) => [id, 0]))
    for (const owners of ring.owners) {
      for (const owner of owners) shares.set(owner, (shares.get(owner) ?? 0) + 1)
    }
    const counts = [...shares.values()]
    const [least, most] = [Math.min(...counts), Math.max(...counts)]
    this.#scene.tally['RING-3']++
    if (most - least <= 1) return
    this.#scene.violated('RING-3', {
      say: `one node has ${String(most)} replicas, another ${String(least)}`,
    })
  }

  /** RING-5: the same epoch is the same table, byte for byte. */
  #sameTable(node: number): void {
    const { placement, id } = this.#scene.nodes[node] as NodeOptions
    const { ring } = this.#reference.placement
    this.#scene.tally['RING-5']++
    if (placement.ring === ring || this.#seen[node] === placement.ring) return
    this.#seen[node] = placement.ring
    if (placement.ring.epoch !== ring.epoch) return
    const partition = ring.owners.findIndex(
      (owners, at) => owners.join() !== placement.ring.owners[at]?.join(),
    )
    if (partition < 0) return
    this.#scene.violated('RING-5', {
      say: `${id} and ${this.#reference.id} have different tables of epoch ${String(ring.epoch)}`,
      state: [
        `partition ${String(partition)} at ${this.#reference.id}: ${String(ring.owners[partition]?.join(', '))}`,
        `partition ${String(partition)} at ${id}: ${String(placement.ring.owners[partition]?.join(', '))}`,
      ],
    })
  }

  booted(node: number): void {
    this.#sameTable(node)
  }

  sent(node: number, _to: number, message: Message): void {
    if (message.kind === 'replicate' && message.state.vv.length > 0)
      this.#samePlace(node, message.key)
  }

  /** RING-5: everybody puts a key into the same partition. */
  #samePlace(node: number, key: KeyRef): void {
    const book = this.#scene.book.find(key.id)
    this.#scene.tally['RING-5']++
    const known =
      book?.key ?? keyRef(key.bucket, key.key, this.#reference.placement.ring.partitions)
    if (known === key || (known.partition === key.partition && known.hash === key.hash)) return
    this.#scene.violated('RING-5', {
      say:
        `${String(this.#scene.nodes[node]?.id)} puts the key into partition ` +
        `${String(key.partition)}, others into ${String(known.partition)}`,
      key,
    })
  }

  /**
   * RING-6: a node stores keys of partitions that it owns. What is kept for others is in hints;
   * what a node that is no owner once coordinated, it may remember (core/replica/merge.ts).
   */
  persisted(node: number, records: readonly LogRecord[]): void {
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as LogRecord
      if (record.type !== 'key_state') continue
      this.#scene.tally['RING-6']++
      const { owners } = this.#scene.book.of(record.key)
      if (owners.includes(node)) continue
      const { id } = this.#scene.nodes[node] as NodeOptions
      if (hasCoordinated(id, record.state)) continue
      this.#scene.violated('RING-6', {
        say: `${id} stores a key of partition ${String(record.key.partition)}, which it does not own`,
        key: record.key,
      })
    }
  }
}

/** Under any of its names. */
function hasCoordinated(node: NodeId, { vv }: KeyState): boolean {
  for (const { actor } of vv) if (actor.startsWith(`${node}:`)) return true
  return false
}

function equalZones(members: readonly Member[]): boolean {
  const sizes = new Map<string, number>()
  for (const { zone } of members) sizes.set(zone, (sizes.get(zone) ?? 0) + 1)
  return new Set(sizes.values()).size === 1
}
