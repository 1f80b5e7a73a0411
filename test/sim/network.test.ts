import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { messageClasses } from '../../scenarios/model.js'
import type { LinkOverride, NetworkModel } from '../../scenarios/model.js'
import { Network, cut, lost } from '../../sim/network.js'
import { always, constant, exponential, plain, unchanged } from './link.js'

const plainLink: LinkOverride = {
  from: [],
  to: [],
  bothWays: false,
  latency: null,
  lossPpm: null,
  duplicatePpm: null,
  reorderPpm: null,
  bitsPerSecond: null,
}

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5']
const clients = ['c1', 'c2']
const [n1, n2, n3, n4, n5, c1, c2] = [0, 1, 2, 3, 4, 5, 6] as const
const everybody = [n1, n2, n3, n4, n5, c1, c2]
const write = messageClasses.indexOf('write')

const network = (changes: Partial<NetworkModel>, seed = 1): Network =>
  new Network({ model: { ...plain, ...changes }, nodes, clients, seed, zones: nodes })
const send = (net: Network, from: number, to: number, nowMicros = 0): number =>
  net.send(from, to, write, 100, nowMicros)
const sendMany = (net: Network, from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, () => send(net, from, to))

test('network: a message between nodes takes the latency of its class', () => {
  const net = network({
    latency: {
      write: constant(1),
      write_ok: constant(2),
      read: constant(3),
      read_ok: constant(4),
      other: constant(5),
    },
  })
  const arrivals = messageClasses.map((_, index) => net.send(n1, n2, index, 100, 10_000))
  assert.equal(arrivals, [10_001, 10_002, 10_003, 10_004, 10_005])
})

test('network: clients have their own latency, in both directions', () => {
  const net = network({})
  assert.is(send(net, c1, n1, 50), 350)
  assert.is(send(net, n1, c1, 50), 350)
  assert.is(send(net, n1, n2, 50), 1_050)
})

test('network: the same seed gives the same times, another seed others', () => {
  const times = (seed: number): number[] =>
    sendMany(network({ latency: always(exponential), lossPpm: 100_000 }, seed), n1, n2, 50)
  assert.equal(times(1), times(1))
  assert.not.equal(times(1), times(2))
})

test('network: loss, duplicates and reordering do not shift the latencies drawn', () => {
  const latency = always(exponential)
  const reference = sendMany(network({ latency }), n1, n2, 200)
  const lossy = sendMany(network({ latency, lossPpm: 300_000 }), n1, n2, 200)
  assert.ok(lossy.includes(lost))
  lossy.forEach((time, index) => assert.ok(time === lost || time === reference[index]))
  const doubled = sendMany(network({ latency, duplicatePpm: 300_000 }), n1, n2, 200)
  assert.equal(doubled, reference)
  const reordering = { latency, reorderPpm: 300_000, reorderMicros: 5_000 }
  const reordered = sendMany(network(reordering), n1, n2, 200)
  reordered.forEach((time, index) => assert.ok(time >= reference[index]!))
  assert.not.equal(reordered, reference)
})

test('network: traffic of one sender, or to clients, does not shift the draws of another', () => {
  const busy = network({ latency: always(exponential), clientLatency: exponential })
  const quiet = network({ latency: always(exponential), clientLatency: exponential })
  const seen: number[] = []
  for (let round = 0; round < 50; round++) {
    send(busy, n2, n1)
    send(busy, n1, c1)
    send(busy, c1, n1)
    seen.push(send(busy, n1, n2))
  }
  assert.equal(seen, sendMany(quiet, n1, n2, 50))
})

test('network: loss and duplicates come as often as asked, and never to clients', () => {
  const net = network({ lossPpm: 100_000, duplicatePpm: 50_000 })
  let losses = 0
  let duplicates = 0
  for (let index = 0; index < 20_000; index++) {
    if (send(net, n1, n2) === lost) {
      losses++
      assert.is(net.duplicateAtMicros, -1)
    } else if (net.duplicateAtMicros >= 0) duplicates++
  }
  assert.ok(Math.abs(losses - 2_000) < 170, String(losses))
  assert.ok(Math.abs(duplicates - 900) < 120, String(duplicates))
  for (let index = 0; index < 1_000; index++) {
    assert.is(send(net, n1, c1), 300)
    assert.is(net.duplicateAtMicros, -1)
  }
})

test('network: a duplicate has a latency of its own, and is forgotten by the next send', () => {
  const net = network({ latency: always(exponential), duplicatePpm: 1_000_000 })
  const original = send(net, n1, n2, 7_000)
  const copy = net.duplicateAtMicros
  assert.ok(copy >= 7_200)
  assert.is.not(copy, original)
  send(net, n1, c1)
  assert.is(net.duplicateAtMicros, -1)
})

