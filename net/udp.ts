/**
 * Membership and failure detection: small messages that must not wait behind anything, in sealed
 * packets of at most 1,400 bytes, which no network on the way cuts in two.
 *
 * A packet must name the life of its receiver, or a recorded one could be played back to a node
 * that has forgotten, in a restart, what it saw before. Who does not know that life yet, or knows
 * an earlier one, is told: the packet is not taken, and a `greet` answers it with the counter it
 * complains about, so that a greet of other times cannot be played back either. The sender then
 * sends its latest packets again, which nobody has taken.
 *
 *   A: message to ?, counter 7   ->  B: not for this life
 *   A: now it knows B's life     <-  B: greet 7
 *   A: message to B, counter 8   ->  B: takes it
 */
import type { Socket } from 'node:dgram'
import { createSocket } from 'node:dgram'
import type { Message, Micros, NodeId } from '../core/index.js'
import { ByteReader, ByteWriter, decodeMessage, encodeMessage, nodeId } from '../core/index.js'
import type { Address } from './address.js'
import { monoMicros } from './clock.js'
import { cachedLookup } from './lookup.js'
import { routeOf } from './route.js'
import type { Keyring } from './secret.js'
import type { Life, Opened } from './seal.js'
import { nowhere, sealBytes, Sealer } from './seal.js'
import { ReplayWindow } from './window.js'

export const mostPacketBytes = 1_400
export const mostBodyBytes = mostPacketBytes - sealBytes

const types = { message: 1, greet: 2 } as const

/** Latest packets to each peer, kept for a greet to answer, and how long they are worth it. */
const mostLatest = 8
const latestMicros = 2_000_000
const mostCloseMillis = 500
export interface UdpOptions {
  readonly address: Address
  readonly self: NodeId
  readonly clusterId: string
  readonly partitions: number
  readonly peers: ReadonlyMap<NodeId, Address>
  readonly keyring: Keyring
  readonly receive: (message: Message) => void
}

export interface UdpCounters {
  sent: number
  received: number
  tooLarge: number
  /** Not sealed by a secret of this cluster, or changed on the way. */
  unsealed: number
  /** Sealed, but no message that may come in a packet, or of no member. */
  malformed: number
  replayed: number
  /** For another life of this node. */
  misaddressed: number
  sendErrors: number
}

interface Peer {
  readonly address: Address
  life: Life
  /** Sent to that life. */
  latest: { readonly counter: number; readonly body: Uint8Array; readonly atMicros: Micros }[]
  heard: { readonly incarnation: number; readonly life: Life; readonly window: ReplayWindow } | null
  /** The latest packet complained about. */
  complained: { readonly incarnation: number; readonly life: Life; readonly counter: number } | null
}

export class Udp {
  readonly counters: UdpCounters = {
    sent: 0,
    received: 0,
    tooLarge: 0,
    unsealed: 0,
    malformed: 0,
    replayed: 0,
    misaddressed: 0,
    sendErrors: 0,
  }
  readonly #options: UdpOptions
  readonly #socket: Socket
  readonly #sealer: Sealer
  readonly #peers = new Map<NodeId, Peer>()
  #closed = false
  /** Packets that the system has not taken yet. */
  #leaving = 0

