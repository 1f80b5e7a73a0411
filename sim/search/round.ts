/** Rounder times, always downwards, and lower numbers of keys and clients: easier to read. */
import type { FaultAction, FaultModel, Scenario, ScriptedOperation } from '../../scenarios/model.js'
import { byTime, type Change, operationsOf, withOperations } from './change.js'
import { marksOf, mostRead, moved } from './time.js'

const units = [1_000_000, 100_000, 10_000, 1_000, 100] as const

export function* rounder(scenario: Scenario): Generator<Change> {
  for (const unit of units) yield (now) => moved(now, (at) => floor(at, unit))
  yield (now) => ({ ...now, durationMicros: Math.ceil(now.durationMicros / 1_000) * 1_000 })
  if (operationsOf(scenario).length > mostRead) return
  for (const mark of marksOf(scenario).toReversed()) {
    for (const unit of units) {
      yield (now) => moved(now, (at) => (at === mark ? floor(at, unit) : at))
    }
  }
  for (let i = operationsOf(scenario).length - 1; i >= 0; i--) {
    yield (now) => withOperation(now, i, (one) => ({ ...one, atMicros: 0 }))
    yield (now) => withOperation(now, i, (one) => ({ ...one, node: null }))
  }
  yield (now) => renamed(now, 'client', 'c')
  yield (now) => renamed(now, 'key', 'k')
  for (let i = scenario.faults.length - 1; i >= 0; i--) yield (now) => untilTheEnd(now, i)
}

const floor = (micros: number, unit: number): number => Math.floor(micros / unit) * unit

function withOperation(
  scenario: Scenario,
  index: number,
  change: (operation: ScriptedOperation) => ScriptedOperation,
): Scenario {
  const operations = operationsOf(scenario).map((one, i) => (i === index ? change(one) : one))
  return withOperations(scenario, byTime(operations))
}

/** In the order in which they appear: k1, k2, ... */
function renamed(scenario: Scenario, field: 'client' | 'key', letter: string): Scenario {
  const names = new Map<string, string>()
  const operations = operationsOf(scenario).map((one): ScriptedOperation => {
    const name = names.get(one[field]) ?? `${letter}${String(names.size + 1)}`
    names.set(one[field], name)
    return { ...one, [field]: name }
  })
  const renameAll = (list: readonly string[]): readonly string[] =>
    list.map((name) => (field === 'client' ? (names.get(name) ?? name) : name))
  const faults = scenario.faults.map((fault): FaultModel => {
    return { ...fault, action: fault.action === null ? null : renamedIn(fault.action, renameAll) }
  })
  return withOperations({ ...scenario, faults }, operations)
}

function renamedIn(
  action: FaultAction,
  rename: (list: readonly string[]) => readonly string[],
): FaultAction {
  switch (action.kind) {
    case 'partition':
      return { ...action, groups: action.groups.map(rename) }
    case 'bridge':
      return { ...action, sides: action.sides.map(rename) }
    case 'partition_one_way':
      return { ...action, from: rename(action.from), to: rename(action.to) }
    default:
      return action
  }
}

/** One number less, where the end of a fault does not matter. */
function untilTheEnd(scenario: Scenario, index: number): Scenario {
  const faults = scenario.faults.map((fault, i) =>
    i === index ? { ...fault, duration: null } : fault,
  )
  return { ...scenario, faults }
}
