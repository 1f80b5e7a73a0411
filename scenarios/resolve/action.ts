/** What a fault does: one action, the details that belong to it, and victims that exist. */
import { halves } from '../chance.js'
import type { Draft, Problems } from '../decode.js'
import type { DiskFault, FaultAction, LinkEnds, LinkSettings } from '../model.js'
import type { fault } from '../schema/fault.js'
import type { Path } from '../source.js'
import { formatDuration } from '../unit.js'
import type { Names } from './name.js'
import { checkLeadsSomewhere } from './network.js'
import { nodesOf, type Victims } from './victim.js'

export type FaultDraft = Draft<typeof fault>

/** What `link` may say of its links. */
export const linkSettings = [
  'loss',
  'duplicate',
  'reorder',
  'corrupt_payload',
  'latency',
  'latency_factor',
  'bandwidth',
] as const

/** What `clock` may do. */
export const clockSettings = ['jump', 'offset', 'drift_ppm', 'strobe'] as const

/** What may be wrong with a `disk`. */
export const diskSettings = [
  'corrupt',
  'misdirected',
  'full',
  'stall',
  'factor',
  'lying_fsync',
  'rename_lost',
  'fsync_fails',
  'unsynced_lost',
  'torn',
  'reordered',
  'wipe',
] as const

/** More often than this and a fault is nothing but its own steps. */
const mostSteps = 100_000

type LinkDraft = NonNullable<FaultDraft['link']>

export class ActionResolver {
  readonly #names: Names
  readonly #durationMicros: number
  readonly #problems: Problems

  constructor(names: Names, durationMicros: number, problems: Problems) {
    this.#names = names
    this.#durationMicros = durationMicros
    this.#problems = problems
  }

  resolve(draft: FaultDraft, path: Path): FaultAction | null {
    if (draft.partition !== undefined) return this.#partition(draft.partition, path)
    if (draft.bridge !== undefined) return this.#bridge(draft.bridge, draft.sides, path)
    if (draft.majorities_ring !== undefined) return this.#ring(draft.majorities_ring, path)
    if (draft.clog !== undefined) return { kind: 'clog', ...this.#ends(draft.clog, path, 'clog') }
    if (draft.crash_loop !== undefined) return this.#crashLoop(draft, draft.crash_loop, path)
    for (const kind of ['swizzle', 'crash', 'pause'] as const) {
      const victims = draft[kind]
      if (victims !== undefined) return { kind, nodes: this.#nodes(victims, path, kind) }
    }
    if (draft.slow !== undefined) {
      this.#refuseNothing(draft.factor, 1, [...path, 'factor'])
      const nodes = this.#nodes(draft.slow, path, 'slow')
      return { kind: 'slow', nodes, factor: draft.factor ?? 1 }
    }
    if (draft.clock !== undefined) return this.#clock(draft, draft.clock, path)
    if (draft.disk !== undefined) return this.#disk(draft, draft.disk, path)
    return linkSettings.some((key) => draft[key] !== undefined) ? this.#link(draft, path) : null
  }

  #nodes(victims: Victims, path: Path, key: string, clientsToo = false): readonly string[] {
    return nodesOf(victims, [...path, key], this.#names, this.#problems, clientsToo)
  }

  #partition(given: NonNullable<FaultDraft['partition']>, path: Path): FaultAction {
    const at = [...path, 'partition']
    if ('groups' in given) {
      return { kind: 'partition', groups: this.#groups(given.groups, at) }
    }
    const from = nodesOf(given.from, [...at, 'from'], this.#names, this.#problems, true)
    const to = nodesOf(given.to, [...at, 'to'], this.#names, this.#problems, true)
    this.#checkDisjoint([from, to], (side) => [...at, side === 0 ? 'from' : 'to'])
    this.#refuseClientsAlone([from, to], at)
    return { kind: 'partition_one_way', from, to }
  }

  #groups(given: readonly (Victims | undefined)[], at: Path): readonly (readonly string[])[] {
    const groups = given.map((group, index) =>
      nodesOf(group ?? none, [...at, index], this.#names, this.#problems, true),
    )
    // A file cannot name nobody; a macro can, where it hits all the nodes there are.
    if (groups.some(({ length }) => length === 0) && !this.#problems.touch(...at)) {
      this.#problems.add(at, nobodyLeft)
    }
    this.#checkDisjoint(groups, (index) => [...at, index])
    this.#refuseClientsAlone(groups, at)
    return groups
  }

  #refuseClientsAlone(groups: readonly (readonly string[])[], at: Path): void {
    if (this.#names.nodes === null || this.#problems.touch(...at)) return
    if (groups.flat().some((name) => this.#names.nodeSet.has(name))) return
    const message = 'clients talk to nodes, and never to each other: it changes nothing'
    this.#problems.add(at, `${message}; name a node`)
  }

  #bridge(victims: Victims, given: FaultDraft['sides'], path: Path): FaultAction {
    const nodes = this.#nodes(victims, path, 'bridge')
    if (given !== undefined) {
      const sides = this.#groups(given, [...path, 'sides'])
      this.#checkDisjoint([nodes, ...sides], (side) =>
        side === 0 ? [...path, 'bridge'] : [...path, 'sides', side - 1],
      )
      return { kind: 'bridge', nodes, sides }
    }
    const others = (this.#names.nodes ?? []).filter((node) => !nodes.includes(node))
    if (this.#names.nodes !== null && others.length < 2) {
      this.#problems.add([...path, 'bridge'], 'fewer than two nodes are left: there are no sides')
    }
    return { kind: 'bridge', nodes, sides: halves(others) }
  }

  #ring(victims: Victims, path: Path): FaultAction {
    const nodes = this.#nodes(victims, path, 'majorities_ring')
    if (nodes.length < 4 && this.#names.nodes !== null) {
      const message = 'a ring of majorities has at least 4 nodes: with fewer each reaches all'
      this.#problems.add([...path, 'majorities_ring'], message)
    }
    return { kind: 'majorities_ring', nodes }
  }

  #crashLoop(draft: FaultDraft, victims: Victims, path: Path): FaultAction {
    const nodes = this.#nodes(victims, path, 'crash_loop')
    const { period = 1, up = 1 } = draft
    if (draft.period !== undefined && draft.up !== undefined && up >= period) {
      const message = `up (${formatDuration(up)}) must be shorter than the period`
      this.#problems.add([...path, 'up'], `${message}: else it never crashes`)
    }
    this.#checkSteps(draft.period, path)
    return { kind: 'crash_loop', nodes, periodMicros: period, upMicros: up }
  }

  #clock(draft: FaultDraft, victims: Victims, path: Path): FaultAction {
    const nodes = this.#nodes(victims, path, 'clock')
    for (const key of clockSettings) this.#refuseNothing(draft[key], 0, [...path, key])
    const { offset, drift_ppm: driftPpm, strobe } = draft
    if (offset !== undefined) return { kind: 'clock_offset', nodes, offsetMicros: offset }
    if (driftPpm !== undefined) return { kind: 'clock_drift', nodes, driftPpm }
    if (strobe !== undefined) {
      this.#checkSteps(draft.period, path)
      const periodMicros = draft.period ?? 1
      return { kind: 'clock_strobe', nodes, byMicros: strobe, periodMicros }
    }
    return { kind: 'clock_jump', nodes, byMicros: draft.jump ?? 0 }
  }

  #disk(draft: FaultDraft, victims: Victims, path: Path): FaultAction {
    const nodes = this.#nodes(victims, path, 'disk')
    for (const key of diskSettings) {
      if (draft[key] === false) {
        this.#problems.add([...path, key], `${key} of false changes nothing`)
      }
    }
    this.#refuseNothing(draft.factor, 1, [...path, 'factor'])
    return { kind: 'disk', nodes, fault: diskFault(draft) }
  }

  #link(draft: FaultDraft, path: Path): FaultAction {
    const everywhere = this.#names.nodes ?? []
    if (draft.link === undefined && everywhere.length === 1) {
      this.#problems.add(path, 'there is one node, and so no link that could differ')
    }
    const ends =
      draft.link === undefined
        ? { from: everywhere, to: everywhere, bothWays: false }
        : this.#ends(draft.link, path, 'link')
    this.#refuseNothing(draft.latency_factor, 1, [...path, 'latency_factor'])
    const settings: LinkSettings = {
      lossPpm: draft.loss ?? null,
      duplicatePpm: draft.duplicate ?? null,
      reorderPpm: draft.reorder ?? null,
      corruptPpm: draft.corrupt_payload ?? null,
      latency: draft.latency ?? null,
      latencyFactor: draft.latency_factor ?? null,
      bitsPerSecond: draft.bandwidth ?? null,
    }
    return { kind: 'link', ...ends, ...settings }
  }

