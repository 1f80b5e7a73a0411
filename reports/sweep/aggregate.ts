/** The results of a sweep, over seeds: per variant, and the paired differences between variants. */
import { wilson } from '../check/staleness/visibility.js'
import { sweepFigures } from './model.js'
import type { SeedResult, Sweep, SweepFigure, Unit } from './model.js'
import { estimate } from './statistics.js'
import type { Estimate } from './statistics.js'

/** A share of seeds, with Wilson's 95% interval. */
export interface Share {
  readonly part: number
  readonly whole: number
  readonly low: number
  readonly high: number
}

export interface FigureRow {
  readonly figure: string
  readonly unit: Unit
  /** Null where no seed has the figure. */
  readonly estimate: Estimate | null
}

export interface VariantSummary {
  readonly name: string
  readonly seeds: number
  readonly ok: Share
  readonly violation: Share
  readonly unknown: Share
  /** Every expectation that any seed did not meet, the most frequent first. */
  readonly failures: readonly { readonly check: string; readonly share: Share }[]
  readonly figures: readonly FigureRow[]
}

/** The same seeds, one variant against the first: positive is more than in the first. */
export interface Paired {
  readonly name: string
  readonly against: string
  readonly pairs: number
  /** Seeds that fail in one of the two only. */
  readonly failsHereOnly: number
  readonly failsThereOnly: number
  readonly figures: readonly FigureRow[]
}

export interface SweepSummary {
  readonly variants: readonly VariantSummary[]
  readonly paired: readonly Paired[]
}

export function summarize({
  variants,
  results,
}: Pick<Sweep, 'variants' | 'results'>): SweepSummary {
  const byVariant = variants.map((): SeedResult[] => [])
  for (const result of results) byVariant[result.variant]?.push(result)
  const first = byVariant[0] ?? []
  const names = variants.map(({ name }) => name)
  return {
    variants: byVariant.map((own, index) => summaryOf(names[index] ?? '', own)),
    paired: byVariant
      .map((own, index) => pairedOf(names[index] ?? '', own, names[0] ?? '', first))
      .slice(1),
  }
}

function summaryOf(name: string, results: readonly SeedResult[]): VariantSummary {
  const seeds = results.length
  const having = (verdict: SeedResult['verdict']): Share =>
    share(results.filter((result) => result.verdict === verdict).length, seeds)
  const counts = new Map<string, number>()
  for (const { failed } of results) {
    for (const { check } of failed) counts.set(check, (counts.get(check) ?? 0) + 1)
  }
  const failures = [...counts]
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([check, count]) => ({ check, share: share(count, seeds) }))
  const figures = sweepFigures.map((figure) => row(figure, results.map(figure.of)))
  const [ok, violation, unknown] = [having('ok'), having('violation'), having('unknown')]
  return { name, seeds, ok, violation, unknown, failures, figures }
}

function pairedOf(
  name: string,
  own: readonly SeedResult[],
  against: string,
  first: readonly SeedResult[],
): Paired {
  const bySeed = new Map(first.map((result) => [result.seed, result]))
  const pairs: { readonly here: SeedResult; readonly there: SeedResult }[] = []
  for (const here of own) {
    const there = bySeed.get(here.seed)
    if (there !== undefined) pairs.push({ here, there })
  }
  const only = (fails: 'here' | 'there', holds: 'here' | 'there'): number =>
    pairs.filter(
      (pair) => pair[fails].verdict === 'violation' && pair[holds].verdict !== 'violation',
    ).length
  const figures = sweepFigures.map((figure) =>
    row(
      figure,
      pairs.map(({ here, there }) => {
        const [now, before] = [figure.of(here), figure.of(there)]
        return now === null || before === null ? null : now - before
      }),
    ),
  )
  return {
    name,
    against,
    pairs: pairs.length,
    failsHereOnly: only('here', 'there'),
    failsThereOnly: only('there', 'here'),
    figures,
  }
}

const row = ({ name, unit }: SweepFigure, values: readonly (number | null)[]): FigureRow => ({
  figure: name,
  unit,
  estimate: estimate(values.filter((value) => value !== null)),
})

/** The ends are exact, where Wilson's formula stops a rounding error short of them. */
const share = (part: number, whole: number): Share => {
  if (whole === 0) return { part, whole, low: 0, high: 1 }
  const { low, high } = wilson(part, whole)
  return { part, whole, low: part === 0 ? 0 : low, high: part === whole ? 1 : high }
}
