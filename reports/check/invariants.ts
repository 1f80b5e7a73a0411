/**
 * The invariants that the simulator asserted while the run went on (docs/invariants.md), as a check
 * beside those of the history. A violation has stopped the run: what the other checks say holds up
 * to there.
 */
import type { Counterexample, Finding } from './verdict.js'

/** What run.json says of them. */
export interface InvariantReport {
  /** By name: how often it was looked at and held. */
  readonly checks: Readonly<Record<string, number>>
  readonly violation: {
    readonly invariant: string
    readonly explanation: string
    /** Without its bucket; null where it concerns no key. */
    readonly key: string | null
    readonly atMicros: number
    /** What those involved hold, a line each. */
    readonly state: readonly string[]
    /** The last events about the key, and the very last. */
    readonly recent: readonly string[]
  } | null
}

/** Of the time before a violation, in its diagram. */
const shownMicros = 1_000_000

export const checkInvariants = ({ checks, violation }: InvariantReport): Finding => {
  const looked = Object.values(checks).reduce((sum, count) => sum + count, 0)
  const names = Object.values(checks).filter((count) => count > 0).length
  const base = { check: 'invariants', figures: checks }
  if (violation === null) {
    const summary = `${String(names)} invariants held, looked at ${String(looked)} times`
    return { ...base, verdict: 'ok', summary, counterexamples: [] }
  }
  const { invariant, explanation, atMicros, state, recent } = violation
  const at = `${(atMicros / 1e6).toFixed(6)} s`
  return {
    ...base,
    verdict: 'violation',
    summary: `Invariant violated: ${invariant}, at ${at}: ${explanation}`,
    counterexamples: exampleOf(violation),
    details: ['State', ...state, '', 'Last events', ...recent],
  }
}

const exampleOf = (
  violation: NonNullable<InvariantReport['violation']>,
): readonly Counterexample[] => {
  const { invariant, explanation, key, atMicros } = violation
  if (key === null) return []
  const fromMicros = Math.max(0, atMicros - shownMicros)
  return [
    {
      key,
      fromMicros,
      toMicros: atMicros,
      explanation: `${invariant}: ${explanation}`,
      events: [],
    },
  ]
}
