/**
 * The faults of one run, in time: what the scenario fixes as it stands, what it leaves to
 * chance drawn from the streams passed in. Milestones stay milestones: only the run knows when
 * they are reached.
 */
import { assert } from '../core/assert.js'
import { drawMicros } from './draw.js'
import type { FaultAction, FaultModel, FaultTrigger, Latency, Scenario } from './model.js'
import { drawExponential, drawIndex, type RandomStream } from './stream.js'
import { formatDuration, formatProbability } from './unit.js'

export interface TimelineEntry {
  /** When it starts; 0 for a milestone, which starts when it is reached. */
  readonly atMicros: number
  /**
   * When it ends; null: not before all faults are healed. Of a milestone always null: see
   * `durationMicros`.
   */
  readonly untilMicros: number | null
  /** How long it lasts; null: until all faults are healed. */
  readonly durationMicros: number | null
  readonly action: FaultAction
  /** For people: `partition n1 n2 | n3 n4 n5`. */
  readonly label: string
  readonly trigger: Exclude<FaultTrigger, { kind: 'every' }>
  /** Index into the scenario's faults. */
  readonly fault: number
}

/** Of a `slow` that is picked at random. */
const randomSlowFactor = 10

/**
 * Sorted by start, then by the order of the file; milestones first. `streamOf` gives each fault
 * a stream of its own, so that a change of one fault moves no other.
 */
export function expandTimeline(
  scenario: Scenario,
  streamOf: (fault: number) => RandomStream,
): readonly TimelineEntry[] {
  const { faults, durationMicros } = scenario
  const nodes = scenario.cluster.nodes.map(({ id }) => id)
  const entries: TimelineEntry[] = []
  for (const [fault, model] of faults.entries()) {
    if (model.trigger.kind === 'every') continue
    entries.push(fixedEntry(model, fault, durationMicros, streamOf(fault)))
  }
  // Random faults come after: they keep out of the way of those that are fixed.
  const busy = new Busy(nodes, entries, durationMicros)
  for (const [fault, model] of faults.entries()) {
    if (model.trigger.kind !== 'every') continue
    entries.push(...randomEntries(model, fault, { busy, durationMicros, stream: streamOf(fault) }))
  }
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort((left, right) => left.entry.atMicros - right.entry.atMicros || left.index - right.index)
    .map(({ entry }) => entry)
}

function fixedEntry(
  model: FaultModel,
  fault: number,
  durationMicros: number,
  stream: RandomStream,
): TimelineEntry {
  const { trigger, action } = model
  assert(trigger.kind !== 'every' && action !== null, 'a fixed fault has an action')
  const lasts = model.duration === null ? null : Math.max(1, drawMicros(model.duration, stream))
  const label = describe(action)
  if (trigger.kind === 'when_acked') {
    return { atMicros: 0, untilMicros: null, durationMicros: lasts, action, label, trigger, fault }
  }
  return placed(trigger.atMicros, lasts, durationMicros, action, fault)
}

interface Chance {
  readonly busy: Busy
  readonly durationMicros: number
  readonly stream: RandomStream
}

/**
 * A Poisson process: exponential gaps, from the start of the run to the end of the clients'
 * time.
 */
function randomEntries(model: FaultModel, fault: number, chance: Chance): readonly TimelineEntry[] {
  const { trigger, duration } = model
  assert(trigger.kind === 'every' && duration !== null, 'a random fault has a duration')
  const { stream, busy, durationMicros } = chance
  const entries: TimelineEntry[] = []
  let exact = 0
  for (;;) {
    exact += trigger.everyMicros * drawExponential(stream)
    const atMicros = Math.round(exact)
    if (atMicros >= durationMicros) return entries
    const entry = randomEntry(model, fault, atMicros, duration, chance)
    if (entry === null) continue
    busy.add(entry)
    entries.push(entry)
  }
}

/** null where no victim is left: as many are down already as may be. */
function randomEntry(
  model: FaultModel,
  fault: number,
  atMicros: number,
  duration: Latency,
  { busy, durationMicros, stream }: Chance,
): TimelineEntry | null {
  const kind = model.pick[drawIndex(stream, Math.max(1, model.pick.length))]
  const lasts = Math.max(1, drawMicros(duration, stream))
  const until = Math.min(durationMicros, atMicros + lasts)
  const action = model.action ?? randomAction(kind ?? 'crash', atMicros, until, busy, stream)
  if (action === null || (model.action !== null && busy.hinders(action, atMicros, until)))
    return null
  return placed(atMicros, lasts, durationMicros, action, fault)
}

function randomAction(
  kind: FaultModel['pick'][number],
  atMicros: number,
  untilMicros: number,
  busy: Busy,
  stream: RandomStream,
): FaultAction | null {
  if (kind === 'partition') return { kind, groups: randomSplit(busy.nodes, stream) }
  const candidates = busy.free(kind, atMicros, untilMicros)
  // Drawn even where nobody can be hit, so that the draws after it are the same.
  const victim = candidates[drawIndex(stream, Math.max(1, candidates.length))]
  if (victim === undefined) return null
  if (kind === 'slow') return { kind, nodes: [victim], factor: randomSlowFactor }
  return { kind, nodes: [victim] }
}

