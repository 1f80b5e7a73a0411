/**
 * Crashes at every point: no dot twice (DVV-1, WAL-6), nothing told that a crash can take back
 * (WAL-1), nothing acked lost.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { acquaint, endOf, get, keyOwnedBy, put, rolesOf, valuesOf } from './ask.js'
import { TestCluster } from './cluster.js'
import { Oracle } from './oracle.js'

/** Slow disks: nothing is durable unless the test says so. */
function scene(nodes = 3, leaseBlock = 4) {
  const cluster = new TestCluster({ nodes, limits: { leaseBlock } })
  const oracle = new Oracle(cluster)
  cluster.start()
  acquaint(cluster)
  cluster.autoSync = false
  return { cluster, oracle }
}

function rest(cluster: TestCluster, oracle: Oracle): readonly (string | null)[] {
  cluster.autoSync = true
  for (const box of cluster.boxes) if (box.node === null) cluster.boot(box.id)
  cluster.run(5_000_000)
  let values: readonly (string | null)[] = []
  for (const round of ['one', 'two']) {
    const read = oracle.submit('n1', get('k', { quorum: { r: 3 }, opId: `rest ${round}` }))
    oracle.submit('n1', get('j', { quorum: { r: 3 }, opId: `rest of j ${round}` }))
    cluster.run(500_000)
    values = valuesOf(cluster.outcome(read))
  }
  oracle.atRest()
  return values
}

/**
 * A story in single steps, so that a crash can come after each. Returns how many steps there were.
 */
function story(
  cluster: TestCluster,
  oracle: Oracle,
  crashAfter: number,
  survivors: number,
): number {
  let steps = 0
  const step = (act: () => void): void => {
    act()
    if (++steps === crashAfter) {
      cluster.crash('n1', survivors)
      cluster.boot('n1')
      cluster.sync('n1')
    }
  }
  const deliverAll = (): void => {
    for (const flight of [...cluster.flights]) step(() => cluster.deliver(flight))
  }
  step(() => oracle.submit('n1', put('k', 'a')))
  step(() => oracle.submit('n1', put('k', 'b')))
  step(() => cluster.sync('n1', 1))
  deliverAll()
  step(() => oracle.submit('n1', put('j', 'c')))
  step(() => cluster.sync('n2'))
  step(() => cluster.sync('n1'))
  deliverAll()
  step(() => oracle.submit('n2', put('k', 'd')))
  step(() => cluster.sync('n2'))
  step(() => cluster.sync('n3'))
  deliverAll()
  step(() => oracle.submit('n1', put('k', 'e')))
  step(() => cluster.sync('n1'))
  deliverAll()
  return steps
}

test('crash: a coordinator at every step of four puts, whatever part of its unsynced log survives', () => {
  const { cluster, oracle } = scene()
  const steps = story(cluster, oracle, -1, 0)
  assert.ok(steps > 20)
  for (let crashAfter = 1; crashAfter <= steps; crashAfter++) {
    for (let survivors = 0; survivors <= 4; survivors++) {
      const again = scene()
      story(again.cluster, again.oracle, crashAfter, survivors)
      const late = again.oracle.submit('n1', put('k', 'late'))
      const values = rest(again.cluster, again.oracle)
      assert.ok(values.includes('late') || endOf(again.cluster.outcome(late)) !== 'ok')
    }
  }
})

test('crash: a lease is durable before, or with, the first dot from it; the rest of it is given up', () => {
  const { cluster, oracle } = scene(3, 10)
  const dots: number[] = []
  cluster.observers.push({
    durable: (box, record) => {
      if (box.id !== 'n1' || record.type !== 'key_state') return
      const leases = box.disk.flatMap((one) => (one.type === 'counter_lease' ? [one.upTo] : []))
      for (const { actor, n } of record.state.siblings) {
        if (actor !== 'n1:0' || dots.includes(n)) continue
        assert.ok(n <= Math.max(...leases), 'no dot above the lease')
        dots.push(n)
      }
    },
  })
  cluster.autoSync = true
  for (let i = 0; i < 12; i++) oracle.submit('n1', put('k', `v${String(i)}`))
  cluster.settle()
  cluster.crash('n1')
  cluster.boot('n1')
  oracle.submit('n1', put('k', 'after'))
  cluster.settle()
  assert.equal(dots, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 21])
})

test('crash: nobody hears of a put that is not durable at its coordinator (planted bug 7)', () => {
  const { cluster, oracle } = scene()
  oracle.submit('n1', put('k', 'v'))
  assert.is(cluster.find('replicate').length, 0)
  const own = oracle.submit('n1', get('k', { quorum: { r: 1 } }))
  oracle.submit('n2', get('k', { quorum: { r: 3 } }))
  for (const flight of cluster.find('read', { to: 'n1' })) cluster.deliver(flight)
  assert.is(cluster.find('read_ok', { from: 'n1' }).length, 0, 'a reader waits for the disk')
  assert.is(cluster.outcome(own), null)
  cluster.crash('n1')
  cluster.boot('n1')
  cluster.sync('n1')
  assert.equal(rest(cluster, oracle), [])
})

test('crash: a replica acknowledges only what is durable, also when it holds it in flight already', () => {
  const { cluster, oracle } = scene()
  oracle.submit('n1', put('k', 'v'))
  cluster.sync('n1')
  const [first] = cluster.find('replicate', { to: 'n2' })
  assert.ok(first !== undefined)
  const copy = cluster.duplicate(first)
  cluster.deliver(first)
  cluster.deliver(copy)
  assert.is(cluster.find('replicate_ok').length, 0)
  cluster.sync('n2')
  assert.is(cluster.find('replicate_ok', { from: 'n2' }).length, 2)
})

test('crash: the coordinator between its own copy and its replicas; the write may appear, once', () => {
  const { cluster, oracle } = scene()
  const request = oracle.submit('n1', put('k', 'v'))
  cluster.sync('n1')
  cluster.flights = []
  cluster.crash('n1')
  cluster.boot('n1')
  cluster.sync('n1')
  assert.is(cluster.outcome(request), null)
  assert.equal(rest(cluster, oracle), ['v'])
})

test('crash: power goes everywhere at once; what was acknowledged is there', () => {
  const { cluster, oracle } = scene(5)
  const key = keyOwnedBy(cluster, 'n1', 'n2', 'n3')
  const requests = ['a', 'b', 'c'].map((value) => oracle.submit('n4', put(key, value)))
  for (let i = 0; i < 6; i++) {
    for (const flight of [...cluster.flights]) cluster.deliver(flight)
    for (const node of ['n1', 'n2', 'n3']) if (i % 2 === 0) cluster.sync(node, 2)
  }
  const acked = ['a', 'b', 'c'].filter((_, i) => endOf(cluster.outcome(requests[i] ?? 0)) === 'ok')
  assert.ok(acked.length > 0)
  for (const { id } of cluster.boxes) cluster.crash(id)
  cluster.flights = []
  cluster.autoSync = true
  for (const { id } of cluster.boxes) cluster.boot(id)
  cluster.run(4_000_000)
  const read = oracle.submit('n1', get(key, { quorum: { r: 3 } }))
  cluster.run(1_000_000)
  for (const value of acked) assert.ok(valuesOf(cluster.outcome(read)).includes(value))
  assert.is(rolesOf(cluster, key).owners.length, 3)
})

test.run()