  constructor(options: UdpOptions) {
    this.#options = options
    this.#sealer = new Sealer(options.keyring)
    for (const [id, address] of options.peers) {
      const peer = { address, life: nowhere, latest: [], heard: null, complained: null }
      this.#peers.set(id, peer)
    }
    const type = options.address.host.includes(':') ? 'udp6' : 'udp4'
    this.#socket = createSocket({ type, lookup: cachedLookup() })
    this.#socket.on('message', (packet) => {
      this.take(packet)
    })
  }

  /** What packets for this life of the node must name. */
  get life(): Life {
    return this.#sealer.life
  }

  open(): Promise<Address> {
    const { host, port } = this.#options.address
    return new Promise((done, fail) => {
      this.#socket.once('error', fail)
      this.#socket.bind({ address: host, port, exclusive: true }, () => {
        this.#socket.off('error', fail)
        this.#socket.on('error', () => this.counters.sendErrors++)
        done({ host, port: this.#socket.address().port })
      })
    })
  }

  /** What was sent still leaves. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const untilMillis = performance.now() + mostCloseMillis
    while (this.#leaving > 0 && performance.now() < untilMillis) {
      await new Promise((done) => setTimeout(done, 1))
    }
    this.#socket.close()
  }

  /** False: it does not fit into a packet. */
  send(to: NodeId, message: Message): boolean {
    const peer = this.#peers.get(to)
    if (peer === undefined || this.#closed) return true
    const body = encodeMessage(message)
    if (body.length > mostBodyBytes) {
      this.counters.tooLarge++
      return false
    }
    this.#sendBody(peer, body, monoMicros())
    return true
  }

  #sendBody(peer: Peer, body: Uint8Array, atMicros: Micros): void {
    this.#seal(peer.address, peer.life, types.message, body)
    peer.latest.push({ counter: this.#sealer.counter, body, atMicros })
    if (peer.latest.length > mostLatest) peer.latest.shift()
  }

  #seal(address: Address, life: Life, type: number, body: Uint8Array): void {
    const packet = this.#sealer.seal(life, type, body)
    this.counters.sent++
    this.#leaving++
    this.#socket.send(packet, address.port, address.host, (error) => {
      this.#leaving--
      if (error !== null) this.counters.sendErrors++
    })
  }

  /** What came in. Anybody may have sent it: whatever it is, it is borne. */
  take(packet: Buffer): void {
    this.counters.received++
    if (packet.length > mostPacketBytes) {
      this.counters.tooLarge++
      return
    }
    const opened = this.#sealer.open(packet)
    if (opened === null) this.counters.unsealed++
    else if (opened.type === types.greet) this.#greeted(opened)
    else if (opened.type === types.message) this.#message(opened)
    else this.counters.malformed++
  }

  #message(opened: Opened): void {
    const message = decodeMessage(opened.body, this.#options.partitions)
    const peer = message === null ? undefined : this.#peers.get(message.from)
    if (
      message === null ||
      peer === undefined ||
      message.clusterId !== this.#options.clusterId ||
      routeOf(message) !== 'packet'
    ) {
      this.counters.malformed++
    } else if (opened.to !== this.#sealer.life) {
      this.counters.misaddressed++
      this.#greet(peer, opened, message.incarnation)
    } else if (!this.#fresh(peer, opened, message.incarnation)) this.counters.replayed++
    else this.#options.receive(message)
  }

  /** Of the sender's latest life, and not seen before. */
  #fresh(peer: Peer, { from, counter }: Opened, incarnation: number): boolean {
    const { heard } = peer
    if (heard === null || incarnation > heard.incarnation) {
      const window = new ReplayWindow()
      window.take(counter)
      peer.heard = { incarnation, life: from, window }
      // It has begun anew: what it knows of this node it must have been told in this life.
      if (peer.life !== from) peer.latest = []
      peer.life = from
      return true
    }
    return heard.life === from && heard.window.take(counter)
  }

  /** Once a packet, and never for one that is older than another: those may be played back. */
  #greet(peer: Peer, { from, counter }: Opened, incarnation: number): void {
    const { complained: before } = peer
    if (before !== null && incarnation <= before.incarnation) {
      const newer = incarnation === before.incarnation && from === before.life
      if (!newer || counter <= before.counter) return
    }
    peer.complained = { incarnation, life: from, counter }
    const writer = new ByteWriter(64)
    writer.uint(counter)
    writer.text(this.#options.self)
    // To where it is known to be, not to where the packet came from: that anybody can write.
    this.#seal(peer.address, from, types.greet, writer.finish())
  }

  #greeted({ from, to, body }: Opened): void {
    const reader = new ByteReader(body)
    const counter = reader.uint()
    const peer = this.#peers.get(nodeId(reader.text()))
    if (!reader.done || peer === undefined) {
      this.counters.malformed++
      return
    }
    const known = peer.latest.some((each) => each.counter === counter)
    if (to !== this.#sealer.life || !known || peer.life === from) {
      this.counters.replayed++
      return
    }
    const { latest } = peer
    peer.life = from
    peer.latest = []
    const nowMicros = monoMicros()
    for (const { body: again, atMicros } of latest) {
      if (nowMicros - atMicros < latestMicros) this.#sendBody(peer, again, atMicros)
    }
  }
}
