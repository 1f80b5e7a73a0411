/**
 * The other end of the links: takes connections from peers, and from them frames. Nothing that
 * comes in is believed before the handshake is over, and nobody gets much time or room for it.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Message, NodeId } from '../core/index.js'
import { ByteWriter, decodeMessage, Names } from '../core/index.js'
import type { Address } from './address.js'
import type { FrameCounters } from './frame.js'
import { beginFrame, endFrame, FrameReader, newFrameCounters } from './frame.js'
import type { Hello, Refusal } from './handshake.js'
import { helloOf, linkFormat, linkPath, proofOf, protocolName, refuseHello } from './handshake.js'
import type { Identity } from './identity.js'
import { keepAliveMillis, silenceMillis } from './link.js'
import type { Keyring, Secret } from './secret.js'
import type { LogSource } from './peerlog.js'
import { answerLog, isLogPath } from './peerlog.js'
import type { MembersSource } from './seed.js'
import { answerMembers, membersPath } from './seed.js'
import { sameProof, secretOfLabel } from './secret.js'
import type { PeerTls } from './tls.js'
import { names, receiveTls } from './tls.js'

export interface ReceiverOptions {
  readonly address: Address
  readonly identity: Identity
  readonly members: ReadonlySet<NodeId>
  readonly partitions: number
  readonly keyring: Keyring
  /** What a node that knows this one only is told. */
  readonly source: MembersSource
  /** What a node whose page shows the log of this one is told. */
  readonly log: LogSource
  readonly tls: PeerTls | null
  readonly mostMessageBytes: number
  /** From the connection to the last word of the handshake. */
  readonly handshakeMillis: number
  readonly receive: (message: Message) => void
  /** A peer has connected, and proven who it is. */
  readonly accepted: (from: NodeId) => void
  readonly refused: (from: string, reason: string) => void
}

export interface ReceiverCounters {
  accepted: number
  refused: number
  /** Messages that named another sender or cluster than their link. */
  foreign: number
}

export class Receiver {
  readonly counters: ReceiverCounters = { accepted: 0, refused: 0, foreign: 0 }
  readonly frames: FrameCounters = newFrameCounters()
  readonly #options: ReceiverOptions
  readonly #names = new Names(asciiOf)
  readonly #server: Server
  /** One for each peer and class: a new one takes the place of an old one. */
  readonly #links = new Map<string, Duplex>()
  readonly #sockets = new Set<Socket>()

