/**
 * Faults, one at a time: a trigger, an action, the details that belong to it, and names that
 * exist.
 */
import { needsNodes } from '../chance.js'
import type { Problems } from '../decode.js'
import { type FaultModel, type FaultTrigger, type Latency } from '../model.js'
import type { Path } from '../source.js'
import { formatDuration } from '../unit.js'
import {
  ActionResolver,
  clockSettings,
  diskSettings,
  type FaultDraft,
  linkSettings,
} from './action.js'
import { MacroResolver } from './macro.js'
import { checkNames, type Names } from './name.js'

/** The most that all `every` together may fire: beyond it a run is nothing but faults. */
const mostFirings = 10_000

const actions = [
  'partition',
  'bridge',
  'majorities_ring',
  'clog',
  'swizzle',
  'crash',
  'crash_loop',
  'pause',
  'slow',
  'clock',
  'disk',
  'pick',
] as const

const milestones = ['acked', 'hints', 'operations', 'started', 'ended'] as const

export class FaultResolver {
  readonly #names: Names
  readonly #durationMicros: number
  readonly #problems: Problems
  readonly #actions: ActionResolver
  readonly #macros: MacroResolver
  #firings = 0

  constructor(names: Names, durationMicros: number, problems: Problems) {
    this.#names = names
    this.#durationMicros = durationMicros
    this.#problems = problems
    this.#actions = new ActionResolver(names, durationMicros, problems)
    this.#macros = new MacroResolver(names, problems)
  }

  /** A macro becomes several; nothing after this knows of it. */
  resolve(draft: FaultDraft, index: number): readonly FaultModel[] {
    const path: Path = ['faults', index]
    if (draft.macro === undefined) {
      for (const key of ['nodes', 'gap', 'times'] as const) {
        this.#belongs(draft, key, ['macro'], path)
      }
      return [this.#one(draft, path)]
    }
    const pieces = this.#macros.expand(draft, draft.macro, path)
    const before = this.#problems.count
    return pieces.flatMap((piece) => {
      // What is wrong with one is mostly wrong with all: the first says it.
      return this.#problems.count > before ? [] : [this.#one(piece, path)]
    })
  }

  #one(draft: FaultDraft, path: Path): FaultModel {
    const soundBefore = !this.#problems.touch(...path)
    if (soundBefore) this.#checkCombination(draft, path)
    const model: FaultModel = {
      name: draft.name ?? null,
      trigger: this.#trigger(draft, path, soundBefore),
      duration: draft.for ?? null,
      action: this.#actions.resolve(draft, path),
      pick: (draft.pick ?? []).filter((kind) => kind !== undefined),
      line: this.#problems.lineOf(path),
    }
    this.#checkTimes(draft, path)
    this.#checkPick(model, path)
    return model
  }

