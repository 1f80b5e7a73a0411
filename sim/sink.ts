/**
 * Where a simulation's output goes. The simulator does no input or output itself: its caller writes
 * the files.
 */
import { LineWriter } from './line.js'

export interface Sink {
  /** The only output in the hot loop. Whoever made it flushes it when the run is over. */
  readonly history: LineWriter
  /** Lines without the line end. */
  event(line: string): void
  metrics(line: string): void
  /** Only while messages are watched. */
  message(line: string): void
  /** Low 16 bits of the trace's fingerprint after each event. */
  trace(fingerprint: number): void
}

/** Tells of everything, keeps nothing. */
export const noSink: Sink = {
  history: new LineWriter(() => undefined),
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
