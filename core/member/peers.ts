/**
 * What one node believes of every other: the cluster's word (`Standing`), which all end up sharing,
 * and its own experience (`Contacts`). It relies on a peer or not (`disliked`); that orders
 * replicas and chooses fallbacks, and never edits the ring.
 *
 * A local override (Lifeguard): word from a peer itself counts more than what others say of it. A
 * peer that is called suspected or dead, and was heard from since, is relied on, and nobody
 * declares it dead on hearsay; it is told what is said of it, and contradicts. And several requests
 * in a row that it left unanswered are enough not to rely on it, before any probe has found out.
 *
 * Of a peer that lives and answers, which is the rule, nothing is kept but its numbers, and no step
 * looks at all peers.
 */
import type { Timing } from '../config.js'
import type { Effect } from '../effect.js'
import type { MemberUpdate } from '../message.js'
import type { Member } from '../ring/ring.js'
import type { Placement } from '../ring/preference.js'
import type { Micros, NodeId } from '../types.js'
import { Contacts } from './contact.js'
import { Rumours } from './rumours.js'
import type { MemberState, Standing } from './standing.js'
import { outranks, unheardOf } from './standing.js'
import type { Suspicion, SuspicionRules } from './suspicion.js'
import {
  suspicionConfirmed,
  suspicionRenewed,
  suspicionRules,
  suspicionStart,
} from './suspicion.js'

type Opinion = 'alive' | 'suspected' | 'dead' | 'left'

/** What is kept of a peer of which more was once to be said than which life of it goes on. */
interface Peer {
  readonly id: NodeId
  /** Its place among the members. */
  readonly index: number
  standing: Standing
  /** The last word of the peer before this does not speak against the standing. */
  sinceMicros: Micros
  suspicion: Suspicion | null
  /** Requests and pings in a row that it left unanswered. */
  misses: number
  opinion: Opinion
  /** Something about it is not as it should be: a word from it is looked at closely. */
  uneasy: boolean
}

/** One member as one node sees it, for people and tests. */
export interface MemberView {
  readonly id: NodeId
  /** The cluster's word. */
  readonly state: MemberState
  readonly incarnation: number
  readonly refutation: number
  /** Whether this node does not rely on it, whatever the cluster says. */
  readonly disliked: boolean
  readonly phi: number
  /** Since anything was heard from it; null: never. */
  readonly silentMicros: Micros | null
  /** Running mean of the time until an answer; null: not known. */
  readonly latencyMicros: Micros | null
}

/**
 * What a word from a peer came to: nothing new; something to be passed on; that this node relies on
 * the peer again.
 */
export type Heard = 'nothing' | 'news' | 'lives'

/** What is to be done about a peer that is not as it should be. */
export type Call =
  /** The time of its suspicion was set: `expire` is to be called then. */
  | { readonly kind: 'suspicion'; readonly node: NodeId; readonly atMicros: Micros }
  /** It is to be pinged out of turn; at once where this node itself has missed an answer. */
  | { readonly kind: 'watch'; readonly node: NodeId; readonly soon: boolean }

const noCalls: readonly Call[] = []

/** Silences less likely than one in 10^8: Cassandra's threshold. */
const doubtfulPhi = 8

export class Peers {
  readonly self: NodeId
  readonly members: readonly Member[]
  readonly rules: SuspicionRules
  readonly rumours: Rumours
  readonly #timing: Timing
  readonly #placement: Placement
  readonly #contacts: Contacts
  /** By place among the members; of all others a life at most is known, and they answer. */
  readonly #peers = new Map<number, Peer>()
  #hasPeers = false
  #calls: Call[] = []
  #disliked = 0
  #nowMicros: Micros = 0

  constructor(self: NodeId, placement: Placement, timing: Timing) {
    this.self = self
    this.members = placement.ring.members
    this.#placement = placement
    this.#contacts = new Contacts(this.members.length)
    this.#timing = timing
    this.rules = suspicionRules(timing, this.members.length)
    this.rumours = new Rumours(this.members.length)
  }

