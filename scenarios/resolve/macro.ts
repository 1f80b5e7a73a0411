/** A macro as it stands in the file: what it may be told, and the plain faults that it becomes. */
import type { Problems } from '../decode.js'
import { expandMacro, type MacroName, type Piece } from '../macro.js'
import type { Path } from '../source.js'
import type { FaultDraft } from './action.js'
import type { Names } from './name.js'
import { nodesOf } from './victim.js'

/** Which settings a macro listens to, beside `at` and `for`; `every` stands for `at`. */
const listens: Readonly<Record<MacroName, readonly Setting[]>> = {
  rolling_restart: ['nodes', 'gap'],
  rolling_pause: ['nodes', 'gap'],
  rolling_partition: ['nodes', 'gap'],
  cascading_crash: ['nodes', 'gap'],
  flapping_partition: ['nodes', 'gap', 'times'],
  split_brain: [],
  power_cut: ['nodes'],
  zone_outage: ['nodes'],
  gray_failure: ['nodes'],
  bad_network: [],
  clock_chaos: ['nodes'],
  nemesis: ['every'],
}

type Setting = 'nodes' | 'gap' | 'times' | 'every'

/** What every macro has. */
const others: readonly string[] = ['macro', 'at', 'for']

export class MacroResolver {
  readonly #names: Names
  readonly #problems: Problems

  constructor(names: Names, problems: Problems) {
    this.#names = names
    this.#problems = problems
  }

  expand(draft: FaultDraft, macro: MacroName, path: Path): readonly Piece[] {
    const before = this.#problems.count
    this.#checkSettings(draft, macro, path)
    const { nodes: all, zones } = this.#names
    const nodes =
      draft.nodes === undefined
        ? null
        : nodesOf(draft.nodes, [...path, 'nodes'], this.#names, this.#problems)
    if (all === null || this.#problems.count > before || this.#problems.touch(...path)) return []
    const told = {
      atMicros: draft.at ?? 0,
      forMicros: draft.for?.kind === 'constant' ? draft.for.micros : null,
      gapMicros: draft.gap ?? null,
      everyMicros: draft.every ?? null,
      times: draft.times ?? null,
      nodes,
    }
    return expandMacro(macro, told, { nodes: all, zones: [...zones.values()] })
  }

  #checkSettings(draft: FaultDraft, macro: MacroName, path: Path): void {
    const heard: readonly string[] = listens[macro]
    const starting = macro === 'nemesis' ? [] : ['at']
    const given = Object.entries(draft).filter(([, value]) => value !== undefined)
    for (const [key] of given) {
      if (others.includes(key) || heard.includes(key)) continue
      if (macro === 'nemesis' && key === 'at') continue
      const known = [...starting, 'for', ...heard].join(', ')
      this.#problems.add([...path, key], `${key} means nothing to ${macro}: it has ${known}`, 'key')
    }
    const starts = macro === 'nemesis' ? 'every' : 'at'
    if (macro === 'nemesis' && draft.at !== undefined) {
      this.#problems.add([...path, 'at'], 'nemesis goes on all the time: give every', 'key')
    } else if (starts === 'at' && draft.at === undefined && !this.#problems.touch(...path, 'at')) {
      this.#problems.add(path, `${macro} needs at: when does it start?`)
    }
    if (draft.for !== undefined && draft.for.kind !== 'constant') {
      this.#problems.add([...path, 'for'], `${macro} needs a plain duration, such as 3s`)
    }
  }
}
