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
    const timed = scenario.faults.filter(({ trigger }) => trigger.kind === 'at')
    const ids = scenario.cluster.nodes.map(({ id }) => id)
    const others = ids.filter((id) => !core.includes(id))
    assert.ok(core.length >= ids.length / 2)
    const late = timed.filter(({ trigger, duration }) => {
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

test('swarm: buckets, quorums of owners, milestones, reaping and disks are drawn, too', () => {
  const many = Array.from({ length: 150 }, (_, seed) => drawSwarm(seed + 1).scenario)
  const some = (is: (scenario: (typeof many)[number]) => boolean): void => {
    const count = many.filter(is).length
    assert.ok(count > 3 && count < 140, String(count))
  }
  some(({ workload }) => workload.bucket === 'latest')
  some(({ cluster }) => cluster.pr + cluster.pw > 0)
  some(({ cluster }) => cluster.coordinator === 'any')
  some(({ cluster }) => cluster.reap !== null)
  some(({ workload }) => workload.quorum.monotonic)
  some(({ faults }) => faults.some(({ trigger }) => trigger.kind === 'when_acked'))
  some(({ faults }) => faults.some(({ trigger }) => trigger.kind === 'when_hints'))
  some(({ faults }) => faults.some(({ action }) => action?.kind === 'disk'))
})

test('swarm: forty seeds have faults of many kinds', () => {
  const kinds = new Set(
    drawn.flatMap(({ scenario }) => scenario.faults.map((one) => one.action?.kind)),
  )
  assert.ok(kinds.size >= 12, [...kinds].join())
})

test.run()
