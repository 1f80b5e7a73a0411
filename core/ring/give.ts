/** Who gets what a leaver had. */
import type { Table } from './table.js'
import { loadsOf, owns, zonesWith } from './table.js'

/** Fills the empty slots of `table`, at most one a partition, and returns them. `order`: of going through partitions. */
export function giveAway(table: Table, order: Int32Array): number[] {
  const { replicas, slots } = table
  const loads = loadsOf(table)
  const given: number[] = []
  for (const partition of order) {
    for (let slot = partition * replicas; slot < (partition + 1) * replicas; slot++) {
      if (slots[slot] !== -1) continue
      const heir = bestHeir(table, loads, slot)
      slots[slot] = heir
      loads[heir] = (loads[heir] as number) + 1
      given.push(slot)
    }
  }
  while (given.some((slot) => passOn(table, loads, slot)));
  return given
}

/** Keeps zones apart first, loads level second. There is one: a ring has more members than a partition has owners left. */
function bestHeir(table: Table, loads: Int32Array, slot: number): number {
  const partition = Math.floor(slot / table.replicas)
  let best = -1
  let bestZones = 0
  for (let member = 0; member < table.members.length; member++) {
    if (owns(table, partition, member)) continue
    const zones = zonesWith(table, slot, member)
    if (
      best < 0 ||
      zones > bestZones ||
      (zones === bestZones && fuller(table, loads, best, member))
    ) {
      best = member
      bestZones = zones
    }
  }
  return best
}

/**
 * The last partitions found the emptiest nodes among their owners already, and went elsewhere. Somebody else's gift may fit there:
 * each pass brings loads strictly closer together, so passes come to an end.
 */
function passOn(table: Table, loads: Int32Array, slot: number): boolean {
  const { slots } = table
  const holder = slots[slot] as number
  const zones = zonesWith(table, slot, holder)
  slots[slot] = -1
  loads[holder] = (loads[holder] as number) - 1
  let heir = bestHeir(table, loads, slot)
  if (zonesWith(table, slot, heir) <= zones && !fuller(table, loads, holder, heir)) heir = holder
  slots[slot] = heir
  loads[heir] = (loads[heir] as number) + 1
  return heir !== holder
}

/** Would `a` with one more hold more for its weight than `b` with one more? */
function fuller(table: Table, loads: Int32Array, a: number, b: number): boolean {
  return after(table, loads, a) > after(table, loads, b)
}

function after(table: Table, loads: Int32Array, member: number): number {
  return ((loads[member] as number) + 1) / (table.members[member] as { weight: number }).weight
}
