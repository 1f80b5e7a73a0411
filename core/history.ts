/**
 * The history of client operations, in Jepsen's shape: one JSON object per line of `history.jsonl`,
 * two events per operation. Checkers see nothing else. docs/results.md explains every field.
 */

export type EventType = 'invoke' | 'ok' | 'fail' | 'info'

/**
 * `read`, `write` (put), `delete` on eventual buckets. `append` is one item added to a shopping
 * cart: a write whose value is the whole merged list. `final` (ok only, after the run): what one
 * owner holds at the end.
 */
export type HistoryF = 'read' | 'write' | 'delete' | 'append' | 'final'

/** Dots as text, `actor#n`: "n1:0#17". Vectors as an object, { "n1:0": 17 }. */
export interface HistoryEvent {
  /** Line number from 0. */
  readonly index: number
  /** A logical process: replaced by a new number after each `info`, which never returns. */
  readonly process: number
  readonly type: EventType
  readonly f: HistoryF
  readonly key: string
  /**
   * Writes: the unique value written (null: delete). Reads: null for nothing there, a string, or an
   * array of strings when there are siblings (sorted by dot). An invoked read has null.
   */
  readonly value: string | readonly string[] | null
  /** Nanoseconds of simulated (or real) time since the start of the run. */
  readonly time: number
  /** Invoked by an open loop of `sim bench`: when it was due. Latency counts from then. */
  readonly due?: number

  /** Absent for the default bucket. */
  readonly bucket?: string
  /** The client, `c1`; stays the same over `info` and over reconnects: the session. */
  readonly session?: string
  /** The node asked; of a `final`, the node that holds this. */
  readonly node?: string
  /** Operation id, as in the messages. */
  readonly op?: string
  /**
   * The transaction of `sim bench --type txn` that it is a part of. Nothing isolates one: to a
   * checker its operations are like any others.
   */
  readonly txn?: string
  /** Invoked writes: the vector of the context sent, or null for none. */
  readonly context?: Readonly<Record<string, number>> | null
  /** Reads and finals: the dot of each value, in the order of `value`. */
  readonly dots?: readonly string[]
  /** Reads and finals: the version vector read. Ok writes: that of the context returned. */
  readonly vv?: Readonly<Record<string, number>>
  /** Ok (and some info) writes: the dot minted. */
  readonly dot?: string
  /** Fails and infos: why, and the counts. */
  readonly code?: string
  readonly need?: number
  readonly got?: number
}
