/**
 * Faults that cannot hold at the same time. Refused is what has no meaning: a node that is down
 * (crashed or paused) cannot crash or pause again, a node cannot be slow by two factors nor its
 * clock off by two offsets, and one setting of a link cannot have two values. Overlapping
 * partitions are allowed: a message passes if no partition cuts it. Clock jumps add up.
 */
import type { Problems } from '../decode.js'
import { isDiskStop } from '../disk.js'
import type { FaultAction, FaultModel } from '../model.js'
import { formatDuration } from '../unit.js'
import { constantOf } from './fault.js'

interface Span {
  readonly index: number
  readonly from: number
  readonly until: number
  readonly action: FaultAction
  readonly line: number
}

/** A fault and where in the file's list it stands: those of a macro stand in one place. */
export interface Placed {
  readonly index: number
  readonly fault: FaultModel
}

export function checkOverlaps(
  faults: readonly Placed[],
  durationMicros: number,
  problems: Problems,
): void {
  const spans = faults.flatMap((placed) => spanOf(placed, durationMicros))
  spans.sort((left, right) => left.from - right.from || left.index - right.index)
  checkNodes(spans, downNodes, 'down', problems)
  checkNodes(spans, slowNodes, 'slow', problems)
  checkNodes(spans, clocksOf('clock_offset'), 'off by an offset', problems)
  checkNodes(spans, clocksOf('clock_drift'), 'drifting by a fault', problems)
  checkLinks(spans, problems)
}

/** Only faults whose times are known beforehand. */
function spanOf({ fault, index }: Placed, durationMicros: number): Span[] {
  if (fault.trigger.kind !== 'at' || fault.action === null) return []
  const lasts = fault.duration === null ? durationMicros : constantOf(fault.duration)
  if (lasts === null) return []
  const from = fault.trigger.atMicros
  const until = Math.min(durationMicros, from + lasts)
  return [{ index, from, until, action: fault.action, line: fault.line }]
}

function downNodes(action: FaultAction): readonly string[] {
  if (action.kind === 'disk') return isDiskStop(action.fault) ? action.nodes : []
  const { kind } = action
  return kind === 'crash' || kind === 'crash_loop' || kind === 'pause' ? action.nodes : []
}

function slowNodes(action: FaultAction): readonly string[] {
  return action.kind === 'slow' ? action.nodes : []
}

const clocksOf =
  (kind: 'clock_offset' | 'clock_drift') =>
  (action: FaultAction): readonly string[] =>
    action.kind === kind ? action.nodes : []

function checkNodes(
  spans: readonly Span[],
  nodesOf: (action: FaultAction) => readonly string[],
  what: string,
  problems: Problems,
): void {
  const last = new Map<string, Span>()
  for (const span of spans) {
    for (const [position, node] of nodesOf(span.action).entries()) {
      const before = last.get(node)
      if (before === undefined || before.until <= span.from) {
        last.set(node, span)
      } else if (before !== span) {
        const { kind } = span.action
        const key = kind.startsWith('clock') ? 'clock' : kind
        const path = ['faults', span.index, key, position]
        problems.add(path, `${node} is already ${what} ${period(before)}`)
      }
    }
  }
}

function checkLinks(spans: readonly Span[], problems: Problems): void {
  let active: Span[] = []
  for (const span of spans) {
    if (span.action.kind !== 'link') continue
    active = active.filter((other) => other.until > span.from)
    for (const other of active) {
      const setting = clash(span.action, other.action)
      if (setting === null) continue
      const message = `another ${setting} holds on the same link ${period(other)}`
      problems.add(['faults', span.index, setting], message)
      break
    }
    active.push(span)
  }
}

function clash(left: FaultAction, right: FaultAction): string | null {
  if (left.kind !== 'link' || right.kind !== 'link') return null
  const settings = {
    loss: 'lossPpm',
    duplicate: 'duplicatePpm',
    reorder: 'reorderPpm',
    corrupt_payload: 'corruptPpm',
    latency: 'latency',
    latency_factor: 'latencyFactor',
    bandwidth: 'bitsPerSecond',
  } as const
  const shared = Object.entries(settings).find(
    ([, key]) => left[key] !== null && right[key] !== null,
  )
  const setting = shared?.[0]
  if (setting === undefined || !sameLink(left, right)) return null
  return setting
}

type LinkAction = Extract<FaultAction, { kind: 'link' }>

function sameLink(left: LinkAction, right: LinkAction): boolean {
  const straight = meet(left.from, right.from) && meet(left.to, right.to)
  if (straight || !(left.bothWays || right.bothWays)) return straight
  return meet(left.from, right.to) && meet(left.to, right.from)
}

function meet(left: readonly string[], right: readonly string[]): boolean {
  if (left === right) return true
  const set = new Set(left)
  return right.some((name) => set.has(name))
}

function period({ from, until, line }: Span): string {
  return `from ${formatDuration(from)} to ${formatDuration(until)} (line ${String(line)})`
}
