/**
 * Failure detection of one node: SWIM (Das et al. 2002) with Lifeguard (Dadgar et al. 2018), and
 * phi (Hayashibara et al. 2004) for the order among those that live; protocol.md section 6. It owns
 * the one timer, routes messages and dues to the parts, and passes on what is new.
 *
 * The parts live on a clock of their own: time during which this node stood still (its timer came
 * late) does not count. Or a node that was paused would, on waking, find every answer overdue and
 * every suspicion expired, and declare the others dead before it has read what they had to say.
 */
import { never } from '../assert.js'
import type { NodeOptions } from '../config.js'
import type { Effect } from '../effect.js'
import type { Now, TimerId } from '../input.js'
import type { Header, MemberMessage, MemberUpdate, Message } from '../message.js'
import type { Member } from '../ring/ring.js'
import type { Micros, NodeId } from '../types.js'
import { Comparison } from './comparison.js'
import type { Item } from './ground.js'
import { Ground } from './ground.js'
import type { MemberView, Peers } from './peers.js'
import { Prober } from './prober.js'
import type { Standing } from './standing.js'
import { refuted } from './standing.js'

/** Failure detection's own. */
export const membershipTimer: TimerId = -1

/** Peers told of a first life: enough for small clusters to know each other at once. */
const firstAnnouncements = 16

export class Membership {
  readonly #ground: Ground
  readonly #peers: Peers
  readonly #prober: Prober
  readonly #comparison: Comparison
  readonly #wake: (now: Now, node: NodeId, out: Effect[]) => void
  /** Time that does not count. */
  #lostMicros: Micros = 0
  /** On the parts' clock; Infinity: not armed. */
  #armedMicros: Micros = Infinity
  #gossipMicros: Micros = -Infinity
  #gossips = false
  readonly #woken: NodeId[] = []

  /** `wake` is told of every peer that this node relies on again. */
  constructor(
    options: NodeOptions,
    self: Header,
    peers: Peers,
    wake: (now: Now, node: NodeId, out: Effect[]) => void,
  ) {
    this.#ground = new Ground(options, self, peers)
    this.#peers = peers
    this.#prober = new Prober(this.#ground)
    this.#comparison = new Comparison(this.#ground)
    this.#wake = wake
  }

  /** How well this node itself is doing: 0 well, 7 worst. */
  get health(): number {
    return this.#ground.health
  }

  /** The cluster's word of a member, this one too, as this node has heard it. */
  standing(node: NodeId): Standing {
    return this.#ground.standing(node)
  }

  /** All members, this one too, as this node sees them. */
  views(monoMicros: Micros): readonly MemberView[] {
    const { members, self, own } = this.#ground
    return members.map(({ id }) => ({
      ...this.#peers.view(id, monoMicros - this.#lostMicros),
      ...(id === self.from ? own : {}),
    }))
  }

  start(now: Now, out: Effect[]): void {
    const { members, self } = this.#ground
    // Everybody hears of a new life at once: forwards meant for the last one are dropped. Nobody
    // holds any for a life before the first: were all nodes of a new large cluster to call on all
    // others, it would begin with a million messages.
    const again = self.incarnation > 1
    const others = again ? members : this.#following(firstAnnouncements)
    for (const { id } of others) {
      if (id !== self.from) {
        out.push({ kind: 'send', to: id, message: { kind: 'announce', ...self } })
      }
    }
    if (members.length < 2) return
    const micros = this.#micros(now)
    this.#prober.start(micros)
    this.#comparison.start(micros)
    const [peer] = this.#ground.some(1, 'alive')
    if (again && peer !== undefined) this.#comparison.whole(peer, micros, out)
    this.#finish(now, out)
  }

