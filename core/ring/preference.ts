/**
 * Who holds a partition, and who stands in for them (Dynamo 4.3 and 4.6). The order of fallbacks is a pseudo-random walk
 * fixed by the epoch: spread over all nodes, the same everywhere.
 */
import { assert } from '../assert.js'
import type { NodeId } from '../types.js'
import type { Ring } from './ring.js'

/** Nobody needs more stand-ins than this; it bounds the lists of large clusters. */
const mostFallbacks = 24

export class Placement {
  readonly ring: Ring
  readonly #preferences = new Map<number, readonly NodeId[]>()

  constructor(ring: Ring) {
    this.ring = ring
  }

  owners(partition: number): readonly NodeId[] {
    const owners = this.ring.owners[partition]
    assert(owners !== undefined, 'a partition of another ring')
    return owners
  }

  isOwner(partition: number, node: NodeId): boolean {
    return this.owners(partition).includes(node)
  }

  /** Owners, then fallbacks. */
  preference(partition: number): readonly NodeId[] {
    let list = this.#preferences.get(partition)
    if (list === undefined) {
      list = walk(this.ring, partition)
      this.#preferences.set(partition, list)
    }
    return list
  }
}

function walk(ring: Ring, partition: number): readonly NodeId[] {
  const owners = ring.owners[partition] ?? []
  const rest = ring.members.map((member) => member.id).filter((id) => !owners.includes(id))
  const wanted = Math.min(mostFallbacks, rest.length)
  let state = Math.imul(partition + 1, 0x9e3779b1) ^ Math.imul(ring.epoch, 0x85ebca6b)
  const list = owners.slice()
  for (let i = 0; i < wanted; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5
    const pick = i + ((state ^ (state >>> 13)) >>> 0) % (rest.length - i)
    const chosen = rest[pick] as NodeId
    rest[pick] = rest[i] as NodeId
    list.push(chosen)
  }
  return list
}
