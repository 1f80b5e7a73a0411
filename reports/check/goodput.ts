/**
 * Useful throughput around an overload: good answers a second before, while and after a surge of
 * requests. Answers that come too late for their clients are none. An overload that outlives its
 * cause (a metastable failure, Bronson et al., HotOS 2021) is found by what is missing after it.
 */
import type { GoodputModel, WorkloadModel } from '../../scenarios/model.js'
import { FINAL, OK } from './history.js'
import type { History } from './history.js'
import type { Finding, SeriesPoint } from './verdict.js'

export interface GoodputOptions extends Pick<
  GoodputModel,
  'withinMicros' | 'minPpm' | 'duringPpm'
> {
  readonly surges: WorkloadModel['surges']
  /** When the clients stop. */
  readonly durationMicros: number
}

/** What is shorter says nothing of a rate. */
const shortestMicros = 1_000_000

interface Span {
  readonly fromMicros: number
  readonly toMicros: number
}

/** One surge; null: too short to say. */
interface Share {
  readonly label: string
  readonly during: number | null
  readonly after: number | null
  /**
   * By so many standard deviations of chance fewer answers come after it than are asked: what few
   * answers say of a rate may be chance.
   */
  readonly sigmas: number | null
}

/** How many good answers, in how long. */
interface Counted {
  readonly good: number
  readonly micros: number
}

export const checkGoodput = (history: History, options: GoodputOptions): Finding => {
  const [first] = options.surges
  if (first === undefined) return unknown('there is no surge')
  const counted = counts(history, { fromMicros: 0, toMicros: first.atMicros })
  if (counted === null || counted.good === 0) {
    return unknown('nothing was answered before the first surge: there is nothing to compare with')
  }
  const before = perSecond(counted)
  const shares = options.surges.map((_, index) => shareOf(history, options, index, counted))
  const during = least(shares.map((share) => share.during))
  const after = least(shares.map((share) => share.after))
  const figures = { beforePerSecond: before, during, after }
  const series = { surges: shares.map((share): SeriesPoint => ({ ...share })) }
  return { ...conclude(before, shares, options), figures, series }
}

const unknown = (summary: string): Finding => ({
  ...{ check: 'goodput', verdict: 'unknown', summary },
  ...{ figures: {}, counterexamples: [] },
})

function shareOf(
  history: History,
  { surges, withinMicros, durationMicros, minPpm }: GoodputOptions,
  index: number,
  before: Counted,
): Share {
  const { atMicros = 0, forMicros = 0 } = surges[index] ?? {}
  const endMicros = atMicros + forMicros
  const during = counts(history, { fromMicros: atMicros, toMicros: endMicros })
  const after = counts(history, {
    fromMicros: endMicros + withinMicros,
    toMicros: surges[index + 1]?.atMicros ?? durationMicros,
  })
  return {
    label: `surge at ${(atMicros / 1e6).toString()} s`,
    during: during === null ? null : perSecond(during) / perSecond(before),
    after: after === null ? null : perSecond(after) / perSecond(before),
    sigmas: after === null ? null : sigmasBelow(before, after, minPpm / 1e6),
  }
}

const perSecond = ({ good, micros }: Counted): number => (good * 1e6) / micros

/** Both counts are Poisson's; so many of the first are asked of the second. */
function sigmasBelow(before: Counted, after: Counted, share: number): number {
  const scale = (share * after.micros) / before.micros
  const asked = before.good * scale
  return (asked - after.good) / Math.sqrt(asked + asked * scale)
}

/** Null: too short a time to speak of a rate. */
function counts(history: History, { fromMicros, toMicros }: Span): Counted | null {
  if (toMicros - fromMicros < shortestMicros) return null
  let good = 0
  for (let operation = 0; operation < history.size; operation++) {
    if (history.kind[operation] === FINAL || history.outcome[operation] !== OK) continue
    const atMicros = (history.endNanos[operation] as number) / 1000
    if (atMicros >= fromMicros && atMicros < toMicros) good++
  }
  return { good, micros: toMicros - fromMicros }
}

const least = (shares: readonly (number | null)[]): number | null =>
  shares.reduce(
    (one, other) => (one === null || (other !== null && other < one) ? other : one),
    null,
  )

function conclude(
  before: number,
  shares: readonly Share[],
  { minPpm, duringPpm, withinMicros }: GoodputOptions,
): Pick<Finding, 'check' | 'verdict' | 'summary' | 'counterexamples'> {
  const base = { check: 'goodput', counterexamples: [] }
  const rate = `${before.toFixed(0)} good answers a second before it`
  const wait = `${(withinMicros / 1e6).toString()} s after its end`
  for (const { label, during, after } of shares) {
    if (after !== null && after * 1e6 < minPpm) {
      const summary = `${label}: ${percent(after)} of ${rate} from ${wait} on; ${percent(minPpm / 1e6)} asked`
      return { ...base, verdict: 'violation', summary }
    }
    if (during !== null && duringPpm !== null && during * 1e6 < duringPpm) {
      const summary = `${label}: ${percent(during)} of ${rate} while it lasts; ${percent(duringPpm / 1e6)} asked`
      return { ...base, verdict: 'violation', summary }
    }
  }
  const blind = shares.find(({ after }) => after === null)
  if (blind !== undefined) {
    const summary = `${blind.label}: less than a second is left from ${wait} on`
    return { ...base, verdict: 'unknown', summary }
  }
  const [worst] = shares.toSorted((a, b) => (a.after ?? 0) - (b.after ?? 0))
  const kept = worst?.during === null ? '' : `${percent(worst?.during ?? 0)} while it lasted, `
  const summary = `${String(worst?.label)}: ${kept}${percent(worst?.after ?? 0)} from ${wait} on, of ${rate}`
  return { ...base, verdict: 'ok', summary }
}

/** Rounded down. */
const percent = (share: number): string => `${(Math.floor(share * 1e3) / 10).toString()}%`
