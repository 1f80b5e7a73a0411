/** Exchanges between real nodes: AE-1, AE-2, and what they may tell. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { KeyState } from '../../../core/index.js'
import { actorOf, keyRef, nodeId } from '../../../core/index.js'
import { mendedMeanwhile } from '../../../core/sync/meanwhile.js'
import { put } from '../ask.js'
import type { Flight } from '../cluster.js'
import { TestCluster } from '../cluster.js'
import { states } from '../version/arbitrary.js'
import type { Holdings } from './scene.js'
import { isSync, merged, roundMicros, scene, unlike, Witness } from './scene.js'

/** Whether or not its dots are covered elsewhere decides who is behind whom. */
function state(...dots: readonly (readonly [node: string, n: number])[]): KeyState {
  const siblings = dots.map(([node, n]) => {
    return { actor: actorOf(nodeId(node), 0), n, value: `${node}.${String(n)}`, hlc: n }
  })
  return { vv: siblings.map(({ actor, n }) => ({ actor, n })), siblings }
}

const names = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5']
const held = fc.dictionary(fc.constantFrom(...names), states, { maxKeys: names.length })

test('exchange: two owners that stand idle are equal after one round (AE-1)', () => {
  fc.assert(
    fc.property(held, held, (n1, n2) => {
      const holdings = { n1, n2 }
      const cluster = scene(holdings).start()
      cluster.run(roundMicros + 500_000)
      assert.equal(unlike(cluster, merged(holdings)), [])
    }),
    { seed: 1, numRuns: 150 },
  )
})

test('exchange: three owners are equal after two rounds, whoever knew what', () => {
  fc.assert(
    fc.property(held, held, held, (n1, n2, n3) => {
      const holdings = { n1, n2, n3 }
      const cluster = scene(holdings).start()
      cluster.run(2 * roundMicros + 500_000)
      assert.equal(unlike(cluster, merged(holdings)), [])
    }),
    { seed: 1, numRuns: 60 },
  )
})

test('exchange: equal owners tell each other roots, and nothing more (AE-2)', () => {
  const all = Object.fromEntries(names.map((name, i) => [name, state(['n1', i + 1])]))
  const cluster = scene({ n1: all, n2: all, n3: all }).start()
  const witness = new Witness(cluster)
  cluster.run(5 * roundMicros)
  assert.ok(witness.count('sync_roots') >= 5 * 3 * 2)
  assert.is(witness.count('sync_roots_ok'), witness.count('sync_roots'))
  for (const kind of ['sync_segments', 'sync_keys', 'sync_states'] as const) {
    assert.is(witness.count(kind), 0, kind)
  }
})

/** n1 takes a put; `deliver`: the others hear of it. */
function write(cluster: TestCluster, value: string, deliver: boolean): void {
  cluster.submit('n1', put('hot', value))
  if (deliver) cluster.settle()
}

test('exchange: what is on its way at both looks is not chased (AE-2, planted bug 23)', () => {
  const cluster = scene({ n1: {}, n2: {} }, { replication: { n: 2, w: 1 } }).start()
  const witness = new Witness(cluster)
  cluster.settle()
  const replicates = () => cluster.find('replicate')
  const syncNow = (): void => {
    for (let next = cluster.flights.find(isSync); next; next = cluster.flights.find(isSync)) {
      cluster.deliver(next)
    }
  }
  // Never is n2 up to date: at every moment the last write is under way, but each gets there in the
  // end.
  for (let i = 0; i < 60; i++) {
    write(cluster, `v${String(i)}`, false)
    syncNow()
    cluster.advance(50_000, syncNow)
    for (const flight of replicates().slice(0, -1)) cluster.deliver(flight)
    for (const flight of cluster.find('replicate_ok')) cluster.deliver(flight)
  }
  assert.ok(witness.count('sync_keys') >= 4, 'it was looked at twice, and more than once')
  assert.is(witness.count('sync_states'), 0)
})

