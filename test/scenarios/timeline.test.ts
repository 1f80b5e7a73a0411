import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadScenario } from '../../scenarios/load.js'
import type { Scenario } from '../../scenarios/model.js'
import { formatProblem } from '../../scenarios/problem.js'
import { expandTimeline, type TimelineEntry } from '../../scenarios/timeline.js'
import { forkStream } from '../../sim/random.js'

function scenarioOf(faults: readonly string[], nodes = 5, duration = '60s'): Scenario {
  const lines = faults.map((fault) => `  - ${fault}\n`).join('')
  const head = `name: x\nduration: ${duration}\ncluster: { nodes: ${String(nodes)} }\n`
  const loaded = loadScenario({ text: `${head}faults:\n${lines}`, file: 'x' })
  assert.equal(loaded.problems?.map(formatProblem) ?? [], [])
  return loaded.scenario as Scenario
}

function expand(faults: readonly string[], seed = 1, nodes = 5): readonly TimelineEntry[] {
  const scenario = scenarioOf(faults, nodes)
  return expandTimeline(scenario, (fault) => forkStream(seed, `fault/${String(fault)}`))
}

const labels = (faults: readonly string[]): string[] => expand(faults).map(({ label }) => label)

test('timeline: labels say what happens', () => {
  assert.equal(
    labels([
      '{ at: 1s, for: 1s, partition: [[n1, n2], [n3, n4, n5]] }',
      '{ at: 2s, for: 1s, partition: { from: n3, to: [n4, n5] } }',
      '{ at: 3s, for: 1s, crash: n3 }',
      '{ at: 4s, for: 1s, pause: [n1, n2] }',
      '{ at: 5s, for: 1s, slow: n2, factor: 20 }',
      '{ at: 6s, for: 1s, loss: 20%, link: { from: n1, to: n2 } }',
      '{ at: 7s, for: 1s, loss: 2%, duplicate: 1%, latency: 5ms }',
      '{ at: 8s, clock: n5, jump: -2m }',
      '{ at: 9s, for: 1s, reorder: 5%, link: { from: n1, to: n2, both_ways: true } }',
      '{ at: 11s, for: 1s, bridge: n3 }',
      '{ at: 12s, for: 1s, majorities_ring: all }',
      '{ at: 13s, for: 1s, clog: { from: n1, to: n2 } }',
      '{ at: 14s, for: 1s, swizzle: [n1, n2] }',
      '{ at: 15s, for: 1s, crash_loop: n1, period: 500ms, up: 100ms }',
      '{ at: 17s, for: 1s, corrupt_payload: 1%, latency_factor: 2, bandwidth: 1Mbit/s }',
      '{ at: 18s, for: 1s, clock: n1, offset: 3s }',
      '{ at: 19s, for: 1s, clock: n1, drift_ppm: -200 }',
      '{ at: 20s, for: 1s, clock: n1, strobe: 20ms, period: 10ms }',
    ]),
    [
      'partition n1 n2 | n3 n4 n5',
      'partition n3 -> n4 n5',
      'crash n3',
      'pause n1 n2',
      'slow n2 by 20',
      'loss 20% on n1 -> n2',
      'loss 2%, duplicate 1%, latency 5ms on all links',
      'clock n5 -2m',
      'reorder 5% on n1 <-> n2',
      'bridge n3 between n1 n2 | n4 n5',
      'majorities ring n1 n2 n3 n4 n5',
      'clog n1 -> n2',
      'swizzle n1 n2',
      'crash loop n1 every 500ms, up 100ms',
      'corrupt 1%, latency times 2, bandwidth 1Mbit/s on all links',
      'clock n1 off by +3s',
      'clock n1 drifts -200 ppm',
      'clock n1 strobes +20ms every 10ms',
    ],
  )
})

test('timeline: entries are sorted by start, equal ones as in the file', () => {
  const found = labels([
    '{ at: 9s, for: 1s, crash: n1 }',
    '{ at: 3s, for: 1s, crash: n2 }',
    '{ at: 9s, for: 1s, crash: n3 }',
  ])
  assert.equal(found, ['crash n2', 'crash n1', 'crash n3'])
})

test('timeline: a fault without an end lasts until the heal, a drawn one ends by then', () => {
  const [open, drawn] = expand([
    '{ at: 10s, crash: n1 }',
    '{ at: 50s, for: { uniform: { min: 20s, max: 30s } }, crash: n2 }',
  ])
  assert.equal([open?.untilMicros, open?.durationMicros], [null, null])
  assert.equal([drawn?.untilMicros, drawn?.durationMicros], [60_000_000, 10_000_000])
})

