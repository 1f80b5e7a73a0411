/**
 * Faults drawn from the seed: which nodes, and how badly. Chance keeps out of the way of what holds
 * already: it never takes a majority away by crashes unless it is asked to crash a zone or all, and
 * hits no node twice.
 */
import { type Damage, damagedBy, damagedWith, mostDamaged, repairMicros } from './atlas.js'
import { isDiskStop } from './disk.js'
import type { DiskFault, FaultAction, FaultTrigger, LinkSettings, PickKind } from './model.js'
import type { Scenario } from './model.js'
import { drawIndex, type RandomStream, shuffled } from './stream.js'

/** How bad a fault is that is picked at random. */
const random = {
  slowFactor: 10,
  lossPpm: 200_000,
  duplicatePpm: 200_000,
  reorderPpm: 200_000,
  corruptPpm: 100_000,
  latencyFactor: 20,
  bitsPerSecond: 1_000_000,
  crashPeriodMicros: 1_000_000,
  upMicros: 300_000,
  clockMicros: [100_000, 1_000_000, 60_000_000, 3_600_000_000],
  driftPpm: 100_000,
  strobeMicros: 200_000,
  strobePeriodMicros: 20_000,
} as const

/** How many nodes a cluster must have for one of this kind to be drawn. */
export function needsNodes(kind: PickKind): { readonly least: number; readonly why: string } {
  switch (kind) {
    case 'crash':
    case 'crash_loop':
    case 'disk_fsync_fails':
    case 'disk_unsynced_lost':
    case 'disk_torn':
    case 'disk_reordered':
    case 'disk_wipe':
      return { least: 3, why: 'only a minority is ever down' }
    case 'bridge':
      return { least: 3, why: 'there are no two sides' }
    case 'majorities_ring':
      return { least: 4, why: 'with fewer each reaches all' }
    case 'pause':
    case 'slow':
    case 'swizzle':
    case 'crash_zone':
    case 'crash_all':
    case 'clock_jump':
    case 'clock_offset':
    case 'clock_drift':
    case 'clock_strobe':
    case 'disk_corrupt':
    case 'disk_misdirected':
    case 'disk_full':
    case 'disk_stall':
    case 'disk_slow':
    case 'disk_lying_fsync':
    case 'disk_rename_lost':
      return { least: 1, why: '' }
    default:
      return { least: 2, why: kind === 'partition' ? 'there are no two sides' : 'there is no link' }
  }
}

export interface Moment {
  readonly atMicros: number
  readonly until: number
  readonly busy: Busy
  readonly stream: RandomStream
}

/** null where no victim is left. */
export function randomAction(kind: PickKind, moment: Moment): FaultAction | null {
  const { busy, stream } = moment
  switch (kind) {
    case 'partition':
      return { kind, groups: randomSplit(busy.nodes, stream) }
    case 'bridge':
      return randomBridge(busy.nodes, stream)
    case 'majorities_ring':
      return { kind, nodes: shuffled(busy.nodes, stream) }
    case 'swizzle': {
      const few = 1 + drawIndex(stream, busy.nodes.length)
      return { kind, nodes: shuffled(busy.nodes, stream).slice(0, few) }
    }
    case 'one_way':
    case 'clog': {
      const [from, to] = shuffled(busy.nodes, stream) as [string, string]
      if (kind === 'one_way') return { kind: 'partition_one_way', from: [from], to: [to] }
      return { kind, from: [from], to: [to], bothWays: stream.next() < 0.5 }
    }
    case 'loss':
    case 'duplicate':
    case 'reorder':
    case 'corrupt_payload':
    case 'slow_link':
    case 'bandwidth':
      return randomLink(kind, moment)
    case 'crash':
    case 'pause':
    case 'slow':
    case 'crash_loop':
    case 'crash_zone':
    case 'crash_all':
      return randomStop(kind, moment)
    case 'clock_jump':
    case 'clock_offset':
    case 'clock_drift':
    case 'clock_strobe':
      return randomClock(kind, moment)
    default:
      return randomDisk(diskFaults[kind], moment)
  }
}

type Stop = 'crash' | 'pause' | 'slow' | 'crash_loop' | 'crash_zone' | 'crash_all'

