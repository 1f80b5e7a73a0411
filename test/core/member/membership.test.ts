/** Failure detection between whole nodes: what is said, when, and what comes of it. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { MemberMessage, MemberUpdate, MemberView } from '../../../core/index.js'
import { encodeMessage, isMemberMessage, nodeId } from '../../../core/index.js'
import { acquaint, lookLong } from '../ask.js'
import type { ClusterOptions } from '../cluster.js'
import { TestCluster } from '../cluster.js'
import { outranks } from '../../../core/member/standing.js'
import { deepFreeze } from '../freeze.js'

const second = 1_000_000

/** Everything that failure detection says is frozen, and remembered. */
function scene(nodes: number, options: Partial<ClusterOptions> = {}) {
  const cluster = new TestCluster({ nodes, ...options })
  const said: { from: string; to: string; message: MemberMessage; atMicros: number }[] = []
  cluster.observers.push({
    sent: (box, to, message) => {
      if (!isMemberMessage(message)) return
      said.push({ from: box.id, to, message: deepFreeze(message), atMicros: cluster.nowMicros })
    },
  })
  cluster.start()
  return { cluster, said }
}

const viewOf = (cluster: TestCluster, at: string, of: string): MemberView => {
  const views = cluster.box(at).node?.members(cluster.nowMicros) ?? []
  const found = views.find(({ id }) => id === of)
  if (found === undefined) throw new Error(`${at} does not know ${of}`)
  return found
}
const stateOf = (cluster: TestCluster, at: string, of: string): string =>
  viewOf(cluster, at, of).state

test('membership: a healthy cluster says little, and accuses nobody', () => {
  const { cluster, said } = scene(5)
  cluster.run(60 * second)
  for (const at of cluster.boxes) {
    for (const of of cluster.boxes) assert.is(stateOf(cluster, at.id, of.id), 'alive')
    assert.is(at.node?.localHealth, 0)
  }
  const kinds = new Set(said.map(({ message }) => message.kind))
  assert.equal(
    [...kinds].toSorted((a, b) => (a < b ? -1 : 1)),
    ['ack', 'announce', 'ping', 'push_pull', 'push_pull_ok'],
  )
  const pings = said.filter(({ message }) => message.kind === 'ping')
  assert.ok(pings.length >= 5 * 58 && pings.length <= 5 * 61, 'one each second and node')
})

test('membership: everybody is probed within two rounds (FD-1)', () => {
  const { cluster, said } = scene(6)
  cluster.run(60 * second)
  for (const { id: from } of cluster.boxes) {
    for (const { id: to } of cluster.boxes) {
      if (from === to) continue
      const times = said
        .filter((one) => one.from === from && one.to === to && one.message.kind === 'ping')
        .map(({ atMicros }) => atMicros)
      assert.ok(times.length > 0)
      for (let i = 1; i < times.length; i++) {
        assert.ok(times[i]! - times[i - 1]! <= 11 * second, `${from} probes ${to} in time`)
      }
    }
  }
})

test('membership: a crashed node is suspected by all, then dead, and asked on (FD-1)', () => {
  const { cluster, said } = scene(5)
  acquaint(cluster)
  cluster.crash('n3')
  const crashedMicros = cluster.nowMicros
  cluster.run(10 * second)
  for (const at of ['n1', 'n2', 'n4', 'n5']) {
    assert.ok(['suspect', 'dead'].includes(stateOf(cluster, at, 'n3')), at)
    assert.ok(cluster.box(at).node?.suspects(nodeId('n3')))
  }
  cluster.run(24 * second)
  for (const at of ['n1', 'n2', 'n4', 'n5']) assert.is(stateOf(cluster, at, 'n3'), 'dead')
  cluster.run(20 * second)
  const asked = said.filter(
    ({ to, message, atMicros }) =>
      to === 'n3' && message.kind === 'ping' && atMicros > crashedMicros + 40 * second,
  )
  assert.ok(asked.length >= 4 * 8, 'the dead are probed')
  cluster.boot('n3')
  cluster.run(second)
  for (const at of ['n1', 'n2', 'n4', 'n5']) {
    assert.equal([stateOf(cluster, at, 'n3'), viewOf(cluster, at, 'n3').incarnation], ['alive', 2])
  }
})

