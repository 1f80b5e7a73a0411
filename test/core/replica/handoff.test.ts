/**
 * Hinted handoff between real nodes: what fallbacks keep, deliver, and forget only when they may
 * (HINT-1 to HINT-4).
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  acquaint,
  endOf,
  get,
  heldBy,
  keyOwnedBy,
  put,
  rolesOf,
  valuesOf,
  lookLong,
} from '../ask.js'
import { TestCluster } from '../cluster.js'
import type { ClusterOptions } from '../cluster.js'
import { Oracle } from '../oracle.js'

/**
 * n1, n2 and n3 own `key`; n4 and n5 can stand in. `down` crash, and everybody comes to know it.
 */
function scene(down: readonly string[], options: Partial<ClusterOptions> = {}) {
  const cluster = new TestCluster({ nodes: 5, ...options })
  const oracle = new Oracle(cluster)
  cluster.start()
  acquaint(cluster)
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  for (const node of down) cluster.crash(node)
  if (down.length > 0) lookLong(cluster)
  return { cluster, oracle, key, id: rolesOf(cluster, key).id }
}

/** Everyone lives, time passes, and both reads find the same values. */
function atRest(cluster: TestCluster, oracle: Oracle, key: string) {
  cluster.heal()
  for (const box of cluster.boxes) if (box.node === null) cluster.boot(box.id)
  cluster.run(5_000_000)
  const reads = [1, 2].map((round) => {
    const quorum = { r: 3, pr: 3 }
    const request = oracle.submit('n1', get(key, { quorum, opId: `end${String(round)}` }))
    cluster.run(100_000)
    return valuesOf(cluster.outcome(request))
  })
  assert.equal(reads[0], reads[1])
  oracle.atRest()
  return reads[0]
}

const hintsOf = (cluster: TestCluster): readonly string[] =>
  cluster.boxes.filter((box) => (box.node?.hintCount ?? 0) > 0).map((box) => box.id)

test('handoff: a put with an owner known to be down is hinted at a fallback and delivered', () => {
  const { cluster, oracle, key, id } = scene(['n1'])
  const request = oracle.submit('n2', put(key, 'v'))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'ok')
  assert.is(hintsOf(cluster).length, 1)
  cluster.boot('n1')
  cluster.run(2_000_000)
  assert.equal(heldBy(cluster, 'n1', id), ['v'])
  assert.equal(hintsOf(cluster), [])
  assert.equal(atRest(cluster, oracle, key), ['v'])
})

test('handoff: a fallback that coordinated, delivered and forgot does not bury its first write', () => {
  // All owners are cut off, so n4 coordinates two blind puts, with a handoff in between.
  const { cluster, oracle, key } = scene(['n1', 'n2', 'n3'])
  const first = oracle.submit('n4', put(key, 'first'))
  cluster.settle()
  assert.is(endOf(cluster.outcome(first)), 'ok')
  for (const node of ['n1', 'n2', 'n3']) cluster.boot(node)
  lookLong(cluster)
  assert.equal(hintsOf(cluster), [], 'everything is delivered')
  for (const node of ['n1', 'n2', 'n3']) cluster.isolate(node)
  lookLong(cluster)
  const second = oracle.submit('n4', put(key, 'second'))
  cluster.settle()
  assert.is(endOf(cluster.outcome(second)), 'ok')
  assert.equal(atRest(cluster, oracle, key), ['first', 'second'])
})

test('handoff: what a fallback remembers of its own writes is not told to readers, nor lost in a crash', () => {
  const { cluster, oracle, key } = scene(['n1', 'n2', 'n3'])
  oracle.submit('n4', put(key, 'first'))
  cluster.settle()
  for (const node of ['n1', 'n2', 'n3']) cluster.boot(node)
  lookLong(cluster)
  for (const node of ['n1', 'n2', 'n3']) cluster.isolate(node)
  cluster.crash('n4')
  cluster.boot('n4')
  lookLong(cluster)
  const read = oracle.submit('n4', get(key, { quorum: { r: 1 } }))
  cluster.run(2_000_000)
  assert.is(endOf(cluster.outcome(read)), 'rejected r_unsatisfied')
  oracle.submit('n4', put(key, 'second'))
  cluster.settle()
  assert.equal(atRest(cluster, oracle, key), ['first', 'second'])
})

test('handoff: what was delivered is not sent again', () => {
  const { cluster, oracle, key, id } = scene(['n1'])
  for (let i = 0; i < 5; i++) oracle.submit('n2', put(key, `v${String(i)}`))
  cluster.settle()
  cluster.boot('n1')
  cluster.run(2_000_000)
  assert.is(heldBy(cluster, 'n1', id).length, 5)
  cluster.flights = []
  cluster.advance(3_000_000)
  assert.is(cluster.find('handoff').length, 0)
})

test('handoff: the answer is lost, so the hint stays and is delivered again', () => {
  const { cluster, oracle, key, id } = scene(['n1'])
  oracle.submit('n2', put(key, 'v'))
  cluster.settle()
  const [holder = ''] = hintsOf(cluster)
  cluster.boot('n1')
  cluster.sync('n1')
  cluster.deliver(cluster.one('handoff', { from: holder }))
  cluster.drop(cluster.one('handoff_ok'))
  assert.equal(hintsOf(cluster), [holder], 'HINT-2: no word, no deletion')
  assert.equal(heldBy(cluster, 'n1', id), ['v'])
  lookLong(cluster)
  assert.equal(hintsOf(cluster), [])
})