/** Each node takes a side by the toss of a coin; if one side stays empty, one node changes over. */
function randomSplit(
  nodes: readonly string[],
  stream: RandomStream,
): readonly (readonly string[])[] {
  const sides = nodes.map(() => stream.next() < 0.5)
  const turncoat = drawIndex(stream, nodes.length)
  if (sides.every((side) => side === sides[0])) sides[turncoat] = !sides[turncoat]
  const side = (which: boolean): readonly string[] => nodes.filter((_, i) => sides[i] === which)
  const first = sides[0] ?? true
  return [side(first), side(!first)]
}

function placed(
  atMicros: number,
  lasts: number | null,
  endMicros: number,
  action: FaultAction,
  fault: number,
): TimelineEntry {
  const untilMicros = lasts === null ? null : Math.min(endMicros, atMicros + lasts)
  return {
    atMicros,
    untilMicros,
    durationMicros: untilMicros === null ? null : untilMicros - atMicros,
    action,
    label: describe(action),
    trigger: { kind: 'at', atMicros },
    fault,
  }
}

interface Span {
  readonly node: string
  readonly fromMicros: number
  readonly untilMicros: number
}

/** Who is down or slow when, so that chance never takes a majority away nor hits a node twice. */
class Busy {
  readonly nodes: readonly string[]
  readonly #endMicros: number
  readonly #down: Span[] = []
  readonly #slow: Span[] = []

  constructor(nodes: readonly string[], entries: readonly TimelineEntry[], endMicros: number) {
    this.nodes = nodes
    this.#endMicros = endMicros
    for (const entry of entries) this.add(entry)
  }

  add({ action, atMicros, untilMicros, trigger }: TimelineEntry): void {
    const spans = this.#spansOf(action)
    if (spans === null || trigger.kind !== 'at' || !('nodes' in action)) return
    for (const node of action.nodes) {
      spans.push({ node, fromMicros: atMicros, untilMicros: untilMicros ?? this.#endMicros })
    }
  }

  /** Nodes that this may hit from then until then. */
  free(kind: FaultAction['kind'], fromMicros: number, untilMicros: number): readonly string[] {
    const down = this.#during(this.#down, fromMicros, untilMicros)
    if (kind === 'slow') {
      const slow = this.#during(this.#slow, fromMicros, untilMicros)
      return this.nodes.filter((node) => !slow.has(node))
    }
    const minority = Math.floor((this.nodes.length - 1) / 2)
    if (kind === 'crash' && down.size >= minority) return []
    return this.nodes.filter((node) => !down.has(node))
  }

  /** Would this hit a node that is down (or slow) already? */
  hinders(action: FaultAction, fromMicros: number, untilMicros: number): boolean {
    const spans = this.#spansOf(action)
    if (spans === null || !('nodes' in action)) return false
    const taken = this.#during(spans, fromMicros, untilMicros)
    return action.nodes.some((node) => taken.has(node))
  }

  #spansOf(action: FaultAction): Span[] | null {
    if (action.kind === 'crash' || action.kind === 'pause') return this.#down
    return action.kind === 'slow' ? this.#slow : null
  }

  #during(spans: readonly Span[], fromMicros: number, untilMicros: number): ReadonlySet<string> {
    const overlapping = spans.filter(
      (span) => span.fromMicros < untilMicros && fromMicros < span.untilMicros,
    )
    return new Set(overlapping.map((span) => span.node))
  }
}

/** What happens, for people. */
export function describe(action: FaultAction): string {
  switch (action.kind) {
    case 'partition':
      return `partition ${action.groups.map(list).join(' | ')}`
    case 'partition_one_way':
      return `partition ${list(action.from)} -> ${list(action.to)}`
    case 'crash':
    case 'pause':
      return `${action.kind} ${list(action.nodes)}`
    case 'slow':
      return `slow ${list(action.nodes)} by ${String(action.factor)}`
    case 'clock_jump': {
      const sign = action.byMicros < 0 ? '-' : '+'
      return `clock ${list(action.nodes)} ${sign}${formatDuration(Math.abs(action.byMicros))}`
    }
    case 'link':
      return describeLink(action)
  }
}

function describeLink(action: Extract<FaultAction, { kind: 'link' }>): string {
  const { from, to, bothWays, lossPpm, duplicatePpm, reorderPpm, latency } = action
  const settings = [
    lossPpm === null ? '' : `loss ${formatProbability(lossPpm)}`,
    duplicatePpm === null ? '' : `duplicate ${formatProbability(duplicatePpm)}`,
    reorderPpm === null ? '' : `reorder ${formatProbability(reorderPpm)}`,
    latency === null ? '' : `latency ${latency.kind}`,
  ]
  const everywhere = from === to || from.join() === to.join()
  const where = `${list(from)} ${bothWays ? '<->' : '->'} ${list(to)}`
  const what = settings.filter((text) => text !== '').join(', ')
  return `${what} on ${everywhere ? 'all links' : where}`
}

function list(names: readonly string[]): string {
  if (names.length <= 10) return names.join(' ')
  return `${names.slice(0, 8).join(' ')} ... (${String(names.length)})`
}
