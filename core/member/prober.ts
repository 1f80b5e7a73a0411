/**
 * Probes of one node, and those that it makes for others. One peer each interval, all in turn; and,
 * out of turn and less often, every peer that is suspected, dead or gone: were the dead not probed,
 * a partition that outlasts the suspicion would never heal.
 */
import type { Effect } from '../effect.js'
import type { Ack, Message, Nack, Ping, PingRequest } from '../message.js'
import type { Member } from '../ring/ring.js'
import type { Micros, NodeId } from '../types.js'
import type { Ground, Item } from './ground.js'
import { scaled } from './health.js'
import { ProbeOrder } from './order.js'
import type { Probe } from './probe.js'
import { probeAcked, probeEnd, probeNacked, probeRelayed, probeStart } from './probe.js'

/** Of this node, for somebody else. */
interface Relay {
  readonly asker: NodeId
  readonly request: number
  readonly asked: number
  readonly target: NodeId
}

/** One that is pinged out of turn. */
interface Watched {
  readonly number: number
  readonly pingedMicros: Micros | null
}

/** Dead members met in turn before the turn is given up. */
const skips = 8

export class Prober {
  readonly #ground: Ground
  readonly #relays = new Map<number, Relay>()
  readonly #watched = new Map<NodeId, Watched>()
  #order: ProbeOrder | null = null
  #probe: Probe | null = null
  #watches = 0

  constructor(ground: Ground) {
    this.#ground = ground
  }

  start(nowMicros: Micros): void {
    const { agenda, chance, options } = this.#ground
    const { probeMicros } = options.timing
    // Not all nodes of a new cluster at once, nor while the others are still starting.
    const atMicros = nowMicros + Math.floor(probeMicros / 2) + chance.below(probeMicros)
    agenda.add(atMicros, { kind: 'probe' })
  }

  // --- in turn

  /** The end of one probe and the beginning of the next. */
  turn(nowMicros: Micros, out: Effect[]): void {
    const ground = this.#ground
    const { agenda, options } = ground
    if (this.#probe !== null) this.#judge(this.#probe, nowMicros, out)
    const target = this.#nextTarget()
    const { probeMicros, probeTimeoutMicros } = options.timing
    agenda.add(nowMicros + scaled(probeMicros, ground.health), { kind: 'probe' })
    if (target === null) {
      this.#probe = null
      return
    }
    const request = ground.nextRequest()
    this.#probe = probeStart(request, target, nowMicros)
    this.#ping(target, request, out)
    const atMicros = nowMicros + scaled(probeTimeoutMicros, ground.health)
    agenda.add(atMicros, { kind: 'relays', request })
  }

  #judge(probe: Probe, nowMicros: Micros, out: Effect[]): void {
    const { peers } = this.#ground
    const { target } = probe
    const { alive, missed, health } = probeEnd(probe, peers.heardMicros(target))
    this.#ground.changeHealth(health)
    if (missed) peers.timedOut(target, out)
    if (!alive) peers.accuse(target, nowMicros, out)
  }

  #nextTarget(): NodeId | null {
    const { members, chance, self, peers } = this.#ground
    this.#order ??= new ProbeOrder(members.length, chance)
    for (let i = 0; i < skips; i++) {
      const { id } = members[this.#order.next()] as Member
      const { state } = peers.standing(id)
      if (id !== self.from && (state === 'alive' || state === 'suspect')) return id
    }
    return null
  }

  /** The ping was not answered in time: others try. */
  askOthers(request: number, out: Effect[]): void {
    const probe = this.#probe
    const ground = this.#ground
    if (probe?.request !== request || probe.answered !== 'no') return
    const { target } = probe
    if (ground.peers.heardMicros(target) >= probe.sentMicros) return
    const relays = ground.some(ground.options.timing.indirectProbes, 'alive', target)
    this.#probe = probeRelayed(probe, relays)
    for (const to of relays) {
      const updates = ground.news(to)
      send(out, to, { kind: 'ping_req', ...ground.self, request, target, updates })
    }
  }

  // --- out of turn