test('handoff: a hint that grew while its batch was under way stays until the new part is there', () => {
  const { cluster, oracle, key, id } = scene(['n1'])
  oracle.submit('n2', put(key, 'first'))
  cluster.settle()
  const [holder = ''] = hintsOf(cluster)
  // The holder hears that n1 is back; the coordinator does not, and hints its second write too.
  cluster.cuts.add('n1>n2')
  cluster.boot('n1')
  const batch = cluster.one('handoff', { from: holder })
  oracle.submit('n2', put(key, 'second'))
  for (const flight of cluster.find('replicate', { to: holder })) cluster.deliver(flight)
  cluster.deliver(batch)
  for (const flight of cluster.find('handoff_ok')) cluster.deliver(flight)
  assert.equal(heldBy(cluster, 'n1', id), ['first'])
  assert.equal(hintsOf(cluster), [holder])
  assert.equal(atRest(cluster, oracle, key), ['first', 'second'])
})

test('handoff: the holder restarts with a batch under way; the old answer is not taken for a new one', () => {
  const { cluster, oracle, key, id } = scene(['n1'])
  oracle.submit('n2', put(key, 'v'))
  cluster.settle()
  const [holder = ''] = hintsOf(cluster)
  cluster.boot('n1')
  cluster.sync('n1')
  cluster.deliver(cluster.one('handoff', { from: holder }))
  const answer = cluster.one('handoff_ok')
  cluster.crash(holder)
  cluster.boot(holder)
  cluster.sync(holder)
  cluster.deliver(answer)
  assert.equal(hintsOf(cluster), [holder], 'recovered, and told nothing in this life')
  lookLong(cluster)
  assert.equal(hintsOf(cluster), [])
  assert.equal(heldBy(cluster, 'n1', id), ['v'])
})

test('handoff: the target acknowledges only what is durable, so its crash loses nothing', () => {
  const { cluster, oracle, key, id } = scene(['n1'])
  oracle.submit('n2', put(key, 'v'))
  cluster.settle()
  const [holder = ''] = hintsOf(cluster)
  cluster.boot('n1')
  cluster.autoSync = false
  cluster.deliver(cluster.one('handoff', { from: holder }))
  assert.is(cluster.find('handoff_ok').length, 0, 'not durable yet')
  cluster.crash('n1')
  cluster.boot('n1')
  cluster.autoSync = true
  assert.equal(heldBy(cluster, 'n1', id), [])
  lookLong(cluster)
  assert.equal(heldBy(cluster, 'n1', id), ['v'])
})

test('handoff: over its cap a fallback refuses, is not counted, and notes the repair durably (HINT-4)', () => {
  const { cluster, oracle, key } = scene(['n1'], { limits: { hintBytesPerTarget: 1 } })
  const notes: string[] = []
  cluster.observers.push({ noted: (box, note) => notes.push(`${box.id} ${note.kind}`) })
  oracle.submit('n2', put(key, 'first'))
  cluster.settle()
  const [holder = ''] = hintsOf(cluster)
  const second = rolesOf(cluster, key)
  assert.ok(second.others.includes(holder))
  const other = keyOwnedBySame(cluster, key, holder)
  const request = oracle.submit('n2', put(other, 'second', { quorum: { w: 3 } }))
  cluster.settle()
  assert.is(endOf(cluster.outcome(request)), 'unknown w_unsatisfied')
  assert.ok(notes.includes(`${holder} hint_refused`))
  const kept = cluster.box(holder).disk.filter(({ type }) => type === 'needs_repair')
  assert.is(kept.length, 1)
})

test('handoff: a second refusal waits for the note of the first to be durable', () => {
  const { cluster, oracle, key } = scene(['n1'], { limits: { hintBytesPerTarget: 1 } })
  oracle.submit('n2', put(key, 'first'))
  cluster.settle()
  const [holder = ''] = hintsOf(cluster)
  const other = keyOwnedBySame(cluster, key, holder)
  cluster.autoSync = false
  for (const value of ['a', 'b']) oracle.submit('n2', put(other, value))
  cluster.sync('n2')
  for (const flight of cluster.find('replicate', { to: holder })) cluster.deliver(flight)
  assert.is(cluster.find('replicate_failed').length, 0)
  cluster.sync(holder)
  assert.is(cluster.find('replicate_failed').length, 2)
})

test('handoff: owners whom nobody has served at the end get a hint from the coordinator', () => {
  // Nobody is suspected yet: n1 is cut off with the write, and so are all who could stand in.
  const { cluster, oracle, key } = scene([])
  cluster.isolate('n1')
  const request = oracle.submit('n1', put(key, 'v'))
  cluster.advance(1_100_000)
  assert.is(endOf(cluster.outcome(request)), 'unknown timeout')
  assert.is(cluster.box('n1').node?.hintCount, 2)
  cluster.heal()
  cluster.run(3_000_000)
  oracle.atRest()
})

/** Another key of the same owners, hinted at the same node. */
function keyOwnedBySame(cluster: TestCluster, key: string, holder: string): string {
  const { owners } = rolesOf(cluster, key)
  for (let i = 0; i < 10_000; i++) {
    const other = `other${String(i)}`
    const roles = rolesOf(cluster, other)
    if (String(roles.owners) === String(owners) && roles.others[0] === holder) return other
  }
  throw new Error('no such key')
}

test.run()
