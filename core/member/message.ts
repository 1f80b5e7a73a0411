/** What failure detection says (core/member): who sends it, who answers, what late copies do. */
import type { Answer, Header } from '../header.js'
import type { NodeId } from '../types.js'
import type { MemberState } from './standing.js'

/**
 * A node that has started -> its peers, once: all of them if it has lived before, or forwards meant
 * for its last life would be sent to this one; a few in its first life. Not answered.
 */
export interface Announce extends Header {
  readonly kind: 'announce'
}

/** What is claimed of one member; which of two claims holds, core/member/standing.ts says. */
export interface MemberUpdate {
  readonly node: NodeId
  readonly state: MemberState
  readonly incarnation: number
  readonly refutation: number
  /** Of a suspicion, who accuses: accusers are counted. Else null. */
  readonly by: NodeId | null
}

/**
 * Failure detection (protocol.md section 6). These fit a packet, so `updates`, the news that every
 * one of them carries along, are bounded by bytes. News are claims, and claims are ordered: a lost
 * one is told again by others, a doubled or late one changes nothing.
 *
 * Every node -> one peer after the other: do you live? Answered with an `ack`.
 */
export interface Ping extends Header {
  readonly kind: 'ping'
  readonly request: number
  readonly updates: readonly MemberUpdate[]
}
/**
 * A node whose ping was not answered -> a few others: ask `target` for me. Answered with an `ack`
 * if the target answers, with a `nack` if it takes long.
 */
export interface PingRequest extends Header {
  readonly kind: 'ping_req'
  readonly request: number
  readonly target: NodeId
  readonly updates: readonly MemberUpdate[]
}
/** Who was asked, or who asked on behalf of another. A late or doubled one meets no probe. */
export interface Ack extends Answer {
  readonly kind: 'ack'
  readonly updates: readonly MemberUpdate[]
}
/** Asked on behalf -> asker: I live, but the target has not answered me yet. */
export interface Nack extends Answer {
  readonly kind: 'nack'
}
/** Whoever has news -> some peers. Not answered. */
export interface Gossip extends Header {
  readonly kind: 'gossip'
  readonly updates: readonly MemberUpdate[]
}
/**
 * All that the sender knows of the members `start` .. `end` - 1 of the ring, in the ring's order;
 * of those left out it knows nothing but that they live, in their first life. Answered with what
 * the receiver knows better.
 */
export interface PushPull extends Header {
  readonly kind: 'push_pull'
  readonly request: number
  readonly start: number
  readonly end: number
  readonly updates: readonly MemberUpdate[]
}
export interface PushPullOk extends Answer {
  readonly kind: 'push_pull_ok'
  readonly updates: readonly MemberUpdate[]
}

/** What failure detection sends and gets; core/member answers for all of it. */
export type MemberMessage =
  Announce | Ping | PingRequest | Ack | Nack | Gossip | PushPull | PushPullOk
export type MemberKind = MemberMessage['kind']

export const memberKinds: Readonly<Record<MemberKind, true>> = {
  announce: true,
  ping: true,
  ping_req: true,
  ack: true,
  nack: true,
  gossip: true,
  push_pull: true,
  push_pull_ok: true,
}