test('exchange: what the peer mends meanwhile is not sent to it again, nor said to be', () => {
  const key = (name: string) => keyRef('default', name, 2)
  const [k0, k1, k2] = [key('k0'), key('k1'), key('k2')]
  const sums = { a: 1, b: 2 }
  const suspect = (of: typeof k0) => ({ key: of, leaf: 0, own: sums, peer: { a: 3, b: 4 } })
  const item = (of: typeof k0) => ({ key: of, state: state(['n1', 1]), reapEpoch: 0 })
  const header = { clusterId: 'test', from: nodeId('n1'), incarnation: 1, ringEpoch: 1 }
  const question = {
    ...{ kind: 'sync_states' as const, ...header, request: 7 },
    ...{ items: [item(k0), item(k1)], wanted: [k2] },
  }
  const before = {
    ...{ peer: nodeId('n2'), timer: -4, phase: 'states' as const, question, request: 7, tries: 1 },
    ...{ partitions: [], places: [], differing: [], repairedKeys: 0, repairedPartitions: [] },
    ...{ suspects: [k0, k1, k2].map(suspect), confirmed: [k1, k2] },
  }
  const keys = new Set([k1.id])
  const sent = mendedMeanwhile(before, keys, false)
  assert.equal(sent.confirmed, [k2])
  assert.equal(
    sent.suspects.map((one) => one.key),
    [k0, k2],
  )
  // What has gone out is what its answer will be of.
  assert.is(sent.question, question)
  const held = mendedMeanwhile(before, keys, true)
  assert.equal(held.question, { ...question, items: [item(k0)] })
  assert.equal(mendedMeanwhile(before, new Set([k2.id]), true).question, {
    ...question,
    wanted: [],
  })
})

test('exchange: a side that stands still while the other moves on is mended', () => {
  const cluster = scene({ n1: {}, n2: {} }, { replication: { n: 2, w: 1 } }).start()
  const witness = new Witness(cluster)
  cluster.settle()
  for (let i = 0; i < 30; i++) {
    write(cluster, `v${String(i)}`, false)
    for (const flight of cluster.find('replicate')) cluster.drop(flight)
    cluster.settle()
    cluster.advance(50_000, () => {
      for (const flight of cluster.find('replicate')) cluster.drop(flight)
      cluster.settle()
    })
  }
  assert.ok(witness.count('sync_states') > 0)
})

test('exchange: what is not durable is neither told nor taken for equal', () => {
  const cluster = scene({ n1: {}, n2: {} }, { replication: { n: 2, w: 1 } }).start()
  const witness = new Witness(cluster)
  cluster.settle()
  cluster.autoSync = false
  cluster.submit('n1', put('k0', 'v'))
  const all = (): void => {
    for (const flight of [...cluster.flights]) cluster.deliver(flight)
    for (const box of cluster.boxes) if (box.id !== 'n1') cluster.sync(box.id)
  }
  cluster.advance(3 * roundMicros, all)
  assert.is(witness.count('sync_segments'), 0, 'n1 says what it said before the write')
  cluster.sync('n1')
  for (const flight of cluster.find('replicate')) cluster.drop(flight)
  cluster.advance(3 * roundMicros, () => {
    all()
    for (const flight of cluster.find('replicate')) cluster.drop(flight)
    cluster.sync('n1')
  })
  assert.is(cluster.box('n2').node?.stateOf('default\0k0')?.siblings.length, 1)
})

/** One key each way, and one that differs. */
const apart: Holdings = {
  n1: { k0: state(['n1', 1]), k1: state(['n1', 2]) },
  n2: { k0: state(['n2', 1]), k2: state(['n2', 2]) },
}

type Fate = 'deliver' | 'drop' | 'double' | 'late'

/** Each message of an exchange meets the next fate; when they are used up, all is well. */
function live(fates: readonly Fate[], crash: { node: string; at: number } | null = null) {
  const cluster = scene(apart)
  const witness = new Witness(cluster)
  cluster.start()
  let count = 0
  const late: Flight[] = []
  const meet = (): void => {
    for (let next = cluster.flights.find((one) => !late.includes(one)); next !== undefined;) {
      const fate = isSync(next) ? (fates[count++] ?? 'deliver') : 'deliver'
      if (crash !== null && count === crash.at + 1 && isSync(next)) {
        cluster.crash(crash.node)
        cluster.boot(crash.node)
      }
      if (fate === 'double') cluster.duplicate(next)
      if (fate === 'late') late.push(next)
      else if (fate === 'drop') cluster.drop(next)
      else cluster.deliver(next)
      next = cluster.flights.find((one) => !late.includes(one))
    }
  }
  cluster.advance(roundMicros, meet)
  // What was held back comes now, long after its exchange.
  for (const flight of late.splice(0)) cluster.deliver(flight)
  cluster.advance(2 * roundMicros, meet)
  assert.equal(unlike(cluster, merged(apart)), [], fates.join(' '))
  return { cluster, witness }
}

