import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Scenario } from '../../../../scenarios/model.js'
import { failsAs, failuresOf, type Failure } from '../../../../sim/cli/shrink/failure.js'
import { search } from '../../../../sim/cli/shrink/search.js'
import { explicitOf, recordScript } from '../../../../sim/search/explicit.js'
import { scenarioOf } from '../../stage.js'

const scenario = scenarioOf(`
name: unmended
duration: 2s
settle: 5s
cluster: { nodes: 4, handoff: false, read_repair: false }
workload: { clients: 3, think: 20ms, keys: { count: 9 }, mix: { put: 100% } }
faults: [{ at: 1s, crash: n4 }]
expect: { convergence: violation }
`)
const start: Scenario = explicitOf(scenario, recordScript(scenario, null))
const [failure] = failuresOf(start, null) as readonly [Failure]
const quiet = { update: () => undefined, stop: () => undefined }

test('failure: an expected violation can be made smaller too, and knows where it was', () => {
  assert.is(failure.check, 'convergence')
  assert.is(failure.kind, 'divergent')
  assert.is(failure.expected, 'violation')
  assert.ok(failure.hints.length > 0)
  assert.ok(failsAs(failure, start, null))
})

test('failure: another kind of the same check is another failure', () => {
  assert.not.ok(failsAs({ ...failure, kind: 'late' }, start, null))
  assert.not.ok(failsAs({ ...failure, check: 'durability', kind: 'durability' }, start, null))
  assert.not.ok(failsAs({ ...failure, check: 'invariants', kind: 'DVV-1' }, start, null))
})

test('search: goes on until nothing gets smaller', async () => {
  const options = { target: { scenario, plant: null }, start, failure, budgetMillis: 60_000 }
  const { scenario: smallest, end, trials } = await search({ ...options, progress: quiet })
  assert.is(end, 'smallest')
  assert.ok(trials > 10)
  assert.is(smallest.workload.operations?.length, 1)
  assert.is(smallest.faults.length, 1)
  assert.ok(failsAs(failure, smallest, null))
})

test('search: Ctrl-C ends it with the smallest so far', async () => {
  const before = process.listenerCount('SIGINT')
  const progress = { update: () => process.emit('SIGINT'), stop: () => undefined }
  const options = { target: { scenario, plant: null }, start, failure, budgetMillis: 60_000 }
  const { scenario: smallest, end } = await search({ ...options, progress })
  assert.is(end, 'interrupted')
  assert.ok(failsAs(failure, smallest, null))
  assert.is(process.listenerCount('SIGINT'), before)
})

test('search: a budget that is used up ends it with the smallest so far', async () => {
  const options = { target: { scenario, plant: null }, start, failure, budgetMillis: 0 }
  const { scenario: smallest, end } = await search({ ...options, progress: quiet })
  assert.is(end, 'budget')
  assert.ok(failsAs(failure, smallest, null))
})

test.run()
