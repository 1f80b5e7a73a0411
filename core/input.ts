/** All that a node can be told. */
import type { Plant } from './plant.js'
import type { Message } from './message.js'
import type { ClientRequest } from './request.js'
import type { Micros } from './types.js'

/** A node's clocks at one step. The object may be reused by its driver: never keep it. */
export interface Now {
  /** Monotonic, since the node's start of time; drifts but never jumps. Timers live on it. */
  readonly monoMicros: Micros
  /** What the node believes the time of day to be; may jump either way. */
  readonly wallMicros: Micros
  /** How many of this node's persist effects, in order, are durable. */
  readonly durablePersists: number
}

/** A request's number for its one timer; negative for the node's own. */
export type TimerId = number

export type Input =
  /** `waitedMicros`: time spent in the node's input queue before this step. */
  | { readonly kind: 'message'; readonly message: Message; readonly waitedMicros: Micros }
  | { readonly kind: 'timer'; readonly timer: TimerId }
  | { readonly kind: 'client'; readonly operation: ClientRequest; readonly waitedMicros: Micros }
  /** The disk has no room any more, or has room again. */
  | { readonly kind: 'disk_space'; readonly isFull: boolean }
  /** The `resume` effect of a persist came back: its records are durable. */
  | { readonly kind: 'resume'; readonly request: number }
  /**
   * The node is going to be stopped: it tells its peers that it leaves, and need not be told more.
   */
  | { readonly kind: 'leave' }

/**
 * Planted bug 34: a node that does not know how long an input has waited in its queue. It works for
 * those who have given up long ago, and keeps whoever still waits waiting, until they give up too.
 */
export function asHeard(input: Input, plant: Plant | null): Input {
  if (plant !== 'retry_storm') return input
  return input.kind === 'message' || input.kind === 'client' ? { ...input, waitedMicros: 0 } : input
}
