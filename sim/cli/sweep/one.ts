/** One seed of a sweep: run and judged in memory, down to the few figures that a sweep keeps. */
import { AssertionError } from '../../../core/assert.js'
import { Histogram } from '../../../reports/aggregate/histogram.js'
import { FINAL, OK, READ } from '../../../reports/check/history.js'
import type { History } from '../../../reports/check/history.js'
import { checkRun } from '../../../reports/check/index.js'
import type { VerdictFile } from '../../../reports/check/verdict.js'
import type { RunFile } from '../../../reports/load.js'
import type { SeedResult } from '../../../reports/sweep/model.js'
import type { Scenario } from '../../../scenarios/model.js'
import { World } from '../../world.js'
import { inMemory } from '../memory.js'
import { runFile } from '../runfile.js'

/** A seed whose run breaks an assertion is a finding like any other: it does not end the sweep. */
export function runSeed(scenario: Scenario, variant: number): SeedResult {
  const startedMillis = performance.now()
  const memory = inMemory()
  const world = new World({ scenario, sink: memory.sink })
  try {
    while (world.advance(1_000_000));
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    return broken(world, variant, error, startedMillis)
  }
  const run = runFile(world, { file: '', command: '', wallMillis: 0, interrupted: false })
  const built = memory.finish()
  const verdict = checkRun({ history: built, run })
  return {
    ...headOf(world, variant),
    ...verdictOf(verdict),
    ...latenciesOf(built),
    availability: figureOf(verdict, 'availability', 'availability'),
    staleP99Micros: figureOf(verdict, 'staleness', 't99Micros'),
    recoveryMicros: recoveryOf(run),
    wallMillis: Math.round(performance.now() - startedMillis),
  }
}

type Head = Pick<
  SeedResult,
  'variant' | 'seed' | 'traceHash' | 'events' | 'operations' | 'ok' | 'fail' | 'info'
>

function headOf(world: World, variant: number): Head {
  const { traceHash, events } = world.report
  return { variant, seed: world.scenario.seed, traceHash, events, ...world.recorder.counts }
}

function verdictOf(file: VerdictFile): Pick<SeedResult, 'verdict' | 'failed' | 'undecided'> {
  const failed = file.checks.filter(({ met }) => met === false)
  const undecided = file.checks.filter(
    ({ expected, verdict }) => expected !== null && verdict === 'unknown',
  )
  return {
    verdict: file.verdict,
    failed: failed.map(({ check, summary }) => ({ check, summary })),
    undecided: undecided.map(({ check }) => check),
  }
}

function broken(world: World, variant: number, error: Error, startedMillis: number): SeedResult {
  return {
    ...headOf(world, variant),
    verdict: 'violation',
    failed: [{ check: 'invariant', summary: error.message }],
    undecided: [],
    availability: null,
    readP99Micros: null,
    writeP99Micros: null,
    staleP99Micros: null,
    recoveryMicros: null,
    wallMillis: Math.round(performance.now() - startedMillis),
  }
}

const figureOf = ({ checks }: VerdictFile, check: string, figure: string): number | null =>
  checks.find((one) => one.check === check)?.figures[figure] ?? null

/** The same buckets as in summary.csv, so that the two agree to the last digit. */
function latenciesOf(history: History): Pick<SeedResult, 'readP99Micros' | 'writeP99Micros'> {
  const reads = new Histogram()
  const writes = new Histogram()
  for (let row = 0; row < history.size; row++) {
    if (history.kind[row] === FINAL || history.outcome[row] !== OK) continue
    const nanos = (history.endNanos[row] as number) - (history.startNanos[row] as number)
    const latencies = history.kind[row] === READ ? reads : writes
    latencies.add(Math.max(0, Math.round(nanos / 1000)))
  }
  return { readP99Micros: reads.quantile(0.99), writeP99Micros: writes.quantile(0.99) }
}

/** Null if it was not whole again after some fault, or at the end. */
function recoveryOf(run: RunFile): number | null {
  const { healedAtMicros, convergedAtMicros, recoveries } = run
  let longest = 0
  for (const one of [{ healedAtMicros, convergedAtMicros }, ...recoveries]) {
    if (one.healedAtMicros === null || one.convergedAtMicros === null) return null
    longest = Math.max(longest, one.convergedAtMicros - one.healedAtMicros)
  }
  return longest
}
