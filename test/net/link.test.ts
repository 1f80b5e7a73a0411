import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message, Replicate } from '../../core/index.js'
import { ByteWriter, encodeMessage, keyRef, nodeId } from '../../core/index.js'
import type { Address } from '../../net/address.js'
import { diallerOf } from '../../net/dial.js'
import { beginFrame, endFrame } from '../../net/frame.js'
import { Link } from '../../net/link.js'
import { Receiver } from '../../net/receive.js'
import { keyringOf } from '../../net/secret.js'
import { until } from './live.js'

const a = nodeId('a')
const b = nodeId('b')
const keyring = keyringOf(['a secret of 16 bytes'], 'c')
const identity = { clusterId: 'c', node: b, ringDigest: '0123456789abcdef' }

const replicateOf = (request: number, valueBytes: number): Replicate => ({
  kind: 'replicate',
  clusterId: 'c',
  from: a,
  incarnation: 1,
  ringEpoch: 1,
  request,
  opId: `op${String(request)}`,
  budgetMicros: 60_000_000,
  key: keyRef('default', `k${String(request)}`, 64),
  state: {
    vv: [{ actor: 'a:0' as never, n: request }],
    siblings: [{ actor: 'a:0' as never, n: request, hlc: 1, value: 'v'.repeat(valueBytes) }],
  },
  reapEpoch: 0,
  hintFor: null,
})

class Scene {
  readonly heard: Message[] = []
  readonly states: string[] = []
  receiver: Receiver
  address: Address = { host: '127.0.0.1', port: 0 }

  constructor() {
    this.receiver = this.#receiver()
  }

  #receiver(): Receiver {
    return new Receiver({
      address: this.address,
      identity,
      members: new Set([a, b]),
      partitions: 64,
      keyring,
      source: { clusterId: 'c', keyring, members: [] },
      log: { clusterId: 'c', keyring, journal: { page: () => ({ source: '', lines: [] }) } },
      tls: null,
      mostMessageBytes: 100_000,
      handshakeMillis: 300,
      receive: (message) => this.heard.push(message),
      accepted: () => undefined,
      refused: () => undefined,
    })
  }

  async open(): Promise<void> {
    this.address = await this.receiver.open()
  }

  async reopen(): Promise<void> {
    this.receiver = this.#receiver()
    await this.receiver.open()
  }

  dial() {
    const hello = { ...identity, from: a, to: b, linkClass: 'urgent' as const }
    return diallerOf({ address: this.address, hello, keyring, tls: null, timeoutMillis: 1_000 })
  }

  link(messages = 100): Link {
    const dirty: Link[] = []
    return new Link({
      dial: this.dial(),
      outbox: { messages, bytes: 10_000_000, lifeMicros: 10_000_000 },
      mostMessageBytes: 100_000,
      mostUnreadBytes: 100_000,
      dirty: (link) => {
        dirty.push(link)
        setImmediate(() => link.flush())
      },
      changed: (state) => this.states.push(state),
      random: () => 0,
    })
  }

  connect(): Socket {
    return connect(this.address.port, this.address.host)
  }
}

async function withScene(use: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = new Scene()
  await scene.open()
  try {
    await use(scene)
  } finally {
    scene.receiver.close()
  }
}

const requests = (messages: readonly Message[]): number[] =>
  messages.map((message) => ('request' in message ? message.request : -1))

test('link: what is sent before it is up waits, and comes in order', () =>
  withScene(async (scene) => {
    const link = scene.link()
    for (let request = 1; request <= 5; request++) link.send(replicateOf(request, 10))
    link.open()
    await until('they came', () => scene.heard.length === 5)
    assert.equal(requests(scene.heard), [1, 2, 3, 4, 5])
    assert.is(link.counters.writes, 1)
    const [first] = scene.heard as [Replicate]
    assert.ok(first.budgetMicros < 60_000_000, 'the wait is taken off')
    await link.close()
  }))

test('link: it is dialled again when it breaks, and what waits goes on', () =>
  withScene(async (scene) => {
    const link = scene.link()
    link.open()
    await until('up', () => link.state === 'up')
    scene.receiver.close()
    await until('down', () => link.state === 'down')
    link.send(replicateOf(1, 10))
    await scene.reopen()
    await until('it came', () => scene.heard.length === 1)
    assert.equal(scene.states.slice(0, 2), ['up', 'down'])
    assert.is(link.counters.breaks, 1)
    await link.close()
  }))

