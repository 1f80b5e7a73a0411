/**
 * Who owns what (protocol.md section 1): a new ring, and the fewest moves when a member comes or
 * goes. All planners are deterministic; a wish that cannot be met is reported in `problems` and
 * never looped on.
 */
import { assert } from '../assert.js'
import type { NodeId } from '../types.js'
import { deal } from './deal.js'
import { giveAway } from './give.js'
import { quotaOf } from './quota.js'
import type { Member, Ring } from './ring.js'
import { balanceRoles } from './role.js'
import type { Table } from './table.js'
import { emptyTable, loadsOf, ringOf, shuffled, tableOf, zonesAt } from './table.js'
import { takeFor } from './take.js'

export interface RingOptions {
  /** Distinct ids; as many with a weight above 0 as `replicas`, or more. */
  readonly members: readonly Member[]
  /** Q, a power of two. */
  readonly partitions: number
  /** N. */
  readonly replicas: number
}

export interface NewRing {
  readonly ring: Ring
  /** Sentences for people: zones shared, weights that cannot be met. */
  readonly problems: readonly string[]
}

/** One replica of `partition` is to be copied to `to`; `from` gives it up afterwards. */
export interface Move {
  readonly partition: number
  readonly from: NodeId
  readonly to: NodeId
}

export interface Plan extends NewRing {
  /** By partition; at most one a partition. */
  readonly moves: readonly Move[]
}

/**
 * Epoch 1. Options that no ring can meet are a programmer's error: who reads them from a file
 * checks them there.
 */
export function createRing(options: RingOptions): NewRing {
  const { members, partitions, replicas } = options
  checkOptions(options)
  const table = emptyTable(members.filter(holds), partitions, replicas)
  deal(table, quotaOf(table))
  balanceRoles(table, shuffled(partitions, 1))
  return { ring: ringWith(table, 1, members), problems: problemsOf(table) }
}

/**
 * The newcomer takes from whoever has most for its weight, until it holds floor(Q * N * weight /
 * total), first where it can part two owners of one zone. It never takes from one who would then
 * have less than itself: where zones leave only few to take from, those would starve.
 */
export function planJoin(ring: Ring, member: Member): Plan {
  if (ring.members.some(({ id }) => id === member.id)) {
    return { ring, moves: [], problems: [`${member.id} is a member already`] }
  }
  assert(isWeight(member.weight), 'a weight is a finite number, zero or more')
  const members = [...ring.members, member]
  const table = tableOf(ring, members.filter(holds))
  const order = shuffled(table.partitions, ring.epoch + 1)
  const slots = holds(member) ? takeFor(table, table.members.indexOf(member), order) : []
  const moves = slots
    .map((slot) => {
      const partition = Math.floor(slot / table.replicas)
      const from = ownerAt(ring, slot)
      return { partition, from, to: member.id }
    })
    .sort(byPartition)
  balanceRoles(table, order)
  return { ring: ringWith(table, ring.epoch + 1, members), moves, problems: problemsOf(table) }
}

/**
 * Each of the leaver's replicas goes to the node that has least for its weight, among those that
 * keep zones apart best.
 */
export function planLeave(ring: Ring, id: NodeId): Plan {
  const rest = ring.members.filter((member) => member.id !== id)
  if (rest.length === ring.members.length) {
    return { ring, moves: [], problems: [`${id} is not a member`] }
  }
  const holders = rest.filter(holds)
  if (holders.length < ring.replicas) {
    const problem = `${id} cannot leave: ${String(ring.replicas)} replicas need as many members`
    return { ring, moves: [], problems: [problem] }
  }
  const table = tableOf(ring, holders)
  const order = shuffled(table.partitions, ring.epoch + 1)
  const given = giveAway(table, order)
  const moves = given
    .map((slot) => {
      const to = (table.members[table.slots[slot] as number] as Member).id
      return { partition: Math.floor(slot / table.replicas), from: id, to }
    })
    .sort(byPartition)
  balanceRoles(table, order)
  return { ring: ringWith(table, ring.epoch + 1, rest), moves, problems: problemsOf(table) }
}

const byPartition = (a: Move, b: Move): number => a.partition - b.partition

function ownerAt(ring: Ring, slot: number): NodeId {
  const owners = ring.owners[Math.floor(slot / ring.replicas)] as readonly NodeId[]
  return owners[slot % ring.replicas] as NodeId
}

const isWeight = (weight: number): boolean => weight >= 0 && Number.isFinite(weight)

/** A member of weight 0 owns nothing and stands in for nobody: it takes requests only. */
const holds = ({ weight }: Member): boolean => weight > 0

function ringWith(table: Table, epoch: number, members: readonly Member[]): Ring {
  const sorted = members.slice().sort((a, b) => (a.id < b.id ? -1 : 1))
  const { partitions, replicas, owners } = ringOf(table, epoch)
  // Spelled out: copies made by a spread may differ in shape, and what is compiled for one run of a
  // search would have to be compiled anew for the next.
  return { epoch, partitions, replicas, members: sorted, owners }
}

const maxPartitions = 1 << 20

function checkOptions({ members, partitions, replicas }: RingOptions): void {
  const isPower = partitions >= 1 && (partitions & (partitions - 1)) === 0
  assert(isPower && Number.isInteger(partitions), 'partitions: a power of two')
  assert(partitions <= maxPartitions, 'partitions: at most 2^20')
  assert(Number.isInteger(replicas) && replicas >= 1, 'replicas: one or more')
  assert(members.filter(holds).length >= replicas, 'as many members as replicas, or more')
  assert(new Set(members.map(({ id }) => id)).size === members.length, 'members have distinct ids')
  assert(
    members.every(({ weight }) => isWeight(weight)),
    'a weight is a finite number, zero or more',
  )
}

/** Zones shared, shares missed. A ring whose members are all of one zone does without zones. */
function problemsOf(table: Table): string[] {
  const { partitions, replicas, members, zones } = table
  const problems: string[] = []
  if (zones.some((zone) => zone !== zones[0])) {
    let shared = 0
    for (let p = 0; p < partitions; p++) if (zonesAt(table, p) < replicas) shared++
    if (shared > 0) {
      problems.push(
        `${String(shared)} of ${String(partitions)} partitions have two owners in one zone`,
      )
    }
  }
  const loads = loadsOf(table)
  const total = members.reduce((sum, { weight }) => sum + weight, 0)
  members.forEach(({ id, weight }, index) => {
    const share = (partitions * replicas * weight) / total
    const load = loads[index] as number
    if (load - share <= 1 || load <= share * 1.05) return
    const fair = String(Math.round(share))
    problems.push(`${id} holds ${String(load)} replicas, a fair share is ${fair}`)
  })
  return problems
}
