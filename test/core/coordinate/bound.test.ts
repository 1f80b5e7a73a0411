/**
 * How many siblings a key can have (DVV-5): those of one session are writes of which none had seen
 * another, so no more than it once had written without having seen them again. Random walks of real
 * nodes, with a copy at each, messages in any order or never.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Plant, VersionVector } from '../../../core/index.js'
import { covers, mergeVectors } from '../../../core/index.js'
import { forkStream } from '../../../sim/random.js'
import { get, put, rolesOf } from '../ask.js'
import { TestCluster } from '../cluster.js'

/** One client, as its session remembers the key. */
interface Writer {
  readonly name: string
  seen: VersionVector
  /** Its own writes that no context of its own covers. */
  blind: VersionVector
  /** The most that there ever were. */
  most: number
}

interface Walk {
  /** Siblings of one session, and what they may be at most; and so of all. */
  readonly worst: { readonly of: number; readonly most: number } | null
  readonly largest: number
}

function walk(seed: number, plant: Plant | null): Walk {
  const random = forkStream(seed, 'bound')
  const replication = { r: 1, w: 1, sloppy: false }
  const options = { nodes: 3, replication, readRepair: false, ...(plant !== null && { plant }) }
  const cluster = new TestCluster(options).start()
  const { id } = rolesOf(cluster, 'k')
  const writers = ['a', 'b', 'c'].map((name): Writer => ({ name, seen: [], blind: [], most: 0 }))
  let largest = 0
  let worst: Walk['worst'] = null
  for (let step = 0; step < 80; step++) {
    const writer = writers[random.integer(3)] as Writer
    const node = `n${String(1 + random.integer(3))}`
    const choice = random.integer(10)
    if (choice < 4) write(cluster, node, writer, `${writer.name}${String(step)}`)
    else if (choice < 5) read(cluster, node, writer)
    else {
      const flight = cluster.flights[random.integer(Math.max(1, cluster.flights.length))]
      if (flight !== undefined) cluster.deliver(flight)
    }
    for (const box of cluster.boxes) {
      const siblings = box.node?.stateOf(id)?.siblings ?? []
      largest = Math.max(largest, siblings.length)
      for (const { name, most } of writers) {
        const of = siblings.filter(({ value }) => value?.startsWith(name) === true).length
        if (of > most) worst ??= { of, most }
      }
    }
  }
  return { worst, largest }
}

function write(cluster: TestCluster, node: string, writer: Writer, value: string): void {
  const sent = writer.seen
  const keyHash = cluster.placement.keyRef('default', 'k').hash
  const context = sent.length === 0 ? null : { keyHash, vv: sent }
  const request = cluster.submit(node, put('k', value, { context }))
  const outcome = cluster.outcome(request)
  assert.ok(outcome?.kind === 'ok' && outcome.f === 'put')
  const { actor, n } = outcome.dot
  writer.blind = [...writer.blind.filter((one) => !covers(sent, one.actor, one.n)), { actor, n }]
  writer.most = Math.max(writer.most, writer.blind.length)
  writer.seen = mergeVectors(writer.seen, outcome.context.vv)
}

function read(cluster: TestCluster, node: string, writer: Writer): void {
  const outcome = cluster.outcome(cluster.submit(node, get('k')))
  assert.ok(outcome?.kind === 'ok')
  writer.seen = mergeVectors(writer.seen, outcome.context.vv)
}

test('bound: a session has no more siblings than it has written without seeing them', () => {
  let largest = 0
  for (let seed = 1; seed <= 60; seed++) {
    const found = walk(seed, null)
    assert.is(found.worst, null, `seed ${String(seed)}: ${JSON.stringify(found.worst)}`)
    largest = Math.max(largest, found.largest)
  }
  assert.ok(largest >= 6, `${String(largest)} siblings: the walks must come near to it`)
})

test('bound: with one vector for the whole value it is exceeded', () => {
  const broken = Array.from({ length: 60 }, (_, i) => walk(i + 1, 'plain_vectors'))
  assert.ok(broken.some(({ worst }) => worst !== null))
})

test('bound: who writes without reading piles up its own, and one read later they are one', () => {
  const cluster = new TestCluster({ nodes: 3 }).start()
  const { id } = rolesOf(cluster, 'k')
  const writer: Writer = { name: 'a', seen: [], blind: [], most: 0 }
  cluster.submit('n1', put('k', 'foreign'))
  cluster.settle()
  const size = (): number => cluster.box('n2').node?.stateOf(id)?.siblings.length ?? 0
  for (let i = 1; i <= 5; i++) {
    const context = { keyHash: cluster.placement.keyRef('default', 'k').hash, vv: writer.seen }
    const request = cluster.submit('n1', put('k', `a${String(i)}`, { context }))
    cluster.settle()
    const outcome = cluster.outcome(request)
    assert.ok(outcome?.kind === 'ok')
    writer.seen = mergeVectors(writer.seen, outcome.context.vv)
    assert.is(size(), 1 + i)
  }
  const request = cluster.submit('n3', get('k'))
  cluster.settle()
  const outcome = cluster.outcome(request)
  assert.ok(outcome?.kind === 'ok')
  cluster.submit('n3', put('k', 'a6', { context: outcome.context }))
  cluster.settle()
  assert.is(size(), 1)
})

test.run()
