/** Anti-entropy in whole worlds, with nothing else to mend what faults leave behind. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { play, scenarioOf } from './stage.js'
import type { Played } from './stage.js'

const alone = {
  name: 'alone',
  duration: '5s',
  settle: '20s',
  cluster: {
    nodes: 5,
    partitions: 16,
    replication: { n: 3, r: 2, w: 2 },
    handoff: false,
    read_repair: false,
    anti_entropy: { every: '2s' },
  },
  network: { latency: { exponential: { min: '0.2ms', mean: '1ms' } } },
  workload: { clients: 6, think: '5ms', keys: { count: 300 }, mix: { get: '40%', put: '60%' } },
  faults: [
    {
      at: '1s',
      for: '1s',
      partition: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    },
    { at: '3s', for: '1s', crash: 'n4' },
  ],
}

const never = { ...alone, cluster: { ...alone.cluster, anti_entropy: false } }

const sentOf = ({ world }: Played, kind: string): number =>
  world.meter.messages.find((totals) => totals.kind === kind)?.sent ?? 0

/** AE-3 at every node, and the convergence of all. */
function wholeAt(played: Played): void {
  assert.ok(played.world.report.convergedAtMicros !== null, 'every replica equal')
  for (const { node, durablePersists } of played.world.processes) {
    assert.equal(node?.treeDrift(durablePersists), [])
  }
}

test('anti-entropy: heals a partition and a crash, without hints or read repair', () => {
  const played = play(scenarioOf(alone))
  wholeAt(played)
  assert.ok(played.events.some(({ kind }) => kind === 'sync_done'))
})

test('anti-entropy: without it the same faults leave replicas different', () => {
  const { world } = play(scenarioOf(never))
  assert.is(world.report.convergedAtMicros, null)
})

test('anti-entropy: heals over a network that loses, doubles and reorders', () => {
  const network = { ...alone.network, loss: '10%', duplicate: '10%', reorder: '10%' }
  for (const seed of [1, 2, 3]) wholeAt(play(scenarioOf({ ...alone, seed, network })))
})

test('anti-entropy: nodes that restart in the middle of it', () => {
  const faults = ['n1', 'n2', 'n3', 'n4', 'n5'].map((crash, i) => {
    return { at: `${String(500 + 900 * i)}ms`, for: '700ms', crash }
  })
  for (const seed of [1, 2, 3]) wholeAt(play(scenarioOf({ ...alone, seed, faults })))
})

test('anti-entropy: with no faults it repairs nothing, under load (AE-2)', () => {
  const hot = { ...alone.workload, keys: { count: 3 }, clients: 16 }
  const played = play(scenarioOf({ ...alone, duration: '20s', workload: hot, faults: [] }))
  wholeAt(played)
  assert.ok(sentOf(played, 'sync_roots') > 100)
  assert.ok(sentOf(played, 'sync_keys') > 10, 'writes in flight were seen')
  assert.is(sentOf(played, 'sync_states'), 0)
})

test('anti-entropy: off, nothing of it happens', () => {
  const played = play(scenarioOf(never))
  const sent = played.world.meter.messages.filter((totals) => totals.sent > 0)
  assert.equal(
    sent.filter(({ kind }) => kind.startsWith('sync_')),
    [],
  )
})

test.run()
