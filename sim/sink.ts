/** Where a simulation's output goes. The simulator does no input or output itself: its caller writes the files. */

export interface Sink {
  /** Lines without the line end. */
  history(line: string): void
  event(line: string): void
  metrics(line: string): void
  /** Only while messages are watched. */
  message(line: string): void
  /** Low 16 bits of the trace's fingerprint after each event. */
  trace(fingerprint: number): void
}

/** Tells of everything, keeps nothing. */
export const noSink: Sink = {
  history: () => undefined,
  event: () => undefined,
  metrics: () => undefined,
  message: () => undefined,
  trace: () => undefined,
}

/** Messages worth recording: those of one key in one stretch of time. */
export interface Watch {
  readonly key: string
  readonly fromMicros: number
  readonly toMicros: number
}
