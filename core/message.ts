/**
 * What nodes say to each other. Each message says who sends it, who answers, and what a duplicate or
 * a late copy does.
 *
 * Differences from protocol.md, and why: the header carries the time that was left when the message
 * was sent (`budgetMicros`) instead of an absolute deadline, because an absolute deadline turns every clock
 * fault into an availability fault; and an answer carries the asker's incarnation (`asked`), because
 * request numbers start again at a restart and an answer to an earlier life must not be taken for one
 * to this life.
 */
import type { ClientRequest } from './input.js'
import type { Outcome } from './outcome.js'
import type { KeyRef, KeyState, Micros, NodeId, OperationId } from './types.js'

/** On every message. */
export interface Header {
  readonly clusterId: string
  readonly from: NodeId
  /** The sender's; durable, rises at every start. */
  readonly incarnation: number
  readonly ringEpoch: number
}

/** On every message that belongs to a request. */
interface Asking extends Header {
  /** Number of the request at its coordinator (or forwarder), unique within one incarnation. */
  readonly request: number
  readonly opId: OperationId
  /** Time left to the client when this was sent; work for an expired request is dropped. */
  readonly budgetMicros: Micros
}

interface Answer extends Header {
  readonly request: number
  /** The incarnation of the node that asked. */
  readonly asked: number
}

/**
 * Non-owner -> owner, once per operation, and again elsewhere only after a `forward_failed`. A duplicate is recognised
 * by `opId` within one life of the owner. A copy that arrives in a later life is dropped in silence: an earlier copy may have
 * been executed, so "nothing happened" would be a lie.
 */
export interface Forward extends Asking {
  readonly kind: 'forward'
  /** The life of the owner that may execute this; 0 (not known yet) is refused with `not_ready`. */
  readonly expects: number
  readonly operation: ClientRequest
}
/** Owner -> forwarder: how the forwarded operation ended. A late copy meets no request: ignored. */
export interface ForwardOk extends Answer {
  readonly kind: 'forward_ok'
  readonly outcome: Outcome
}
/** Owner -> forwarder: provably nothing happened here, so another owner may be asked. */
export interface ForwardFailed extends Answer {
  readonly kind: 'forward_failed'
  readonly code: RefusalCode
}

/** Coordinator -> owner or fallback: store this whole state. Merging makes duplicates harmless. */
export interface Replicate extends Asking {
  readonly kind: 'replicate'
  readonly key: KeyRef
  readonly state: KeyState
  /** Set on a copy sent to a fallback: the owner it is kept for. */
  readonly hintFor: NodeId | null
}
/** The state, or a descendant, is durable here. */
export interface ReplicateOk extends Answer {
  readonly kind: 'replicate_ok'
}
export interface ReplicateFailed extends Answer {
  readonly kind: 'replicate_failed'
  readonly code: RefusalCode
}

/** Coordinator -> owner or fallback: what do you hold? Reading twice is harmless. */
export interface Read extends Asking {
  readonly kind: 'read'
  readonly key: KeyRef
}
/** `state` is durable at the sender. `owner` false: a fallback, whose "nothing" proves nothing. */
export interface ReadOk extends Answer {
  readonly kind: 'read_ok'
  readonly state: KeyState | null
  readonly owner: boolean
}
export interface ReadFailed extends Answer {
  readonly kind: 'read_failed'
  readonly code: RefusalCode
}

/** Coordinator of a get -> stale owner. Not answered; a lost or doubled copy is harmless. */
export interface Repair extends Header {
  readonly kind: 'repair'
  readonly key: KeyRef
  readonly state: KeyState
}

/** Holder of hints -> their target. Resent until answered; merging makes duplicates harmless. */
export interface Handoff extends Header {
  readonly kind: 'handoff'
  readonly request: number
  readonly items: readonly HandoffItem[]
}
export interface HandoffItem {
  readonly key: KeyRef
  readonly state: KeyState
}
/** Everything in that batch is durable at the target. */
export interface HandoffOk extends Answer {
  readonly kind: 'handoff_ok'
}

/** Every node -> some peers, on a timer: I live. Not answered. */
export interface Heartbeat extends Header {
  readonly kind: 'heartbeat'
}

export type Message =
  | Forward
  | ForwardOk
  | ForwardFailed
  | Replicate
  | ReplicateOk
  | ReplicateFailed
  | Read
  | ReadOk
  | ReadFailed
  | Repair
  | Handoff
  | HandoffOk
  | Heartbeat

export type MessageKind = Message['kind']

/** All kinds, in the order of their wire codes. Append only. */
export const messageKinds: readonly MessageKind[] = [
  'forward',
  'forward_ok',
  'forward_failed',
  'replicate',
  'replicate_ok',
  'replicate_failed',
  'read',
  'read_ok',
  'read_failed',
  'repair',
  'handoff',
  'handoff_ok',
  'heartbeat',
]

/** Why a node refused; all are definite: it changed nothing. */
export type RefusalCode =
  | 'not_ready'
  | 'not_accepted'
  | 'stale_epoch'
  | 'hint_refused'
  | 'clock_skew'
  | 'too_many_siblings'
  | 'read_only'
  | 'overloaded'