  constructor(options: ReceiverOptions) {
    this.#options = options
    const { tls, handshakeMillis } = options
    const limits = {
      maxHeaderSize: 8_192,
      requestTimeout: handshakeMillis,
      headersTimeout: handshakeMillis,
      connectionsCheckingInterval: handshakeMillis / 2,
    }
    const server =
      tls === null
        ? createHttp(limits)
        : createHttps({ ...limits, ...receiveTls(tls, handshakeMillis) })
    server.keepAliveTimeout = 1
    server.maxRequestsPerSocket = 1
    // Enough for every member to come twice over with both its links, and for a few strangers.
    server.maxConnections = 4 * options.members.size + 32
    server.on('request', (request, response) => {
      if (request.method === 'GET' && request.url === membersPath) {
        answerMembers(request, response, options.source)
        return
      }
      if (request.method === 'GET' && isLogPath(request.url ?? '')) {
        answerLog(request, response, options.log)
        return
      }
      response.writeHead(426, { connection: 'close', upgrade: protocolName }).end()
    })
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket as Socket, head)
    })
    server.on('clientError', (_error, socket: Duplex) => socket.destroy())
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server = server
  }

  /** Where it listens, when it does. */
  open(): Promise<Address> {
    const { host, port } = this.#options.address
    return new Promise((done, fail) => {
      this.#server.once('error', fail)
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', fail)
        const bound = this.#server.address()
        done({ host, port: typeof bound === 'object' && bound !== null ? bound.port : port })
      })
    })
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const hello = helloOf(request.headers)
    const refusal = this.#refuse(request, socket, hello)
    if (refusal !== null || hello === null) {
      this.#turnAway(socket, hello, refusal ?? { status: 400, reason: 'no handshake' })
      return
    }
    const secret = secretOfLabel(this.#options.keyring, hello.label) as Secret
    const nonce = randomBytes(16).toString('hex')
    const proven = proofOf('receiver', secret, hello, nonce).toString('hex')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${protocolName}\r\n` +
        `x-nonce: ${nonce}\r\nx-proof: ${proven}\r\n\r\n`,
    )
    this.#read(socket, head, hello, proofOf('dialler', secret, hello, nonce))
  }

  #refuse(request: IncomingMessage, socket: Socket, hello: Hello | null): Refusal | null {
    const { identity, members, keyring, tls } = this.#options
    const { headers, url, method } = request
    if (url !== linkPath || method !== 'GET' || hello === null) {
      return { status: 400, reason: 'this port is for links between nodes' }
    }
    if (headers.upgrade !== protocolName || headers['x-link-format'] !== linkFormat) {
      return { status: 426, reason: `this node speaks ${protocolName} ${linkFormat}` }
    }
    if (secretOfLabel(keyring, hello.label) === null) {
      return { status: 401, reason: 'another cluster secret' }
    }
    if (tls !== null && !names((socket as TLSSocket).getPeerCertificate()).includes(hello.from)) {
      return { status: 401, reason: `the certificate is not that of ${hello.from}` }
    }
    return refuseHello(hello, identity, members)
  }

  #turnAway(socket: Socket, hello: Hello | null, { status, reason }: Refusal): void {
    this.counters.refused++
    this.#options.refused(hello?.from ?? 'a stranger', reason)
    socket.end(
      `HTTP/1.1 ${String(status)} Refused\r\nx-reason: ${reason}\r\nconnection: close\r\n\r\n`,
    )
    setTimeout(() => socket.destroy(), 1_000).unref()
  }

  #read(socket: Socket, head: Buffer, hello: Hello, expected: Buffer): void {
    let proven = false
    let heardMillis = performance.now()
    const reader = new FrameReader({
      mostBytes: this.#options.mostMessageBytes,
      counters: this.frames,
      receive: (bytes, start, end) => {
        if (proven) return this.#receive(hello, bytes, start, end)
        proven = sameProof(bytes.subarray(start, end), expected)
        if (proven) this.#accept(socket, hello)
        else socket.destroy()
        return proven
      },
    })
    const take = (chunk: Buffer): void => {
      heardMillis = performance.now()
      if (!reader.push(chunk)) socket.destroy()
    }
    const watch = setInterval(() => {
      // It may have been gone before anybody listened for its end.
      if (socket.destroyed) clearInterval(watch)
      const silent = performance.now() - heardMillis
      if (silent > silenceMillis || !proven) socket.destroy()
      else socket.write(emptyFrame)
    }, keepAliveMillis).unref()
    const alarm = setTimeout(() => {
      if (!proven) socket.destroy()
    }, this.#options.handshakeMillis).unref()
    socket.setTimeout(0)
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.end())
    socket.once('close', () => {
      clearInterval(watch)
      clearTimeout(alarm)
      const name = nameOf(hello)
      if (this.#links.get(name) === socket) this.#links.delete(name)
    })
    socket.on('data', take)
    if (head.length > 0) take(head)
  }

  #accept(socket: Socket, hello: Hello): void {
    this.counters.accepted++
    const name = nameOf(hello)
    this.#links.get(name)?.destroy()
    this.#links.set(name, socket)
    this.#options.accepted(hello.from)
  }

  /** False: the bytes are no message. */
  #receive(hello: Hello, bytes: Uint8Array, start: number, end: number): boolean {
    const message = decodeMessage(bytes, this.#options.partitions, this.#names, start, end)
    if (message === null) return false
    const { clusterId } = this.#options.identity
    if (message.from === hello.from && message.clusterId === clusterId) {
      this.#options.receive(message)
    } else this.counters.foreign++
    return true
  }
}

interface Slicing {
  readonly latin1Slice: (this: Uint8Array, start: number, end: number) => string
}

const { latin1Slice } = Buffer.prototype as Slicing

/** Several times as fast as plain JavaScript, where there is more than a name to read. */
const asciiOf = (bytes: Uint8Array, start: number, end: number): string =>
  latin1Slice.call(bytes, start, end)

const nameOf = ({ from, linkClass }: Hello): string => `${linkClass}/${from}`

const emptyFrame = ((): Uint8Array => {
  const writer = new ByteWriter(16)
  endFrame(writer, beginFrame(writer))
  return writer.finish()
})()