test('membership: a cut of one link only is found out, and accuses nobody', () => {
  const { cluster, said } = scene(4)
  acquaint(cluster)
  cluster.cuts.add('n1>n2')
  cluster.cuts.add('n2>n1')
  cluster.run(20 * second)
  const kinds = said.map(({ message }) => message.kind)
  assert.ok(kinds.includes('ping_req'))
  for (const at of cluster.boxes) {
    for (const of of cluster.boxes) assert.is(stateOf(cluster, at.id, of.id), 'alive')
  }
  assert.ok(cluster.box('n1').node?.suspects(nodeId('n2')), 'n1 itself does not reach it')
  assert.not(cluster.box('n3').node?.suspects(nodeId('n2')))
  cluster.heal()
  cluster.run(2 * second)
  assert.not(cluster.box('n1').node?.suspects(nodeId('n2')))
})

test('membership: an accused node contradicts at once, by a higher number of its own', () => {
  const { cluster } = scene(5)
  acquaint(cluster)
  const claim: MemberUpdate = {
    node: nodeId('n2'),
    state: 'dead',
    incarnation: 1,
    refutation: 0,
    by: null,
  }
  const header = { clusterId: 'test', from: nodeId('n1'), incarnation: 1, ringEpoch: 1 }
  cluster.deliver({
    number: 0,
    from: nodeId('n1'),
    to: nodeId('n2'),
    message: { kind: 'gossip', ...header, updates: [claim] },
  })
  cluster.run(second)
  for (const { id } of cluster.boxes) {
    const { state, incarnation, refutation } = viewOf(cluster, id, 'n2')
    assert.equal([state, incarnation, refutation], ['alive', 1, 1])
  }
})

test('membership: who leaves is believed at once, by all, and is back after its restart', () => {
  const { cluster } = scene(5)
  acquaint(cluster)
  cluster.leave('n2')
  for (const at of ['n1', 'n3', 'n4', 'n5']) {
    assert.is(stateOf(cluster, at, 'n2'), 'left')
    assert.ok(cluster.box(at).node?.suspects(nodeId('n2')))
  }
  cluster.crash('n2')
  cluster.run(60 * second)
  assert.is(stateOf(cluster, 'n1', 'n2'), 'left', 'nobody takes it for dead')
  cluster.boot('n2')
  for (const at of ['n1', 'n3', 'n4', 'n5']) {
    assert.is(stateOf(cluster, at, 'n2'), 'alive')
    assert.not(cluster.box(at).node?.suspects(nodeId('n2')))
  }
})

for (const plant of [undefined, 'dead_not_probed'] as const) {
  const what = plant === undefined ? 'merges again' : 'stays split if the dead are not probed (21)'
  test(`membership: a partition longer than any suspicion ${what} (FD-4)`, () => {
    const { cluster } = scene(5, plant === undefined ? {} : { plant })
    acquaint(cluster)
    for (const one of ['n1', 'n2']) {
      for (const other of ['n3', 'n4', 'n5']) {
        cluster.cuts.add(`${one}>${other}`)
        cluster.cuts.add(`${other}>${one}`)
      }
    }
    lookLong(cluster)
    assert.is(stateOf(cluster, 'n1', 'n3'), 'dead')
    assert.is(stateOf(cluster, 'n5', 'n2'), 'dead')
    assert.is(stateOf(cluster, 'n4', 'n5'), 'alive')
    cluster.heal()
    cluster.run(plant === undefined ? 3 * second : 300 * second)
    const states = cluster.boxes.flatMap(({ id: at }) =>
      cluster.boxes.map(({ id: of }) => stateOf(cluster, at, of)),
    )
    if (plant === undefined) assert.equal([...new Set(states)], ['alive'])
    else assert.ok(states.includes('dead'))
  })
}

