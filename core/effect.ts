/** All that a step may ask of the world. Each driver switches over it exhaustively. */
import type { TimerId } from './input.js'
import type { LogRecord } from './log/record.js'
import type { Message } from './message.js'
import type { Outcome } from './outcome.js'
import type { Micros, NodeId } from './types.js'

export interface SendEffect {
  readonly kind: 'send'
  readonly to: NodeId
  readonly message: Message
}
/**
 * `then` is released once these records, and all persisted before them by this node, are durable:
 * an acknowledgement cannot outrun its write. No records makes it a barrier: "once what is in
 * flight is durable".
 */
export interface PersistEffect {
  readonly kind: 'persist'
  readonly records: readonly LogRecord[]
  readonly then: readonly Effect[]
}
/** Replaces any earlier timer of that id. `atMicros` is on the node's monotonic clock. */
export interface ArmEffect {
  readonly kind: 'arm'
  readonly timer: TimerId
  readonly atMicros: Micros
}
export interface DisarmEffect {
  readonly kind: 'disarm'
  readonly timer: TimerId
}
/** Answers the client request of that number; exactly once per request accepted. */
export interface ReplyEffect {
  readonly kind: 'reply'
  readonly request: number
  readonly outcome: Outcome
}
/** Handed straight back to the node as a `resume` input; used inside `then`. */
export interface ResumeEffect {
  readonly kind: 'resume'
  readonly request: number
}
/** Something a person wants to know about: goes to the event log, changes nothing. */
export interface NoteEffect {
  readonly kind: 'note'
  readonly note: Note
}

export type Note =
  /** The node does not rely on this peer. */
  | { readonly kind: 'peer_suspected'; readonly peer: NodeId }
  /** Nor does it expect it to come back soon: it was suspected, and has not contradicted. */
  | { readonly kind: 'peer_dead'; readonly peer: NodeId }
  /** The peer has said that it leaves for a while. */
  | { readonly kind: 'peer_left'; readonly peer: NodeId }
  /** The node relies on it again. */
  | { readonly kind: 'peer_alive'; readonly peer: NodeId }
  /** The disk is full; it has room again. */
  | { readonly kind: 'read_only' | 'writable' }
  | { readonly kind: 'node_ready'; readonly incarnation: number }
  | { readonly kind: 'hint_refused'; readonly target: NodeId; readonly partition: number }
  | { readonly kind: 'handoff_done'; readonly target: NodeId; readonly hints: number }
  /** This node cannot say whether what it held of so many partitions was reaped: it is gone. */
  | { readonly kind: 'doubt_forgotten'; readonly partitions: number; readonly keys: number }
  /** Tombstones of so many keys are gone from every owner. */
  | { readonly kind: 'reaped'; readonly partition: number; readonly keys: number }
  /**
   * An exchange has ended that found keys different, and sent them: so many, in so many partitions.
   */
  | {
      readonly kind: 'sync_done'
      readonly peer: NodeId
      readonly partitions: number
      readonly keys: number
    }

export type Effect =
  SendEffect | PersistEffect | ArmEffect | DisarmEffect | ReplyEffect | ResumeEffect | NoteEffect

/** A machine's answer. Arguments are never changed; a refusal returns the same state object. */
export type Step<State> = readonly [state: State, effects: readonly Effect[]]

export const noEffects: readonly Effect[] = []

const blank: Effect = { kind: 'resume', request: -1 }

/**
 * An empty list with room for four. The engine gives a list that grows from nothing room for
 * seventeen, and most steps ask for one or two things: those lists were a third of all garbage.
 */
export function fewEffects(): Effect[] {
  const effects = [blank, blank, blank, blank]
  effects.pop()
  effects.pop()
  effects.pop()
  effects.pop()
  return effects
}