function randomStop(kind: Stop, { atMicros, until, busy, stream }: Moment): FaultAction | null {
  if (kind === 'crash_all') {
    const action: FaultAction = { kind: 'crash', nodes: busy.nodes }
    return busy.hinders(action, atMicros, until) ? null : action
  }
  if (kind === 'crash_zone') {
    const zone = busy.zones[drawIndex(stream, busy.zones.length)]
    const action: FaultAction = { kind: 'crash', nodes: zone ?? [] }
    return busy.hinders(action, atMicros, until) ? null : action
  }
  const candidates = busy.free(kind, atMicros, until)
  // Drawn even where nobody can be hit, so that the draws after it are the same.
  const victim = candidates[drawIndex(stream, Math.max(1, candidates.length))]
  if (victim === undefined) return null
  const nodes = [victim]
  if (kind === 'slow') return { kind, nodes, factor: random.slowFactor }
  if (kind !== 'crash_loop') return { kind, nodes }
  return { kind, nodes, periodMicros: random.crashPeriodMicros, upMicros: random.upMicros }
}

const diskFaults: Readonly<Record<Extract<PickKind, `disk_${string}`>, DiskFault>> = {
  disk_corrupt: { kind: 'corrupt', count: 1 },
  disk_misdirected: { kind: 'misdirected', count: 1 },
  disk_full: { kind: 'full' },
  disk_stall: { kind: 'stall' },
  disk_slow: { kind: 'slow', factor: random.slowFactor },
  disk_lying_fsync: { kind: 'lying_fsync' },
  disk_rename_lost: { kind: 'rename_lost' },
  disk_fsync_fails: { kind: 'fsync_fails' },
  disk_unsynced_lost: { kind: 'unsynced_lost' },
  disk_torn: { kind: 'torn' },
  disk_reordered: { kind: 'reordered' },
  disk_wipe: { kind: 'wipe' },
}

function randomDisk(
  fault: DiskFault,
  { atMicros, until, busy, stream }: Moment,
): FaultAction | null {
  const kind = isDiskStop(fault) ? 'crash' : 'disk'
  const candidates = busy.free(kind, atMicros, until)
  const victim = candidates[drawIndex(stream, Math.max(1, candidates.length))]
  return victim === undefined ? null : { kind: 'disk', nodes: [victim], fault }
}

type Clock = 'clock_jump' | 'clock_offset' | 'clock_drift' | 'clock_strobe'

function randomClock(kind: Clock, { busy, stream }: Moment): FaultAction {
  const nodes = [busy.nodes[drawIndex(stream, busy.nodes.length)] ?? '']
  const sign = stream.next() < 0.5 ? -1 : 1
  const far = random.clockMicros[drawIndex(stream, random.clockMicros.length)] ?? 0
  if (kind === 'clock_jump') return { kind, nodes, byMicros: sign * far }
  if (kind === 'clock_offset') return { kind, nodes, offsetMicros: sign * far }
  if (kind === 'clock_drift') return { kind, nodes, driftPpm: sign * random.driftPpm }
  const periodMicros = random.strobePeriodMicros
  return { kind, nodes, byMicros: sign * random.strobeMicros, periodMicros }
}

const noSettings: LinkSettings = {
  lossPpm: null,
  duplicatePpm: null,
  reorderPpm: null,
  corruptPpm: null,
  latency: null,
  latencyFactor: null,
  bitsPerSecond: null,
}

const randomSettings = {
  loss: { lossPpm: random.lossPpm },
  duplicate: { duplicatePpm: random.duplicatePpm },
  reorder: { reorderPpm: random.reorderPpm },
  corrupt_payload: { corruptPpm: random.corruptPpm },
  slow_link: { latencyFactor: random.latencyFactor },
  bandwidth: { bitsPerSecond: random.bitsPerSecond },
} as const

