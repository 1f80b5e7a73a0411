/** What a probe workload has measured: in run.json, and in the report. */

/** A quantile, in micros; chance puts it between `low` and `high` in 95 of 100 runs. */
export interface ProbeQuantile {
  readonly micros: number
  readonly lowMicros: number
  readonly highMicros: number
}

export interface ProbeLatency {
  readonly p50: ProbeQuantile
  readonly p99: ProbeQuantile
  readonly p999: ProbeQuantile
}

/** What clients with this R and W would have seen. */
export interface ProbeCell {
  readonly r: number
  readonly w: number
  readonly read: ProbeLatency
  readonly write: ProbeLatency
  /** Share of reads that see the write although they begin right at its commit. */
  readonly atOnce: number
  /** t-visibility: from here on 99% (99.9%) of reads see the write. */
  readonly t99: ProbeQuantile
  readonly t999: ProbeQuantile
  /** Points of P(visible | t), t ascending. */
  readonly curve: readonly { readonly micros: number; readonly visible: number }[]
}

export interface ProbeReport {
  /** Writes with their reads of which every delay is known. */
  readonly probes: number
  /** Begun, but an answer was lost or came after the end. */
  readonly incomplete: number
  /** Reads of which the delays say what they must have seen, and of those, which saw otherwise. */
  readonly compared: number
  readonly contradicted: number
  readonly cells: readonly ProbeCell[]
}
