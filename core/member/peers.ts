/** The peers of one node: their detectors, and the round of heartbeats. */
import type { Timing } from '../config.js'
import type { Effect } from '../effect.js'
import type { Placement } from '../ring/preference.js'
import type { Micros, NodeId } from '../types.js'
import type { PeerState } from './detector.js'
import { peerHeard, peerTicked, peerTimedOut, unknownPeer } from './detector.js'

export class Peers {
  readonly #states = new Map<NodeId, PeerState>()
  readonly #others: readonly NodeId[]
  readonly #timing: Timing
  readonly #silenceMicros: Micros
  /** How well the last word of a peer is dated: a small part of the silence allowed. */
  readonly #freshMicros: Micros
  /** Peers called on, and peers looked at. */
  readonly #perTick: number
  #suspected = 0
  #nextHeartbeat = 0
  #nextLook = 0

  constructor(self: NodeId, placement: Placement, timing: Timing) {
    this.#others = placement.ring.members.map((member) => member.id).filter((id) => id !== self)
    this.#timing = timing
    const rounds = Math.max(1, Math.ceil(this.#others.length / timing.heartbeatFanout))
    this.#silenceMicros = timing.suspectRounds * rounds * timing.heartbeatMicros
    this.#freshMicros = Math.floor(this.#silenceMicros / 200)
    this.#perTick = Math.min(timing.heartbeatFanout, this.#others.length)
    // Where the round begins differs by node, or every node would call on the same peers at once.
    this.#nextHeartbeat = this.#others.filter((id) => id < self).length
  }

  get anySuspected(): boolean {
    return this.#suspected > 0
  }

  /** An arrow, so that it can be handed on without binding. */
  readonly disliked = (node: NodeId): boolean =>
    this.#suspected > 0 && this.#states.get(node)?.suspected === true

  incarnation(node: NodeId): number {
    return this.#states.get(node)?.incarnation ?? 0
  }

  /** True when a suspected peer turns out to live. */
  heard(node: NodeId, incarnation: number, nowMicros: Micros, out: Effect[]): boolean {
    const before = this.#states.get(node) ?? unknownPeer
    const after = peerHeard(before, incarnation, nowMicros, this.#freshMicros)
    if (after === before) return false
    this.#states.set(node, after)
    return this.#turned(node, before, after, out)
  }

  timedOut(node: NodeId, out: Effect[]): void {
    const before = this.#states.get(node) ?? unknownPeer
    const after = peerTimedOut(before, this.#timing.suspectTimeouts)
    this.#states.set(node, after)
    this.#turned(node, before, after, out)
  }

  /**
   * Looks for overdue heartbeats, at as many peers as are called on. A peer never heard of is
   * overdue too, counted from the first look.
   */
  tick(nowMicros: Micros, out: Effect[]): void {
    for (let i = 0; i < this.#perTick; i++) {
      this.#look(this.#others[this.#nextLook] as NodeId, nowMicros, out)
      this.#nextLook = (this.#nextLook + 1) % this.#others.length
    }
  }

  #look(node: NodeId, nowMicros: Micros, out: Effect[]): void {
    const before = this.#states.get(node)
    if (before === undefined) {
      this.#states.set(node, peerHeard(unknownPeer, unknownPeer.incarnation, nowMicros, 0))
      return
    }
    const after = peerTicked(before, nowMicros, this.#silenceMicros)
    if (after === before) return
    this.#states.set(node, after)
    this.#turned(node, before, after, out)
  }

  /** Whom to send the next heartbeat, going round all peers. */
  nextRound(): readonly NodeId[] {
    const round = this.#round()
    this.#nextHeartbeat = (this.#nextHeartbeat + round.length) % Math.max(1, this.#others.length)
    return round
  }

  /** The next round of heartbeats, without going on to it. */
  firstRound(): readonly NodeId[] {
    return this.#perTick === this.#others.length ? this.#others : this.#round()
  }

  #round(): readonly NodeId[] {
    const round: NodeId[] = []
    for (let i = 0; i < this.#perTick; i++) {
      round.push(this.#others[(this.#nextHeartbeat + i) % this.#others.length] as NodeId)
    }
    return round
  }

  /** All peers, for the one heartbeat after a restart that everybody should hear. */
  get others(): readonly NodeId[] {
    return this.#others
  }

  #turned(node: NodeId, before: PeerState, after: PeerState, out: Effect[]): boolean {
    if (before.suspected === after.suspected) return false
    this.#suspected += after.suspected ? 1 : -1
    const kind = after.suspected ? 'peer_suspected' : 'peer_alive'
    out.push({ kind: 'note', note: { kind, peer: node } })
    return !after.suspected
  }
}
