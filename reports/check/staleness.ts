/**
 * How old is what reads return? (Bailis et al., "Probabilistically bounded staleness", 2012.)
 *
 * k: how many newer versions had been committed when the read began. t-visibility: the probability
 * that a read begun t after a commit sees it, or something newer. Every ok read gives one sample:
 * the newest write committed before it began, t since then, and whether the read includes it. The
 * curve shown is binned, with Wilson's confidence intervals; the quantiles come from the samples
 * themselves: the best fit that never falls with t (pool adjacent violators), which is the maximum
 * likelihood estimate of the delay's distribution when all one sees is "visible by now, or not".
 *
 * With version vectors a read includes a write if its vector covers the write's dot. Without, it
 * misses a write if what it returned was over before that write began.
 */
import { NumberColumn } from './column.js'
import { answersOf, isTold } from './history.js'
import type { History } from './history.js'
import { sampleByOrder, sampleByVector } from './staleness/sample.js'
import type { Sample } from './staleness/sample.js'
import { packSighting, quantiles, seldomSeen, visibilityCurve } from './staleness/visibility.js'
import type { Sightings } from './staleness/visibility.js'
import type { Subject } from './subject.js'
import type { Counterexample, Finding, SeriesPoint } from './verdict.js'
import { begun, counterexampleOf, plural, wasAcknowledged } from './words.js'

export interface StalenessOptions {
  /** By this time after its commit 99% of reads must see a write; null: nothing was asked. */
  readonly p99Micros: number | null
}

const examples = 3
/** Versions behind, beyond which reads are counted together. */
const mostVersions = 200

export const checkStaleness = (subject: Subject, options: StalenessOptions): Finding => {
  const gathered = gather(subject)
  if (gathered.sightings.length > 0) return conclude(subject.history, options, gathered)
  const figures = { reads: gathered.reads }
  const summary = 'no read began after a commit of its key'
  return { check: 'staleness', verdict: 'unknown', summary, figures, counterexamples: [] }
}

interface Gathered {
  reads: number
  /** Of every sample, ascending by age. */
  sightings: Sightings
  readonly stale: Sample[]
  /** k -> reads. */
  readonly behind: Map<number, number>
}

const gather = (subject: Subject): Gathered => {
  const { history, groups } = subject
  const packed = new NumberColumn(1024)
  const behind = new Map<number, number>()
  const stale: Sample[] = []
  let reads = 0
  const take = (sample: Sample): void => {
    reads++
    const k = Math.min(sample.behind, mostVersions)
    behind.set(k, (behind.get(k) ?? 0) + 1)
    if (sample.latest >= 0) packed.push(packSighting(sample.ageMicros, sample.sees))
    if (sample.behind > 0) stale.push(sample)
  }
  for (let key = 0; key < history.keys.length; key++) {
    const answered = answersOf(history, groups.operations(key), 'reads')
    if (answered.length === 0) continue
    const isTraced = isTold(history.vectorCount, answered)
    if (isTraced) sampleByVector(history, groups, subject.causality(key), take)
    else sampleByOrder(subject, key, take)
  }
  return { reads, sightings: packed.finish().sort(), stale, behind }
}

const conclude = (
  history: History,
  { p99Micros }: StalenessOptions,
  { reads, sightings, stale, behind }: Gathered,
): Finding => {
  const [t99 = null, t999 = null] = quantiles(sightings, [0.99, 0.999])
  const lateReads = t99 === null ? null : seldomSeen(sightings, t99)
  const isLate = p99Micros !== null && (t99 === null || t99 > p99Micros)
  let maxVersionsBehind = 0
  let maxStaleMicros = 0
  for (const { behind: versions, staleMicros } of stale) {
    maxVersionsBehind = Math.max(maxVersionsBehind, versions)
    maxStaleMicros = Math.max(maxStaleMicros, staleMicros)
  }
  const figures = {
    reads,
    staleReads: stale.length,
    maxVersionsBehind,
    maxStaleMicros,
    ...(t99 === null ? {} : { t99Micros: t99 }),
    ...(t999 === null ? {} : { t999Micros: t999 }),
  }
  const k = [...behind]
    .sort((a, b) => a[0] - b[0])
    .map(([versions, count]): SeriesPoint => ({ k: versions, reads: count }))
  return {
    check: 'staleness',
    verdict: isLate ? 'violation' : 'ok',
    summary: summaryOf({ reads, stale: stale.length, t99, lateReads, p99Micros }),
    figures,
    series: { k, visibility: visibilityCurve(sightings) },
    counterexamples: (isLate ? late(stale, p99Micros) : []).map((one) => exampleOf(history, one)),
  }
}

/** Of the reads that missed a write although they began late enough, those that began latest. */
const late = (stale: readonly Sample[], p99Micros: number): readonly Sample[] =>
  stale
    .filter((sample) => !sample.sees && sample.ageMicros >= p99Micros)
    .sort((a, b) => b.ageMicros - a.ageMicros)
    .slice(0, examples)

const exampleOf = (history: History, { read, latest, ageMicros }: Sample): Counterexample =>
  counterexampleOf(
    history,
    [latest, read],
    `${wasAcknowledged(history, latest)}; ${begun(history, read)}, ${millis(ageMicros)} later, ` +
      'does not include it.',
  )

const millis = (micros: number): string => `${(micros / 1000).toFixed(1)} ms`

const summaryOf = (told: {
  readonly reads: number
  readonly stale: number
  readonly t99: number | null
  /** How many reads began so long after a commit, if hardly any did. */
  readonly lateReads: number | null
  readonly p99Micros: number | null
}): string => {
  const share = `${String(told.stale)} of ${String(told.reads)} reads were stale`
  const reached =
    told.t99 === null
      ? '99% of reads never see a committed write'
      : `99% of reads see a write ${millis(told.t99)} after its commit`
  const few = told.lateReads === null ? '' : ` (a guess: ${plural(told.lateReads, 'read')} so late)`
  const asked = told.p99Micros === null ? '' : `; ${millis(told.p99Micros)} asked`
  return `${share}; ${reached}${few}${asked}`
}
