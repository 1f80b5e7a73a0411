/** A run whose operations and faults are written out is the same run. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pickKinds, type Scenario } from '../../../scenarios/model.js'
import { writeScenario } from '../../../scenarios/write.js'
import { explicitOf, recordScript } from '../../../sim/search/explicit.js'
import { play, scenarioOf } from '../stage.js'
import { swarmScenario } from '../swarm.js'

function explicit(scenario: Scenario): Scenario {
  return explicitOf(scenario, recordScript(scenario, null))
}

/** Through its text, as a user gets it. */
function assertSameRun(scenario: Scenario): void {
  const written = scenarioOf(writeScenario(explicit(scenario)))
  assert.ok(written.workload.operations !== null)
  assert.not.ok(written.faults.some(({ trigger }) => trigger.kind === 'every'))
  const [was, is] = [play(scenario), play(written)]
  assert.ok(was.history.length > 50)
  assert.equal(is.history, was.history)
}

for (const seed of [2, 3, 6, 7]) {
  test(`explicit: random scenario ${String(seed)}, written out, gives the same history`, () => {
    assertSameRun(scenarioOf(swarmScenario(seed)))
  })
}

test('explicit: faults of every kind, drawn from the seed', () => {
  assertSameRun(
    scenarioOf({
      name: 'x',
      duration: '6s',
      cluster: { nodes: 7, zones: ['a', 'b', 'c'] },
      workload: { clients: 4, think: '40ms' },
      faults: [
        { name: 'first', every: '60ms', pick: pickKinds, for: '100ms' },
        { when: { ended: 'first', after: '10ms' }, for: '1s', pause: 'n7' },
        { when: { operations: 50 }, for: '1s', clock: 'n6', jump: '1s' },
      ],
    }),
  )
})

test('explicit: an open loop, whose clients do not wait', () => {
  assertSameRun(
    scenarioOf(`
name: x
duration: 2s
network: { latency: { uniform: { min: 1ms, max: 80ms } }, loss: 2% }
workload: { clients: 3, rate: 200/s, mix: { get: 40%, put: 40%, append: 20% } }
faults: [{ at: 500ms, for: 500ms, crash: n2 }]
`),
  )
})

test('explicit: a shopping cart, whose every addition is a read and a write', () => {
  const text = readFileSync('scenarios/shopping-cart.yaml', 'utf8')
  assertSameRun({ ...scenarioOf(text), durationMicros: 8_000_000, faults: [] })
})

test('explicit: what is explicit stays as it is', () => {
  const once = explicit(scenarioOf(swarmScenario(3)))
  assert.equal(explicit(once), once)
})

test.run()
