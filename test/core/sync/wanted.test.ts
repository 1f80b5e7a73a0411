/** Who clears needsRepair, and when (HINT-4). */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message } from '../../../core/index.js'
import { foldRecords, keyRef, nodeId } from '../../../core/index.js'
import { acquaint, endOf, heldBy, keyOwnedBy, put } from '../ask.js'
import type { Flight } from '../cluster.js'
import { TestCluster } from '../cluster.js'

const roundMicros = 1_000_000

/** `who: target partition` of what is durably noted. */
const noted = (cluster: TestCluster): readonly string[] =>
  cluster.boxes.flatMap((box) =>
    [...foldRecords(box.disk).needsRepair].flatMap(([target, partitions]) =>
      [...partitions].map((partition) => `${box.id}: ${target} ${String(partition)}`),
    ),
  )

const refOf = (cluster: TestCluster, key: string) =>
  keyRef('default', key, cluster.placement.ring.partitions)

/** Other keys of the same partition. */
function beside(cluster: TestCluster, key: string, count: number): readonly string[] {
  const { partition } = refOf(cluster, key)
  const found: string[] = []
  for (let i = 0; found.length < count; i++) {
    const other = `other${String(i)}`
    if (refOf(cluster, other).partition === partition) found.push(other)
  }
  return found
}

/**
 * n1, an owner, is down, and one hint for it is all that anybody takes. The second key is refused.
 */
function scene(antiEntropyMicros = roundMicros) {
  const cluster = new TestCluster({
    nodes: 5,
    readRepair: false,
    antiEntropyMicros,
    limits: { hintBytesPerTarget: 1 },
    timing: { syncConfirmMicros: 200_000, syncRetryMicros: 100_000 },
  })
  cluster.start()
  acquaint(cluster)
  const hinted = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  const [refused, later] = beside(cluster, hinted, 2) as [string, string]
  cluster.crash('n1')
  cluster.run(4_000_000)
  for (const key of [hinted, refused]) write(cluster, key)
  return { cluster, hinted, refused, later }
}

function write(cluster: TestCluster, key: string): void {
  const request = cluster.submit('n2', put(key, `${key}'s`))
  cluster.run(2_000_000)
  assert.is(endOf(cluster.outcome(request)), 'ok')
}

/** Delivers what there is, oldest first, but for what `pass` refuses: that stays. */
function letThrough(cluster: TestCluster, pass: (flight: Flight) => boolean): void {
  const held = new Set<Flight>()
  for (let next = cluster.flights[0]; next !== undefined;) {
    if (pass(next)) cluster.deliver(next)
    else held.add(next)
    next = cluster.flights.find((flight) => !held.has(flight))
  }
}

const holds = (cluster: TestCluster, key: string): boolean =>
  heldBy(cluster, 'n1', refOf(cluster, key).id).length > 0

test('wanted: what was refused is noted until the target has it from the other owners', () => {
  const { cluster, hinted, refused } = scene()
  const { partition } = refOf(cluster, refused)
  assert.ok(noted(cluster).length > 0)
  for (const note of noted(cluster)) assert.match(note, new RegExp(`: n1 ${String(partition)}$`))
  const cleared: boolean[] = []
  cluster.observers.push({
    durable: (_, record) => {
      if (record.type === 'needs_repair' && !record.needed) cleared.push(holds(cluster, refused))
    },
  })
  cluster.boot('n1')
  cluster.run(4 * roundMicros)
  assert.equal(noted(cluster), [])
  assert.ok(cleared.length > 0)
  assert.ok(cleared.every((had) => had))
  assert.ok(holds(cluster, hinted) && holds(cluster, refused))
})

test('wanted: while the target is down, or another owner is, the note stays', () => {
  const { cluster } = scene()
  cluster.run(4 * roundMicros)
  assert.ok(noted(cluster).length > 0, 'n1 is down')
  cluster.crash('n3')
  cluster.boot('n1')
  cluster.run(6 * roundMicros)
  assert.ok(noted(cluster).length > 0, 'n3 might know more')
  cluster.boot('n3')
  cluster.run(6 * roundMicros)
  assert.equal(noted(cluster), [])
})

test('wanted: the note outlives restarts of both sides', () => {
  const { cluster } = scene()
  const who = noted(cluster).map((note) => note.split(':')[0] as string)
  for (const node of who) {
    cluster.crash(node)
    cluster.boot(node)
  }
  assert.ok(noted(cluster).length > 0)
  cluster.boot('n1')
  cluster.run(roundMicros / 2)
  cluster.crash('n1')
  cluster.boot('n1')
  cluster.run(5 * roundMicros)
  assert.equal(noted(cluster), [])
})

