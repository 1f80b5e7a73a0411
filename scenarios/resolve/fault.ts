/**
 * Faults, one at a time: a trigger, an action, the details that belong to it, and names that
 * exist.
 */
import type { Draft, Problems } from '../decode.js'
import type { FaultAction, FaultModel, FaultTrigger, Latency } from '../model.js'
import type { fault } from '../schema/fault.js'
import type { Path } from '../source.js'
import { formatDuration } from '../unit.js'
import { checkNames, type Names } from './name.js'
import { checkLeadsSomewhere } from './network.js'

type FaultDraft = Draft<typeof fault>

/** The most that all `every` together may fire: beyond it a run is nothing but faults. */
const mostFirings = 10_000

export class FaultResolver {
  readonly #names: Names
  readonly #durationMicros: number
  readonly #problems: Problems
  #firings = 0

  constructor(names: Names, durationMicros: number, problems: Problems) {
    this.#names = names
    this.#durationMicros = durationMicros
    this.#problems = problems
  }

  resolve(draft: FaultDraft, index: number): FaultModel {
    const path: Path = ['faults', index]
    const soundBefore = !this.#problems.touch(...path)
    if (soundBefore) this.#checkCombination(draft, path)
    const model: FaultModel = {
      trigger: this.#trigger(draft, path),
      duration: draft.for ?? null,
      action: this.#action(draft, path),
      pick: (draft.pick ?? []).filter((kind) => kind !== undefined),
      line: this.#problems.lineOf(path),
    }
    this.#checkTimes(draft, path)
    this.#checkPick(model, path)
    return model
  }

  #checkCombination(draft: FaultDraft, path: Path): void {
    this.#checkOneOf(draft, ['at', 'when', 'every'], 'when does it start?', path)
    const actions = ['partition', 'crash', 'pause', 'slow', 'clock', 'pick'] as const
    const links = linkSettings.filter((key) => draft[key] !== undefined)
    const given = [...actions.filter((key) => draft[key] !== undefined), ...links.slice(0, 1)]
    if (given.length === 0) {
      const all = [...actions.filter((key) => key !== 'pick'), ...linkSettings].join(', ')
      this.#problems.add(path, `what goes wrong? Give one of ${all}`)
    }
    if (given.length > 1) {
      this.#problems.add(path, `${given.join(' and ')}: one fault does one thing; write two faults`)
    }
    this.#belongs(draft, 'factor', 'slow', path)
    this.#belongs(draft, 'jump', 'clock', path)
    this.#belongs(draft, 'pick', 'every', path)
    this.#needs(draft, 'slow', 'factor', 'how many times slower', path)
    this.#needs(draft, 'clock', 'jump', 'how far, for example 2m or -2m', path)
    this.#needs(draft, 'every', 'for', 'how long each lasts', path)
    if (draft.link !== undefined && links.length === 0) {
      const message = `link needs one of ${linkSettings.join(', ')}`
      const other = 'to cut it, use partition: { from, to }'
      this.#problems.add([...path, 'link'], `${message}; ${other}`, 'key')
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

  #belongs(draft: FaultDraft, key: keyof FaultDraft, to: keyof FaultDraft, path: Path): void {
    if (draft[key] === undefined || draft[to] !== undefined) return
    this.#problems.add([...path, key], `${key} belongs to ${to}, which is not here`, 'key')
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

  #trigger(draft: FaultDraft, path: Path): FaultTrigger {
    if (draft.every !== undefined) return { kind: 'every', everyMicros: draft.every }
    const { node, acked } = draft.when ?? {}
    if (node === undefined || acked === undefined) return { kind: 'at', atMicros: draft.at ?? 0 }
    checkNames([node], [...path, 'when', 'node'], this.#names, this.#problems)
    return { kind: 'when_acked', node, count: acked }
  }

  #action(draft: FaultDraft, path: Path): FaultAction | null {
    if (draft.partition !== undefined) return this.#partition(draft.partition, path)
    if (draft.crash !== undefined)
      return { kind: 'crash', nodes: this.#nodes(draft.crash, path, 'crash') }
    if (draft.pause !== undefined)
      return { kind: 'pause', nodes: this.#nodes(draft.pause, path, 'pause') }
    if (draft.slow !== undefined) {
      return {
        kind: 'slow',
        nodes: this.#nodes(draft.slow, path, 'slow'),
        factor: draft.factor ?? 1,
      }
    }
    if (draft.clock !== undefined) {
      const nodes = this.#nodes(draft.clock, path, 'clock')
      return { kind: 'clock_jump', nodes, byMicros: draft.jump ?? 0 }
    }
    return linkSettings.some((key) => draft[key] !== undefined) ? this.#link(draft, path) : null
  }

  #nodes(list: readonly string[], path: Path, key: string): readonly string[] {
    checkNames(list, [...path, key], this.#names, this.#problems)
    return list
  }

  #partition(given: NonNullable<FaultDraft['partition']>, path: Path): FaultAction {
    const at = [...path, 'partition']
    if ('from' in given) {
      const { from, to } = given
      checkNames(from, [...at, 'from'], this.#names, this.#problems, true)
      checkNames(to, [...at, 'to'], this.#names, this.#problems, true)
      this.#checkDisjoint([from, to], (side) => [...at, side === 0 ? 'from' : 'to'])
      return { kind: 'partition_one_way', from, to }
    }
    for (const [index, group] of given.groups.entries()) {
      checkNames(group, [...at, index], this.#names, this.#problems, true)
    }
    this.#checkDisjoint(given.groups, (index) => [...at, index])
    return { kind: 'partition', groups: given.groups }
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

  #link(draft: FaultDraft, path: Path): FaultAction {
    const everywhere = this.#names.nodes ?? []
    const from = draft.link?.from ?? everywhere
    const to = draft.link?.to ?? everywhere
    if (draft.link !== undefined) {
      checkNames(from, [...path, 'link', 'from'], this.#names, this.#problems)
      checkNames(to, [...path, 'link', 'to'], this.#names, this.#problems)
      checkLeadsSomewhere(from, to, [...path, 'link', 'to'], this.#problems)
    }
    return {
      kind: 'link',
      from,
      to,
      bothWays: draft.link?.both_ways ?? false,
      lossPpm: draft.loss ?? null,
      duplicatePpm: draft.duplicate ?? null,
      reorderPpm: draft.reorder ?? null,
      latency: draft.latency ?? null,
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
      const least = kind === 'partition' ? 2 : kind === 'crash' ? 3 : 1
      if (nodes >= least) continue
      const why = kind === 'crash' ? 'only a minority is ever down' : 'there are no two sides'
      const message = `${kind} needs at least ${String(least)} nodes: ${why}`
      this.#problems.add([...path, 'pick', index], message)
    }
  }
}

const linkSettings = ['loss', 'duplicate', 'reorder', 'latency'] as const

/** Micros, or null for a distribution or nothing. */
export function constantOf(latency: Latency | null | undefined): number | null {
  return latency?.kind === 'constant' ? latency.micros : null
}
