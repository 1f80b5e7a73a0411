/** What is asked of a member when a session's minimum is found nowhere (core/reap/vouch). */
import type { Answer, Header } from '../header.js'
import type { Actor, KeyRef, VersionVector } from '../types.js'

/** How far an actor has counted; 0: it has minted nothing. */
export interface Minted {
  readonly actor: Actor
  readonly n: number
}

/**
 * Coordinator of a get -> every member, and then the owners once more: what do you know of this
 * key? It changes nothing; asked again until it is answered.
 */
export interface Vouch extends Header {
  readonly kind: 'vouch'
  readonly request: number
  /** Comes back in the answer: one to the first question says nothing about the second. */
  readonly round: number
  readonly key: KeyRef
  /** What the session has seen, and was not found. */
  readonly dots: VersionVector
}

export interface VouchOk extends Answer {
  readonly kind: 'vouch_ok'
  readonly round: number
  /** Of all that the answerer holds of the key, for itself or for others. */
  readonly known: VersionVector
  /** It cannot have lost one of the dots, and one that it should have minted it has. */
  readonly isSure: boolean
}
