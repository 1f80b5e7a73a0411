import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadScenario } from '../../scenarios/load.js'
import type { Scenario } from '../../scenarios/model.js'
import { formatProblem } from '../../scenarios/problem.js'
import { writeScenario } from '../../scenarios/write.js'

function load(text: string): Scenario {
  const loaded = loadScenario({ text, file: 'x' })
  assert.equal(loaded.problems?.map(formatProblem) ?? [], [], text)
  return loaded.scenario as Scenario
}

/** Lines of the file are no part of what a scenario means. */
const meaning = (scenario: Scenario): Scenario => ({
  ...scenario,
  faults: scenario.faults.map((fault) => ({ ...fault, line: 0 })),
})

/** Values of the language as JSON, which is YAML. */
const micros = fc.integer({ min: 1, max: 5_000_000 })
const duration = micros.map((value) => `${String(value)}us`)
const span = fc.tuple(micros, micros).map(([low, more]) => ({ low, high: low + more }))
const text = (value: number): string => `${String(value)}us`

const form = fc.oneof(
  duration.map((constant) => ({ constant })),
  span.map(({ low, high }) => ({ uniform: { min: text(low), max: text(high) } })),
  span.map(({ low, high }) => ({ exponential: { min: text(low), mean: text(high) } })),
  fc.record({ min: duration, alpha: fc.constantFrom(0.5, 1.1, 3) }).map((pareto) => ({ pareto })),
  fc
    .record({ median: duration, sigma: fc.constantFrom(0.1, 1, 2.5) })
    .map((lognormal) => ({ lognormal })),
  span.map(({ low, high }) => ({ empirical: { p50: text(low), 'p99.9': text(high) } })),
)
const weight = fc.constantFrom(0.1, 0.5, 1, 3)
const part = fc.tuple(weight, form).map(([share, latency]) => ({ weight: share, ...latency }))
const latency = fc.oneof(
  duration,
  form,
  fc.array(part, { minLength: 1, maxLength: 4 }).map((mixture) => ({ mixture })),
)
const byClass = fc.oneof(latency, fc.record({ write: latency, read_ok: latency }))
const share = fc.integer({ min: 0, max: 1_000_000 }).map((ppm) => ppm / 1_000_000)

const fault = fc.oneof(
  fc.record({ at: duration, partition: fc.constant([['n1', 'c1'], ['n2']]) }),
  fc.record({ at: duration, for: duration, partition: fc.constant({ from: 'n1', to: ['n3'] }) }),
  fc.record({ at: duration, for: latency, clock: fc.constant('n2'), jump: duration }),
  fc.record({ every: fc.constant('9s'), for: latency, pick: fc.constant(['crash', 'slow']) }),
  fc.record({
    every: fc.constant('9s'),
    for: latency,
    slow: fc.constant('n1'),
    factor: fc.constant(2.5),
  }),
  fc.record({
    when: fc.record({ node: fc.constant('n3'), acked: micros }),
    pause: fc.constant(['n1', 'n2']),
  }),
)

