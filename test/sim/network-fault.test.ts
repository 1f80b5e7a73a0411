import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { messageClasses } from '../../scenarios/model.js'
import type { NetworkModel } from '../../scenarios/model.js'
import { Network, clogged } from '../../sim/network.js'
import { always, exponential, plain, unchanged } from './link.js'

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5']
const clients = ['c1', 'c2']
const [n1, n2, n3, c1] = [0, 1, 2, 5] as const
const write = messageClasses.indexOf('write')

const network = (changes: Partial<NetworkModel>, seed = 1): Network =>
  new Network({ model: { ...plain, ...changes }, nodes, clients, seed, zones: nodes })
const send = (net: Network, from: number, to: number, nowMicros = 0): number =>
  net.send(from, to, write, 100, nowMicros)
const sendMany = (net: Network, from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, () => send(net, from, to))

test('network: a clogged link takes nothing, loses nothing, and draws nothing', () => {
  const net = network({ latency: always(exponential), lossPpm: 100_000 })
  const reference = sendMany(
    network({ latency: always(exponential), lossPpm: 100_000 }),
    n1,
    n2,
    50,
  )
  const token = net.clog([n1], [n2], false)
  assert.equal(sendMany(net, n1, n2, 5), [clogged, clogged, clogged, clogged, clogged])
  assert.ok(send(net, n2, n1) !== clogged)
  net.heal(token)
  assert.equal(sendMany(net, n1, n2, 50), reference)
})

test('network: a slow pair takes a multiple of the time, other links the usual', () => {
  const net = network({})
  const token = net.addLinkFault([n1], [n2], true, { ...unchanged, latencyFactor: 20 })
  assert.equal([send(net, n1, n2), send(net, n2, n1), send(net, n1, n3)], [20_000, 20_000, 1_000])
  net.removeLinkFault(token)
  assert.is(send(net, n1, n2), 1_000)
})

test('network: the copy of a message is as slow as its pair', () => {
  const net = network({})
  const duplicated = { ...unchanged, latencyFactor: 20, duplicatePpm: 1_000_000 }
  net.addLinkFault([n1], [n2], true, duplicated)
  assert.is(send(net, n1, n2), 20_000)
  assert.is(net.duplicateAtMicros, 20_000)
})

test('network: bandwidth as a fault makes a queue, and its end frees it', () => {
  const net = network({})
  const token = net.addLinkFault([n1], [n2], false, { ...unchanged, bitsPerSecond: 8_000 })
  assert.equal(sendMany(net, n1, n2, 2), [101_000, 201_000])
  net.removeLinkFault(token)
  assert.is(send(net, n1, n2), 1_000)
})

test('network: corruption comes as often as asked, and shifts no other draw', () => {
  const latency = always(exponential)
  const reference = sendMany(network({ latency }), n1, n2, 20_000)
  const net = network({ latency, corruptPpm: 100_000 })
  let hits = 0
  for (let index = 0; index < 20_000; index++) {
    assert.is(send(net, n1, n2), reference[index])
    if (net.corrupted !== null) hits++
  }
  assert.ok(Math.abs(hits - 2_000) < 5 * Math.sqrt(1_800), String(hits))
  send(net, c1, n1)
  assert.is(net.corrupted, null)
})

test.run()