  #checkCombination(draft: FaultDraft, path: Path): void {
    this.#checkOneOf(draft, ['at', 'when', 'every'], 'when does it start?', path)
    const links = linkSettings.filter((key) => draft[key] !== undefined)
    const given = [...actions.filter((key) => draft[key] !== undefined), ...links.slice(0, 1)]
    if (given.length === 0) {
      const plain = actions.filter((key) => key !== 'pick')
      const all = [...plain, ...linkSettings, 'macro'].join(', ')
      this.#problems.add(path, `what goes wrong? Give one of ${all}`)
    }
    if (given.length > 1) {
      this.#problems.add(path, `${given.join(' and ')}: one fault does one thing; write two faults`)
    }
    this.#checkDetails(draft, path)
    if (draft.link !== undefined && links.length === 0) {
      const message = `link needs one of ${linkSettings.join(', ')}`
      const other = 'to cut it, use partition: { from, to }'
      this.#problems.add([...path, 'link'], `${message}; ${other}`, 'key')
    }
  }

  #checkDetails(draft: FaultDraft, path: Path): void {
    this.#belongs(draft, 'factor', ['slow', 'disk'], path)
    this.#checkDisk(draft, path)
    this.#belongs(draft, 'sides', ['bridge'], path)
    this.#belongs(draft, 'period', ['crash_loop', 'strobe'], path)
    this.#belongs(draft, 'up', ['crash_loop'], path)
    this.#belongs(draft, 'pick', ['every'], path)
    for (const key of clockSettings) this.#belongs(draft, key, ['clock'], path)
    this.#needs(draft, 'slow', 'factor', 'how many times slower', path)
    this.#needs(draft, 'crash_loop', 'period', 'from crash to crash, for example 2s', path)
    this.#needs(draft, 'crash_loop', 'up', 'how long before the next crash', path)
    this.#needs(draft, 'strobe', 'period', 'from jump to jump, for example 20ms', path)
    this.#needs(draft, 'every', 'for', 'how long each lasts', path)
    const clocks = clockSettings.filter((key) => draft[key] !== undefined)
    if (draft.clock !== undefined && clocks.length === 0) {
      this.#problems.add([...path, 'clock'], clockNeeds, 'key')
    }
    if (draft.clock !== undefined && clocks.length > 1) {
      this.#problems.add(
        path,
        `${clocks.join(' and ')}: one fault does one thing; write two faults`,
      )
    }
  }

  #checkDisk(draft: FaultDraft, path: Path): void {
    const given = diskSettings.filter((key) => draft[key] !== undefined)
    for (const key of diskSettings) {
      if (key !== 'factor') this.#belongs(draft, key, ['disk'], path)
    }
    if (draft.disk === undefined) return
    if (given.length === 0) {
      const all = diskSettings.join(', ')
      this.#problems.add([...path, 'disk'], `disk needs one of ${all}`, 'key')
    } else if (given.length > 1) {
      const message = `${given.join(' and ')}: one fault does one thing; write two faults`
      this.#problems.add(path, message)
    }
  }

  #checkOneOf(
    draft: FaultDraft,
    keys: readonly (keyof FaultDraft)[],
    ask: string,
    path: Path,
  ): void {
    const given = keys.filter((key) => draft[key] !== undefined)
    if (given.length === 1) return
    const message =
      given.length === 0
        ? `${ask} Give one of ${keys.join(', ')}`
        : `${given.join(' and ')}: only one of them can hold`
    this.#problems.add(path, message)
  }

  #belongs(
    draft: FaultDraft,
    key: keyof FaultDraft,
    to: readonly (keyof FaultDraft)[],
    path: Path,
  ): void {
    if (draft[key] === undefined || to.some((owner) => draft[owner] !== undefined)) return
    this.#problems.add([...path, key], `${key} belongs to ${to.join(' or ')}`, 'key')
  }

  #needs(
    draft: FaultDraft,
    key: keyof FaultDraft,
    other: keyof FaultDraft,
    what: string,
    path: Path,
  ): void {
    if (draft[key] === undefined || draft[other] !== undefined) return
    this.#problems.add([...path, key], `${key} needs ${other}: ${what}`, 'key')
  }

  #trigger(draft: FaultDraft, path: Path, sound: boolean): FaultTrigger {
    if (draft.every !== undefined) return { kind: 'every', everyMicros: draft.every }
    if (draft.when === undefined) return { kind: 'at', atMicros: draft.at ?? 0 }
    const { node, acked, hints, operations, started, ended, after } = draft.when
    if (sound) this.#checkMilestone(draft.when, [...path, 'when'])
    if (node !== undefined) {
      checkNames([node], [...path, 'when', 'node'], this.#names, this.#problems)
    }
    if (acked !== undefined) return { kind: 'when_acked', node: node ?? '', count: acked }
    if (hints !== undefined) return { kind: 'when_hints', node: node ?? '', count: hints }
    if (operations !== undefined) return { kind: 'when_operations', count: operations }
    const edge = started === undefined ? 'ended' : 'started'
    return { kind: 'when_fault', name: started ?? ended ?? '', edge, afterMicros: after ?? 0 }
  }

  #checkMilestone(when: NonNullable<FaultDraft['when']>, path: Path): void {
    const given = milestones.filter((key) => when[key] !== undefined)
    if (given.length === 0) {
      this.#problems.add(path, `what must happen? Give one of ${milestones.join(', ')}`)
    } else if (given.length > 1) {
      this.#problems.add(path, `${given.join(' and ')}: only one of them can hold`)
    }
    const ofNode = when.acked !== undefined || when.hints !== undefined
    const ofFault = when.started !== undefined || when.ended !== undefined
    if (ofNode && when.node === undefined) {
      this.#problems.add(path, `${given.join(' and ')} needs node: whose?`)
    }
    if (!ofNode && when.node !== undefined && given.length > 0) {
      this.#problems.add([...path, 'node'], 'node belongs to acked or hints', 'key')
    }
    if (!ofFault && when.after !== undefined && given.length > 0) {
      this.#problems.add([...path, 'after'], 'after belongs to started or ended', 'key')
    }
  }

  #checkTimes(draft: FaultDraft, path: Path): void {
    const duration = constantOf(draft.for)
    if (duration === 0) this.#problems.add([...path, 'for'], 'must be longer than nothing')
    if (this.#problems.touch('duration')) return
    const end = `the duration (${formatDuration(this.#durationMicros)})`
    const { at, every } = draft
    if (at !== undefined && at >= this.#durationMicros) {
      this.#problems.add([...path, 'at'], `starts after ${end}: everything is healed then`)
    } else if (at !== undefined && duration !== null && at + duration > this.#durationMicros) {
      const message = `lasts until ${formatDuration(at + duration)}, past the end of ${end}`
      this.#problems.add(
        [...path, 'for'],
        `${message}: shorten it, or leave it out to last until the end`,
      )
    }
    if (every === undefined || this.#firings > mostFirings) return
    this.#firings += this.#durationMicros / every
    if (this.#firings <= mostFirings) return
    const message = `random faults would fire more than ${String(mostFirings)} times in ${end}`
    this.#problems.add([...path, 'every'], `${message}: make it longer`)
  }

  #checkPick({ pick, trigger }: FaultModel, path: Path): void {
    const nodes = this.#names.nodes?.length
    if (nodes === undefined || trigger.kind !== 'every') return
    for (const [index, kind] of pick.entries()) {
      const { least, why } = needsNodes(kind)
      if (nodes >= least) continue
      const message = `${kind} needs at least ${String(least)} nodes: ${why}`
      this.#problems.add([...path, 'pick', index], message)
    }
  }
}

const clockNeeds =
  'clock needs jump, offset, drift_ppm or strobe: what is wrong with it, for example jump: 2m'

/** Micros, or null for a distribution or nothing. */
export function constantOf(latency: Latency | null | undefined): number | null {
  return latency?.kind === 'constant' ? latency.micros : null
}
