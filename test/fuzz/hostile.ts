/**
 * What strangers may send to a node's ports, those of peers and that of clients, and what must hold
 * whatever it is: nothing is thrown, nothing is kept, and no message comes out that is not the one
 * that went in.
 */
import * as fc from 'fast-check'
import type { Message } from '../../core/index.js'
import { ByteWriter, decodeMessage, encodeMessage, nodeId } from '../../core/index.js'
import { beginFrame, endFrame, FrameReader, newFrameCounters } from '../../net/frame.js'
import { Sealer } from '../../net/seal.js'
import { keyringOf } from '../../net/secret.js'
import { Udp } from '../../net/udp.js'
import { messages, partitions } from '../core/wire/arbitrary.js'
import { readers, textsBorne, textsPerRun } from './http.js'

/** Bytes that are nearly right: most of a decoder is behind its first checks. */
interface Change {
  readonly kind: 'set' | 'cut' | 'insert' | 'repeat'
  readonly at: number
  readonly byte: number
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('set', 'set', 'set', 'cut', 'insert', 'repeat'),
  at: fc.nat(),
  byte: fc.nat(255),
})
const changes = fc.array(change, { maxLength: 4 })
const noise = fc.uint8Array({ maxLength: 1_500 })

function changed(bytes: Uint8Array, list: readonly Change[]): Uint8Array {
  let result = Array.from(bytes)
  for (const { kind, at, byte } of list) {
    const place = result.length === 0 ? 0 : at % result.length
    if (kind === 'set') result[place] = byte
    else if (kind === 'cut') result.splice(place, 1 + (byte % 8))
    else if (kind === 'insert') result.splice(place, 0, byte)
    else result = result.concat(result.slice(place, place + 32))
  }
  return Uint8Array.from(result)
}

function framed(message: Message): Uint8Array {
  const writer = new ByteWriter()
  const start = beginFrame(writer)
  writer.raw(encodeMessage(message))
  endFrame(writer, start)
  return writer.finish()
}

const keyring = keyringOf(['a secret of sixteen bytes'], 'c')

/** Each tries one thing that came from outside, and throws if it was not borne. */
export interface Target {
  readonly name: string
  readonly property: () => fc.IProperty<unknown>
  /** How many things one run of the property tries; one if left out. */
  readonly inputsPerRun?: number
}

export const targets: readonly Target[] = [
  { name: 'frames', property: framesBorne },
  { name: 'packets', property: packetsBorne },
  { name: 'bodies of packets', property: bodiesBorne },
  ...readers.map(({ name, read }) => ({
    name,
    property: () => textsBorne(read),
    inputsPerRun: textsPerRun,
  })),
]

/** A stream of frames, damaged anywhere, in pieces: only whole messages come out. */
function framesBorne(): fc.IProperty<unknown> {
  const stream = fc.oneof(
    fc.tuple(messages, changes).map(([message, list]) => changed(framed(message), list)),
    noise,
  )
  return fc.property(stream, fc.nat(), (bytes, cut) => {
    const counters = newFrameCounters()
    const reader = new FrameReader({
      mostBytes: 4_096,
      counters,
      receive: (all, start, end) => {
        const message = decodeMessage(all, partitions, null, start, end)
        if (message === null) return false
        same(encodeMessage(message), all.subarray(start, end))
        return true
      },
    })
    const at = cut % (bytes.length + 1)
    if (reader.push(bytes.subarray(0, at))) reader.push(bytes.subarray(at))
  })
}

/** Of a packet that was sealed and changed, nothing is taken, unless nothing has changed. */
function packetsBorne(): fc.IProperty<unknown> {
  const sender = new Sealer(keyring)
  const heard: Message[] = []
  const udp = receiver(heard)
  const beat = encodeMessage(announce)
  const packet = fc.oneof(
    changes.map((list) => changed(sender.seal(udp.life, 1, beat), list)),
    noise,
  )
  return fc.property(packet, (bytes) => {
    udp.take(Buffer.from(bytes))
    if (heard.some(({ from }) => from !== announce.from)) throw new Error('a stranger was heard')
    heard.length = 0
  })
}

/** Whoever knows the secret may still send nonsense: it is counted, and goes no further. */
function bodiesBorne(): fc.IProperty<unknown> {
  const sender = new Sealer(keyring)
  const udp = receiver([])
  const body = fc.oneof(
    fc.tuple(messages, changes).map(([message, list]) => changed(encodeMessage(message), list)),
    noise,
  )
  return fc.property(body, fc.nat(3), (bytes, type) => {
    udp.take(sender.seal(udp.life, type, bytes.subarray(0, 1_300)))
  })
}

const announce: Message = {
  kind: 'announce',
  clusterId: 'c',
  from: nodeId('a'),
  incarnation: 1,
  ringEpoch: 1,
}

/** Never opened: packets are handed to it as its socket would. */
function receiver(heard: Message[]): Udp {
  return new Udp({
    address: { host: '127.0.0.1', port: 0 },
    self: nodeId('b'),
    clusterId: 'c',
    partitions,
    peers: new Map([[nodeId('a'), { host: '127.0.0.1', port: 9 }]]),
    keyring,
    receive: (message) => heard.push(message),
  })
}

function same(left: Uint8Array, right: Uint8Array): void {
  if (Buffer.compare(left, right) !== 0) throw new Error('a message that nobody has encoded')
}
