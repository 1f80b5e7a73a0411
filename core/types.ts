/**
 * The words that everybody shares: identities, time, versions, keys.
 *
 * All values here are immutable; arrays are sorted where the comment says so, so that two nodes
 * which know the same thing hold byte-identical structures.
 */

declare const brand: unique symbol
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }

/** A node's name, `n1`. A node that lost its disk comes back under a new one. */
export type NodeId = Brand<string, 'NodeId'>

/** Who mints dots: `nodeId:actorEpoch`. The epoch changes only after amnesia or corruption. */
export type Actor = Brand<string, 'Actor'>

/** One client operation, kept over retries, so that a retry can be recognised. */
export type OperationId = string

/** Integer microseconds: a duration, or a point on a clock that the name says. */
export type Micros = number

/**
 * A hybrid logical clock reading (Kulkarni et al. 2014), folded into one integer: wall micros, or
 * the last reading plus one where the wall clock has not moved on.
 */
export type Hlc = number

export const nodeId = (name: string): NodeId => interned(name) as NodeId
export const actorOf = (node: NodeId, actorEpoch: number): Actor =>
  interned(`${node}:${String(actorEpoch)}`) as Actor

/**
 * The same text, as the one copy that the engine keeps of names of properties: two of them are
 * equal only if they are one, and no letters are compared. Names are compared at every message.
 */
export const interned = (text: string): string => Object.keys({ [text]: 0 })[0] ?? text

/** The n-th event of one actor. `n` comes from one durable node-wide counter, so it is unique. */
export interface Dot {
  readonly actor: Actor
  readonly n: number
}

/**
 * Sorted by actor (code-unit order), one entry an actor. Entry (a, n) covers every dot (a, <= n).
 */
export type VersionVector = readonly Dot[]

/** One value (or tombstone) that no later write that saw it has replaced. */
export interface Sibling extends Dot {
  /** null is a tombstone. */
  readonly value: string | null
  readonly hlc: Hlc
}

/**
 * Everything a replica knows of one key. It travels whole, never in parts (protocol.md section 2).
 */
export interface KeyState {
  readonly vv: VersionVector
  /** Sorted by actor, then n. Every sibling's dot is covered by `vv`. */
  readonly siblings: readonly Sibling[]
}

/** A key with what its name alone determines. Built once per operation by `keyRef`. */
export interface KeyRef {
  readonly bucket: string
  readonly key: string
  /** `bucket \0 key`: the identity used in maps. */
  readonly id: string
  /**
   * Upper 32 bits of the placement hash, as a signed integer: the engine keeps those in place, and
   * larger ones in an object of their own.
   */
  readonly hash: number
  /** Index into the ring's table, 0..Q-1. */
  readonly partition: number
}

/** What a client has seen of one key; it crosses the public API as an opaque token. */
export interface Context {
  /** `hash` of the key. */
  readonly keyHash: number
  readonly vv: VersionVector
}

export type ConflictRule = 'siblings' | 'lww'

/** A bucket's rules are fixed when it is created. */
export interface BucketRules {
  readonly name: string
  readonly conflict: ConflictRule
}
