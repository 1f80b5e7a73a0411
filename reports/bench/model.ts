/** What a benchmark of a live cluster left behind. */
import type { ConflictRule } from '../../core/types.js'
import type { ClientData } from '../aggregate.js'
import type { Histogram } from '../aggregate/histogram.js'
import type { VerdictFile } from '../aggregate/verdict.js'

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
  /** Absent in folders of earlier versions, as is what follows. */
  readonly conflict?: ConflictRule
  readonly finals?: BenchFinals
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

/** Whether the owners were asked in the end what they hold, and what came of it. */
export type BenchFinals =
  | {
      readonly kind: 'read'
      readonly keys: number
      readonly divergent: number
      readonly tookMillis: number
    }
  | { readonly kind: 'unread'; readonly why: string }

export interface BenchData extends ClientData {
  readonly bench: BenchFile
  readonly all: Histogram
  /** Null: it was not judged. */
  readonly verdict: VerdictFile | null
}

/** How the bucket treats concurrent writes, for the checks. */
export const benchRules = ({
  bucket,
  conflict = 'siblings',
}: BenchFile): ReadonlyMap<string, ConflictRule> => new Map([[bucket, conflict]])