  /** Those that stand behind this one in the ring's order. */
  #following(count: number): readonly Member[] {
    const { members, self } = this.#ground
    if (members.length <= count + 1) return members
    const place = members.findIndex(({ id }) => id === self.from)
    return Array.from({ length: count }, (_, i) => members[(place + 1 + i) % members.length]!)
  }

  /** False: not this part's timer. */
  onTimer(now: Now, fired: TimerId, out: Effect[]): boolean {
    if (fired !== membershipTimer) return false
    this.#noticeDelay(now)
    this.#armedMicros = Infinity
    const micros = this.#micros(now)
    for (;;) {
      const item = this.#ground.agenda.take(micros)
      if (item === null) break
      this.#due(item, micros, out)
    }
    this.#finish(now, out)
    return true
  }

  /** The timer's own delay says that the node stood still. */
  #noticeDelay(now: Now): void {
    const { options } = this.#ground
    if (options.plant === 'no_local_health') return
    const lateMicros = this.#micros(now) - this.#armedMicros
    if (lateMicros <= options.timing.probeTimeoutMicros / 2) return
    this.#lostMicros += lateMicros
    this.#ground.changeHealth(1)
  }

  #due(item: Item, micros: Micros, out: Effect[]): void {
    switch (item.kind) {
      case 'probe':
        this.#prober.turn(micros, out)
        return
      case 'relays':
        this.#prober.askOthers(item.request, out)
        return
      case 'nack':
        this.#prober.nack(item.request, out)
        return
      case 'forget':
        this.#prober.forget(item.request)
        return
      case 'watch':
        this.#prober.look(item, micros, out)
        return
      case 'suspicion':
        this.#peers.expire(item.node, micros, out)
        return
      case 'gossip':
        this.#gossip(micros, out)
        return
      case 'push_pull':
        this.#comparison.turn(micros, out)
        return
      default:
        never(item)
    }
  }

  #gossip(micros: Micros, out: Effect[]): void {
    const { self, options } = this.#ground
    this.#gossips = false
    this.#gossipMicros = micros
    for (const to of this.#ground.some(options.timing.gossipFanout, 'reachable')) {
      const updates = this.#ground.news(to)
      if (updates.length === 0) return
      out.push({ kind: 'send', to, message: { kind: 'gossip', ...self, updates } })
    }
  }

  /**
   * Any message from another node is a sign of life; one from this node itself says nothing. The
   * common kinds apart: each is of one shape, and a field of what may be any kind is looked up by
   * its name. By a name of its own in each case, for the engine remembers shapes by variable.
   */
  hear(now: Now, message: Message, out: Effect[]): void {
    const { kind } = message
    if (kind === 'read') {
      const read = message
      this.#heard(now, read.from, read.incarnation, out)
    } else if (kind === 'read_ok') {
      const answer = message
      this.#heard(now, answer.from, answer.incarnation, out)
    } else if (kind === 'replicate') {
      const copy = message
      this.#heard(now, copy.from, copy.incarnation, out)
    } else if (kind === 'replicate_ok') {
      const ack = message
      this.#heard(now, ack.from, ack.incarnation, out)
    } else this.#heard(now, message.from, message.incarnation, out)
  }

  #heard(now: Now, from: NodeId, incarnation: number, out: Effect[]): void {
    const micros = this.#micros(now)
    const heard = this.#peers.heard(from, incarnation, micros, out)
    if (heard === 'nothing') return
    if (heard === 'lives') this.#woken.push(from)
    if (this.#peers.standing(from).state === 'dead') this.#comparison.whole(from, micros, out)
    this.#finish(now, out)
  }

  onMessage(now: Now, message: MemberMessage, out: Effect[]): void {
    const micros = this.#micros(now)
    // First what it says: it may be about this node, and the answer should contradict.
    if ('updates' in message) this.#learn(message.updates, message.from, micros, out)
    switch (message.kind) {
      case 'announce':
      case 'gossip':
        break
      case 'ping':
        this.#prober.onPing(message, out)
        break
      case 'ping_req':
        this.#prober.onPingRequest(message, micros, out)
        break
      case 'ack':
        this.#prober.onAck(message, micros, out)
        break
      case 'nack':
        this.#prober.onNack(message)
        break
      case 'push_pull':
        this.#comparison.onPush(message, out)
        break
      case 'push_pull_ok':
        this.#comparison.onPull(message, micros, out)
        break
      default:
        never(message)
    }
    this.#finish(now, out)
  }

  #learn(updates: readonly MemberUpdate[], from: NodeId, micros: Micros, out: Effect[]): void {
    for (const update of updates) {
      if (update.node === this.#ground.self.from) this.#answerFor(update)
      else if (this.#peers.told(update, from, micros, out)) this.#woken.push(update.node)
    }
  }

  /** Somebody claims something about this very node. */
  #answerFor(claim: MemberUpdate): void {
    const ground = this.#ground
    if (claim.state === 'alive' || claim.incarnation > ground.own.incarnation) return
    const own = refuted(ground.own, claim)
    if (own !== ground.own) {
      ground.own = own
      // Others could not reach it: perhaps it is slow.
      ground.changeHealth(1)
    }
    this.#peers.rumours.add(ground.aboutSelf())
  }

  /** The node is about to stop, cleanly: everybody should know, and nobody need find out. */
  leave(now: Now, out: Effect[]): void {
    const ground = this.#ground
    const { members, self, own } = ground
    ground.own = { ...own, state: 'left' }
    const updates = [ground.aboutSelf()]
    this.#peers.rumours.add(ground.aboutSelf())
    for (const { id } of members) {
      if (id === self.from) continue
      out.push({ kind: 'send', to: id, message: { kind: 'gossip', ...self, updates } })
    }
    this.#finish(now, out)
  }

  // --- after every step

  #finish(now: Now, out: Effect[]): void {
    // After every message: nothing is made where nothing happened.
    if (this.#woken.length > 0) {
      for (const node of this.#woken.splice(0)) this.#wake(now, node, out)
    }
    const { agenda, options } = this.#ground
    const micros = this.#micros(now)
    for (const call of this.#peers.takeCalls()) {
      if (call.kind === 'watch') this.#prober.watch(call.node, call.soon, micros)
      else agenda.add(call.atMicros, { kind: 'suspicion', node: call.node })
    }
    if (!this.#gossips && this.#peers.rumours.size > 0) {
      this.#gossips = true
      const atMicros = Math.max(micros, this.#gossipMicros + options.timing.gossipMicros)
      agenda.add(atMicros, { kind: 'gossip' })
    }
    const { nextMicros } = agenda
    if (nextMicros >= this.#armedMicros || nextMicros === Infinity) return
    this.#armedMicros = nextMicros
    const atMicros = nextMicros + this.#lostMicros
    out.push({ kind: 'arm', timer: membershipTimer, atMicros })
  }

  #micros(now: Now): Micros {
    return now.monoMicros - this.#lostMicros
  }
}
