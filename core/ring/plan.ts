/**
 * Who owns what (protocol.md section 1). The table is explicit, so that a change of this planner never moves data silently.
 *
 * A newcomer takes replicas from the most loaded owner until it holds its share, at most one replica of a partition per plan; a
 * leaver's replicas go to the least loaded legal node. Zones are kept apart while possible; where they cannot be, that is reported.
 */
import { assert } from '../assert.js'
import type { NodeId } from '../types.js'
import type { Member, Ring } from './ring.js'

export interface RingOptions {
  readonly members: readonly Member[]
  /** Q, a power of two. */
  readonly partitions: number
  /** N. */
  readonly replicas: number
}

export interface Plan {
  readonly ring: Ring
  /** For people: zones that could not be kept apart. */
  readonly problems: readonly string[]
}

/** The first ring: replicas are dealt by load, least relative load first, zones apart. */
export function createRing({ members, partitions, replicas }: RingOptions): Plan {
  assert(members.length >= replicas, 'a partition needs N distinct owners')
  const sorted = members.slice().sort((a, b) => (a.id < b.id ? -1 : 1))
  const dealer = new Dealer(interleaveZones(sorted))
  const owners: (readonly NodeId[])[] = []
  let mixed = 0
  for (let partition = 0; partition < partitions; partition++) {
    const dealt = dealer.deal(replicas)
    if (dealt.sharedZone) mixed++
    owners.push(dealt.owners)
  }
  const problems =
    mixed === 0 ? [] : [`${String(mixed)} partitions have two owners in one zone: too few zones`]
  return { ring: { epoch: 1, partitions, replicas, members: sorted, owners }, problems }
}

/** a1 b1 c1 a2 b2 c2: neighbours are in different zones while zones last. */
function interleaveZones(members: readonly Member[]): readonly Member[] {
  const zones = new Map<string, Member[]>()
  for (const member of members) {
    const zone = zones.get(member.zone)
    if (zone === undefined) zones.set(member.zone, [member])
    else zone.push(member)
  }
  const lists = [...zones.values()]
  const result: Member[] = []
  for (let i = 0; result.length < members.length; i++) {
    for (const list of lists) if (list[i] !== undefined) result.push(list[i] as Member)
  }
  return result
}

interface Slot {
  readonly member: Member
  load: number
}

/** A heap by relative load, then by place in the list: the least loaded members are dealt first. */
class Dealer {
  readonly #slots: Slot[]
  #turn = 0

  constructor(members: readonly Member[]) {
    this.#slots = members.map((member) => ({ member, load: 0 }))
  }

  deal(count: number): { owners: readonly NodeId[]; sharedZone: boolean } {
    const chosen: Slot[] = []
    const skipped: Slot[] = []
    let sharedZone = false
    while (chosen.length < count) {
      const slot = this.#take()
      if (slot === null) {
        // Every zone left is taken: distinct nodes must do.
        const again = skipped.shift()
        assert(again !== undefined, 'there are at least N members')
        sharedZone = true
        chosen.push(again)
      } else if (chosen.some((one) => one.member.zone === slot.member.zone)) skipped.push(slot)
      else chosen.push(slot)
    }
    for (const slot of chosen) {
      slot.load += 1 / slot.member.weight
      this.#put(slot)
    }
    for (const slot of skipped) this.#put(slot)
    // Turning the order makes everybody first owner equally often.
    const turn = this.#turn++ % count
    const owners = chosen.map((_, i) => (chosen[(i + turn) % count] as Slot).member.id)
    return { owners, sharedZone }
  }

  #take(): Slot | null {
    return this.#slots.shift() ?? null
  }

  /** After all of at most its load: members of equal load take turns. */
  #put(slot: Slot): void {
    let low = 0
    let high = this.#slots.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#slots[middle] as Slot).load <= slot.load + 1e-9) low = middle + 1
      else high = middle
    }
    this.#slots.splice(low, 0, slot)
  }
}
