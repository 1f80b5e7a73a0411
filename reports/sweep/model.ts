/** What a sweep leaves behind: sweep.json (docs/results.md), and the figures it compares. */
import type { Scenario } from '../../scenarios/model.js'
import type { Verdict } from '../check/verdict.js'

/** One run. All but `wallMillis` follow from the scenario and the seed alone. */
export interface SeedResult {
  /** Its place in `SweepFile.variants`. */
  readonly variant: number
  readonly seed: number
  readonly verdict: Verdict
  /** Expectations that do not hold; `invariant` where the run stopped at a broken assumption. */
  readonly failed: readonly FailedCheck[]
  /** Expectations that could not be decided. */
  readonly undecided: readonly string[]
  readonly traceHash: string
  readonly events: number
  readonly operations: number
  readonly ok: number
  readonly fail: number
  readonly info: number
  /** 0..1; null where nothing was asked. */
  readonly availability: number | null
  readonly readP99Micros: number | null
  readonly writeP99Micros: number | null
  /** From when on 99% of reads see a committed write; null where never, or not measured. */
  readonly staleP99Micros: number | null
  /**
   * The longest time from the end of a fault, or of the clients, until all replicas were equal;
   * null where never.
   */
  readonly recoveryMicros: number | null
  readonly wallMillis: number
}

export interface FailedCheck {
  readonly check: string
  readonly summary: string
}

/** The scenario as it stands, or with some settings changed. */
export interface Variant {
  /** `cluster.replication.r=1`; empty for the scenario as it stands. */
  readonly name: string
  readonly scenario: Scenario
}

export interface Sweep {
  readonly format: 1
  readonly version: string
  readonly file: string
  readonly command: string
  /** Both ends included. */
  readonly seeds: { readonly from: number; readonly to: number }
  /** From 1. */
  readonly shard: { readonly index: number; readonly count: number } | null
  readonly workers: number
  readonly wallMillis: number
  /** Stopped by Ctrl-C: `results` lacks runs. */
  readonly interrupted: boolean
  /** Runs asked for. */
  readonly planned: number
  readonly variants: readonly Variant[]
  /** By seed, then by variant. */
  readonly results: readonly SeedResult[]
}

/** A run that is not as expected, and the command that makes it again. */
export interface Failure {
  readonly result: SeedResult
  readonly command: string
}

export type Unit = 'us' | 'share' | 'count'

export interface SweepFigure {
  readonly name: string
  readonly unit: Unit
  readonly of: (result: SeedResult) => number | null
}

/** What is averaged over seeds, in the order of every table. */
export const sweepFigures: readonly SweepFigure[] = [
  { name: 'availability', unit: 'share', of: (result) => result.availability },
  { name: 'read_p99', unit: 'us', of: (result) => result.readP99Micros },
  { name: 'write_p99', unit: 'us', of: (result) => result.writeP99Micros },
  { name: 'stale_p99', unit: 'us', of: (result) => result.staleP99Micros },
  { name: 'recovery', unit: 'us', of: (result) => result.recoveryMicros },
  { name: 'operations', unit: 'count', of: (result) => result.operations },
  { name: 'operations_fail', unit: 'count', of: (result) => result.fail },
  { name: 'operations_info', unit: 'count', of: (result) => result.info },
  { name: 'events', unit: 'count', of: (result) => result.events },
]