  /** `soon`: this node itself has missed an answer. */
  watch(node: NodeId, soon: boolean, nowMicros: Micros): void {
    const { agenda, chance, watchMicros } = this.#ground
    const atMicros = soon ? nowMicros : nowMicros + chance.below(watchMicros)
    const number = ++this.#watches
    const pingedMicros = this.#watched.get(node)?.pingedMicros ?? null
    this.#watched.set(node, { number, pingedMicros })
    agenda.add(atMicros, { kind: 'watch', node, number })
  }

  look({ node, number }: Item & { kind: 'watch' }, nowMicros: Micros, out: Effect[]): void {
    const { agenda, peers, options, watchMicros } = this.#ground
    const watched = this.#watched.get(node)
    if (watched?.number !== number) return
    const { state } = peers.standing(node)
    const buried = options.plant === 'dead_not_probed' && state === 'dead'
    if (!peers.uneasy(node) || buried) {
      this.#watched.delete(node)
      return
    }
    const { pingedMicros } = watched
    const silent = pingedMicros !== null && peers.heardMicros(node) < pingedMicros
    const mine = state === 'alive'
    if (silent && mine) peers.timedOut(node, out)
    this.#ping(node, this.#ground.nextRequest(), out)
    this.#watched.set(node, { number, pingedMicros: nowMicros })
    const everyMicros = mine ? options.timing.probeMicros : watchMicros
    agenda.add(nowMicros + everyMicros, { kind: 'watch', node, number })
  }

  // --- answers

  onPing(message: Ping, out: Effect[]): void {
    const { self } = this.#ground
    const { from, request, incarnation } = message
    const updates = this.#ground.news(from)
    send(out, from, { kind: 'ack', ...self, request, asked: incarnation, updates })
  }

  onAck(message: Ack, nowMicros: Micros, out: Effect[]): void {
    const { self, peers } = this.#ground
    const { from, request, asked } = message
    if (asked !== self.incarnation) return
    const probe = this.#probe
    if (probe?.request === request) {
      if (from === probe.target && probe.answered !== 'directly') {
        peers.answered(from, nowMicros - probe.sentMicros)
      }
      this.#probe = probeAcked(probe, from)
      return
    }
    const relay = this.#relays.get(request)
    if (relay?.target !== from) return
    this.#relays.delete(request)
    const updates = this.#ground.news(relay.asker)
    const answer = { request: relay.request, asked: relay.asked, updates }
    send(out, relay.asker, { kind: 'ack', ...self, ...answer })
  }

  onNack(message: Nack): void {
    const { from, request, asked } = message
    if (asked !== this.#ground.self.incarnation || this.#probe?.request !== request) return
    this.#probe = probeNacked(this.#probe, from)
  }

  // --- for others

  onPingRequest(message: PingRequest, nowMicros: Micros, out: Effect[]): void {
    const { agenda, options, self } = this.#ground
    const { from, target, incarnation } = message
    if (target === self.from || this.#relays.size >= options.limits.relays) return
    const request = this.#ground.nextRequest()
    this.#relays.set(request, { asker: from, request: message.request, asked: incarnation, target })
    this.#ping(target, request, out)
    const { probeMicros, probeTimeoutMicros } = options.timing
    agenda.add(nowMicros + Math.round(probeTimeoutMicros * 0.8), { kind: 'nack', request })
    agenda.add(nowMicros + probeMicros, { kind: 'forget', request })
  }

  /** The target takes long: the asker should know that it is not this node that is silent. */
  nack(request: number, out: Effect[]): void {
    const relay = this.#relays.get(request)
    if (relay === undefined) return
    const answer = { request: relay.request, asked: relay.asked }
    send(out, relay.asker, { kind: 'nack', ...this.#ground.self, ...answer })
  }

  forget(request: number): void {
    this.#relays.delete(request)
  }

  #ping(to: NodeId, request: number, out: Effect[]): void {
    const updates = this.#ground.news(to)
    send(out, to, { kind: 'ping', ...this.#ground.self, request, updates })
  }
}

function send(out: Effect[], to: NodeId, message: Message): void {
  out.push({ kind: 'send', to, message })
}
