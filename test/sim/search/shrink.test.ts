import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { briefScenario } from '../../../scenarios/brief.js'
import type { Scenario } from '../../../scenarios/model.js'
import { operationsOf } from '../../../sim/search/change.js'
import { explicitOf, recordScript } from '../../../sim/search/explicit.js'
import { Shrinker, shrink } from '../../../sim/search/shrink.js'
import { scenarioOf } from '../stage.js'
import { swarmScenario } from '../swarm.js'

const explicit = (scenario: Scenario): Scenario =>
  explicitOf(scenario, recordScript(scenario, null))

const start = explicit(
  scenarioOf(`
name: x
duration: 4s
settle: 5s
cluster: { nodes: 6 }
network: { loss: 1% }
workload: { clients: 6, think: 10ms, keys: { count: 9 }, mix: { get: 50%, put: 50% } }
faults:
  - { at: 200ms, for: 300ms, crash: n5 }
  - { at: 900ms, for: 2s, partition: [[n1, n2], [n3, n4, n5, n6]] }
  - { every: 300ms, pick: [pause, slow], for: 100ms }
expect: { linearizable: true }
`),
)

/** A stand-in for a failure: a put of c3, and later one of c5 while the network is split. */
const fails = ({ workload, faults }: Scenario): boolean => {
  const puts = (workload.operations ?? []).filter(({ kind }) => kind === 'put')
  const split = faults.find(({ action }) => action?.kind === 'partition')
  if (split?.trigger.kind !== 'at') return false
  const { atMicros } = split.trigger
  const first = puts.some((one) => one.client === 'c3' && one.atMicros < atMicros)
  return first && puts.some((one) => one.client === 'c5' && one.atMicros >= atMicros)
}

test('shrink: two operations and one fault are left, of hundreds', () => {
  assert.ok(operationsOf(start).length > 500 && start.faults.length > 5)
  const { scenario, finished } = shrink({ search: new Shrinker(start), fails, mostTrials: 5_000 })
  assert.ok(finished && fails(scenario))
  assert.is(scenario.faults.length, 1)
  assert.is(operationsOf(scenario).length, 2)
  assert.is(scenario.cluster.nodes.length, 3)
  assert.ok(scenario.durationMicros <= 10_000, `${String(scenario.durationMicros)} us`)
})

test('shrink: what it answers is a file of the language', () => {
  const { scenario } = shrink({ search: new Shrinker(start), fails, mostTrials: 5_000 })
  const text = briefScenario(scenario) ?? ''
  assert.ok(text.split('\n').length < 25, text)
  assert.ok(fails(scenarioOf(text)))
})

test('shrink: the terms of the failure are never weakened', () => {
  const seen: Scenario[] = []
  shrink({
    search: new Shrinker(start),
    mostTrials: 5_000,
    fails: (candidate) => {
      seen.push(candidate)
      return fails(candidate)
    },
  })
  const terms = ({ cluster, expect, settleMicros, workload }: Scenario) => {
    const { n, r, w, pr, pw, sloppy, handoff, readRepair, buckets } = cluster
    const { quorum, contexts, sessionMinimum, timeoutMicros, failover } = workload
    const asked = { quorum, contexts, sessionMinimum, timeoutMicros, failover }
    return { n, r, w, pr, pw, sloppy, handoff, readRepair, buckets, expect, settleMicros, asked }
  }
  assert.ok(seen.length > 50)
  for (const candidate of seen) assert.equal(terms(candidate), terms(start))
  assert.ok(seen.every(({ cluster }) => cluster.nodes.length >= cluster.n))
})

test('shrink: the same arguments give the same answer', () => {
  const once = shrink({ search: new Shrinker(start), fails, mostTrials: 20 })
  assert.equal(shrink({ search: new Shrinker(start), fails, mostTrials: 20 }), once)
  assert.is(once.finished, false)
  assert.is(once.trials, 20)
})

test('shrink: a failure that is always there ends with nothing', () => {
  const { scenario } = shrink({ search: new Shrinker(start), fails: () => true, mostTrials: 2_000 })
  assert.equal([scenario.faults.length, operationsOf(scenario).length], [0, 0])
})

test('shrink: random scenarios with faults of every kind stay sayable', () => {
  for (const seed of [11, 12, 13]) {
    const random = explicit(scenarioOf(swarmScenario(seed)))
    let left = 0
    // Neither always nor never, and the same for the same candidate.
    const chance = (candidate: Scenario): boolean =>
      (operationsOf(candidate).length * 7 + candidate.durationMicros + left++) % 3 === 0
    const { scenario } = shrink({ search: new Shrinker(random), fails: chance, mostTrials: 100 })
    assert.ok(briefScenario(scenario) !== null, `seed ${String(seed)}`)
  }
})

test.run()
