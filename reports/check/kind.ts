/**
 * In which ways a check found the run wrong. Two runs fail alike if they share one: a value that
 * vanished is another failure than one that came back, though both are of siblings.
 */
import type { Finding, SeriesPoint } from './verdict.js'

/** Empty where nothing is wrong. The one with most cases first. */
export const kindsOf = ({ check, verdict, figures, series }: Finding): readonly string[] => {
  if (verdict !== 'violation') return []
  if (check === 'siblings') {
    const faults = Object.entries(figures).filter(
      ([name, count]) => !totals.has(name) && count !== null && count > 0,
    )
    return faults.sort(([, few], [, many]) => (many ?? 0) - (few ?? 0)).map(([name]) => name)
  }
  if (check === 'goodput') {
    const isLasting = (series?.['surges'] ?? []).some(isLastingLoss)
    return isLasting ? ['lasting', 'goodput'] : ['goodput']
  }
  if (check === 'convergence') {
    if ((figures['divergentKeys'] ?? 0) > 0) return ['divergent']
    return figures['convergedAfterMicros'] === null ? ['unfinished'] : ['late']
  }
  return [check]
}

/** Most of the answers do not come back after a surge, and that is no chance of a small sample. */
const isLastingLoss = ({ after, sigmas }: SeriesPoint): boolean =>
  typeof after === 'number' && after <= 0.5 && typeof sigmas === 'number' && sigmas >= 5

/** Figures of the sibling check that are no faults. */
const totals: ReadonlySet<string> = new Set(['states', 'mostSiblings', 'violations'])
