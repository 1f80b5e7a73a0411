import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pickKinds } from '../../scenarios/model.js'
import type { World } from '../../sim/world.js'
import { play, scenarioOf } from './stage.js'
import type { Played } from './stage.js'

const base = {
  name: 'x',
  duration: '10s',
  settle: '10s',
  cluster: { nodes: 5, zones: ['a', 'b', 'c'] },
  workload: { clients: 4, think: '5ms', keys: { count: 50 } },
  expect: { durability: true },
}

const withFaults = (faults: readonly object[], more: object = {}) =>
  scenarioOf({ ...base, ...more, faults })

interface Seen {
  readonly atMicros: number
  readonly up: readonly boolean[]
}

/** Who is up after every change. */
function ups(faults: readonly object[]): readonly Seen[] {
  const seen: Seen[] = []
  let last = ''
  play(withFaults(faults), [], (event, world) => {
    const up = world.processes.map(({ node }) => node !== null)
    if (up.join() === last) return
    last = up.join()
    seen.push({ atMicros: event.atMicros, up })
  })
  return seen
}

const kindsOf = ({ world }: Played): string[] => world.drama.records.map(({ kind }) => kind)
const steps = (played: Played): readonly string[] =>
  played.events.filter(({ kind }) => kind === 'fault_step').map(({ detail }) => detail)

test('faults: a crash loop crashes once a period, and ends up', () => {
  const seen = ups([{ at: '1s', for: '3s', crash_loop: 'n2', period: '1s', up: '300ms' }])
  const times = seen.map(({ atMicros, up }) => [atMicros / 1e6, up[1]])
  const downs = [1, 2, 3].map((at) => [at, false])
  const returns = [1.7, 2.7, 3.7].map((at) => [at, true])
  const expected = [...downs, ...returns].sort((a, b) => Number(a[0]) - Number(b[0]))
  assert.equal(times.slice(1), expected)
})

test('faults: a zone, and the whole cluster, lose power together and come back', () => {
  const zone = ups([{ at: '1s', for: '1s', crash: { zone: 'a' } }])
  assert.equal(zone[1], { atMicros: 1_000_000, up: [false, true, true, false, true] })
  const all = ups([{ at: '1s', for: '1s', crash: 'all' }])
  const down = all.find(({ up }) => up.every((one) => !one))
  assert.is(down?.atMicros, 1_000_000)
  assert.ok(all[all.length - 1]?.up.every((one) => one))
})

/** Message latencies are constant, so who reaches whom shows in the messages of a watched key. */
function passed(fault: object): ReadonlySet<string> {
  const latency = { latency: { constant: '1ms' } }
  const scenario = withFaults([fault], {
    network: latency,
    workload: { clients: 5, think: '1ms', keys: { count: 1 } },
    cluster: { nodes: 5, replication: { n: 5 } },
  })
  const watch = { key: 'k1', fromMicros: 5_000_000, toMicros: 6_000_000 }
  const { messages } = play(scenario, [watch])
  const nodes = messages.filter(({ from, to }) => from.startsWith('n') && to.startsWith('n'))
  assert.ok(nodes.length > 100)
  return new Set(
    nodes.filter(({ fate }) => fate === 'delivered').map(({ from, to }) => `${from}${to}`),
  )
}

const reaches = (links: ReadonlySet<string>, a: string, b: string): boolean =>
  links.has(`${a}${b}`) || links.has(`${b}${a}`)

test('faults: over a bridge both sides reach the middle, and not each other', () => {
  const links = passed({ at: '1s', bridge: 'n3' })
  assert.ok(reaches(links, 'n1', 'n3') && reaches(links, 'n4', 'n3') && reaches(links, 'n1', 'n2'))
  for (const [a, b] of [
    ['n1', 'n4'],
    ['n1', 'n5'],
    ['n2', 'n4'],
    ['n2', 'n5'],
  ] as const) {
    assert.not(reaches(links, a, b), `${a} ${b}`)
  }
})

test('faults: on a ring of majorities each reaches its two neighbours, no two the same', () => {
  const links = passed({ at: '1s', majorities_ring: ['n1', 'n3', 'n5', 'n2', 'n4'] })
  const order = ['n1', 'n3', 'n5', 'n2', 'n4']
  order.forEach((node, place) => {
    const next = order[(place + 1) % 5] as string
    const far = order[(place + 2) % 5] as string
    assert.ok(reaches(links, node, next), `${node} ${next}`)
    assert.not(reaches(links, node, far), `${node} ${far}`)
  })
})

test('faults: what waits at a clogged link arrives when it opens, in order, none lost', () => {
  const scenario = withFaults(
    [{ at: '2s', for: '2s', clog: { from: 'n1', to: ['n2', 'n3', 'n4', 'n5'] } }],
    { network: { latency: { uniform: { min: '1ms', max: '20ms' } } } },
  )
  const watches = Array.from({ length: 50 }, (_, index) => ({
    key: `k${String(index + 1)}`,
    fromMicros: 0,
    toMicros: 20_000_000,
  }))
  const { world, messages } = play(scenario, watches)
  const ofLink = messages.filter(({ from, to }) => from === 'n1' && to === 'n2')
  const during = ofLink.filter(({ sentMicros }) => sentMicros > 2_000_000 && sentMicros < 4_000_000)
  assert.equal(during, [])
  const released = ofLink.filter(({ sentMicros }) => sentMicros === 4_000_000)
  assert.ok(released.length > 10, String(released.length))
  const arrivals = released.map(({ deliveredMicros }) => deliveredMicros ?? 0)
  assert.equal(
    arrivals,
    [...arrivals].sort((a, b) => a - b),
  )
  assert.ok(world.meter.messages.every(({ lost }) => lost === 0))
})

