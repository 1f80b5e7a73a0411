/**
 * The writes this node has under way or has lately finished, by operation id, so that a retry or a
 * doubled message is answered and never coordinated again (RW-4). Bounded: the oldest are forgotten
 * first.
 */
import type { Outcome } from '../outcome.js'
import type { NodeId, OperationId } from '../types.js'
import type { Origin } from './quorum.js'

interface Line {
  outcome: Outcome | null
  /** Who else asked for the same while it was under way. */
  waiting: readonly Origin[]
  /** A peer that has asked for it. More than one is rare, and there are thousands of lines. */
  peer: Peer | null
  otherPeers: readonly Peer[]
}

type Peer = Origin & { readonly kind: 'peer' }

const nobody: readonly never[] = []

export class Ledger {
  readonly #lines = new Map<OperationId, Line>()
  readonly #limit: number
  readonly #slack: number
  /**
   * By peer: the last of its requests that has been forgotten. It numbers them as it makes them, so
   * a copy of one up to there, however late, is none to be coordinated:
   *
   *     n2 -> n1   forward 274, twice; n1 coordinates the first, and after it thousands of others
   *     n1         forgets 274; the second copy comes, and looks like a write of its own
   */
  readonly #forgotten = new Map<
    NodeId,
    { readonly incarnation: number; readonly request: number }
  >()
  /** The last one that `recall` did not know: it is begun next, as a rule. */
  #unknown: OperationId | null = null

  constructor(limit: number) {
    this.#limit = limit
    this.#slack = limit >> 3
  }

  /**
   * Null: not seen. `under_way`: `origin` will be answered when it ends. `forgotten`: it may have
   * been, and nobody waits for it any more.
   */
  recall(opId: OperationId, origin: Origin): Outcome | 'under_way' | 'forgotten' | null {
    const line = this.#lines.get(opId)
    if (line === undefined) {
      if (origin.kind === 'peer' && this.#isForgotten(origin)) return 'forgotten'
      this.#unknown = opId
      return null
    }
    if (origin.kind === 'peer') asked(line, origin)
    if (line.outcome !== null) return line.outcome
    line.waiting = [...line.waiting, origin]
    return 'under_way'
  }

  /** From now on it is under way, also where it was refused before: a client may ask again. */
  begin(opId: OperationId, origin: Origin): void {
    const line = opId === this.#unknown ? undefined : this.#lines.get(opId)
    if (line === undefined) this.#add(opId, null, origin)
    else {
      line.outcome = null
      if (origin.kind === 'peer') asked(line, origin)
    }
  }

  /**
   * Many at once: a map keeps the places of what was deleted, and every walk from its start wades
   * through them.
   */
  #forgetOldest(): void {
    for (const [oldest, line] of this.#lines) {
      if (this.#lines.size <= this.#limit) return
      // One under way is bounded by the open requests, and must not be forgotten.
      if (line.outcome === null) continue
      this.#lines.delete(oldest)
      if (line.peer !== null) this.#forget(line.peer)
      for (const peer of line.otherPeers) this.#forget(peer)
    }
  }

  #forget(peer: Peer): void {
    if (this.#isForgotten(peer)) return
    this.#forgotten.set(peer.from, { incarnation: peer.incarnation, request: peer.request })
  }

  #isForgotten({ from, incarnation, request }: Peer): boolean {
    const last = this.#forgotten.get(from)
    if (last === undefined || incarnation > last.incarnation) return false
    return incarnation < last.incarnation || request <= last.request
  }

  /** Returns those who asked meanwhile. */
  end(opId: OperationId, outcome: Outcome, origin: Origin): readonly Origin[] {
    const line = this.#lines.get(opId)
    if (line === undefined) {
      this.#add(opId, outcome, origin)
      return nobody
    }
    line.outcome = outcome
    const { waiting } = line
    line.waiting = nobody
    return waiting
  }

  #add(opId: OperationId, outcome: Outcome | null, origin: Origin): void {
    this.#unknown = null
    const peer = origin.kind === 'peer' ? origin : null
    this.#lines.set(opId, { outcome, waiting: nobody, peer, otherPeers: nobody })
    if (this.#lines.size > this.#limit + this.#slack) this.#forgetOldest()
  }

  /**
   * Ends it as refused. That is remembered if a peer has ever asked, for a second copy of its
   * forward may be on its way, and by then the first refusal has been told. A client sends no
   * second copies, so its refusal need not push older lines out.
   */
  refuse(opId: OperationId, origin: Origin, outcome: Outcome): readonly Origin[] {
    const line = this.#lines.get(opId)
    const ofClients = origin.kind === 'client' && (line === undefined || line.peer === null)
    if (!ofClients) return this.end(opId, outcome, origin)
    this.#lines.delete(opId)
    return line === undefined ? nobody : line.waiting
  }
}

/** Of each peer the last of its requests: copies of one request are one. */
function asked(line: Line, { from, incarnation, request }: Peer): void {
  const { peer, otherPeers } = line
  const peers = peer === null ? otherPeers : [peer, ...otherPeers]
  const last = peers.find((one) => one.from === from)
  if (last !== undefined && last.incarnation === incarnation && last.request >= request) return
  line.peer = { kind: 'peer', from, incarnation, request }
  line.otherPeers = peers.filter((one) => one !== last)
}
