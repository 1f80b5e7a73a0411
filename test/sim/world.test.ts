/** Whole small worlds: repeatable, and with faults that do what they say. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hashOf, play, scenarioOf } from './stage.js'
import { problemsOf } from './truth.js'

/** All messages about all ten keys. */
const watches = Array.from({ length: 10 }, (_, i) => {
  return { key: `k${String(i + 1)}`, fromMicros: 0, toMicros: 9e9 }
})

const small = {
  name: 'small',
  duration: '3s',
  settle: '5s',
  cluster: { nodes: 5, partitions: 16, replication: { n: 3, r: 2, w: 2 } },
  network: { latency: { exponential: { min: '0.2ms', mean: '1ms' } } },
  workload: { clients: 4, think: '10ms', keys: { count: 10 }, mix: { get: '50%', put: '50%' } },
}

test('world: the same scenario and seed twice is the same run, event by event', () => {
  const scenario = scenarioOf({
    ...small,
    faults: [
      { at: '1s', for: '1s', crash: 'n2' },
      { at: '500ms', for: '1s', partition: [['n1'], ['n3', 'n4', 'n5']] },
      { every: '700ms', pick: ['pause', 'slow'], for: { uniform: { min: '50ms', max: '300ms' } } },
    ],
  })
  const [one, two] = [play(scenario), play(scenario)]
  assert.is(two.world.report.traceHash, one.world.report.traceHash)
  assert.equal(two.world.report, one.world.report)
  assert.equal(two.history, one.history)
  assert.equal(two.events, one.events)
})

test('world: run in small steps, or all at once, it is the same', () => {
  const scenario = scenarioOf(small)
  const slow = play(scenario, [], () => undefined)
  assert.is(slow.world.report.traceHash, hashOf(scenario))
})

test('world: another seed is another run', () => {
  assert.is.not(hashOf(scenarioOf({ ...small, seed: 2 })), hashOf(scenarioOf(small)))
})

test('world: without faults everything is answered, equal, and true', () => {
  const { world, history } = play(scenarioOf(small))
  const { counts } = world.recorder
  assert.ok(counts.ok > 500)
  assert.equal([counts.fail, counts.info], [0, 0])
  assert.ok(world.report.convergedAtMicros !== null)
  assert.equal(problemsOf(history, true), [])
})

test('world: a crash takes what was not synced; what was acknowledged survives', () => {
  const scenario = scenarioOf({
    ...small,
    disk: { write: { constant: '50us' }, fsync: { constant: '20ms' } },
    faults: [{ at: '1500ms', for: '500ms', crash: ['n1', 'n2', 'n3', 'n4', 'n5'] }],
  })
  const { world, history, events } = play(scenario)
  const crashes = events.filter(({ kind }) => kind === 'node_crashed')
  assert.is(crashes.length, 5)
  assert.equal(
    crashes.map(({ timeMicros }) => timeMicros),
    [1, 2, 3, 4, 5].map(() => 1_500_000),
  )
  const lives = world.processes.map(({ node }) => node?.incarnation)
  assert.equal(lives, [2, 2, 2, 2, 2])
  assert.equal(problemsOf(history, world.report.convergedAtMicros !== null), [])
  // Something was under way when the power went: it was neither acknowledged nor refused.
  assert.ok(history.some(({ type, time }) => type === 'info' && time > 1_500_000_000))
})

test('world: a node that is down answers nobody', () => {
  // Many clients, so that whatever the seed some of them ask it.
  const workload = { ...small.workload, clients: 20 }
  const scenario = scenarioOf({
    ...small,
    workload,
    faults: [{ at: '1s', for: '1s', crash: 'n1' }],
  })
  const { messages } = play(scenario, watches)
  const said = messages.filter(
    ({ from, sentMicros }) => from === 'n1' && sentMicros > 1_000_100 && sentMicros < 2_000_000,
  )
  assert.ok(said.length > 0, 'connections are refused')
  assert.ok(said.every(({ kind }) => kind === 'rejected'))
  assert.ok(messages.some((line) => line.from === 'n1' && line.sentMicros > 2_000_000))
})

