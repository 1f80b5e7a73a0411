import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message, NodeId } from '../../core/index.js'
import { nodeId } from '../../core/index.js'
import type { Address } from '../../net/address.js'
import { keyringOf } from '../../net/secret.js'
import { mostPacketBytes, Udp } from '../../net/udp.js'
import { freePorts } from '../../net/cluster/ports.js'
import { until } from './live.js'

const a = nodeId('a')
const b = nodeId('b')

const beatOf = (from: NodeId, incarnation: number, clusterId = 'c'): Message => ({
  kind: 'announce',
  clusterId,
  from,
  incarnation,
  ringEpoch: 1,
})

/** Two ends, with somebody between them who sees and may repeat every packet. */
class Pair {
  readonly heard: Message[] = []
  /** Every packet from a to b. */
  readonly packets: Buffer[] = []
  readonly #between: Socket
  readonly #ports: readonly number[]
  readonly opened: Udp[] = []
  lose: (packet: Buffer) => boolean = () => false

  static async create(): Promise<Pair> {
    const pair = new Pair(await freePorts(3))
    await new Promise<void>((done) => pair.#between.bind(pair.#ports[2], '127.0.0.1', done))
    return pair
  }

  private constructor(ports: readonly number[]) {
    this.#ports = ports
    this.#between = createSocket('udp4')
    this.#between.on('message', (packet) => {
      this.packets.push(packet)
      if (!this.lose(packet)) this.repeat(packet)
    })
  }

  repeat(packet: Uint8Array): void {
    this.#between.send(packet, this.#at(b).port, '127.0.0.1')
  }

  #at(node: NodeId): Address {
    return { host: '127.0.0.1', port: this.#ports[node === a ? 0 : 1] as number }
  }

  async open(self: NodeId, secrets: readonly string[] = ['a secret of 16 bytes']): Promise<Udp> {
    const other = self === a ? { host: '127.0.0.1', port: this.#ports[2] as number } : this.#at(a)
    const udp = new Udp({
      address: this.#at(self),
      self,
      clusterId: 'c',
      partitions: 64,
      peers: new Map([[self === a ? b : a, other]]),
      keyring: keyringOf(secrets, 'c'),
      receive: (message) => this.heard.push(message),
    })
    await udp.open()
    this.opened.push(udp)
    return udp
  }

  close(): void {
    this.#between.close()
    for (const udp of this.opened) void udp.close()
  }
}

async function withPair(use: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = await Pair.create()
  try {
    await use(pair)
  } finally {
    pair.close()
  }
}

test('udp: the first message gets there, though neither life is known yet', () =>
  withPair(async (pair) => {
    const sender = await pair.open(a)
    const receiver = await pair.open(b)
    sender.send(b, beatOf(a, 1))
    await until('heard', () => pair.heard.length === 1)
    assert.equal(pair.heard[0], beatOf(a, 1))
    assert.is(receiver.counters.misaddressed, 1)
    assert.ok(pair.packets.every((packet) => packet.length <= mostPacketBytes))
    for (const packet of pair.packets) assert.not.match(packet.toString('latin1'), 'announce')
  }))

test('udp: a packet played back is dropped and counted, also after a restart', () =>
  withPair(async (pair) => {
    const sender = await pair.open(a)
    const receiver = await pair.open(b)
    sender.send(b, beatOf(a, 1))
    await until('heard', () => pair.heard.length === 1)
    for (const packet of [...pair.packets]) pair.repeat(packet)
    await until('repeated', () => receiver.counters.received >= 4)
    assert.is(pair.heard.length, 1)
    assert.is(receiver.counters.replayed, 1)
    await receiver.close()
    await sender.close()
    const recorded = [...pair.packets]
    const again = await pair.open(b)
    for (const packet of recorded) pair.repeat(packet)
    await until('repeated again', () => again.counters.received >= 2)
    assert.is(again.counters.misaddressed, 2)
    assert.is(pair.heard.length, 1)
  }))

test('udp: a receiver that has started again is greeted, and hears what it missed', () =>
  withPair(async (pair) => {
    const sender = await pair.open(a)
    const receiver = await pair.open(b)
    sender.send(b, beatOf(a, 1))
    await until('heard', () => pair.heard.length === 1)
    await receiver.close()
    await pair.open(b)
    sender.send(b, beatOf(a, 1))
    await until('heard by the new life', () => pair.heard.length >= 2)
    sender.send(b, beatOf(a, 1))
    await until('and heard directly', () => pair.heard.length >= 3)
  }))

test('udp: packets of an earlier life of the sender are not taken any more', () =>
  withPair(async (pair) => {
    const first = await pair.open(a)
    const receiver = await pair.open(b)
    first.send(b, beatOf(a, 1))
    await until('heard', () => pair.heard.length === 1)
    pair.lose = () => true
    first.send(b, beatOf(a, 1))
    await until('caught', () => pair.packets.length === 3)
    const caught = pair.packets[2] as Buffer
    await first.close()
    pair.lose = () => false
    const second = await pair.open(a)
    second.send(b, beatOf(a, 2))
    await until('heard of the second life', () => pair.heard.length === 2)
    const before = receiver.counters.replayed
    pair.repeat(caught)
    await until('dropped', () => receiver.counters.replayed === before + 1)
    assert.equal(
      pair.heard.map(({ incarnation }) => incarnation),
      [1, 2],
    )
  }))

test('udp: what is changed, foreign or no packet at all is dropped and counted', () =>
  withPair(async (pair) => {
    const sender = await pair.open(a)
    const receiver = await pair.open(b)
    sender.send(b, beatOf(a, 1))
    await until('heard', () => pair.heard.length === 1)
    const [packet] = pair.packets as [Buffer]
    for (let at = 0; at < packet.length; at++) {
      const changed = Buffer.from(packet)
      changed[at]! ^= 1
      pair.repeat(changed)
      pair.repeat(packet.subarray(0, at))
    }
    pair.repeat(Buffer.alloc(1_401))
    const all = 2 + 2 * packet.length + 1
    await until('all came', () => receiver.counters.received >= all)
    assert.is(receiver.counters.unsealed, 2 * packet.length)
    assert.is(receiver.counters.tooLarge, 1)
    assert.is(pair.heard.length, 1)
    sender.send(b, beatOf(a, 1, 'another cluster'))
    await until('no message of this cluster', () => receiver.counters.malformed === 1)
    assert.is(pair.heard.length, 1)
  }))

test('udp: secrets are changed without a break', () =>
  withPair(async (pair) => {
    const sender = await pair.open(a, ['the new secret, 16 bytes', 'the old secret, 16 bytes'])
    const receiver = await pair.open(b, ['the old secret, 16 bytes', 'the new secret, 16 bytes'])
    sender.send(b, beatOf(a, 1))
    await until('heard', () => pair.heard.length === 1)
    assert.is(receiver.counters.unsealed, 0)
    await receiver.close()
    const other = await pair.open(b, ['another secret, 16 bytes'])
    sender.send(b, beatOf(a, 1))
    await until('not opened', () => other.counters.unsealed === 1)
    assert.is(pair.heard.length, 1)
  }))

test.run()