test('timeline: a milestone stays one, with its duration drawn', () => {
  const [entry] = expand(['{ when: { node: n2, acked: 100 }, for: 5s, crash: n2 }'])
  assert.equal(entry?.trigger, { kind: 'when_acked', node: 'n2', count: 100 })
  assert.equal([entry?.atMicros, entry?.untilMicros, entry?.durationMicros], [0, null, 5_000_000])
})

const chance =
  '{ every: 2s, pick: [crash, partition, pause, slow], for: { uniform: { min: 1s, max: 5s } } }'

test('timeline: the same seed gives the same faults, another seed others', () => {
  assert.equal(expand([chance], 1), expand([chance], 1))
  assert.not.equal(expand([chance], 1), expand([chance], 2))
})

test('timeline: a change of one random fault moves no other', () => {
  const others = (first: string): readonly TimelineEntry[] =>
    expand([first, chance]).filter(({ fault }) => fault === 1)
  const quiet = '{ every: 20s, pick: [partition], for: 1s }'
  assert.equal(others(quiet), others(quiet.replace('20s', '7s')))
})

test('timeline: random faults come as often as asked, the gaps exponential', () => {
  const gaps: number[] = []
  for (let seed = 1; seed <= 200; seed += 1) {
    const entries = expand(['{ every: 2s, pick: [partition], for: 100ms }'], seed)
    const starts = [0, ...entries.map(({ atMicros }) => atMicros)]
    starts.slice(1).forEach((at, index) => gaps.push(at - (starts[index] ?? 0)))
  }
  assert.ok(Math.abs(gaps.length - 200 * 30) < 5 * Math.sqrt(200 * 30))
  const longer = gaps.filter((gap) => gap > 2_000_000).length / gaps.length
  assert.ok(Math.abs(longer - Math.exp(-1)) < 0.03)
})

interface Down {
  readonly node: string
  readonly from: number
  readonly until: number
}

function downOf(entries: readonly TimelineEntry[], kinds: readonly string[]): Down[] {
  return entries.flatMap(({ action, atMicros, untilMicros }) => {
    if (!kinds.includes(action.kind) || !('nodes' in action)) return []
    return action.nodes.map((node) => ({ node, from: atMicros, until: untilMicros ?? 60_000_000 }))
  })
}

test('timeline: never a majority down by chance, no node hit twice, nothing after the end', () => {
  const fixed = '{ at: 20s, for: 20s, crash: n1 }'
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: 3, max: 9 }), (seed, nodes) => {
      const entries = expand([chance, fixed, chance.replace('2s', '500ms')], seed, nodes)
      const down = downOf(entries, ['crash', 'pause'])
      for (const { node, from, until } of down) {
        const others = down.filter((other) => other.from <= from && from < other.until)
        assert.is(others.filter((other) => other.node === node).length, 1, `${node} twice`)
        assert.ok(until <= 60_000_000 && from < until)
      }
      for (const { from } of downOf(entries, ['crash'])) {
        const crashed = downOf(entries, ['crash']).filter((o) => o.from <= from && from < o.until)
        assert.ok(crashed.length <= Math.floor((nodes - 1) / 2))
      }
    }),
    { seed: 1, numRuns: 60 },
  )
})

test('timeline: random partitions have two sides that hold all nodes', () => {
  const pick = '{ every: 500ms, pick: [partition], for: 1s }'
  for (const nodes of [2, 3, 5]) {
    const entries = expand([pick], 3, nodes)
    assert.ok(entries.length > 50)
    for (const { action } of entries) {
      assert.is(action.kind, 'partition')
      if (action.kind !== 'partition') continue
      assert.is(action.groups.length, 2)
      assert.ok(action.groups.every((group) => group.length > 0))
      assert.is(new Set(action.groups.flat()).size, nodes)
    }
  }
})

test('timeline: a fixed action may come at random times, and skips those when it holds', () => {
  for (const [action, said] of [
    ['crash: n1', 'crash n1'],
    ['bridge: n3', 'bridge n3 between n1 n2 | n4 n5'],
    ['loss: 5%', 'loss 5% on all links'],
    ['disk: n2, full: true', 'disk n2 full'],
    ['clock: n2, offset: 3s', 'clock n2 off by +3s'],
  ] as const) {
    const entries = expand([`{ every: 2s, ${action}, for: 3s }`])
    assert.ok(entries.length >= 5, action)
    let free = 0
    for (const { atMicros, untilMicros, label } of entries) {
      assert.is(label, said)
      assert.ok(atMicros >= free, action)
      free = untilMicros ?? Infinity
    }
  }
})

test.run()
