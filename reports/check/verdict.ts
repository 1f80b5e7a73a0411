/** What a check answers: an entry of verdict.json (docs/results.md). */
import type { Expected } from '../../scenarios/model.js'

/**
 * `unknown`: a stated limit of steps or memory was reached, or the history lacks what the check
 * needs.
 */
export type Verdict = 'ok' | 'violation' | 'unknown'

/** The smallest piece of the history that shows a violation. */
export interface Counterexample {
  /** Without its bucket, as in messages.jsonl. */
  readonly key: string
  /** The span of the events below, for the space-time diagram. */
  readonly fromMicros: number
  readonly toMicros: number
  /** One or two sentences that name sessions, keys, values and times. */
  readonly explanation: string
  /** Line numbers of the history, from 0, ascending. */
  readonly events: readonly number[]
}

/** A point of a curve; which fields there are depends on the series. */
export type SeriesPoint = Readonly<Record<string, number | string | null>>

/** A verdict without what the scenario wished. */
export interface Finding {
  readonly check: string
  readonly verdict: Verdict
  readonly summary: string
  readonly figures: Readonly<Record<string, number | null>>
  readonly counterexamples: readonly Counterexample[]
  readonly series?: Readonly<Record<string, readonly SeriesPoint[]>>
  /** Lines as they stand: what those involved hold, what happened last. */
  readonly details?: readonly string[]
}

export interface Check extends Finding {
  /** null: the scenario asks nothing of it; it is shown and fails nothing. */
  readonly expected: 'ok' | 'violation' | null
  /** null: unknown, or not asked. */
  readonly met: boolean | null
}

export interface VerdictFile {
  readonly verdict: Verdict
  readonly checks: readonly Check[]
}

export const withExpectation = (finding: Finding, wished: Expected | null): Check => {
  const expected: Check['expected'] = wished === true ? 'ok' : wished
  const met =
    expected === null || finding.verdict === 'unknown' ? null : finding.verdict === expected
  const { check, verdict, summary, figures, counterexamples, series, details } = finding
  const head = { check, verdict, expected, met, summary, figures, counterexamples }
  return {
    ...head,
    ...(series !== undefined && { series }),
    ...(details !== undefined && { details }),
  }
}

/** A violation if any expectation is not met, else unknown if any could not be decided. */
export const overall = (checks: readonly Check[]): Verdict => {
  if (checks.some((check) => check.met === false)) return 'violation'
  const undecided = checks.some((check) => check.expected !== null && check.verdict === 'unknown')
  return undecided ? 'unknown' : 'ok'
}