test('link: a message that is too large is counted and not sent; the next one is', () =>
  withScene(async (scene) => {
    const link = scene.link()
    link.open()
    await until('up', () => link.state === 'up')
    link.send(replicateOf(1, 200_000))
    link.send(replicateOf(2, 10))
    await until('it came', () => scene.heard.length === 1)
    assert.equal(requests(scene.heard), [2])
    assert.is(link.counters.tooLarge, 1)
    await link.close()
  }))

test('link: it survives frames that make no sense', () =>
  withScene(async (scene) => {
    const socket = await scene.dial()(new AbortController().signal)
    const writer = new ByteWriter()
    const payloads = [
      new Uint8Array([9, 9, 9]),
      new Uint8Array(150_000),
      encodeMessage({ ...replicateOf(7, 10), from: b }),
      encodeMessage({ ...replicateOf(8, 10), clusterId: 'd' }),
      encodeMessage(replicateOf(9, 10)),
    ]
    for (const payload of payloads) {
      const start = beginFrame(writer)
      writer.raw(payload)
      endFrame(writer, start)
    }
    socket.write(writer.finish())
    await until('the good one came', () => scene.heard.length === 1)
    assert.equal(requests(scene.heard), [9])
    assert.is(scene.receiver.frames.malformed, 1)
    assert.is(scene.receiver.frames.tooLarge, 1)
    assert.is(scene.receiver.counters.foreign, 2)
    assert.not.ok(socket.destroyed)
    socket.destroy()
  }))

test('link: to a peer that does not read it holds a bounded number, and goes on when it reads', () =>
  withScene(async (scene) => {
    const link = scene.link(50)
    link.open()
    await until('up', () => link.state === 'up')
    let sent = 0
    let waiting = 0
    // Nothing is read while this loop runs: both ends are in this process.
    for (; link.outbox.counters.overflowed < 20 && sent < 10_000; sent++) {
      link.send(replicateOf(sent + 1, 50_000))
      waiting = Math.max(waiting, link.outbox.size)
    }
    assert.is(waiting, 50)
    assert.is(link.outbox.counters.overflowed, 20)
    await until('the rest came', () => scene.heard.length === sent - 20)
    assert.is(requests(scene.heard).at(-1), sent)
    assert.is(link.outbox.size + link.outbox.bytes, 0)
    await link.close()
  }))

const closed = (socket: Socket): Promise<string> =>
  new Promise((done) => {
    let said = ''
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => done(said))
  })

test('link: who is no peer gets no further, and not much time', () =>
  withScene(async (scene) => {
    const plain = scene.connect()
    plain.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    assert.match(await closed(plain), /^HTTP\/1.1 426/)
    const noise = scene.connect()
    noise.write('\0\x01\x02 no http at all\r\n\r\n')
    assert.is(await closed(noise), '')
    const slow = scene.connect()
    slow.write('GET /link HTTP/1.1\r\nhost: x\r\n')
    const drip = setInterval(() => slow.write('x-a: b\r\n'), 50)
    const begun = performance.now()
    await closed(slow)
    clearInterval(drip)
    assert.ok(performance.now() - begun < 3_000)
    const headers = scene.connect()
    headers.write(`GET /link HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(20_000)}\r\n\r\n`)
    await closed(headers)
    assert.equal(scene.heard, [])
    assert.is(scene.receiver.counters.accepted, 0)
  }))

test('link: who does not know the secret is turned away, and whoever says nothing more', () =>
  withScene(async (scene) => {
    const socket = scene.connect()
    const label = keyring.first.label
    const hello =
      `GET /link HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: dynamo-sim\r\n` +
      `x-link-format: 1\r\nx-cluster: c\r\nx-ring: 0123456789abcdef\r\nx-from: a\r\nx-to: b\r\n` +
      `x-class: urgent\r\nx-secret: ${label}\r\nx-nonce: 00\r\n\r\n`
    socket.write(hello)
    const begun = performance.now()
    assert.match(await closed(socket), /^HTTP\/1.1 101/)
    assert.ok(performance.now() - begun < 3_000, 'the proof did not come')
    const other = diallerOf({
      address: scene.address,
      hello: { ...identity, from: a, to: b, linkClass: 'urgent' },
      keyring: keyringOf(['some other secret'], 'c'),
      tls: null,
      timeoutMillis: 1_000,
    })
    const refused = await other(new AbortController().signal).then(
      () => 'taken',
      (error: Error) => error.message,
    )
    assert.is(refused, 'refused (401): another cluster secret')
    assert.is(scene.receiver.counters.accepted, 0)
  }))

test.run()