test('world: a paused node says nothing, and goes on where it was', () => {
  const scenario = scenarioOf({
    ...small,
    // Slow disks and many clients: some sync ends during the pause, and its acknowledgements must
    // wait.
    disk: { fsync: { constant: '30ms' } },
    workload: { ...small.workload, clients: 12 },
    faults: [{ at: '1s', for: '600ms', pause: 'n1' }],
  })
  const { world, messages, history } = play(scenario, watches)
  const during = messages.filter(
    ({ from, sentMicros }) => from === 'n1' && sentMicros > 1_000_100 && sentMicros < 1_600_000,
  )
  assert.equal(during, [])
  assert.is(world.processes[0]?.node?.incarnation, 1, 'it was never down')
  assert.ok(messages.some(({ from, sentMicros }) => from === 'n1' && sentMicros >= 1_600_000))
  assert.equal(problemsOf(history, world.report.convergedAtMicros !== null), [])
})

test('world: one way cut, messages come from the other side only', () => {
  const scenario = scenarioOf({
    ...small,
    faults: [{ at: '1s', for: '1s', partition: { from: 'n1', to: ['n2', 'n3', 'n4', 'n5'] } }],
  })
  const { messages } = play(scenario, watches)
  const cut = messages.filter(
    ({ sentMicros, kind, fate, from, to }) =>
      sentMicros > 1_000_000 &&
      sentMicros < 2_000_000 &&
      fate !== 'lost' &&
      [from, to].every((name) => name.startsWith('n')) &&
      kind !== '',
  )
  const [out, back] = ['n1', 'n2'].map((from) =>
    cut.filter((line) => line.from === from && (from === 'n1' || line.to === 'n1')),
  )
  assert.ok((out?.length ?? 0) > 0)
  assert.ok(out?.every(({ fate }) => fate === 'cut'))
  assert.ok((back?.length ?? 0) > 0)
  assert.ok(back?.every(({ fate }) => fate === 'delivered'))
})

test('world: a fault comes when a node has acknowledged so many writes', () => {
  const scenario = scenarioOf({
    ...small,
    faults: [{ when: { node: 'n3', acked: 40 }, for: '300ms', crash: 'n3' }],
  })
  let ackedAtCrash = -1
  const { world, events } = play(scenario, [], (event, running) => {
    const n3 = running.processes[2]
    if (ackedAtCrash < 0 && n3?.node === null) ackedAtCrash = n3.acked
    return event
  })
  assert.is(ackedAtCrash, 40)
  assert.is(events.filter(({ kind }) => kind === 'node_crashed').length, 1)
  assert.is(world.processes[2]?.node?.incarnation, 2)
})

test('world: faults drawn from the seed are the same each time, and others for another seed', () => {
  const faults = [
    {
      every: '300ms',
      pick: ['crash', 'partition', 'pause', 'slow'],
      for: { uniform: { min: '50ms', max: '400ms' } },
    },
  ]
  const told = (seed: number) => {
    const { world } = play(scenarioOf({ ...small, seed, faults }))
    return world.drama.records.map(({ label, fromMicros }) => `${label} ${String(fromMicros)}`)
  }
  const first = told(1)
  assert.ok(first.length >= 4)
  assert.equal(told(1), first)
  assert.is.not(told(2).join(), first.join())
})

test('world: a wrong clock does not disturb buckets of siblings', () => {
  const scenario = scenarioOf({
    ...small,
    clocks: { offset: { uniform: { min: '-200ms', max: '200ms' } }, drift_ppm: 100 },
    faults: [
      { at: '1s', clock: 'n1', jump: '2m' },
      { at: '1s', clock: 'n2', jump: '-2m' },
    ],
  })
  const { world, history } = play(scenario)
  assert.is(world.recorder.counts.info, 0)
  assert.equal(problemsOf(history, world.report.convergedAtMicros !== null), [])
})

test.run()
