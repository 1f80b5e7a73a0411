/**
 * What shrinking is for: a failure among fifty faults and a thousand operations comes down to at
 * most three faults and ten operations. How long it takes is measured elsewhere.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failsAs, failuresOf, type Failure } from '../../../sim/cli/shrink/failure.js'
import { operationsOf } from '../../../sim/search/change.js'
import { explicitOf, recordScript } from '../../../sim/search/explicit.js'
import { sayable } from '../../../sim/search/sayable.js'
import { Shrinker, shrink } from '../../../sim/search/shrink.js'
import { scenarioOf } from '../stage.js'

/** The clock and the split lose writes; all the other faults have no part in it. */
const scenario = scenarioOf(`
name: fifty-faults
duration: 10s
settle: 20s
cluster: { nodes: 7, buckets: { profiles: { conflict: lww } } }
workload:
  clients: 8
  think: 60ms
  bucket: profiles
  keys: { count: 20, distribution: uniform }
  mix: { get: 40%, put: 60% }
  failover: false
faults:
  - { at: 5s, clock: [n1, n2, n3], jump: 400ms }
  - { at: 5s, partition: [[n1, n2, n3], [n4, n5, n6, n7]] }
  - every: 100ms
    pick: [pause, slow_link, duplicate, clog]
    for: { uniform: { min: 10ms, max: 80ms } }
expect: { durability: true }
`)

test('shrink: fifty faults and a thousand operations become three and ten at most', () => {
  const start = sayable(explicitOf(scenario, recordScript(scenario, null)))
  assert.ok(start.faults.length >= 50, String(start.faults.length))
  assert.ok(operationsOf(start).length >= 1_000, String(operationsOf(start).length))
  const [failure] = failuresOf(start, null) as readonly [Failure]
  assert.is(failure.check, 'durability')
  const { scenario: smallest, finished } = shrink({
    search: new Shrinker(start, failure.hints),
    fails: (candidate) => failsAs(failure, candidate, null),
    mostTrials: 2_000,
  })
  assert.ok(finished)
  assert.ok(smallest.faults.length <= 3, String(smallest.faults.length))
  assert.ok(operationsOf(smallest).length <= 10, String(operationsOf(smallest).length))
  assert.ok(failsAs(failure, smallest, null))
})

test.run()
