/** What a benchmark of a live cluster left behind. */
import type { ClientData } from '../aggregate.js'
import type { Histogram } from '../aggregate/histogram.js'

/** bench.json; docs/results.md explains every field. */
export interface BenchFile {
  readonly format: 1
  readonly version: string
  readonly command: string
  readonly startedAt: string
  readonly targets: readonly string[]
  readonly type: string
  readonly bucket: string
  readonly operations: number
  readonly warmUp: number
  readonly workers: number
  readonly readPercent: number
  readonly perSecond: number | null
  readonly keys: number
  readonly distribution: string
  readonly valueBytes: number
  readonly seed: number
  readonly keyPrefix: string
  readonly interrupted: boolean
  /** Of the history's time; null: it was stopped before. */
  readonly measuredFromNanos: number | null
  readonly measuredToNanos: number
  readonly counts: {
    readonly loaded: number
    readonly warmUp: number
    readonly measured: number
    readonly merges: number
    readonly ok: number
    readonly fail: number
    readonly info: number
  }
}

export interface BenchData extends ClientData {
  readonly bench: BenchFile
  readonly all: Histogram
}
