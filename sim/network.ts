/**
 * The network between nodes, and between clients and nodes: when a message arrives, if at all.
 *
 * Endpoints are numbers: the nodes from 0 in the scenario's order, then the clients. A message that
 * finds its link cut when it is sent, or when it would arrive, is gone; the caller asks
 * `deliverable` at the time of arrival, so a partition also catches what was in flight. Messages of
 * one link may overtake each other where latency varies, as datagrams do. Clients reach nodes over
 * something reliable: their messages can be delayed or cut, not lost, doubled or reordered.
 *
 * Randomness: one stream per sender and concern (latency to nodes, latency to clients, loss,
 * duplicates, reordering, corruption), made when first used. Not one per link, which for 1,000
 * nodes would be a million streams: a message more to one peer shifts the sender's draws for
 * another peer. Switching a fault on or off shifts no draw of another concern.
 */
import { assert } from '../core/assert.js'
import { messageClasses } from '../scenarios/model.js'
import type {
  LatencyByClass,
  LinkOverride,
  LinkSettings,
  NetworkModel,
} from '../scenarios/model.js'
import { LinkTable } from './network/link.js'
import type { Link, LinkChange, LinkRule, RuleToken } from './network/link.js'
import { forkStream } from './random.js'
import type { RandomStream } from './random.js'
import { compileLatency } from '../scenarios/sample.js'
import type { Sampler } from '../scenarios/sample.js'

/** Answers of `send` that are no time. */
export const lost = -1
export const cut = -2
/** Not sent yet: the link is clogged, and the caller keeps the message until it no longer is. */
export const clogged = -3
const none = -1

export interface NetworkOptions {
  readonly model: NetworkModel
  /** Ids; a node's place in the list is its number. */
  readonly nodes: readonly string[]
  /** Ids; the first client's number is the number of nodes. */
  readonly clients: readonly string[]
  readonly seed: number
  /** Of each node, in the order of `nodes`. */
  readonly zones: readonly string[]
}

export class Network {
  readonly #nodeCount: number
  readonly #endpoints: number
  readonly #links: LinkTable
  readonly #clientLatency: Sampler
  readonly #reorderMicros: number
  readonly #peerStreams: SenderStreams
  readonly #clientStreams: SenderStreams
  readonly #lossStreams: SenderStreams
  readonly #duplicateStreams: SenderStreams
  readonly #reorderStreams: SenderStreams
  readonly #corruptStreams: SenderStreams
  /** One way, between nodes of different zones; 0: no difference. */
  readonly #betweenZonesMicros: number
  readonly #zones: readonly string[]
  /** Sender -> receiver -> when the wire is free; only of links with a bandwidth. */
  readonly #freeAtMicros = new Map<number, Float64Array>()
  readonly #slowness = new Map<number, number>()
  #duplicateAtMicros = none
  #corrupted: RandomStream | null = null