test('membership: standings never fall at any observer, whatever happens (FD-2)', () => {
  const { cluster } = scene(4)
  const highest = new Map<string, MemberView>()
  const lives = new Map<string, number>()
  const look = (): void => {
    for (const box of cluster.boxes) {
      if (box.node === null) continue
      // A new life of the observer has everything yet to hear.
      if (lives.get(box.id) !== box.node.incarnation) {
        for (const { id } of cluster.boxes) highest.delete(`${box.id}/${id}`)
        lives.set(box.id, box.node.incarnation)
      }
      for (const view of box.node.members(cluster.nowMicros)) {
        const before = highest.get(`${box.id}/${view.id}`)
        if (before !== undefined) assert.not(outranks(before, view), `${box.id} of ${view.id}`)
        highest.set(`${box.id}/${view.id}`, view)
      }
    }
  }
  for (let round = 0; round < 12; round++) {
    const victim = `n${String((round % 4) + 1)}`
    if (round % 3 === 0) cluster.crash(victim)
    else cluster.isolate(victim)
    for (let i = 0; i < 40; i++) {
      cluster.run(500_000)
      look()
    }
    cluster.heal()
    if (cluster.box(victim).node === null) cluster.boot(victim)
    for (let i = 0; i < 6; i++) {
      cluster.run(500_000)
      look()
    }
  }
  for (const at of cluster.boxes) {
    for (const of of cluster.boxes) assert.is(stateOf(cluster, at.id, of.id), 'alive')
  }
})

test('membership: a node that stood still blames itself, not the others', () => {
  for (const plant of [undefined, 'no_local_health'] as const) {
    const { cluster } = scene(5, plant === undefined ? {} : { plant })
    acquaint(cluster)
    // The last word that n1 heard before it stood still: n2 is suspected.
    const header = { clusterId: 'test', from: nodeId('n3'), incarnation: 1, ringEpoch: 1 }
    const claim: MemberUpdate = {
      node: nodeId('n2'),
      state: 'suspect',
      incarnation: 1,
      refutation: 0,
      by: nodeId('n3'),
    }
    const message = { kind: 'gossip', ...header, updates: [claim] } as const
    cluster.deliver({ number: 0, from: nodeId('n3'), to: nodeId('n1'), message })
    const buried: string[] = []
    cluster.observers.push({
      noted: (box, note) => {
        if (note.kind === 'peer_dead' && box.id === 'n1') buried.push(note.peer)
      },
    })
    cluster.stall('n1', 60 * second)
    const wrong = plant !== undefined
    assert.is(buried.includes('n2'), wrong)
    assert.is((cluster.box('n1').node?.localHealth ?? 0) > 0, !wrong)
    cluster.run(10 * second)
    assert.is(stateOf(cluster, 'n1', 'n2'), 'alive', 'refuted in the end')
  }
})

test('membership: a message fits a packet, however large the cluster and however long its names', () => {
  const ids = Array.from({ length: 40 }, (_, i) =>
    nodeId(`${String(i).padStart(3, '0')}${'é'.repeat(30)}`),
  )
  const { cluster, said } = scene(40, { ids })
  cluster.run(3 * second)
  for (const id of ids.slice(0, 20)) cluster.isolate(id)
  cluster.run(40 * second)
  cluster.heal()
  cluster.run(20 * second)
  let most = 0
  let updates = 0
  for (const { message } of said) {
    most = Math.max(most, encodeMessage(message).length)
    if ('updates' in message) updates = Math.max(updates, message.updates.length)
  }
  assert.ok(updates > 3, 'there was much to say')
  assert.ok(most <= 1_300, String(most))
})

test('membership: alone, it waits for nothing', () => {
  const { cluster, said } = scene(1)
  cluster.run(60 * second)
  assert.equal(said, [])
})

test.run()
