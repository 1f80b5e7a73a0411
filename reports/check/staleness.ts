/**
 * How old is what reads return? (Bailis et al., "Probabilistically bounded staleness", 2012.)
 *
 * k: how many newer versions had been committed when the read began. t-visibility: the probability that a read begun t after a
 * commit sees it, or something newer. Every ok read gives one sample: the newest write committed before it began, t since then,
 * and whether the read includes it. The curve shown is binned, with Wilson's confidence intervals; the quantiles come
 * from the samples themselves: the best fit that never falls with t (pool adjacent violators), which is the maximum
 * likelihood estimate of the delay's distribution when all one sees is "visible by now, or not".
 *
 * With version vectors a read includes a write if its vector covers the write's dot. Without, it misses a write if what it
 * returned was over before that write began.
 */
import { CausalityBuilder } from './causal.js'
import { groupByKey } from './group.js'
import type { Groups } from './group.js'
import { ABSENT, OK, READ } from './history.js'
import type { History } from './history.js'
import { sampleByOrder, sampleByVector } from './staleness/sample.js'
import type { Sample } from './staleness/sample.js'
import { quantiles, visibilityCurve } from './staleness/visibility.js'
import type { Counterexample, Finding, SeriesPoint } from './verdict.js'
import { counterexampleOf, endText, operationText, startText } from './words.js'

export interface StalenessOptions {
  /** By this time after its commit 99% of reads must see a write; null: nothing was asked. */
  readonly p99Micros: number | null
}

const examples = 3
/** Versions behind, beyond which reads are counted together. */
const mostVersions = 200

export const checkStaleness = (
  history: History,
  options: StalenessOptions,
  groups: Groups = groupByKey(history),
): Finding => {
  const gathered = gather(history, groups)
  if (gathered.samples.length === 0) {
    const summary = 'no read began after a commit of its key'
    return { ...blank, verdict: 'unknown', summary, figures: { reads: gathered.reads } }
  }
  return conclude(history, options, gathered)
}

const blank = { check: 'staleness', counterexamples: [] } as const

interface Gathered {
  reads: number
  readonly samples: Sample[]
  /** k -> reads. */
  readonly behind: Map<number, number>
}

const gather = (history: History, groups: Groups): Gathered => {
  const builder = new CausalityBuilder(history, groups)
  const gathered: Gathered = { reads: 0, samples: [], behind: new Map<number, number>() }
  const take = (sample: Sample): void => {
    gathered.reads++
    const k = Math.min(sample.behind, mostVersions)
    gathered.behind.set(k, (gathered.behind.get(k) ?? 0) + 1)
    if (sample.latest >= 0) gathered.samples.push(sample)
  }
  for (let key = 0; key < history.keys.length; key++) {
    const reads = groups.operations(key).filter((each) => isAnswered(history, each))
    if (reads.length === 0) continue
    const traced = reads.some((read) => history.vectorCount[read] !== ABSENT)
    if (traced) sampleByVector(history, groups, builder.build(key), take)
    else sampleByOrder(history, groups, key, take)
  }
  return gathered
}

const isAnswered = (history: History, operation: number): boolean =>
  history.kind[operation] === READ && history.outcome[operation] === OK

const conclude = (
  history: History,
  { p99Micros }: StalenessOptions,
  { reads, samples, behind }: Gathered,
): Finding => {
  samples.sort((a, b) => a.ageMicros - b.ageMicros)
  const stale = samples.filter((sample) => sample.behind > 0)
  const [t99, t999] = quantiles(samples, [0.99, 0.999])
  const missed = stale.filter((sample) => !sample.sees)
  const figures: Record<string, number> = { reads, staleReads: stale.length }
  figures['maxVersionsBehind'] = stale.reduce((most, sample) => Math.max(most, sample.behind), 0)
  figures['maxStaleMicros'] = stale.reduce(
    (most, { staleMicros }) => Math.max(most, staleMicros),
    0,
  )
  if (t99 !== null && t99 !== undefined) figures['t99Micros'] = t99
  if (t999 !== null && t999 !== undefined) figures['t999Micros'] = t999
  const k = [...behind]
    .sort((a, b) => a[0] - b[0])
    .map(([versions, count]): SeriesPoint => ({ k: versions, reads: count }))
  const series = { k, visibility: visibilityCurve(samples) }
  const isLate = p99Micros !== null && (t99 === null || t99 === undefined || t99 > p99Micros)
  const worst = isLate ? late(missed, p99Micros) : []
  return {
    check: 'staleness',
    verdict: isLate ? 'violation' : 'ok',
    summary: summaryOf({ reads, stale: stale.length, t99: t99 ?? null, p99Micros }),
    figures,
    series,
    counterexamples: worst.map((sample) => exampleOf(history, sample)),
  }
}

/** Of the reads that missed a write although they began late enough, those that began latest. */
const late = (missed: readonly Sample[], p99Micros: number): readonly Sample[] =>
  missed
    .filter((sample) => sample.ageMicros >= p99Micros)
    .slice(-examples)
    .reverse()

const exampleOf = (history: History, { read, latest, ageMicros }: Sample): Counterexample =>
  counterexampleOf(
    history,
    [latest, read],
    `${operationText(history, latest)} was acknowledged at ${endText(history, latest)}; ${operationText(history, read)}, begun ${millis(ageMicros)} later at ${startText(history, read)}, does not include it.`,
  )

const millis = (micros: number): string => `${(micros / 1000).toFixed(1)} ms`

const summaryOf = (told: {
  readonly reads: number
  readonly stale: number
  readonly t99: number | null
  readonly p99Micros: number | null
}): string => {
  const share = `${String(told.stale)} of ${String(told.reads)} reads were stale`
  const reached =
    told.t99 === null
      ? '99% of reads never see a committed write'
      : `99% of reads see a write ${millis(told.t99)} after its commit`
  const asked = told.p99Micros === null ? '' : `; ${millis(told.p99Micros)} asked`
  return `${share}; ${reached}${asked}`
}