  #ends(link: LinkDraft, path: Path, key: string): LinkEnds {
    const at = [...path, key]
    const from = nodesOf(link.from ?? none, [...at, 'from'], this.#names, this.#problems)
    const to = nodesOf(link.to ?? none, [...at, 'to'], this.#names, this.#problems)
    checkLeadsSomewhere(from, to, [...at, 'to'], this.#problems)
    const isKnown = link.from !== undefined && link.to !== undefined && !this.#problems.touch(...at)
    if (isKnown && (from.length === 0 || to.length === 0)) this.#problems.add(at, nobodyLeft)
    return { from, to, bothWays: link.both_ways ?? false }
  }

  #checkDisjoint(groups: readonly (readonly string[])[], pathOf: (group: number) => Path): void {
    const groupOf = new Map<string, number>()
    for (const [group, members] of groups.entries()) {
      for (const [index, member] of members.entries()) {
        const other = groupOf.get(member) ?? group
        groupOf.set(member, group)
        if (other === group) continue
        this.#problems.add([...pathOf(group), index], `${member} is on both sides`)
      }
    }
  }

  #checkSteps(periodMicros: number | undefined, path: Path): void {
    if (periodMicros === undefined || this.#problems.touch('duration')) return
    if (this.#durationMicros / periodMicros <= mostSteps) return
    const message = `${formatDuration(periodMicros)} is more than ${String(mostSteps)} times in the`
    this.#problems.add([...path, 'period'], `${message} duration: make it longer`)
  }

  #refuseNothing(value: number | undefined, idle: number, path: Path): void {
    if (value !== idle) return
    this.#problems.add(path, `${String(path[path.length - 1])} of ${String(idle)} changes nothing`)
  }
}

function diskFault(draft: FaultDraft): DiskFault {
  const { corrupt, misdirected, factor } = draft
  if (corrupt !== undefined) return { kind: 'corrupt', count: corrupt }
  if (misdirected !== undefined) return { kind: 'misdirected', count: misdirected }
  if (factor !== undefined) return { kind: 'slow', factor }
  for (const key of diskSettings) {
    if (key === 'corrupt' || key === 'misdirected' || key === 'factor') continue
    if (draft[key] !== undefined) return { kind: key }
  }
  // Nothing is given: that was said, and nothing will run.
  return { kind: 'stall' }
}

const none: Victims = { names: [] }

const nobodyLeft = 'nobody is left on the other side: it changes nothing'