/** Of a pair of nodes, both ways. */
function randomLink(kind: keyof typeof randomSettings, { busy, stream }: Moment): FaultAction {
  const [from, to] = shuffled(busy.nodes, stream) as [string, string]
  const ends = { from: [from], to: [to], bothWays: true }
  return { kind: 'link', ...ends, ...noSettings, ...randomSettings[kind] }
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

function randomBridge(nodes: readonly string[], stream: RandomStream): FaultAction {
  const [bridge, ...others] = shuffled(nodes, stream) as [string, ...string[]]
  return { kind: 'bridge', nodes: [bridge], sides: halves(others) }
}

/** The first half, which is the smaller one, and the rest. */
export function halves(nodes: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.floor(nodes.length / 2)
  return [nodes.slice(0, middle), nodes.slice(middle)]
}

/** A fault with its place in time, unless it waits for a milestone. */
interface Placed {
  readonly action: FaultAction
  readonly atMicros: number
  readonly untilMicros: number | null
  readonly trigger: { readonly kind: FaultTrigger['kind'] }
}

interface Span {
  readonly node: string
  readonly fromMicros: number
  readonly untilMicros: number
}

/** Who is down or slow when. */
export class Busy {
  readonly nodes: readonly string[]
  /** The nodes of each zone. */
  readonly zones: readonly (readonly string[])[]
  readonly #endMicros: number
  readonly #down: Span[] = []
  readonly #slow: Span[] = []
  readonly #damages: Damage[] = []
  readonly #mostDamaged: number
  readonly #repairMicros: number

  constructor(scenario: Scenario, entries: readonly Placed[]) {
    const { nodes } = scenario.cluster
    this.nodes = nodes.map(({ id }) => id)
    const zones = new Set(nodes.map(({ zone }) => zone))
    this.zones = [...zones].map((zone) =>
      nodes.filter((node) => node.zone === zone).map(({ id }) => id),
    )
    this.#endMicros = scenario.durationMicros
    this.#mostDamaged = mostDamaged(scenario)
    this.#repairMicros = repairMicros(scenario)
    for (const entry of entries) this.add(entry)
  }

  add({ action, atMicros, untilMicros, trigger }: Placed): void {
    const isMilestone = trigger.kind !== 'at'
    const mended = isMilestone ? Infinity : (untilMicros ?? Infinity) + this.#repairMicros
    for (const node of damagedBy(action)) {
      this.#damages.push({ node, fromMicros: atMicros, untilMicros: mended })
    }
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
    if (kind === 'disk') return this.nodes
    const minority = Math.floor((this.nodes.length - 1) / 2)
    if ((kind === 'crash' || kind === 'crash_loop') && down.size >= minority) return []
    return this.nodes.filter((node) => !down.has(node))
  }

  /**
   * Whether a good copy is left of what was acknowledged; if not, and it hits one node, another
   * victim with whom one is. Null: there is none.
   */
  leaving(
    action: FaultAction,
    fromMicros: number,
    untilMicros: number,
    stream: RandomStream,
  ): FaultAction | null {
    const isLeft = (nodes: readonly string[]): boolean => {
      const mended = untilMicros + this.#repairMicros
      return damagedWith(this.#damages, nodes, fromMicros, mended).size <= this.#mostDamaged
    }
    const nodes = damagedBy(action)
    if (nodes.length === 0 || isLeft(nodes)) return action
    if (action.kind !== 'disk' || nodes.length !== 1) return null
    const kind = isDiskStop(action.fault) ? 'crash' : 'disk'
    const others = this.free(kind, fromMicros, untilMicros).filter((node) => isLeft([node]))
    const victim = others[drawIndex(stream, Math.max(1, others.length))]
    return victim === undefined ? null : { ...action, nodes: [victim] }
  }

  /** Would this hit a node that is down (or slow) already? */
  hinders(action: FaultAction, fromMicros: number, untilMicros: number): boolean {
    const spans = this.#spansOf(action)
    if (spans === null || !('nodes' in action)) return false
    const taken = this.#during(spans, fromMicros, untilMicros)
    return action.nodes.some((node) => taken.has(node))
  }

  #spansOf(action: FaultAction): Span[] | null {
    if (action.kind === 'crash' || action.kind === 'crash_loop' || action.kind === 'pause') {
      return this.#down
    }
    if (action.kind === 'disk') return isDiskStop(action.fault) ? this.#down : null
    return action.kind === 'slow' ? this.#slow : null
  }

  #during(spans: readonly Span[], fromMicros: number, untilMicros: number): ReadonlySet<string> {
    const overlapping = spans.filter(
      (span) => span.fromMicros < untilMicros && fromMicros < span.untilMicros,
    )
    return new Set(overlapping.map((span) => span.node))
  }
}
