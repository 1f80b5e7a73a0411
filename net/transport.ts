/** Everything between this node and its peers: packets, links, and who listens to what. */
import type { Message, NodeId } from '../core/index.js'
import { ByteWriter, writeMessage } from '../core/index.js'
import type { Address } from './address.js'
import { diallerOf } from './dial.js'
import { beginFrame, endFrame } from './frame.js'
import type { NodeLogPage } from './door.js'
import type { LinkClass } from './handshake.js'
import { linkClasses } from './handshake.js'
import type { Identity } from './identity.js'
import type { Journal } from './journal.js'
import type { LinkState } from './link.js'
import { Link } from './link.js'
import { askLog } from './peerlog.js'
import { Receiver } from './receive.js'
import { routeOf } from './route.js'
import type { Keyring } from './secret.js'
import type { KnownMember } from './seed.js'
import type { PeerTls } from './tls.js'
import { Udp } from './udp.js'

export interface PeerAddresses {
  readonly link: Address
  readonly packet: Address
}

export interface TransportLimits {
  readonly messageBytes: number
  /** Waiting for one peer, in one class. */
  readonly queueMessages: number
  readonly queueBytes: number
}

export interface TransportOptions {
  readonly identity: Identity
  readonly partitions: number
  readonly listen: PeerAddresses
  readonly peers: ReadonlyMap<NodeId, PeerAddresses>
  readonly keyring: Keyring
  /** All members and where they are, to be told to nodes that ask. */
  readonly known: readonly KnownMember[]
  /** Its lines are told to nodes that ask. */
  readonly journal: Journal
  readonly tls: PeerTls | null
  readonly limits: TransportLimits
  readonly receive: (message: Message) => void
  readonly linkChanged: (change: LinkChange) => void
  readonly refused: (from: string, reason: string) => void
}

export interface LinkChange {
  readonly peer: NodeId
  readonly linkClass: LinkClass
  readonly state: LinkState
  readonly reason: string
}

interface Peer {
  readonly id: NodeId
  readonly urgent: Link
  readonly bulk: Link
}

const dialMillis = 5_000
const questionMillis = 3_000
const handshakeMillis = 5_000
const queuedMicros = 10_000_000
const mostUnread: Readonly<Record<LinkClass, number>> = { urgent: 1 << 20, bulk: 1 << 18 }

