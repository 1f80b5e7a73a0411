/** All that a node can be told. */
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
