import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { briefScenario } from '../../../scenarios/brief.js'
import { drawSwarm } from '../../../sim/search/swarm.js'
import { scenarioOf } from '../stage.js'

const seeds = Array.from({ length: 40 }, (_, index) => index + 1)
const drawn = seeds.map((seed) => drawSwarm(seed))

test('swarm: a seed draws the same scenario each time, another seed another one', () => {
  assert.equal(drawSwarm(7), drawn[6])
  const texts = new Set(drawn.map((one) => JSON.stringify({ ...one.scenario, name: '', seed: 0 })))
  assert.is(texts.size, drawn.length)
})

test('swarm: what is drawn is a file of the language', () => {
  for (const { scenario } of drawn.slice(0, 5)) {
    assert.is(scenarioOf(briefScenario(scenario) ?? '').name, scenario.name)
  }
})

test('swarm: in the second phase the core is whole, and nobody else is', () => {
  for (const { scenario, core, coreFromMicros } of drawn) {
    const ids = scenario.cluster.nodes.map(({ id }) => id)
    const others = ids.filter((id) => !core.includes(id))
    assert.ok(core.length >= ids.length / 2)
    const late = scenario.faults.filter(({ trigger, duration }) => {
      if (trigger.kind !== 'at' || duration === null) return true
      assert.is(duration.kind, 'constant')
      const lasts = duration.kind === 'constant' ? duration.micros : 0
      return trigger.atMicros + lasts > coreFromMicros
    })
    assert.is(late.length, others.length === 0 ? 0 : 1)
    const action = late[0]?.action ?? null
    if (action?.kind === 'crash') assert.equal(action.nodes.toSorted(), others.toSorted())
    else if (action !== null) assert.is(action.kind, 'partition')
  }
})

test('swarm: forty seeds have faults of many kinds', () => {
  const kinds = new Set(
    drawn.flatMap(({ scenario }) => scenario.faults.map((one) => one.action?.kind)),
  )
  assert.ok(kinds.size >= 12, [...kinds].join())
})

test.run()
