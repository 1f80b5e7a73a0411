/** The results of rounds that take turns, and their medians side by side. */
import type { Result } from './load.js'
import type { SystemName } from './system.js'

export class Rounds {
  readonly #what: string
  readonly #results = new Map<SystemName, Result[]>()

  constructor(what: string) {
    this.#what = what
  }

  add(name: SystemName, result: Result): void {
    this.#results.set(name, [...(this.#results.get(name) ?? []), result])
  }

  /** A row of ours beside that one. */
  line(other: SystemName): string {
    const both = [other, 'ours'] as const
    const cell = (name: SystemName, fields: readonly (keyof Result)[], digits: number): string =>
      fields.map((field) => this.#median(name, field).toFixed(digits)).join(', ')
    const rates = both.map((name) => this.#median(name, 'perSecond'))
    return row([
      this.#what,
      ...rates.map(show),
      this.#ratio(other).toFixed(2),
      both.map((name) => cell(name, ['processorMicros'], 0)).join(', '),
      ...both.map((name) => cell(name, ['p50Millis', 'p99Millis'], 1)),
    ])
  }

  /** Of each round, and of those the median: what comes and goes on the machine hits both alike. */
  #ratio(other: SystemName): number {
    const ours = this.#results.get('ours') ?? []
    const theirs = this.#results.get(other) ?? []
    return middle(ours.map(({ perSecond }, i) => perSecond / (theirs[i]?.perSecond ?? 0)))
  }

  #median(name: SystemName, field: keyof Result): number {
    return middle((this.#results.get(name) ?? []).map((each) => each[field] ?? 0))
  }
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}

export const headOf = (other: SystemName): readonly string[] =>
  table(
    ...['', `${other} a second`, 'ours', 'ratio', `processor us, ${other}, ours`],
    ...[`p50, p99 ms, ${other}`, 'ours'],
  )

/** The head of a table, and the line below it. */
export const table = (...names: readonly string[]): readonly string[] => [
  row(names),
  `|${names.map(() => '---|').join('')}`,
]

export const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

export const show = (perSecond: number): string => Math.round(perSecond).toLocaleString('en')