  get anySuspected(): boolean {
    return this.#disliked > 0
  }

  #known(node: NodeId): Peer | undefined {
    return this.#hasPeers ? this.#peers.get(this.#placement.memberIndex(node)) : undefined
  }

  /** Its place among the members; -1 for a node that is no member, and for this one. */
  #indexOf(node: NodeId): number {
    return node === this.self ? -1 : this.#placement.memberIndex(node)
  }

  /** An arrow, so that it can be handed on without binding. */
  readonly disliked = (node: NodeId): boolean =>
    this.#disliked > 0 && (this.#known(node)?.opinion ?? 'alive') !== 'alive'

  incarnation(node: NodeId): number {
    const index = this.#indexOf(node)
    return index < 0 ? 0 : this.#contacts.incarnation(index)
  }

  standing(node: NodeId): Standing {
    const index = this.#indexOf(node)
    return index < 0 ? unheardOf : this.#standingAt(index)
  }

  #standingAt(index: number): Standing {
    return this.#peers.get(index)?.standing ?? ofLife(this.#contacts.incarnation(index))
  }

  heardMicros(node: NodeId): Micros {
    const index = this.#indexOf(node)
    return index < 0 ? 0 : this.#contacts.heardMicros(index)
  }

  view(node: NodeId, nowMicros: Micros): MemberView {
    const index = this.#indexOf(node)
    const heardMicros = index < 0 ? 0 : this.#contacts.heardMicros(index)
    const latencyMicros = index < 0 ? 0 : this.#contacts.latencyMicros(index)
    return {
      id: node,
      ...this.standing(node),
      disliked: this.disliked(node),
      phi: index < 0 ? 0 : this.#contacts.phi(index, nowMicros),
      silentMicros: heardMicros === 0 ? null : Math.max(0, nowMicros - heardMicros),
      latencyMicros: latencyMicros === 0 ? null : latencyMicros,
    }
  }

  // --- at first hand

  /** A message came from the peer itself, in that life of it. */
  heard(node: NodeId, incarnation: number, nowMicros: Micros, out: Effect[]): Heard {
    const index = this.#indexOf(node)
    const contacts = this.#contacts
    if (index < 0 || contacts.isQuiet(index, incarnation, nowMicros)) return 'nothing'
    const known = contacts.incarnation(index)
    // A late copy from an earlier life says nothing about this one (FD-2).
    if (incarnation < known) return 'nothing'
    this.#nowMicros = nowMicros
    contacts.heard(index, nowMicros)
    const isNew = incarnation > known
    // A first life is what everybody expects; were each one news, a large cluster would begin
    // with a million messages.
    if (isNew) {
      const claim = { node, state: 'alive', incarnation, refutation: 0, by: null } as const
      this.#adopt(index, claim, node, incarnation > 1)
    }
    const peer = this.#hasPeers ? this.#peers.get(index) : undefined
    // Nothing follows from a first life, unless something has waited for news of any kind.
    if (peer === undefined) {
      return isNew && (incarnation > 1 || this.#calls.length > 0) ? 'news' : 'nothing'
    }
    peer.misses = 0
    if (this.#judge(peer, out)) return 'lives'
    return isNew || peer.standing.state === 'dead' ? 'news' : 'nothing'
  }

  /** A request, or a ping, was not answered in time. */
  timedOut(node: NodeId, out: Effect[]): void {
    const index = this.#indexOf(node)
    if (index < 0) return
    const peer = this.#peer(index)
    peer.misses++
    if (peer.misses === 1) this.#calls.push({ kind: 'watch', node, soon: true })
    this.#judge(peer, out)
  }

  answered(node: NodeId, latencyMicros: Micros): void {
    const index = this.#indexOf(node)
    if (index >= 0) this.#contacts.answered(index, latencyMicros)
  }

  // --- by hearsay

  /**
   * What somebody claims of a peer. `from` says it. True when the peer lives after all, and this
   * node relies on it again.
   */
  told(claim: MemberUpdate, from: NodeId, nowMicros: Micros, out: Effect[]): boolean {
    const index = this.#indexOf(claim.node)
    if (index < 0) return false
    this.#nowMicros = nowMicros
    const heardMicros = this.#contacts.heardMicros(index)
    const lately = heardMicros > 0 && nowMicros - heardMicros < this.rules.minMicros
    const said: MemberUpdate =
      claim.state === 'dead' && lately ? { ...claim, state: 'suspect', by: from } : claim
    const by = said.by ?? from
    const standing = this.#standingAt(index)
    if (outranks(said, standing)) this.#adopt(index, said, by, true)
    const peer = this.#peers.get(index)
    if (peer === undefined) return false
    if (isSame(said, standing) && said.state === 'suspect') this.#confirm(peer, by)
    return this.#judge(peer, out)
  }

  /** This node's own probe has failed. */
  accuse(node: NodeId, nowMicros: Micros, out: Effect[]): void {
    const { incarnation, refutation } = this.standing(node)
    const claim = { node, state: 'suspect', incarnation, refutation, by: this.self } as const
    this.told(claim, this.self, nowMicros, out)
  }

  /** The time of a suspicion may be over: then the peer is dead. */
  expire(node: NodeId, nowMicros: Micros, out: Effect[]): void {
    const peer = this.#known(node)
    if (!peer?.suspicion || peer.suspicion.untilMicros > nowMicros) return
    const { standing, suspicion } = peer
    this.#nowMicros = nowMicros
    const heardMicros = this.#contacts.heardMicros(peer.index)
    if (heardMicros > suspicion.sinceMicros) {
      this.#suspect(peer, suspicionRenewed(this.rules, suspicion, heardMicros))
      return
    }
    const { incarnation, refutation } = standing
    const claim = { node, state: 'dead', incarnation, refutation, by: null } as const
    this.#adopt(peer.index, claim, this.self, true)
    this.#judge(peer, out)
  }

  /** All calls since the last time. */
  takeCalls(): readonly Call[] {
    if (this.#calls.length === 0) return noCalls
    const calls = this.#calls
    this.#calls = []
    return calls
  }

  /** What the peer itself should know is said of it. */
  accusation(node: NodeId): MemberUpdate | null {
    const { state, incarnation, refutation } = this.standing(node)
    if (state !== 'suspect' && state !== 'dead') return null
    const by = state === 'suspect' ? (this.#known(node)?.suspicion?.accusers[0] ?? null) : null
    return { node, state, incarnation, refutation, by }
  }

  /** Whether it is suspected, dead, gone or silent: to be pinged out of turn. */
  uneasy(node: NodeId): boolean {
    return this.#known(node)?.uneasy === true
  }

  /**
   * Those to be asked first, in front; of those alike the order stays. Doubtful ones come last,
   * then who answers slowly: latencies are alike within a factor of two.
   */
  preferred(nodes: readonly NodeId[], nowMicros: Micros): readonly NodeId[] {
    const ranks = nodes.map((node) => this.#rankOf(node, nowMicros))
    // Where one latency is not known, none counts.
    const known = ranks.every((rank) => rank % doubtfulRank !== 0)
    const sorted: NodeId[] = []
    const ranksSorted: number[] = []
    // A handful of nodes, mostly in order: each is moved in front of those that rank above it.
    for (let i = 0; i < nodes.length; i++) {
      const exact = ranks[i] as number
      const rank = known ? exact : exact - (exact % doubtfulRank)
      let at = i
      for (; at > 0 && (ranksSorted[at - 1] as number) > rank; at--) {
        sorted[at] = sorted[at - 1] as NodeId
        ranksSorted[at] = ranksSorted[at - 1] as number
      }
      sorted[at] = nodes[i] as NodeId
      ranksSorted[at] = rank
    }
    return sorted
  }

  #rankOf(node: NodeId, nowMicros: Micros): number {
    const index = this.#indexOf(node)
    if (index < 0) return 0
    const latencyMicros = this.#contacts.latencyMicros(index)
    const rank = latencyMicros === 0 ? 0 : 32 - Math.clz32(latencyMicros)
    return this.#contacts.phi(index, nowMicros) > doubtfulPhi ? doubtfulRank + rank : rank
  }

  #peer(index: number): Peer {
    const known = this.#peers.get(index)
    if (known !== undefined) return known
    const peer: Peer = {
      id: (this.members[index] as Member).id,
      index,
      standing: ofLife(this.#contacts.incarnation(index)),
      sinceMicros: 0,
      suspicion: null,
      misses: 0,
      opinion: 'alive',
      uneasy: false,
    }
    this.#peers.set(index, peer)
    this.#hasPeers = true
    return peer
  }

  #adopt(index: number, claim: MemberUpdate, by: NodeId, spread: boolean): void {
    const { state, incarnation, refutation } = claim
    this.#contacts.lives(index, incarnation, state === 'alive')
    if (state !== 'alive' || refutation > 0 || this.#peers.has(index)) {
      const peer = this.#peer(index)
      peer.standing = { state, incarnation, refutation }
      peer.suspicion = null
      if (state === 'alive') peer.misses = 0
      // A claim takes a while to be found out: a word from just before it speaks against it too.
      peer.sinceMicros = this.#nowMicros - Math.floor(this.#timing.probeMicros / 2)
      if (state === 'suspect') this.#suspect(peer, suspicionStart(this.rules, by, this.#nowMicros))
    }
    if (spread) this.rumours.add({ ...claim, by: state === 'suspect' ? by : null })
  }

  #confirm(peer: Peer, by: NodeId): void {
    if (peer.suspicion === null) return
    const suspicion = suspicionConfirmed(this.rules, peer.suspicion, by)
    if (suspicion === peer.suspicion) return
    this.#suspect(peer, suspicion)
    this.rumours.add({ node: peer.id, ...peer.standing, by })
  }

  #suspect(peer: Peer, suspicion: Suspicion): void {
    peer.suspicion = suspicion
    this.#calls.push({ kind: 'suspicion', node: peer.id, atMicros: suspicion.untilMicros })
  }

  /** True when the node relies on the peer again. */
  #judge(peer: Peer, out: Effect[]): boolean {
    const { standing, index } = peer
    const before = peer.opinion
    const after = this.#opinionOf(peer)
    const easy = standing.state === 'alive' && peer.misses === 0
    if (!easy && !peer.uneasy) this.#calls.push({ kind: 'watch', node: peer.id, soon: false })
    peer.uneasy = !easy
    this.#contacts.lives(index, standing.incarnation, easy)
    if (before === after) return false
    peer.opinion = after
    this.#disliked += Number(after !== 'alive') - Number(before !== 'alive')
    out.push({ kind: 'note', note: { kind: `peer_${after}`, peer: peer.id } })
    return after === 'alive'
  }

  #opinionOf({ index, standing, sinceMicros, misses }: Peer): Opinion {
    const { state } = standing
    if (state === 'left') return 'left'
    if (state !== 'alive' && this.#contacts.heardMicros(index) <= sinceMicros) {
      return state === 'dead' ? 'dead' : 'suspected'
    }
    return misses >= this.#timing.suspectTimeouts ? 'suspected' : 'alive'
  }
}

const firstLife: Standing = { state: 'alive', incarnation: 1, refutation: 0 }

/** Of a member of which nothing else is said. */
function ofLife(incarnation: number): Standing {
  if (incarnation <= 1) return incarnation === 0 ? unheardOf : firstLife
  return { state: 'alive', incarnation, refutation: 0 }
}

/** Above every rank of a latency. */
const doubtfulRank = 64

function isSame(a: Standing, b: Standing): boolean {
  return a.state === b.state && a.incarnation === b.incarnation && a.refutation === b.refutation
}
