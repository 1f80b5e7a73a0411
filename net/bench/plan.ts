/** What a benchmark does, and how much of it. */
import type { HistoryEvent } from '../../core/index.js'
import type { RandomStream } from '../../scenarios/stream.js'
import type { KeyDistribution } from '../../scenarios/model.js'

/**
 * `get`, `put`, `mixed`: plain operations. `read`: reads in sessions, which never go back in time.
 * `write`: a read in a session, then a put with the context it gave, in turn. `txn`: several keys
 * are read, then each is written back with the context it was read with; nothing isolates that.
 */
export const benchTypes = ['mixed', 'get', 'put', 'read', 'write', 'txn'] as const
export type BenchType = (typeof benchTypes)[number]

export interface BenchPlan {
  readonly type: BenchType
  readonly bucket: string
  /** Measured, after those of the warm-up; of `txn`, transactions. */
  readonly operations: number
  readonly warmUp: number
  readonly workers: number
  /** Of `mixed`, in percent. */
  readonly readPercent: number
  /** Of `txn`: keys that each reads and writes. */
  readonly txnKeys: number
  /** Open loop: operations begun per second; null: each worker begins when its last has ended. */
  readonly perSecond: number | null
  readonly keyCount: number
  readonly distribution: KeyDistribution
  readonly valueBytes: number
  readonly timeoutMillis: number
  /** Before every key, so that a history knows of every write of its keys. */
  readonly keyPrefix: string
  /** A stream of its own for each concern. */
  readonly stream: (concern: string) => RandomStream
}

export interface BenchSink {
  event(event: HistoryEvent): void
}

export interface BenchCounts {
  /** First writes of the keys, where they are read. */
  loaded: number
  warmUp: number
  measured: number
  /** Of the measured ones. */
  ok: number
  fail: number
  info: number
}