test('network: reordering delays some messages once more, by up to reorderMicros', () => {
  const net = network({ reorderPpm: 500_000, reorderMicros: 4_000 })
  const times = sendMany(net, n1, n2, 2_000)
  const late = times.filter((time) => time > 1_000)
  assert.ok(Math.abs(late.length - 1_000) < 120, String(late.length))
  assert.ok(Math.max(...times) <= 5_000)
  assert.ok(Math.max(...times) > 4_900)
})

test('network: bandwidth makes messages of one directed link queue, and only those', () => {
  const net = network({ bitsPerSecond: 8_000_000 })
  assert.equal(sendMany(net, n1, n2, 3), [1_100, 1_200, 1_300], '100 bytes at a byte a microsecond')
  assert.is(send(net, n2, n1), 1_100, 'the way back')
  assert.is(send(net, n1, n3), 1_100, 'another peer')
  assert.is(send(net, n1, n2, 5_000), 6_100, 'after a pause')
  assert.is(send(net, n1, c1), 300, 'clients')
})

test('network: a fast link carries many small messages a microsecond', () => {
  const net = network({ bitsPerSecond: 10_000_000_000 })
  const times = sendMany(net, n1, n2, 1_000)
  assert.is(times[0], 1_001)
  assert.is(times.at(-1), 1_080, '100,000 bytes at 1,250 bytes a microsecond')
})

test('network: links override, one way or both, later over earlier, field by field', () => {
  const net = network({
    links: [
      {
        ...plainLink,
        from: ['n1'],
        to: ['n4', 'n5'],
        bothWays: true,
        latency: always(constant(40_000)),
      },
      { ...plainLink, from: ['n1'], to: ['n4'], latency: always(constant(70_000)) },
      { ...plainLink, from: ['n1'], to: ['n5'], lossPpm: 1_000_000 },
      { ...plainLink, from: ['n2'], to: ['n3'], bitsPerSecond: 8_000_000 },
    ],
  })
  assert.is(send(net, n1, n4), 70_000)
  assert.is(send(net, n4, n1), 40_000)
  assert.is(send(net, n1, n5), lost)
  assert.is(send(net, n5, n1), 40_000)
  assert.is(send(net, n1, n2), 1_000)
  assert.equal(sendMany(net, n2, n3, 2), [1_100, 1_200])
  assert.equal(sendMany(net, n3, n2, 2), [1_000, 1_000])
})

test('network: an override from all to all, both ways, covers every pair', () => {
  const all = { ...plainLink, from: nodes, to: nodes, bothWays: true, latency: always(constant(5)) }
  const net = network({ links: [all] })
  for (const from of [n1, n2, n3, n4, n5])
    for (const to of [n1, n2, n3, n4, n5]) if (from !== to) assert.is(send(net, from, to), 5)
})

test('network: a link fault ends, and leaves what the scenario said', () => {
  const net = network({ lossPpm: 1_000_000 })
  const token = net.addLinkFault([n1], [n2], false, {
    ...unchanged,
    lossPpm: 0,
    latency: constant(9_000),
  })
  assert.is(send(net, n1, n2), 9_000)
  assert.is(send(net, n2, n1), lost)
  net.removeLinkFault(token)
  assert.is(send(net, n1, n2), lost)
  assert.throws(() => net.removeLinkFault(token), /no link rule/)
})

test('network: of two faults on a link the later holds, until it ends', () => {
  const net = network({})
  const older = net.addLinkFault([n1], [n2, n3], true, { ...unchanged, latency: constant(5) })
  const newer = net.addLinkFault([n2], [n1], false, { ...unchanged, latency: constant(7) })
  assert.equal([send(net, n1, n2), send(net, n2, n1), send(net, n3, n1)], [5, 7, 5])
  net.removeLinkFault(newer)
  assert.is(send(net, n2, n1), 5)
  net.removeLinkFault(older)
  assert.is(send(net, n2, n1), 1_000)
})

test('network: only links between nodes take settings', () => {
  const net = network({})
  assert.throws(() => net.addLinkFault([n1], [c1], false, unchanged), /only links between nodes/)
  const unknown = { ...plainLink, from: ['n9'], to: ['n1'] }
  assert.throws(() => network({ links: [unknown] }), /only links between nodes/)
})

