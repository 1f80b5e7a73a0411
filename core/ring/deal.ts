/** Fills the table of a new ring. */
import { mix32 } from './hash.js'
import type { Quota } from './quota.js'
import type { Table } from './table.js'
import { owns, zonesAt, zonesWith } from './table.js'

/**
 * Members in a line, zone by zone, each as long as its quota, wrapped round the partitions
 * (McNaughton's rule, 1959). No member's stretch is longer than one round, and no zone's longer
 * than `perZone` rounds: owners are distinct, and zones as distinct as they can be, with every
 * quota met exactly.
 */
export function deal(table: Table, quota: Quota): void {
  const { partitions, replicas, slots, zones, members } = table
  const line = members.map((_, index) => index)
  line.sort((a, b) => (zones[a] as number) - (zones[b] as number) || a - b)
  let at = 0
  for (const member of line) {
    for (let left = quota.counts[member] as number; left > 0; left--) {
      slots[(at % partitions) * replicas + Math.floor(at / partitions)] = member
      at++
    }
  }
  mix(table)
}

const swapsPerSlot = 2

/**
 * Neighbours in the line share all their partitions, so the load of a failed node would fall on a
 * few. Swaps at random places spread it over all; they keep every quota, and are left out where a
 * partition would get worse.
 */
function mix(table: Table): void {
  const { slots } = table
  const oneZone = !table.zones.some((zone) => zone !== table.zones[0])
  const swaps = slots.length * swapsPerSlot
  for (let turn = 0; turn < swaps; turn++) {
    const i = turn % slots.length
    const j = mix32(Math.imul(turn + 1, 0x9e3779b9)) % slots.length
    if (swappable(table, i, j, oneZone)) {
      const member = slots[i] as number
      slots[i] = slots[j] as number
      slots[j] = member
    }
  }
}

function swappable(table: Table, i: number, j: number, oneZone: boolean): boolean {
  const { replicas, slots, zones } = table
  const p = (i - (i % replicas)) / replicas
  const q = (j - (j % replicas)) / replicas
  const a = slots[i] as number
  const b = slots[j] as number
  if (p === q || a === b || owns(table, q, a) || owns(table, p, b)) return false
  if (oneZone || zones[a] === zones[b]) return true
  return zonesWith(table, i, b) >= zonesAt(table, p) && zonesWith(table, j, a) >= zonesAt(table, q)
}
