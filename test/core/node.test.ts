/** A node from the outside: its start, what it lets in, and that each request gets one answer. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Note } from '../../core/index.js'
import {
  acquaint,
  endOf,
  get,
  getOk,
  heldBy,
  keyOwnedBy,
  put,
  putOk,
  rolesOf,
  valuesOf,
} from './ask.js'
import type { ClusterOptions } from './cluster.js'
import { TestCluster } from './cluster.js'
import { Oracle } from './oracle.js'

function scene(options: Partial<ClusterOptions> = {}) {
  const cluster = new TestCluster({ nodes: 3, ...options })
  const oracle = new Oracle(cluster)
  cluster.start()
  acquaint(cluster)
  return { cluster, oracle, id: rolesOf(cluster, 'k').id }
}

test('node: speaks to nobody before its incarnation is durable', () => {
  const cluster = new TestCluster({ nodes: 3 })
  cluster.autoSync = false
  cluster.autoMembers = false
  const notes: Note[] = []
  cluster.observers.push({ noted: (_, note) => notes.push(note) })
  cluster.start()
  assert.equal([cluster.flights, notes], [[], []])
  const early = cluster.submit('n1', put('k', 'v'))
  assert.is(endOf(cluster.outcome(early)), 'rejected not_ready')
  cluster.sync('n1')
  assert.equal(notes, [{ kind: 'node_ready', incarnation: 1 }])
  assert.equal(
    cluster.find('announce').map(({ to }) => to),
    ['n2', 'n3'],
  )
  // The others hear it, and say nothing: they are not ready.
  cluster.settle()
  assert.is(cluster.box('n2').node?.incarnation, 1)
})

test('node: each start is a life of its own, and a start that was not durable is none', () => {
  const { cluster } = scene()
  cluster.crash('n1')
  cluster.boot('n1')
  assert.is(cluster.box('n1').node?.incarnation, 2)
  cluster.autoSync = false
  cluster.crash('n1')
  cluster.boot('n1')
  assert.is(cluster.box('n1').node?.incarnation, 3)
  cluster.crash('n1')
  cluster.boot('n1')
  assert.is(cluster.box('n1').node?.incarnation, 3, 'nobody has heard of the third')
})

test('node: an answer to an earlier life is dropped and counted', () => {
  const { cluster, oracle } = scene()
  oracle.submit('n1', put('k', 'old'))
  for (const flight of cluster.find('replicate')) cluster.deliver(flight)
  const answers = cluster.find('replicate_ok')
  assert.is(answers.length, 2)
  cluster.crash('n1')
  cluster.boot('n1')
  cluster.settle()
  const request = oracle.submit('n1', put('k', 'new'))
  cluster.autoSync = true
  for (const flight of cluster.find('replicate')) cluster.drop(flight)
  for (const flight of answers) {
    cluster.flights.push(flight)
    cluster.deliver(flight)
  }
  assert.is(cluster.outcome(request), null, 'the old acks are not taken for new ones')
  assert.ok((cluster.box('n1').node?.counters.otherIncarnation ?? 0) >= 2)
})

test('node: what it cannot serve it rejects by name', () => {
  const { cluster, oracle, id } = scene({ limits: { openRequests: 1 } })
  const ends: Readonly<Record<string, ReturnType<typeof put> | ReturnType<typeof get>>> = {
    'rejected no_such_bucket': put('k', 'v', { bucket: 'nowhere' }),
    'rejected bad_quorum': put('k', 'v', { quorum: { w: 4 } }),
    'rejected expired': get('k', { timeoutMicros: 0 }),
  }
  for (const [end, operation] of Object.entries(ends)) {
    assert.is(endOf(cluster.outcome(oracle.submit('n1', operation))), end)
  }
  const negative = oracle.submit('n1', get('k', { quorum: { pr: -1 } }))
  assert.is(endOf(cluster.outcome(negative)), 'rejected bad_quorum')
  oracle.submit('n1', get('k'))
  const second = oracle.submit('n1', get('k'))
  assert.is(endOf(cluster.outcome(second)), 'rejected overloaded')
  assert.is(cluster.box('n1').node?.counters.shed, 1)
  cluster.settle()
  assert.equal(heldBy(cluster, 'n1', id), [])
})

test('node: a context of another key is rejected, and nothing is written', () => {
  const { cluster, oracle, id } = scene()
  const first = oracle.submit('n1', put('other', 'v'))
  cluster.settle()
  const { context } = putOk(cluster.outcome(first))
  const request = oracle.submit('n1', put('k', 'v2', { context }))
  assert.is(endOf(cluster.outcome(request)), 'rejected bad_context')
  cluster.settle()
  assert.equal(heldBy(cluster, 'n1', id), [])
})

test('node: a work order whose time is over is dropped and counted', () => {
  const { cluster, oracle } = scene()
  oracle.submit('n1', get('k'))
  for (const flight of cluster.find('read')) cluster.deliver(flight, 1_000_000)
  assert.equal(cluster.flights, [])
  oracle.submit('n1', put('k', 'v'))
  for (const flight of cluster.find('replicate')) cluster.deliver(flight, 1_000_000)
  assert.equal(cluster.flights, [])
  const expired = ['n2', 'n3'].map((node) => cluster.box(node).node?.counters.expired)
  assert.equal(expired, [2, 2])
})

test('node: the hundred and first sibling is refused, and the client can mend it', () => {
  const { cluster, oracle, id } = scene()
  for (let i = 0; i < 100; i++) oracle.submit('n1', put('k', `v${String(i)}`))
  cluster.settle()
  const records = cluster.box('n1').disk.length
  const one = oracle.submit('n1', put('k', 'one more'))
  assert.equal(cluster.outcome(one), {
    kind: 'rejected',
    code: 'too_many_siblings',
    need: 100,
    got: 0,
  })
  assert.is(cluster.box('n1').disk.length, records, 'nothing is written')
  const read = oracle.submit('n2', get('k'))
  cluster.settle()
  const { values, context } = getOk(cluster.outcome(read))
  assert.is(values.length, 100)
  const merged = oracle.submit('n3', put('k', 'merged', { context }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(merged)), 'ok')
  assert.equal(heldBy(cluster, 'n1', id), ['merged'])
})

test('node: too many siblings at the owner is told through the forwarder, and nobody else is asked', () => {
  const { cluster, oracle } = scene({ nodes: 5, limits: { siblings: 1 } })
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  oracle.submit('n1', put(key, 'first'))
  cluster.settle()
  const request = oracle.submit('n4', put(key, 'second'))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'rejected too_many_siblings')
})

test('node: a session reads its own write, or is told that this is not possible (RW-5)', () => {
  const { cluster, oracle } = scene({ replication: { r: 1, w: 1, sloppy: false } })
  cluster.isolate('n1')
  const write = oracle.submit('n1', put('k', 'mine'))
  const { context } = putOk(cluster.outcome(write))
  const minimum = context.vv
  const elsewhere = oracle.submit('n2', get('k', { minimum }))
  cluster.run(2_000_000)
  const end = endOf(cluster.outcome(elsewhere))
  assert.ok(['rejected timeout', 'rejected minimum_unsatisfied'].includes(end), end)
  cluster.heal()
  const again = oracle.submit('n2', get('k', { minimum }))
  cluster.settle()
  assert.equal(valuesOf(cluster.outcome(again)), ['mine'])
})

test('node: reads do not go back in time where that is asked for (planted bug 12)', () => {
  const replication = { sloppy: false, hedge: true }
  for (const monotonic of [true, false]) {
    const { cluster, oracle } = scene({ replication, readRepair: false })
    oracle.submit('n1', put('k', 'old', { quorum: { w: 3 } }))
    cluster.settle()
    const context = putOk(cluster.outcome(1)).context
    // The new value reaches nobody but its coordinator, which answers the first reader.
    cluster.isolate('n1')
    oracle.submit('n1', put('k', 'new', { context }))
    cluster.run(1_200_000)
    cluster.heal()
    const quorum = { r: 2, monotonic }
    const first = oracle.submit('n1', get('k', { quorum }))
    cluster.settle()
    assert.equal(valuesOf(cluster.outcome(first)), ['new'])
    cluster.crash('n1')
    const second = oracle.submit('n2', get('k', { quorum }))
    cluster.run(100_000)
    assert.equal(valuesOf(cluster.outcome(second)), monotonic ? ['new'] : ['old'])
  }
})

test('node: all owners answer, none has what the session wrote: minimum_unsatisfied at once', () => {
  const { cluster, oracle } = scene({ replication: { r: 1, w: 1, sloppy: false } })
  const minimum = [{ actor: putOkActor(), n: 7 }]
  const request = cluster.nextRequest
  oracle.submit('n2', get('k', { minimum }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'rejected minimum_unsatisfied')
})

test('node: answers each request once, and holds none open that is answered by all', () => {
  const { cluster, oracle } = scene()
  const requests = [
    oracle.submit('n1', put('k', 'a')),
    oracle.submit('n2', put('k', 'b')),
    oracle.submit('n3', get('k')),
    oracle.submit('n3', put('k', null)),
  ]
  for (let i = 0; i < 8; i++) {
    for (const flight of [...cluster.flights]) cluster.duplicate(flight)
    for (const flight of [...cluster.flights]) cluster.deliver(flight)
  }
  cluster.settle()
  for (const request of requests) assert.is(cluster.replies.get(request)?.length, 1)
  for (const box of cluster.boxes) assert.is(box.node?.openRequests, 0)
})

/** An actor that has written nothing. */
function putOkActor() {
  const { cluster, oracle } = scene({ replication: { w: 1 } })
  const request = oracle.submit('n1', put('k', 'v'))
  return putOk(cluster.outcome(request)).dot.actor
}

test.run()
