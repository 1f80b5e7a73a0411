/** Faults that wait for other faults: those must exist, and must not wait for each other. */
import type { Problems } from '../decode.js'
import type { FaultModel } from '../model.js'
import type { Placed } from './overlap.js'
import { all, closest } from '../problem.js'
import { quote } from '../unit.js'

export function checkFaultNames(faults: readonly Placed[], problems: Problems): void {
  const byName = new Map<string, FaultModel>()
  for (const { index, fault } of faults) {
    if (fault.name === null) continue
    const other = byName.get(fault.name)
    if (other === undefined) byName.set(fault.name, fault)
    else {
      const message = `another fault is called ${fault.name} (line ${String(other.line)})`
      problems.add(['faults', index, 'name'], message)
    }
  }
  for (const { index, fault } of faults) {
    if (fault.trigger.kind !== 'when_fault' || problems.touch('faults', index)) continue
    const message = complaint(fault, byName)
    if (message !== null) problems.add(['faults', index, 'when', fault.trigger.edge], message)
  }
}

function complaint(fault: FaultModel, byName: ReadonlyMap<string, FaultModel>): string | null {
  const seen = new Set<FaultModel>()
  let waiting: FaultModel | undefined = fault
  while (waiting?.trigger.kind === 'when_fault') {
    if (seen.has(waiting)) return 'never starts: in the end it waits for itself'
    seen.add(waiting)
    const { name } = waiting.trigger
    const next: FaultModel | undefined = byName.get(name)
    if (next === undefined && waiting === fault) return unknown(name, [...byName.keys()])
    waiting = next
  }
  return null
}

function unknown(name: string, names: readonly string[]): string {
  if (names.length === 0) return `no fault ${quote(name)}: give the one that is meant a name`
  const near = closest(name, names)
  const fix = near === null ? '' : `did you mean ${near}? `
  return `no fault ${quote(name)}: ${fix}(the named faults are ${all(names)})`
}
