/** What stands on every message, and on every question and answer. */
import type { Micros, NodeId, OperationId } from './types.js'

/** On every message. */
export interface Header {
  readonly clusterId: string
  readonly from: NodeId
  /** The sender's; durable, rises at every start. */
  readonly incarnation: number
  readonly ringEpoch: number
}

/** On every message that belongs to a request. */
export interface Asking extends Header {
  /** Number of the request at its coordinator (or forwarder), unique within one incarnation. */
  readonly request: number
  readonly opId: OperationId
  /** Time left to the client when this was sent; work for an expired request is dropped. */
  readonly budgetMicros: Micros
}

export interface Answer extends Header {
  readonly request: number
  /** The incarnation of the node that asked. */
  readonly asked: number
}
