import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Scenario } from '../../../scenarios/model.js'
import { failsAs, failuresOf, hintsOf } from '../../../sim/cli/shrink/failure.js'
import { onTime } from '../../../sim/search/ontime.js'
import { shrink } from '../../../sim/search/shrink.js'
import { StagedSearch, startsOf } from '../../../sim/search/stages.js'
import { play, scenarioOf } from '../stage.js'

const faultsOf = (faults: readonly object[]): Scenario =>
  scenarioOf({
    name: 'x',
    duration: '4s',
    settle: '6s',
    cluster: { nodes: 5, handoff: false, read_repair: false },
    workload: { clients: 4, think: '10ms', keys: { count: 10 } },
    faults,
    expect: { convergence: true },
  })

const waiting = { name: 'cut', when: { operations: 200 }, for: '1s', crash: 'n2' }

test('on time: what waits for a count comes when it was reached, and what waits for that too', () => {
  const scenario = faultsOf([
    waiting,
    { when: { ended: 'cut', after: '10ms' }, for: '1h', pause: 'n3' },
    { when: { operations: 1_000_000 }, crash: 'n4' },
    { at: '10ms', for: '20ms', loss: '1%' },
  ])
  const { faults } = onTime(scenario, null) as Scenario
  assert.equal(
    faults.map(({ trigger }) => trigger.kind),
    ['at', 'at', 'at'],
  )
  const [cut, pause] = play(scenario).world.drama.records.slice(1)
  assert.equal(faults[0]?.trigger, { kind: 'at', atMicros: cut?.fromMicros })
  assert.equal(faults[1]?.trigger, { kind: 'at', atMicros: pause?.fromMicros })
  assert.is(faults[1]?.duration, null)
})

test('on time: few are left to be counted, and what no file can say is left as it is', () => {
  assert.is(onTime(faultsOf([{ ...waiting, when: { operations: 5 } }]), null), null)
  assert.is(onTime(faultsOf([{ at: '1s', for: '1s', crash: 'n2' }]), null), null)
  const twice = { when: { started: 'cut', after: '100ms' }, for: '1s', crash: 'n2' }
  assert.is(onTime(faultsOf([waiting, twice]), null), null)
})

test('on time: a failure behind two hundred operations comes down to a few', () => {
  const scenario = faultsOf([{ ...waiting, for: '1h' }])
  const [failure] = failuresOf(scenario, null)
  assert.is(failure?.check, 'convergence')
  if (failure === undefined) return
  const [start = scenario] = startsOf(scenario, null, false)
  const search = new StagedSearch({
    ...{ scenario, start, plant: null, hints: failure.hints },
    hintsOf: (one) => hintsOf(failure, one, null),
  })
  const fails = (one: Scenario): boolean => failsAs(failure, one, null)
  const { scenario: smallest } = shrink({ search, fails, mostTrials: 150 })
  assert.ok(fails(smallest))
  assert.ok((smallest.workload.operations?.length ?? 999) <= 10)
})

test.run()
