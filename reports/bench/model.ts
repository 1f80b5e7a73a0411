/** What a benchmark of a live cluster left behind. */
import type { ConflictRule } from '../../core/types.js'
import type { ClientData } from '../aggregate.js'
import type { Histogram } from '../aggregate/histogram.js'
import type { VerdictFile } from '../aggregate/verdict.js'
import type { FaultWindow } from '../load.js'

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
  /** Of `txn`: keys that each reads and writes; `operations` and `counts` are of transactions. */
  readonly txnKeys?: number
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
  readonly faults?: readonly BenchFault[]
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

/** A fault of real processes; times are the history's. */
export interface BenchFault {
  readonly act: 'kill' | 'stop' | 'pause'
  readonly nodes: readonly string[]
  readonly fromNanos: number
  /** When bringing back began; null: it never came to that. */
  readonly toNanos: number | null
  /** When all of them served again. */
  readonly backNanos: number | null
  readonly missedKeys: number
  readonly lagNanos: number | null
  readonly problem: string | null
}

export interface ErrorCount {
  readonly outcome: 'fail' | 'info'
  readonly code: string
  readonly count: number
}

/** Times in micros; null: it did not come to that while the run went on. */
export interface FaultEffect {
  readonly fault: BenchFault
  readonly window: FaultWindow
  /** From the beginning until service is back; 0: it never went away. */
  readonly failoverMicros: number | null
  /** From the beginning until the end of the last operation that failed before all are back. */
  readonly lastErrorMicros: number | null
  /** Longest time without any answer. */
  readonly gapMicros: number
  readonly during: readonly ErrorCount[]
  readonly after: readonly ErrorCount[]
  /** From the end of the fault, when bringing back began, until all is well again. */
  readonly recoveryMicros: number | null
  readonly readyMicros: number | null
  readonly lagMicros: number | null
}

export interface TransactionData {
  readonly ok: number
  /** Nothing of it was written. */
  readonly fail: number
  /** A write may have happened, or some have and the rest has not. */
  readonly info: number
  /** Of `info`: some of its keys were written, and another was not, or not for sure. */
  readonly partial: number
  /** Of all: a write of it left a sibling beside it, so somebody else wrote in between. */
  readonly overlapped: number
  /** Of all: it read siblings, and its write took the place of all of them. */
  readonly merged: number
  /** Of those that ended ok: from the first read, or when it was due, to the last write. */
  readonly latency: Histogram
}

export interface BenchData extends ClientData {
  readonly bench: BenchFile
  readonly all: Histogram
  /** Of `txn` only. */
  readonly transactions: TransactionData | null
  /** What each fault did to the clients, in the order of their beginnings. */
  readonly effects: readonly FaultEffect[]
  /** Null: it was not judged. */
  readonly verdict: VerdictFile | null
}

/** How the bucket treats concurrent writes, for the checks. */
export const benchRules = ({
  bucket,
  conflict = 'siblings',
}: BenchFile): ReadonlyMap<string, ConflictRule> => new Map([[bucket, conflict]])
