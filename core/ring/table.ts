/** The planners' working copy of a ring: members by number, owners in one flat array. */
import type { NodeId } from '../types.js'
import { mix32 } from './hash.js'
import type { Member, Ring } from './ring.js'

export interface Table {
  readonly partitions: number
  readonly replicas: number
  /** Sorted by id. An owner is an index into it. */
  readonly members: readonly Member[]
  /** Per member, the number of its zone. */
  readonly zones: Int32Array
  /** Owner of replica r of partition p at `p * replicas + r`. */
  readonly slots: Int32Array
}

export function emptyTable(
  members: readonly Member[],
  partitions: number,
  replicas: number,
): Table {
  const sorted = members.slice().sort((a, b) => (a.id < b.id ? -1 : 1))
  const numbers = new Map<string, number>()
  const zones = new Int32Array(sorted.length)
  sorted.forEach(({ zone }, index) => {
    if (!numbers.has(zone)) numbers.set(zone, numbers.size)
    zones[index] = numbers.get(zone) as number
  })
  const slots = new Int32Array(partitions * replicas).fill(-1)
  return { partitions, replicas, members: sorted, zones, slots }
}

/** The owners of `ring` among `members`; -1 for an owner that is not one of them. */
export function tableOf(ring: Ring, members: readonly Member[]): Table {
  const table = emptyTable(members, ring.partitions, ring.replicas)
  const indexes = new Map<NodeId, number>()
  table.members.forEach(({ id }, index) => indexes.set(id, index))
  for (let partition = 0; partition < ring.owners.length; partition++) {
    const owners = ring.owners[partition] as readonly NodeId[]
    for (let replica = 0; replica < owners.length; replica++) {
      const owner = indexes.get(owners[replica] as NodeId)
      table.slots[partition * ring.replicas + replica] = owner ?? -1
    }
  }
  return table
}

export function ringOf(table: Table, epoch: number): Ring {
  const { partitions, replicas, members, slots } = table
  const owners: NodeId[][] = []
  for (let p = 0; p < partitions; p++) {
    const row: NodeId[] = []
    for (let r = 0; r < replicas; r++) row.push(memberAt(members, slots, p * replicas + r).id)
    // Without the room that a list has after it has grown: every request looks at some of them.
    owners.push(row.slice())
  }
  return { epoch, partitions, replicas, members, owners }
}

function memberAt(members: readonly Member[], slots: Int32Array, slot: number): Member {
  return members[slots[slot] as number] as Member
}

/** Replicas per member. */
export function loadsOf(table: Table): Int32Array {
  const loads = new Int32Array(table.members.length)
  for (const owner of table.slots) if (owner >= 0) loads[owner] = (loads[owner] as number) + 1
  return loads
}

export function owns(table: Table, partition: number, member: number): boolean {
  const from = partition * table.replicas
  for (let slot = from; slot < from + table.replicas; slot++) {
    if (table.slots[slot] === member) return true
  }
  return false
}

/** Zones among the owners of a partition, with the owner at `slot` taken to be `instead`. */
export function zonesWith(table: Table, slot: number, instead: number): number {
  const { replicas, slots, zones } = table
  const from = slot - (slot % replicas)
  let distinct = 0
  for (let i = from; i < from + replicas; i++) {
    const owner = i === slot ? instead : (slots[i] as number)
    if (owner < 0) continue
    let seen = false
    for (let j = from; j < i && !seen; j++) {
      const other = j === slot ? instead : (slots[j] as number)
      seen = other >= 0 && zones[other] === zones[owner]
    }
    if (!seen) distinct++
  }
  return distinct
}

export function zonesAt(table: Table, partition: number): number {
  const slot = partition * table.replicas
  return zonesWith(table, slot, table.slots[slot] as number)
}

/** A fixed shuffle of 0..count-1 (Fisher-Yates): an order that favours nobody. */
export function shuffled(count: number, seed: number): Int32Array {
  const order = new Int32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  for (let i = count - 1; i > 0; i--) {
    const j = mix32(seed + Math.imul(i, 0x9e3779b9)) % (i + 1)
    const other = order[j] as number
    order[j] = order[i] as number
    order[i] = other
  }
  return order
}

/** What each member owns: slots of member m are `slots[starts[m]] .. slots[starts[m + 1] - 1]`. */
export interface Holdings {
  readonly starts: Int32Array
  readonly slots: Int32Array
}

/** `order`: the order of partitions within each member's holdings. */
export function holdingsOf(table: Table, order: Int32Array): Holdings {
  const { replicas, slots, members } = table
  const starts = new Int32Array(members.length + 1)
  const loads = loadsOf(table)
  loads.forEach((load, member) => (starts[member + 1] = (starts[member] as number) + load))
  const next = starts.slice()
  const held = new Int32Array(starts[members.length] as number)
  for (const partition of order) {
    for (let slot = partition * replicas; slot < (partition + 1) * replicas; slot++) {
      const owner = slots[slot] as number
      if (owner < 0) continue
      const at = next[owner] as number
      held[at] = slot
      next[owner] = at + 1
    }
  }
  return { starts, slots: held }
}
