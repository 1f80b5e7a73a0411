/** What a fault does, for people: labels of events, reports and summaries. */
import { never } from '../core/assert.js'
import type { DiskFault, FaultAction, Latency } from './model.js'
import { formatBandwidth, formatDuration, formatProbability } from './unit.js'

export function describe(action: FaultAction): string {
  switch (action.kind) {
    case 'partition':
      return `partition ${sides(action.groups)}`
    case 'partition_one_way':
      return `partition ${list(action.from)} -> ${list(action.to)}`
    case 'bridge':
      return `bridge ${list(action.nodes)} between ${sides(action.sides)}`
    case 'majorities_ring':
      return `majorities ring ${list(action.nodes)}`
    case 'clog':
      return `clog ${link(action)}`
    case 'swizzle':
    case 'crash':
    case 'pause':
      return `${action.kind} ${list(action.nodes)}`
    case 'slow':
      return `slow ${list(action.nodes)} by ${String(action.factor)}`
    case 'crash_loop': {
      const [period, up] = [action.periodMicros, action.upMicros].map(formatDuration)
      return `crash loop ${list(action.nodes)} every ${String(period)}, up ${String(up)}`
    }
    case 'disk':
      return `disk ${list(action.nodes)} ${describeDisk(action.fault)}`
    case 'clock_jump':
      return `clock ${list(action.nodes)} ${signed(action.byMicros)}`
    case 'clock_offset':
      return `clock ${list(action.nodes)} off by ${signed(action.offsetMicros)}`
    case 'clock_drift': {
      const sign = action.driftPpm < 0 ? '' : '+'
      return `clock ${list(action.nodes)} drifts ${sign}${String(action.driftPpm)} ppm`
    }
    case 'clock_strobe': {
      const [by, period] = [signed(action.byMicros), formatDuration(action.periodMicros)]
      return `clock ${list(action.nodes)} strobes ${by} every ${period}`
    }
    case 'link':
      return describeLink(action)
    default:
      return never(action)
  }
}

function describeDisk(fault: DiskFault): string {
  switch (fault.kind) {
    case 'corrupt':
      return fault.count === 1 ? '1 bit flipped' : `${String(fault.count)} bits flipped`
    case 'misdirected':
      return fault.count === 1 ? '1 write misdirected' : `${String(fault.count)} writes misdirected`
    case 'slow':
      return `slow by ${String(fault.factor)}`
    default:
      return fault.kind.replaceAll('_', ' ')
  }
}

function describeLink(action: Extract<FaultAction, { kind: 'link' }>): string {
  const { from, to, lossPpm, duplicatePpm, reorderPpm, corruptPpm, latency } = action
  const { latencyFactor, bitsPerSecond } = action
  const share = (what: string, ppm: number | null): string =>
    ppm === null ? '' : `${what} ${formatProbability(ppm)}`
  const settings = [
    share('loss', lossPpm),
    share('duplicate', duplicatePpm),
    share('reorder', reorderPpm),
    share('corrupt', corruptPpm),
    latency === null ? '' : `latency ${describeLatency(latency)}`,
    latencyFactor === null ? '' : `latency times ${String(latencyFactor)}`,
    bitsPerSecond === null ? '' : `bandwidth ${formatBandwidth(bitsPerSecond)}`,
  ]
  const everywhere = from === to || from.join() === to.join()
  const what = settings.filter((text) => text !== '').join(', ')
  return `${what} on ${everywhere ? 'all links' : link(action)}`
}

/** Of a distribution its kind: what it is made of is in the file. */
const describeLatency = (latency: Latency): string =>
  latency.kind === 'constant' ? formatDuration(latency.micros) : latency.kind

interface Ends {
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly bothWays: boolean
}

const link = ({ from, to, bothWays }: Ends): string =>
  `${list(from)} ${bothWays ? '<->' : '->'} ${list(to)}`

const sides = (groups: readonly (readonly string[])[]): string => groups.map(list).join(' | ')

const signed = (micros: number): string =>
  `${micros < 0 ? '-' : '+'}${formatDuration(Math.abs(micros))}`

function list(names: readonly string[]): string {
  if (names.length <= 10) return names.join(' ')
  return `${names.slice(0, 8).join(' ')} ... (${String(names.length)})`
}