test('network: a partition cuts between its groups; who is in none reaches all', () => {
  const net = network({})
  const token = net.partition([
    [n1, n2, c1],
    [n3, n4],
  ])
  for (const from of everybody) {
    for (const to of everybody) {
      if (from === to) continue
      const side = (end: number): number =>
        ([n1, n2, c1] as number[]).includes(end) ? 1 : end === n3 || end === n4 ? 2 : 0
      const severed = side(from) !== 0 && side(to) !== 0 && side(from) !== side(to)
      assert.is(send(net, from, to) === cut, severed)
      assert.is(net.deliverable(from, to), !severed)
    }
  }
  net.heal(token)
  for (const to of everybody.slice(1)) assert.ok(send(net, n1, to) > 0)
  assert.throws(() => net.partition([[n1], [n1, n2]]), /two sides/)
})

test('network: a partition catches what is in flight, unless it ends before the arrival', () => {
  const net = network({})
  assert.is(send(net, n1, n3, 0), 1_000)
  const token = net.partition([[n1], [n3]])
  assert.not.ok(net.deliverable(n1, n3))
  assert.is(send(net, n1, n3, 500), cut)
  net.heal(token)
  assert.ok(net.deliverable(n1, n3))
})

test('network: a one-way cut leaves the way back', () => {
  const net = network({})
  const token = net.cut([n3], [n4])
  assert.is(send(net, n3, n4), cut)
  assert.is(send(net, n4, n3), 1_000)
  net.heal(token)
  assert.is(send(net, n3, n4), 1_000)
})

test('network: a cut holds under a later link fault on the same link', () => {
  const net = network({})
  net.cut([n1], [n2])
  net.addLinkFault([n1], [n2], false, { ...unchanged, latency: constant(1) })
  assert.is(send(net, n1, n2), cut)
})

test('network: overlapping cuts and partitions behave as lists of forbidden pairs do', () => {
  const ends = fc.subarray(everybody, { minLength: 1 })
  const action = fc.oneof(
    fc.record({ kind: fc.constant('cut' as const), from: ends, to: ends }),
    fc.record({
      kind: fc.constant('partition' as const),
      order: fc.shuffledSubarray(everybody),
      at: fc.nat(6),
    }),
    fc.record({ kind: fc.constant('heal' as const), which: fc.nat() }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 12 }), (script) => {
      const net = network({})
      const active: { token: number; pairs: Set<string> }[] = []
      for (const step of script) {
        if (step.kind === 'heal') {
          const [healed] = active.splice(step.which % Math.max(1, active.length), 1)
          if (healed !== undefined) net.heal(healed.token)
        } else {
          const from = step.kind === 'cut' ? step.from : step.order.slice(0, step.at)
          const to = step.kind === 'cut' ? step.to : step.order.slice(step.at)
          const pairs = new Set(from.flatMap((a) => to.map((b) => `${String(a)}>${String(b)}`)))
          if (step.kind === 'partition')
            for (const a of to) for (const b of from) pairs.add(`${String(a)}>${String(b)}`)
          const token = step.kind === 'cut' ? net.cut(from, to) : net.partition([from, to])
          active.push({ token, pairs })
        }
        for (const a of everybody)
          for (const b of everybody) {
            const severed =
              a !== b && active.some((one) => one.pairs.has(`${String(a)}>${String(b)}`))
            assert.is(net.deliverable(a, b), !severed)
          }
      }
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('network: all that a slow node sends and gets takes longer, clients included', () => {
  const net = network({})
  net.setSlowness(n2, 20)
  net.setSlowness(n3, 2)
  assert.is(send(net, n1, n2), 20_000)
  assert.is(send(net, n2, n1), 20_000)
  assert.is(send(net, n2, n3), 20_000, 'the slower counts')
  assert.is(send(net, n3, n1), 2_000)
  assert.is(send(net, c1, n2), 6_000)
  net.setSlowness(n2, 1)
  assert.is(send(net, n1, n2), 1_000)
})

test('network: a thousand nodes and clients, split in two halves and by single links', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => index)
  const net = new Network({
    model: plain,
    nodes: many.map((index) => `n${String(index + 1)}`),
    clients: many.map((index) => `c${String(index + 1)}`),
    zones: many.map(() => 'a'),
    seed: 1,
  })
  const token = net.partition([many.slice(0, 500), many.slice(500)])
  for (let index = 0; index < 20; index++) net.cut([index], [index + 20])
  assert.is(send(net, 0, 999), cut)
  assert.is(send(net, 0, 499), 1_000)
  assert.is(send(net, 0, 20), cut)
  assert.is(send(net, 20, 0), 1_000)
  assert.is(send(net, 1_999, 999), 300)
  net.heal(token)
  assert.is(send(net, 0, 999), 1_000)
  assert.is(send(net, 19, 39), cut)
})

test.run()
