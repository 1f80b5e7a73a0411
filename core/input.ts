/** All that a node can be told. */
import type { Message } from './message.js'
import type { Context, Micros, OperationId, VersionVector } from './types.js'

/** A node's clocks at one step. The object may be reused by its driver: never keep it. */
export interface Now {
  /** Monotonic, since the node's start of time; drifts but never jumps. Timers live on it. */
  readonly monoMicros: Micros
  /** What the node believes the time of day to be; may jump either way. */
  readonly wallMicros: Micros
  /** How many of this node's persist effects, in order, are durable. */
  readonly durablePersists: number
}

/** How many answers an operation wants. `null` takes the cluster's setting. */
export interface QuorumOptions {
  readonly r: number | null
  readonly w: number | null
  readonly pr: number | null
  readonly pw: number | null
  /** Write the merged state back to W replicas before a read is answered. */
  readonly monotonic: boolean
}

interface RequestBase {
  /** The driver's number for this request; comes back in the `reply` effect. */
  readonly request: number
  readonly opId: OperationId
  readonly bucket: string
  readonly key: string
  readonly quorum: QuorumOptions
  readonly timeoutMicros: Micros
}

/** `value: null` deletes. Without a context a put adds a sibling; a delete reads first. */
export interface PutRequest extends RequestBase {
  readonly kind: 'put'
  readonly value: string | null
  readonly context: Context | null
}

export interface GetRequest extends RequestBase {
  readonly kind: 'get'
  /** The answer must descend this (a session's own writes and reads), or wait for all N. */
  readonly minimum: VersionVector | null
}

export type ClientRequest = PutRequest | GetRequest

/** `request * timerSlots + slot` for a request's timers; negative for the node's own. */
export type TimerId = number

export type Input =
  /** `waitedMicros`: time spent in the node's input queue before this step. */
  | { readonly kind: 'message'; readonly message: Message; readonly waitedMicros: Micros }
  | { readonly kind: 'timer'; readonly timer: TimerId }
  | { readonly kind: 'client'; readonly operation: ClientRequest; readonly waitedMicros: Micros }
  /** The `resume` effect of a persist came back: its records are durable. */
  | { readonly kind: 'resume'; readonly request: number }
