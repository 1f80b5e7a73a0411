/** One fault back into the language, on one line. */
import { never } from '../../core/assert.js'
import type { DiskFault, FaultAction, FaultModel, FaultTrigger, Scenario } from '../model.js'
import { formatBandwidth, formatDuration } from '../unit.js'
import { type Fields, given, probability, type Value, writeLatency } from './part.js'

export function writeFault(fault: FaultModel, scenario: Scenario): Value {
  const { name, trigger, duration, action, pick } = fault
  return given({
    name: name ?? undefined,
    ...writeTrigger(trigger),
    for: duration === null ? undefined : writeLatency(duration),
    pick: pick.length === 0 ? undefined : pick,
    ...(action === null ? {} : writeAction(action, scenario)),
  })
}

function writeTrigger(trigger: FaultTrigger): Fields {
  switch (trigger.kind) {
    case 'at':
      return { at: formatDuration(trigger.atMicros) }
    case 'every':
      return { every: formatDuration(trigger.everyMicros) }
    case 'when_acked':
      return { when: { node: trigger.node, acked: trigger.count } }
    case 'when_hints':
      return { when: { node: trigger.node, hints: trigger.count } }
    case 'when_operations':
      return { when: { operations: trigger.count } }
    case 'when_fault': {
      const { edge, name, afterMicros } = trigger
      const after = afterMicros === 0 ? undefined : formatDuration(afterMicros)
      return { when: given({ [edge]: name, after }) }
    }
    default:
      return never(trigger)
  }
}

function writeAction(action: FaultAction, scenario: Scenario): Fields {
  switch (action.kind) {
    case 'partition':
      return { partition: action.groups }
    case 'partition_one_way':
      return { partition: { from: action.from, to: action.to } }
    case 'bridge':
      return { bridge: action.nodes, sides: action.sides }
    case 'majorities_ring':
    case 'swizzle':
    case 'crash':
    case 'pause':
      return { [action.kind]: action.nodes }
    case 'clog':
      return { clog: { from: action.from, to: action.to, both_ways: action.bothWays } }
    case 'crash_loop': {
      const { nodes, periodMicros, upMicros } = action
      const [period, up] = [formatDuration(periodMicros), formatDuration(upMicros)]
      return { crash_loop: nodes, period, up }
    }
    case 'slow':
      return { slow: action.nodes, factor: action.factor }
    case 'disk':
      return { disk: action.nodes, ...writeDisk(action.fault) }
    case 'clock_jump':
      return { clock: action.nodes, jump: formatDuration(action.byMicros) }
    case 'clock_offset':
      return { clock: action.nodes, offset: formatDuration(action.offsetMicros) }
    case 'clock_drift':
      return { clock: action.nodes, drift_ppm: action.driftPpm }
    case 'clock_strobe': {
      const [strobe, period] = [action.byMicros, action.periodMicros].map(formatDuration)
      return { clock: action.nodes, strobe, period }
    }
    case 'link':
      return writeLinkFault(action, scenario)
    default:
      return never(action)
  }
}

function writeDisk(fault: DiskFault): Fields {
  if (fault.kind === 'corrupt' || fault.kind === 'misdirected') return { [fault.kind]: fault.count }
  return fault.kind === 'slow' ? { factor: fault.factor } : { [fault.kind]: true }
}

function writeLinkFault(
  action: Extract<FaultAction, { kind: 'link' }>,
  scenario: Scenario,
): Fields {
  const { from, to, bothWays, latency, latencyFactor, bitsPerSecond } = action
  const all = scenario.cluster.nodes.map((node) => node.id).join()
  const everywhere = !bothWays && from.join() === all && to.join() === all
  return {
    link: everywhere ? undefined : { from, to, both_ways: bothWays },
    loss: probability(action.lossPpm),
    duplicate: probability(action.duplicatePpm),
    reorder: probability(action.reorderPpm),
    corrupt_payload: probability(action.corruptPpm),
    latency: latency === null ? undefined : writeLatency(latency),
    latency_factor: latencyFactor ?? undefined,
    bandwidth: bitsPerSecond === null ? undefined : formatBandwidth(bitsPerSecond),
  }
}