test('faults: a swizzle cuts each node once, brings each back once, in orders of its own', () => {
  const played = play(withFaults([{ at: '1s', for: '6s', swizzle: 'all' }]))
  const told = steps(played)
  const cuts = told.filter((text) => text.includes('cuts')).map((text) => text.split(' ')[2])
  const backs = told.filter((text) => text.includes('brings')).map((text) => text.split(' ')[2])
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5']
  assert.equal([...cuts].sort(), nodes)
  assert.equal([...backs].sort(), nodes)
  assert.not.equal(cuts, backs)
  assert.not.equal(cuts, nodes)
})

test('faults: a swizzle that a milestone begins has all its steps before everything is healed', () => {
  const played = play(withFaults([{ when: { operations: 100 }, for: '1h', swizzle: 'all' }]))
  assert.is(steps(played).length, 10)
})

test('faults: corrupted messages are counted and dropped, and none is believed', () => {
  const played = play(withFaults([{ at: '0s', for: '10s', corrupt_payload: '10%' }]))
  const { drops, meter } = played.world
  const sent = meter.messages.reduce((sum, totals) => sum + totals.sent, 0)
  assert.ok((drops['corrupted'] ?? 0) > 0.02 * sent, JSON.stringify(drops))
  assert.ok((drops['corrupted_readable'] ?? 0) > 0)
  assert.ok((drops['corrupted_readable'] ?? 0) < (drops['corrupted'] ?? 0))
  assert.is(drops['corrupted_unnoticed'], 0)
})

/** How far each node's wall clock is off, at these times. */
function errors(faults: readonly object[], timesMicros: readonly number[]): readonly number[] {
  const found: number[] = []
  const exact = { clocks: { offset: { uniform: { min: '0s', max: '0s' } }, drift_ppm: 0 } }
  play(withFaults(faults, exact), [], (event, world: World) => {
    while (
      found.length < timesMicros.length &&
      event.atMicros >= (timesMicros[found.length] ?? 0)
    ) {
      found.push(world.processes[1]?.clock.wallErrorMicros(timesMicros[found.length] ?? 0) ?? NaN)
    }
  })
  return found
}

test('faults: a clock is off by an offset while that lasts, and by a jump for good', () => {
  const faults = [
    { at: '2s', for: '2s', clock: 'n2', offset: '-30s' },
    { at: '6s', clock: 'n2', jump: '1s' },
  ]
  assert.equal(errors(faults, [1e6, 3e6, 5e6, 7e6]), [0, -30_000_000, 0, 1_000_000])
})

test('faults: of two offsets at a time the later holds, and in the end none does', () => {
  const second = { when: { started: 'first', after: '1s' }, clock: 'n2', offset: '5s' }
  const faults = (shorter: string, longer: string): readonly object[] => [
    { name: 'first', at: '2s', for: shorter, clock: 'n2', offset: '-30s' },
    { ...second, for: longer },
  ]
  const times = [2.5, 3.5, 4.5, 5.5].map((at) => at * 1e6)
  const none = 0
  // The first ends while the second holds; then the other way round.
  assert.equal(errors(faults('2s', '2s'), times), [-30e6, 5e6, 5e6, none])
  assert.equal(errors(faults('3s', '1s'), times), [-30e6, 5e6, -30e6, none])
})

test('faults: a clock drifts while that lasts, and keeps what it has gathered', () => {
  const faults = [{ at: '2s', for: '2s', clock: 'n2', drift_ppm: 100_000 }]
  assert.equal(errors(faults, [1e6, 3e6, 5e6]), [0, 100_000, 200_000])
})

test('faults: a strobing clock jumps there and back', () => {
  const faults = [{ at: '2s', for: '2s', clock: 'n2', strobe: '1s', period: '500ms' }]
  const times = [19, 21, 26, 31, 36, 41].map((at) => at * 100_000)
  assert.equal(errors(faults, times), [0, 1_000_000, 0, 1_000_000, 0, 0])
})

test('faults: milestones of hints, operations and other faults set off theirs, once', () => {
  const played = play(
    withFaults([
      { name: 'cut', at: '2s', for: '3s', partition: [['n1'], ['n2', 'n3', 'n4', 'n5']] },
      { when: { node: 'n4', hints: 3 }, for: '1s', pause: 'n3' },
      { when: { operations: 200 }, for: '1s', slow: 'n4', factor: 2 },
      { when: { ended: 'cut', after: '500ms' }, for: '1s', crash: 'n5' },
      { when: { started: 'cut' }, for: '1s', loss: '5%' },
    ]),
  )
  const of = (kind: string) => played.world.drama.records.filter((record) => record.kind === kind)
  const all = ['crash', 'link', 'partition', 'pause', 'slow']
  assert.equal(kindsOf(played).sort(), all)
  assert.is(of('crash')[0]?.fromMicros, 5_500_000)
  assert.is(of('link')[0]?.fromMicros, 2_000_000)
  const hints = of('pause')[0]?.fromMicros ?? 0
  assert.ok(hints > 2_000_000 && hints < 5_000_000)
})

test('faults: every kind that chance may pick plays, the same way twice', () => {
  for (const pick of pickKinds) {
    const faults = [
      { every: '1500ms', for: { uniform: { min: '200ms', max: '1s' } }, pick: [pick] },
    ]
    const [first, second] = [play(withFaults(faults)), play(withFaults(faults))]
    assert.ok(first.world.drama.records.length > 0, pick)
    assert.is(first.world.report.traceHash, second.world.report.traceHash, pick)
    const starts = first.events.filter(({ kind }) => kind === 'fault_start')
    assert.equal(
      starts.map(({ detail }) => detail),
      first.world.drama.records.map(({ label }) => label),
    )
  }
})

test.run()
