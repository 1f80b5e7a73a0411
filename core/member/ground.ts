/** What the parts of failure detection share: who this node is, whom it knows, what is due when. */
import type { NodeOptions } from '../config.js'
import type { Header, MemberUpdate } from '../message.js'
import type { Member } from '../ring/ring.js'
import type { Micros, NodeId } from '../types.js'
import { Agenda } from './agenda.js'
import { Chance } from './chance.js'
import { healthAfter } from './health.js'
import type { Peers } from './peers.js'
import type { Standing } from './standing.js'
import { textBytes } from '../wire/bytes.js'

export type Item =
  | { readonly kind: 'probe' }
  | { readonly kind: 'relays'; readonly request: number }
  | { readonly kind: 'nack'; readonly request: number }
  | { readonly kind: 'forget'; readonly request: number }
  | { readonly kind: 'watch'; readonly node: NodeId; readonly number: number }
  | { readonly kind: 'suspicion'; readonly node: NodeId }
  | { readonly kind: 'gossip' }
  | { readonly kind: 'push_pull' }

/** Kind, two numbers of an answer, the header's numbers, a count. */
const fixedBytes = 64

export class Ground {
  readonly options: NodeOptions
  readonly self: Header
  readonly peers: Peers
  readonly agenda = new Agenda<Item>()
  readonly chance: Chance
  /** What this node says of itself. */
  own: Standing
  #health = 0
  #lastRequest = 0
  /** How much room a message has for news. */
  readonly newsBytes: number

  constructor(options: NodeOptions, self: Header, peers: Peers) {
    this.options = options
    this.self = self
    this.peers = peers
    const { from, incarnation, clusterId } = self
    this.chance = new Chance(options.seed, `members/${from}/${String(incarnation)}`)
    this.own = { state: 'alive', incarnation, refutation: 0 }
    const names = 2 * textBytes(from) + textBytes(clusterId)
    this.newsBytes = Math.max(0, options.limits.memberBytes - fixedBytes - names)
  }

  get members(): readonly Member[] {
    return this.peers.members
  }

  get health(): number {
    return this.#health
  }

  changeHealth(change: number): void {
    if (this.options.plant === 'no_local_health') return
    this.#health = healthAfter(this.#health, change)
  }

  nextRequest(): number {
    return ++this.#lastRequest
  }

  standing(node: NodeId): Standing {
    return node === this.self.from ? this.own : this.peers.standing(node)
  }

  aboutSelf(): MemberUpdate {
    return { node: this.self.from, ...this.own, by: null }
  }

  /** News for a message to `to`, what is said of `to` itself in front. */
  news(to: NodeId): readonly MemberUpdate[] {
    const { peers } = this
    return peers.rumours.take(this.newsBytes, peers.accusation(to))
  }

  /**
   * Up to `count` peers, by chance, none of them `but`: those that live, or all that are not dead
   * or gone. A few tries each: where most are dead fewer are found.
   */
  some(count: number, those: 'alive' | 'reachable', but: NodeId | null = null): readonly NodeId[] {
    const { members, chance, self } = this
    const found: NodeId[] = []
    for (let tries = 3 * count + 2; tries > 0 && found.length < count; tries--) {
      const { id } = members[chance.below(members.length)] as Member
      if (id === self.from || id === but || found.includes(id)) continue
      const { state } = this.peers.standing(id)
      const alive = state === 'alive' && !this.peers.disliked(id)
      const reachable = state === 'alive' || state === 'suspect'
      if (those === 'alive' ? alive : reachable) found.push(id)
    }
    return found
  }

  /** How often one that does not answer is pinged: by all together about eight times as often. */
  get watchMicros(): Micros {
    const { probeMicros } = this.options.timing
    return Math.round(probeMicros * Math.max(1, this.members.length / 8))
  }
}
