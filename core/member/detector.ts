/**
 * What one node thinks of one peer, fed by whatever it hears and misses. A stand-in for SWIM
 * (protocol.md section 6) with the same use: it orders replicas and chooses fallbacks; it never
 * edits the ring.
 *
 * A peer is suspected after `suspectTimeouts` unanswered requests in a row, or when several of its
 * heartbeats are overdue. One word from it, of any kind, clears it.
 */
import type { Micros } from '../types.js'

export interface PeerState {
  readonly incarnation: number
  readonly heardMicros: Micros
  /** Requests in a row that it left unanswered. */
  readonly timeouts: number
  readonly suspected: boolean
}

export const unknownPeer: PeerState = {
  incarnation: 0,
  heardMicros: 0,
  timeouts: 0,
  suspected: false,
}

/**
 * `freshMicros`: hearing again within this does not change the state, so that most messages copy
 * nothing.
 */
export function peerHeard(
  state: PeerState,
  incarnation: number,
  nowMicros: Micros,
  freshMicros: Micros = 10_000,
): PeerState {
  if (
    state.timeouts === 0 &&
    !state.suspected &&
    state.incarnation === incarnation &&
    nowMicros - state.heardMicros < freshMicros
  ) {
    return state
  }
  // A late copy from an earlier life says nothing about this one (FD-2).
  if (incarnation < state.incarnation) return state
  return { incarnation, heardMicros: nowMicros, timeouts: 0, suspected: false }
}

export function peerTimedOut(state: PeerState, suspectTimeouts: number): PeerState {
  const timeouts = state.timeouts + 1
  const { incarnation, heardMicros } = state
  const suspected = state.suspected || timeouts >= suspectTimeouts
  return { incarnation, heardMicros, timeouts, suspected }
}

/** `silenceMicros`: how long a live peer's heartbeats may stay out. */
export function peerTicked(state: PeerState, nowMicros: Micros, silenceMicros: Micros): PeerState {
  if (state.suspected || nowMicros - state.heardMicros <= silenceMicros) return state
  const { incarnation, heardMicros, timeouts } = state
  return { incarnation, heardMicros, timeouts, suspected: true }
}
