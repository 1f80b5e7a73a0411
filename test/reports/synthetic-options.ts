/** What a made-up run folder contains. */
import type { FaultWindow } from '../../reports/load.js'

export interface SyntheticOptions {
  readonly seed: number
  readonly seconds: number
  readonly clients: number
  readonly nodes: number
  readonly name: string
  readonly about: string
  /** A stale read in a scenario that promised linearizability, with its messages. */
  readonly violation: boolean
  readonly faults: readonly FaultWindow[]
  readonly thinkMicros: number
}