  constructor(options: NetworkOptions) {
    const { model, nodes, clients, seed, zones } = options
    const names = [...nodes, ...clients]
    this.#nodeCount = nodes.length
    this.#endpoints = names.length
    this.#clientLatency = compileLatency(model.clientLatency)
    this.#reorderMicros = model.reorderMicros
    this.#betweenZonesMicros = model.betweenZonesMicros
    this.#zones = zones
    this.#peerStreams = new SenderStreams(seed, 'latency', names)
    this.#clientStreams = new SenderStreams(seed, 'client_latency', names)
    this.#lossStreams = new SenderStreams(seed, 'loss', names)
    this.#duplicateStreams = new SenderStreams(seed, 'duplicate', names)
    this.#reorderStreams = new SenderStreams(seed, 'reorder', names)
    this.#corruptStreams = new SenderStreams(seed, 'corrupt', names)
    this.#links = new LinkTable(this.#endpoints, {
      cut: false,
      clogged: false,
      lossPpm: model.lossPpm,
      duplicatePpm: model.duplicatePpm,
      reorderPpm: model.reorderPpm,
      corruptPpm: model.corruptPpm,
      latencyFactor: 1,
      microsPerByte: microsPerByte(model.bitsPerSecond),
      latency: compileByClass(model.latency),
    })
    for (const override of model.links) this.#addOverride(override, nodes)
  }

  /**
   * When the message arrives, or `lost`, `cut` or `clogged`. `messageClass` is an index of
   * `messageClasses`. Look at `duplicateAtMicros` and `corrupted` before the next call.
   */
  send(from: number, to: number, messageClass: number, bytes: number, nowMicros: number): number {
    this.#duplicateAtMicros = none
    this.#corrupted = null
    const link = this.#links.of(from, to)
    if (link.cut) return cut
    if (link.clogged) return clogged
    if (from >= this.#nodeCount || to >= this.#nodeCount)
      return this.#sendClient(from, to, nowMicros)

    const sample = link.latency[messageClass]!
    let delayMicros = sample(this.#peerStreams.of(from))
    if (link.latencyFactor !== 1) delayMicros = Math.round(delayMicros * link.latencyFactor)
    if (this.#betweenZonesMicros > 0 && this.#zones[from] !== this.#zones[to]) {
      delayMicros += this.#betweenZonesMicros
    }
    if (this.#slowness.size > 0) delayMicros = this.#slowed(from, to, delayMicros)
    const sentMicros =
      link.microsPerByte > 0 ? this.#transmit(from, to, link, bytes, nowMicros) : nowMicros

    if (link.lossPpm > 0 && this.#lossStreams.of(from).below(link.lossPpm)) return lost
    if (link.duplicatePpm > 0) this.#duplicate(from, to, link, messageClass, sentMicros)
    if (link.reorderPpm > 0) delayMicros += this.#overtaken(from, link)
    if (link.corruptPpm > 0) this.#corrupt(from, link)
    return sentMicros + delayMicros
  }

  /** When a second copy of the message just sent arrives, or -1. */
  get duplicateAtMicros(): number {
    return this.#duplicateAtMicros
  }

  /** Where to draw from which bits of the message just sent are flipped; null: none are. */
  get corrupted(): RandomStream | null {
    return this.#corrupted
  }

  /** No link differs from the rest, so none is cut. */
  get whole(): boolean {
    return this.#links.uniform
  }

  /** How often faults of links have begun or ended. */
  get changes(): number {
    return this.#links.changes
  }

  /** What holds between two nodes now. */
  link(from: number, to: number): Link {
    return this.#links.of(from, to)
  }

  /** What is overtaken comes up to so much later. */
  get reorderMicros(): number {
    return this.#reorderMicros
  }

  /** On top of what a link says, between nodes of different zones. */
  apartMicros(from: number, to: number): number {
    return this.#zones[from] === this.#zones[to] ? 0 : this.#betweenZonesMicros
  }

  /** Whether a message that arrives now gets through. */
  deliverable(from: number, to: number): boolean {
    return !this.#links.of(from, to).cut
  }

  /**
   * Nothing passes from the one to the other. Cuts overlap freely: a link is whole when its last
   * one is healed.
   */
  cut(from: readonly number[], to: readonly number[]): RuleToken {
    return this.#links.add([this.#rule(from, to, { cut: true })])
  }

  /** Nothing passes between groups; who is in no group reaches all. */
  partition(groups: readonly (readonly number[])[]): RuleToken {
    const group = new Int32Array(this.#endpoints)
    groups.forEach((members, index) => {
      for (const member of members) {
        assert(group[member] === 0, 'nobody is on two sides of a partition')
        group[member] = index + 1
      }
    })
    return this.#links.add([{ fromGroup: group, toGroup: group, change: { cut: true } }])
  }

  /** Ends a cut, a partition or a clog. */
  heal(token: RuleToken): void {
    this.#links.remove(token)
  }

  /** Nothing is sent between nodes from the one to the other, and nothing is lost. */
  clog(from: readonly number[], to: readonly number[], bothWays: boolean): RuleToken {
    return this.#addBetweenNodes(from, to, bothWays, { clogged: true })
  }

  /** Between nodes only. Of two faults on one link that say the same thing, the later holds. */
  addLinkFault(
    from: readonly number[],
    to: readonly number[],
    bothWays: boolean,
    fault: LinkSettings,
  ): RuleToken {
    const latency = fault.latency === null ? null : compileLatency(fault.latency)
    const change = {
      ...(fault.lossPpm !== null && { lossPpm: fault.lossPpm }),
      ...(fault.duplicatePpm !== null && { duplicatePpm: fault.duplicatePpm }),
      ...(fault.reorderPpm !== null && { reorderPpm: fault.reorderPpm }),
      ...(fault.corruptPpm !== null && { corruptPpm: fault.corruptPpm }),
      ...(fault.latencyFactor !== null && { latencyFactor: fault.latencyFactor }),
      ...(fault.bitsPerSecond !== null && { microsPerByte: microsPerByte(fault.bitsPerSecond) }),
      ...(latency !== null && { latency: messageClasses.map(() => latency) }),
    }
    return this.#addBetweenNodes(from, to, bothWays, change)
  }

  removeLinkFault(token: RuleToken): void {
    this.#links.remove(token)
  }

  /**
   * Latency of everything from and to this endpoint is multiplied; 1 ends it. Two slow ends: the
   * slower counts.
   */
  setSlowness(endpoint: number, factor: number): void {
    assert(factor > 0, 'a slowness factor is above zero')
    if (factor === 1) this.#slowness.delete(endpoint)
    else this.#slowness.set(endpoint, factor)
  }

  #sendClient(from: number, to: number, nowMicros: number): number {
    const delayMicros = this.#clientLatency(this.#clientStreams.of(from))
    return nowMicros + this.#slowed(from, to, delayMicros)
  }

  #slowed(from: number, to: number, delayMicros: number): number {
    if (this.#slowness.size === 0) return delayMicros
    const factor = Math.max(this.#slowness.get(from) ?? 1, this.#slowness.get(to) ?? 1)
    return Math.round(delayMicros * factor)
  }

  /**
   * Messages of one link go out one after the other. The end of transmission is kept in fractions
   * of a microsecond, or a fast link would carry one message a microsecond at most. What is lost
   * later was sent all the same.
   */
  #transmit(from: number, to: number, link: Link, bytes: number, nowMicros: number): number {
    let free = this.#freeAtMicros.get(from)
    if (free === undefined) {
      free = new Float64Array(this.#nodeCount)
      this.#freeAtMicros.set(from, free)
    }
    const endMicros = Math.max(free[to]!, nowMicros) + bytes * link.microsPerByte
    free[to] = endMicros
    return Math.ceil(endMicros)
  }

  #duplicate(from: number, to: number, link: Link, messageClass: number, sentMicros: number): void {
    const random = this.#duplicateStreams.of(from)
    if (!random.below(link.duplicatePpm)) return
    const apart = this.#zones[from] === this.#zones[to] ? 0 : this.#betweenZonesMicros
    // The copy goes the same way: on a slow link it is no faster than what it copies.
    const sampled = Math.round(link.latency[messageClass]!(random) * link.latencyFactor)
    const delayMicros = this.#slowed(from, to, sampled + apart)
    this.#duplicateAtMicros = sentMicros + delayMicros
  }

  /** Extra delay, mostly none, in which later messages overtake this one. */
  #overtaken(from: number, link: Link): number {
    const random = this.#reorderStreams.of(from)
    return random.below(link.reorderPpm) ? random.integer(this.#reorderMicros + 1) : 0
  }

  #corrupt(from: number, link: Link): void {
    const random = this.#corruptStreams.of(from)
    if (random.below(link.corruptPpm)) this.#corrupted = random
  }

  #addOverride(override: LinkOverride, nodes: readonly string[]): void {
    const { from, to, bothWays, latency, lossPpm, duplicatePpm, reorderPpm, bitsPerSecond } =
      override
    const numbers = (ids: readonly string[]): number[] => ids.map((id) => nodes.indexOf(id))
    this.#addBetweenNodes(numbers(from), numbers(to), bothWays, {
      ...(latency !== null && { latency: compileByClass(latency) }),
      ...(lossPpm !== null && { lossPpm }),
      ...(duplicatePpm !== null && { duplicatePpm }),
      ...(reorderPpm !== null && { reorderPpm }),
      ...(bitsPerSecond !== null && { microsPerByte: microsPerByte(bitsPerSecond) }),
    })
  }

  #addBetweenNodes(
    from: readonly number[],
    to: readonly number[],
    bothWays: boolean,
    change: LinkChange,
  ): RuleToken {
    for (const end of [...from, ...to])
      assert(
        end >= 0 && end < this.#nodeCount,
        'only links between nodes have settings of their own',
      )
    const rules = [this.#rule(from, to, change)]
    if (bothWays) rules.push(this.#rule(to, from, change))
    return this.#links.add(rules)
  }

  #rule(from: readonly number[], to: readonly number[], change: LinkChange): LinkRule {
    return { fromGroup: this.#group(from, 1), toGroup: this.#group(to, 2), change }
  }

  #group(members: readonly number[], group: number): Int32Array {
    const groups = new Int32Array(this.#endpoints)
    for (const member of members) {
      assert(member >= 0 && member < this.#endpoints, `no endpoint ${String(member)}`)
      groups[member] = group
    }
    return groups
  }
}

/** One stream per sender, made when it first draws. */
class SenderStreams {
  readonly #seed: number
  readonly #concern: string
  readonly #names: readonly string[]
  readonly #streams: (RandomStream | null)[]

  constructor(seed: number, concern: string, names: readonly string[]) {
    this.#seed = seed
    this.#concern = concern
    this.#names = names
    this.#streams = names.map(() => null)
  }

  of(sender: number): RandomStream {
    return this.#streams[sender] ?? this.#make(sender)
  }

  #make(sender: number): RandomStream {
    const stream = forkStream(this.#seed, `${this.#concern}/${this.#names[sender]!}`)
    this.#streams[sender] = stream
    return stream
  }
}

function compileByClass(latency: LatencyByClass): readonly Sampler[] {
  return messageClasses.map((messageClass) => compileLatency(latency[messageClass]))
}

function microsPerByte(bitsPerSecond: number | null): number {
  assert(bitsPerSecond === null || bitsPerSecond > 0, 'a bandwidth is above zero')
  return bitsPerSecond === null ? 0 : 8_000_000 / bitsPerSecond
}