export class Transport {
  readonly udp: Udp
  readonly receiver: Receiver
  readonly #options: TransportOptions
  readonly #peers = new Map<NodeId, Peer>()
  #dirty: Link[] = []
  #flushing = false
  /** What every owner of a key gets is encoded once: the last such, and its frame. */
  #shared: {
    readonly message: Message
    readonly link: LinkClass
    readonly frame: Uint8Array
  } | null = null
  readonly #writer = new ByteWriter(4_096)

  constructor(options: TransportOptions) {
    this.#options = options
    const { identity, partitions, listen, peers, keyring, tls, limits } = options
    const addresses = new Map([...peers].map(([id, { packet }]) => [id, packet]))
    this.udp = new Udp({
      address: listen.packet,
      self: identity.node,
      clusterId: identity.clusterId,
      partitions,
      peers: addresses,
      keyring,
      receive: options.receive,
    })
    this.receiver = new Receiver({
      address: listen.link,
      identity,
      members: new Set([identity.node, ...peers.keys()]),
      partitions,
      keyring,
      source: { clusterId: identity.clusterId, keyring, members: options.known },
      log: { clusterId: identity.clusterId, keyring, journal: options.journal },
      tls,
      mostMessageBytes: limits.messageBytes,
      handshakeMillis,
      receive: options.receive,
      accepted: (from) => {
        const peer = this.#peers.get(from)
        peer?.urgent.hurry()
        peer?.bulk.hurry()
      },
      refused: options.refused,
    })
    for (const [id, { link }] of peers) {
      const [urgent, bulk] = linkClasses.map((each) => this.#link(id, link, each))
      this.#peers.set(id, { id, urgent: urgent as Link, bulk: bulk as Link })
    }
  }

  /** Listens. Nothing is sent before `dial`. */
  async open(): Promise<PeerAddresses> {
    const link = await this.receiver.open()
    try {
      return { link, packet: await this.udp.open() }
    } catch (error) {
      this.receiver.close()
      throw error
    }
  }

  dial(): void {
    for (const { urgent, bulk } of this.#peers.values()) {
      urgent.open()
      bulk.open()
    }
  }

  /** Lines of a peer's log behind that number; rejects with why there are none. */
  logOf(peer: NodeId, after: number, limit: number): Promise<NodeLogPage> {
    const { identity, peers, keyring, tls } = this.#options
    const address = peers.get(peer)?.link
    if (address === undefined) return Promise.reject(new Error('no such peer'))
    const { clusterId, node: self } = identity
    const options = { clusterId, self, peer, keyring, tls, timeoutMillis: questionMillis }
    return askLog(address, after, limit, options)
  }

  send(to: NodeId, message: Message): void {
    const peer = this.#peers.get(to)
    if (peer === undefined) return
    if (message.kind === 'replicate' || message.kind === 'read') {
      this.#sendShared(peer, message)
      return
    }
    const route = routeOf(message)
    if (route === 'bulk') peer.bulk.send(message)
    // What does not fit into a packet must get there all the same.
    else if (route === 'urgent' || !this.udp.send(to, message)) peer.urgent.send(message)
  }

  /** To one peer after the other: the core asks all of them in one step. */
  #sendShared(peer: Peer, message: Message): void {
    let shared = this.#shared
    if (shared?.message !== message) {
      const writer = this.#writer
      writer.clear()
      const start = beginFrame(writer)
      writeMessage(writer, message)
      endFrame(writer, start)
      const link = routeOf(message) === 'bulk' ? 'bulk' : 'urgent'
      shared = { message, link, frame: writer.view(0) }
      this.#shared = shared
    }
    peer[shared.link].send(message, shared.frame)
  }

  /** By peer and class, for metrics. */
  links(): readonly {
    readonly peer: NodeId
    readonly linkClass: LinkClass
    readonly link: Link
  }[] {
    return [...this.#peers.values()].flatMap(({ id, urgent, bulk }) => [
      { peer: id, linkClass: 'urgent' as const, link: urgent },
      { peer: id, linkClass: 'bulk' as const, link: bulk },
    ])
  }

  /** What is written still goes out; nothing new comes in. */
  async close(): Promise<void> {
    this.#flush()
    const links = this.links().map(({ link }) => link.close())
    this.receiver.close()
    await Promise.all([...links, this.udp.close()])
  }

  #link(peer: NodeId, address: Address, linkClass: LinkClass): Link {
    const { identity, keyring, tls, limits, linkChanged } = this.#options
    const { clusterId, ringDigest, node } = identity
    const hello = { clusterId, ringDigest, from: node, to: peer, linkClass }
    return new Link({
      dial: diallerOf({ address, hello, keyring, tls, timeoutMillis: dialMillis }),
      outbox: {
        messages: limits.queueMessages,
        bytes: limits.queueBytes,
        lifeMicros: queuedMicros,
      },
      mostMessageBytes: limits.messageBytes,
      mostUnreadBytes: mostUnread[linkClass],
      dirty: (link) => {
        this.#dirty.push(link)
        if (this.#flushing) return
        this.#flushing = true
        // After all that this turn of the event loop has to read: one write a peer, not one a
        // message.
        setImmediate(() => this.#flush())
      },
      changed: (state, reason) => linkChanged({ peer, linkClass, state, reason }),
      random: Math.random,
    })
  }

  #flush(): void {
    this.#flushing = false
    const dirty = this.#dirty
    this.#dirty = []
    for (const link of dirty) link.flush()
  }
}