test('exchange: every message delivered, dropped or doubled, in all combinations', () => {
  const kinds: readonly Fate[] = ['deliver', 'drop', 'double']
  for (let code = 0; code < 3 ** 6; code++) {
    live(Array.from({ length: 6 }, (_, i) => kinds[Math.floor(code / 3 ** i) % 3]!))
  }
})

test('exchange: late messages among lost and doubled ones change nothing for the worse', () => {
  const fates = fc.array(fc.constantFrom<Fate>('deliver', 'drop', 'double', 'late'), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(fates, (chosen) => {
      live(chosen)
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('exchange: a restart of either side at any message does no harm', () => {
  for (const node of ['n1', 'n2']) {
    for (let at = 0; at < 24; at++) live([], { node, at })
  }
})

test('exchange: a silent peer is asked three times, then the next one is', () => {
  const cluster = scene(
    { n1: {}, n2: {}, n3: {} },
    { timing: { probeMicros: 1_000_000_000 } },
  ).start()
  const witness = new Witness(cluster)
  cluster.settle()
  cluster.crash('n2')
  const asked: string[] = []
  cluster.observers.push({
    sent: (box, to, message) => {
      if (box.id === 'n1' && message.kind === 'sync_roots') asked.push(to)
    },
  })
  cluster.run(2 * roundMicros)
  assert.equal(asked.slice(0, 8).join(' '), 'n2 n2 n2 n3 n2 n2 n2 n3')
  assert.is(witness.count('sync_segments'), 0)
})

test('exchange: a suspected peer is not asked', () => {
  const cluster = scene({ n1: {}, n2: {}, n3: {} }).start()
  cluster.settle()
  cluster.crash('n2')
  cluster.run(5_000_000)
  const witness = new Witness(cluster)
  const toDead = new Set<string>()
  cluster.observers.push({
    sent: (_, to, message) => void (to === 'n2' && toDead.add(message.kind)),
  })
  cluster.run(3 * roundMicros)
  assert.ok(witness.count('sync_roots') >= 6)
  assert.equal([...toDead], ['ping'])
})

test('exchange: many keys go in bounded messages, over several exchanges', () => {
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [`key${String(i)}`, state(['n1', i + 1])]),
  )
  const limits = { syncSums: 64, syncSuspects: 120, syncBatch: 10 }
  // Whole batches from the start.
  const options = { limits, backgroundYields: false }
  const cluster = scene({ n1: many, n2: {} }, options).start()
  const witness = new Witness(cluster)
  cluster.run(3 * roundMicros)
  const before = unlike(cluster, merged({ n1: many })).length
  assert.ok(before > 0 && before < 500, `${String(before)} left`)
  cluster.run(20 * roundMicros)
  assert.equal(unlike(cluster, merged({ n1: many })), [])
  assert.is(witness.largest.items, 10)
  assert.ok(witness.largest.sums <= 66, String(witness.largest.sums))
})

test('exchange: trees are made a few partitions at a time, and every partition is asked about', () => {
  const many = Object.fromEntries(
    Array.from({ length: 400 }, (_, i) => [`key${String(i)}`, state(['n1', i + 1])]),
  )
  const limits = { syncSums: 64 }
  const cluster = scene({ n1: many, n2: many }, { limits, partitions: 16 }).start()
  const questions: number[][] = []
  cluster.observers.push({
    sent: (_, __, message) => {
      if (message.kind !== 'sync_roots' || message.from !== nodeId('n1')) return
      questions.push(message.roots.map(({ index }) => index))
    },
  })
  cluster.run(roundMicros)
  const [first = []] = questions
  // Some 25 keys a partition.
  assert.ok(first.length >= 1 && first.length <= 4, String(first.length))
  const all = questions.flat().sort((a, b) => a - b)
  assert.equal(all, cluster.placement.partitionsOf(nodeId('n1')))
  const before = questions.length
  cluster.run(roundMicros)
  assert.is(questions.length, before + 1, 'nothing is left to hash: all of them at once')
})

test('exchange: states in one message are bounded by their bytes as well', () => {
  const long = { ...state(['n1', 1]) }
  const wide = {
    ...long,
    siblings: long.siblings.map((one) => ({ ...one, value: 'v'.repeat(1_000) })),
  }
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${String(i)}`, wide]))
  const limits = { syncBatchBytes: 3_000 }
  const cluster = scene({ n1: many, n2: {} }, { limits }).start()
  let most = 0
  cluster.observers.push({
    sent: (_, __, message) => {
      if (message.kind !== 'sync_states' && message.kind !== 'sync_states_ok') return
      most = Math.max(most, message.items.length)
    },
  })
  cluster.run(12 * roundMicros)
  assert.equal(unlike(cluster, merged({ n1: many })), [])
  assert.is(most, 3)
})

test('exchange: says what it has mended', () => {
  const { witness } = live([])
  const done = witness.notes.filter((note) => note.includes('sync_done'))
  assert.equal(done, ['n1 {"kind":"sync_done","peer":"n2","partitions":1,"keys":3}'])
})

test('exchange: under last-write-wins, a write from far in the future is not spread', () => {
  const bucket = { name: 'default', conflict: 'lww' as const }
  const future = state(['n1', 1])
  const skewed = { ...future, siblings: future.siblings.map((one) => ({ ...one, hlc: 1e12 })) }
  const holdings = { n1: { k0: skewed, k1: future }, n2: { k0: state(['n2', 1]) } }
  const cluster = scene(holdings, { buckets: [bucket] }).start()
  cluster.run(3 * roundMicros)
  const valuesAt = (node: string, name: string) =>
    cluster
      .box(node)
      .node?.stateOf(`default\0${name}`)
      ?.siblings.map(({ value }) => value)
  assert.equal(valuesAt('n2', 'k0'), ['n2.1'])
  assert.equal(valuesAt('n2', 'k1'), ['n1.1'])
  assert.equal(valuesAt('n1', 'k0'), ['n1.1'])
})

test('exchange: another epoch, a partition not shared, an answer nobody asked for: nothing', () => {
  const cluster = scene({ ...apart, n3: {} }, { replication: { n: 2 }, partitions: 4 }).start()
  cluster.settle()
  const header = { clusterId: 'test', from: nodeId('n2'), incarnation: 1, ringEpoch: 1 }
  const key = cluster.box('n2').disk.flatMap((one) => ('key' in one ? [one.key] : []))[0]!
  const items = [{ key, state: state(['n2', 9]), reapEpoch: 0 }]
  const before = cluster.boxes.map((box) => box.disk.length)
  const say = (message: Flight['message'], to: string): void => {
    cluster.deliver({ number: 0, from: header.from, to: nodeId(to), message })
    cluster.settle()
  }
  const stranger = cluster.boxes.find(({ id }) => !cluster.placement.isOwner(key.partition, id))!
  say({ kind: 'sync_states', ...header, request: 1, items, wanted: [] }, stranger.id)
  say({ kind: 'sync_states', ...header, ringEpoch: 2, request: 1, items, wanted: [] }, 'n1')
  say({ kind: 'sync_states_ok', ...header, request: 1, asked: 1, items, stale: [], pace: 64 }, 'n1')
  say({ kind: 'sync_states_ok', ...header, request: 1, asked: 0, items, stale: [], pace: 64 }, 'n1')
  say({ kind: 'sync_roots', ...header, request: 1, roots: [{ index: 9_999, a: 0, b: 0 }] }, 'n1')
  assert.equal(
    cluster.boxes.map((box) => box.disk.length),
    before,
  )
  assert.equal(cluster.flights, [])
})

test.run()