const scenario = fc.record(
  {
    name: fc.constant('x'),
    about: fc.string({ unit: 'grapheme', maxLength: 60 }),
    seed: fc.maxSafeNat(),
    settle: duration,
    cluster: fc.record(
      {
        nodes: fc.constantFrom(3, 4, [
          { id: 'n1', zone: 'a' },
          { id: 'n2', weight: 2.5 },
          { id: 'n3' },
        ]),
        replication: fc.record({ n: fc.constant(3), r: fc.integer({ min: 1, max: 3 }) }),
        buckets: fc.constantFrom({}, { carts: { conflict: 'lww' } }, { default: {}, b: {} }),
        handoff: fc.boolean(),
        read_repair: fc.boolean(),
        anti_entropy: fc.constantFrom(false, { every: '10s' }, { every: '1500ms' }),
        reap: fc.constantFrom(false, { every: '30s' }, { every: '1500ms', after: '0s' }),
      },
      { requiredKeys: ['nodes'] },
    ),
    network: fc.record(
      {
        latency: byClass,
        client_latency: latency,
        loss: share,
        reorder: share,
        bandwidth: micros.map((value) => `${String(value)}kbit/s`),
        links: fc.array(
          fc.record({ from: fc.constant('n1'), to: fc.constant(['n2']), latency: byClass }),
          { maxLength: 2 },
        ),
      },
      { requiredKeys: [] },
    ),
    disk: fc.record(
      { segment_records: fc.integer({ min: 1, max: 999 }), snapshot_records: fc.constant(1) },
      { requiredKeys: [] },
    ),
    workload: fc.record(
      {
        clients: fc.integer({ min: 1, max: 50 }),
        think: latency,
        keys: fc.constantFrom({ distribution: 'latest' }, { count: 7, exponent: 1.5 }),
        mix: share.map((get) => ({ get, append: Math.round((1 - get) * 1e6) / 1e6 })),
        value: fc.constantFrom('16B', '4KiB', '1MB'),
        consistency: fc.constantFrom('one', 'monotonic', { r: 2 }),
      },
      { requiredKeys: ['clients'] },
    ),
    faults: fc.array(fault, { maxLength: 1 }),
    expect: fc.record(
      {
        durability: fc.constantFrom(true, false, 'violation'),
        convergence: fc.constantFrom(true, 'violation', { within: '5s', verdict: 'violation' }),
        sessions: fc.constantFrom(['monotonic_reads'], { read_your_writes: 'violation' }),
        availability: share.map((min) => ({ min })),
        staleness: duration.map((p99) => ({ p99, verdict: 'ok' })),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['name', 'cluster', 'workload'] },
)

test('write: what is written resolves to the same scenario', () => {
  fc.assert(
    fc.property(scenario, (input) => {
      const resolved = load(JSON.stringify(input))
      assert.equal(meaning(load(writeScenario(resolved))), meaning(resolved))
    }),
    { seed: 1, numRuns: 150 },
  )
})

test('write: link faults everywhere and on a link, surges, and zones come back', () => {
  const resolved = load(`
name: x
cluster: { nodes: 5, zones: [a, b] }
workload: { rate: 0.5/s, surges: [{ at: 1s, for: 1s, rate: 20/s }] }
faults:
  - { at: 1s, for: 1s, loss: 1%, latency: { uniform: { min: 1ms, max: 2ms } } }
  - { at: 3s, for: 1s, duplicate: 1%, reorder: 2%, link: { from: n1, to: n2, both_ways: true } }
`)
  assert.equal(meaning(load(writeScenario(resolved))), meaning(resolved))
})

test('write: every kind of fault and milestone comes back', () => {
  const resolved = load(`
name: x
cluster: { nodes: 6, zones: [a, b] }
network: { corrupt_payload: 0.1% }
faults:
  - { name: cut, at: 1s, for: 1s, bridge: n3 }
  - { at: 1s, for: 1s, bridge: [n3, n4], sides: [[n1], [n2, n5]] }
  - { when: { started: cut }, for: 1s, majorities_ring: all }
  - { when: { ended: cut, after: 2s }, for: 1s, swizzle: { zone: b } }
  - { when: { operations: 9 }, for: 1s, clog: { from: n1, to: { zone: a }, both_ways: true } }
  - { when: { node: n2, hints: 9 }, for: 1s, crash_loop: n1, period: 100ms, up: 50ms }
  - { at: 3s, for: 1s, corrupt_payload: 1%, latency_factor: 2.5, bandwidth: 1Mbit/s }
  - { at: 3s, clock: n1, offset: -3s }
  - { at: 3s, clock: n1, drift_ppm: -200 }
  - { at: 3s, clock: n1, strobe: -20ms, period: 10ms }
  - { at: 9s, for: 1s, crash: all }
  - { every: 9s, for: 1s, pick: [one_way, crash_zone, clock_strobe, slow_link] }
`)
  assert.equal(meaning(load(writeScenario(resolved))), meaning(resolved))
})

test('write: the text is laid out as a person would', () => {
  const lines = writeScenario(
    load('name: x\nfaults: [{ at: 10s, for: 15s, partition: [[n1], [n2]] }]'),
  ).split('\n')
  assert.ok(lines.includes('duration: 1m'))
  assert.ok(lines.includes('  - { at: 10s, for: 15s, partition: [ [ n1 ], [ n2 ] ] }'))
})

test.run()