test('wanted: with every wish and every answer lost once, the note goes in the end', () => {
  const { cluster } = scene()
  cluster.boot('n1')
  const seen = new Set<string>()
  cluster.advance(8 * roundMicros, () => {
    letThrough(cluster, ({ message, from, to }) => {
      const name = `${message.kind} ${from} ${to}`
      if (!message.kind.startsWith('sync_wanted') || seen.has(name)) return true
      seen.add(name)
      return false
    })
    for (const flight of [...cluster.flights]) cluster.drop(flight)
  })
  assert.ok([...seen].some((name) => name.startsWith('sync_wanted_ok')))
  assert.equal(noted(cluster), [])
})

test('wanted: an answer vouches for nothing that was refused after the wish', () => {
  const { cluster, hinted, refused, later } = scene()
  cluster.boot('n1')
  const isAnswer = ({ message }: Flight): boolean => message.kind === 'sync_wanted_ok'
  cluster.advance(3 * roundMicros, () => {
    letThrough(cluster, (flight) => !isAnswer(flight))
  })
  const answers = cluster.find('sync_wanted_ok')
  assert.ok(answers.length > 0 && holds(cluster, refused))
  cluster.isolate('n1')
  cluster.advance(4_000_000, () => {
    letThrough(cluster, (flight) => !isAnswer(flight))
  })
  const before = noted(cluster)
  cluster.submit('n2', put(hinted, 'v'))
  cluster.submit('n2', put(later, 'v'))
  cluster.advance(2_000_000, () => {
    letThrough(cluster, (flight) => !isAnswer(flight))
  })
  cluster.heal()
  for (const flight of answers) cluster.deliver(flight)
  assert.equal(noted(cluster), before)
  assert.not.ok(holds(cluster, later))
  cluster.run(8 * roundMicros)
  assert.equal(noted(cluster), [])
  assert.ok(holds(cluster, later))
})

test('wanted: a wish that others do not own, or that makes no sense, is left unanswered', () => {
  const cluster = new TestCluster({ nodes: 5, antiEntropyMicros: roundMicros }).start()
  acquaint(cluster)
  const mine = (partition: number) => cluster.placement.isOwner(partition, nodeId('n1'))
  const strange = [0, 1, 2, 3, 4, 5, 6, 7].filter((partition) => !mine(partition))
  const header = { clusterId: 'test', from: nodeId('n5'), incarnation: 1, ringEpoch: 1 }
  const wish = { kind: 'sync_wanted', ...header, request: 7 } as const
  const say = (message: Message): void => {
    cluster.deliver({ number: 0, from: nodeId('n5'), to: nodeId('n1'), message })
    cluster.run(3 * roundMicros)
  }
  const kinds: string[] = []
  cluster.observers.push({ sent: (_, __, { kind }) => void kinds.push(kind) })
  say({ ...wish, partitions: [...strange, 8, 1e9] })
  assert.not.ok(kinds.includes('sync_wanted_ok'))
  say({ ...wish, request: 8, partitions: [0, 1, 2, 3] })
  assert.ok(kinds.includes('sync_wanted_ok'))
})

test('wanted: an exchange that was under way when the wish came does not count', () => {
  const cluster = new TestCluster({ nodes: 3, antiEntropyMicros: roundMicros }).start()
  acquaint(cluster)
  const asks = ({ message, from, to }: Flight): boolean =>
    message.kind === 'sync_roots' && from === 'n1' && to === 'n2'
  const answers = ({ message, from, to }: Flight): boolean =>
    message.kind === 'sync_roots_ok' && from === 'n2' && to === 'n1'
  let answer: Flight | undefined
  for (let i = 0; answer === undefined && i < 100; i++) {
    cluster.advance(roundMicros / 10, () => {
      letThrough(cluster, (flight) => !answers(flight))
    })
    answer = cluster.flights.find(answers)
  }
  const header = { clusterId: 'test', from: nodeId('n3'), incarnation: 1, ringEpoch: 1 }
  const message = { kind: 'sync_wanted', ...header, request: 1, partitions: [0] } as const
  cluster.deliver({ number: 0, from: header.from, to: nodeId('n1'), message })
  let told = 0
  cluster.observers.push({ sent: (_, __, { kind }) => void (told += +(kind === 'sync_wanted_ok')) })
  if (answer !== undefined) cluster.deliver(answer)
  cluster.advance(8 * roundMicros, () => {
    letThrough(cluster, (flight) => !asks(flight))
    for (const flight of [...cluster.flights]) cluster.drop(flight)
  })
  assert.is(told, 0)
  cluster.run(8 * roundMicros)
  assert.is(told, 1)
})

test.run()
