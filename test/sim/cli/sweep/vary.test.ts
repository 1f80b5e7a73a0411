import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadScenario } from '../../../../scenarios/load.js'
import type { Scenario } from '../../../../scenarios/model.js'
import { BadInput } from '../../../../sim/cli/exit.js'
import { variantsOf } from '../../../../sim/cli/sweep/vary.js'
import type { Base } from '../../../../sim/cli/sweep/vary.js'
import { smallScenario } from '../command.js'

const file = 'small.yaml'
const scenario = loadScenario({ text: smallScenario, file }).scenario as Scenario
const base: Base = { text: smallScenario, file, scenario }

test('sweep variants: without a flag there is the scenario as it stands', () => {
  assert.equal(variantsOf(base, []), [{ name: '', scenario }])
})

test('sweep variants: a setting that the file leaves out is put in, and nothing else changes', () => {
  const [one, three] = variantsOf(base, ['cluster.replication.r=1,3'])
  assert.is(one?.name, 'cluster.replication.r=1')
  assert.equal(one?.scenario, { ...scenario, cluster: { ...scenario.cluster, r: 1 } })
  assert.is(three?.scenario.cluster.r, 3)
})

test('sweep variants: several flags make every combination', () => {
  const variants = variantsOf(base, ['cluster.replication.r=1,2', 'workload.clients=3,4'])
  assert.equal(
    variants.map(({ scenario: { cluster, workload } }) => [cluster.r, workload.clients]),
    [
      [1, 3],
      [1, 4],
      [2, 3],
      [2, 4],
    ],
  )
})

test('sweep variants: a value may be a map, whose commas divide nothing', () => {
  const flag = 'workload.mix={ get: 90%, put: 10% },{ get: 10%, put: 90% }'
  assert.equal(
    variantsOf(base, [flag]).map((variant) => variant.scenario.workload.mixPpm.get),
    [900_000, 100_000],
  )
})

test('sweep variants: one setting in two flags is refused: the second would win unseen', () => {
  const flags = ['workload.clients=3', 'workload.clients=4']
  assert.throws(() => variantsOf(base, flags), /workload\.clients is varied already/)
})

const bad: readonly (readonly [situation: string, flag: string, say: RegExp])[] = [
  ['an unknown path', 'clutser.nodes=3', /^small\.yaml:1:1: with --vary .*cluster/],
  ['an unknown last step', 'cluster.ndoes=3', /^small\.yaml:5:10: .*nodes/],
  ['a value that does not fit', 'cluster.replication.r=9', /^small\.yaml:5:10: .*r is 9/],
  ['a duration without unit', 'duration=5', /^small\.yaml:3:11: .*unit/],
  ['a path through a value', 'name.x=1', /no map or list there/],
  ['no value', 'cluster.nodes', /write a setting's path/],
  ['no path', '=3', /write a setting's path/],
  ['a step that is empty', 'cluster..nodes=3', /write a setting's path/],
  ['a value missing', 'cluster.nodes=3,,5', /a value is missing/],
  ['a value twice', 'cluster.nodes=3,3', /stands there twice/],
  ['a value that is no YAML', 'cluster={ nodes', /not readable as YAML/],
  ['the seed', 'seed=3,4', /--seeds says which/],
  ['the prototype', '__proto__.x=1', /__proto__/],
]
for (const [situation, flag, say] of bad) {
  test(`sweep variants: ${situation} is refused`, () => {
    try {
      variantsOf(base, [flag])
    } catch (error) {
      assert.ok(error instanceof BadInput, String(error))
      assert.match(error.message, say)
      return
    }
    assert.unreachable('not refused')
  })
}

test('sweep variants: an item that a list does not have is told, and one more can be added', () => {
  const text = `${smallScenario}faults: [{ at: 100ms, for: 1ms, crash: n1 }]\n`
  const listed = { text, file, scenario: loadScenario({ text, file }).scenario as Scenario }
  const missing = /^--vary faults\.9\.for: there is no faults\.9: faults has one item, faults\.0$/
  assert.throws(() => variantsOf(listed, ['faults.9.for=1ms']), missing)
  assert.throws(() => variantsOf(listed, ['faults.2={ at: 9ms, crash: n1 }']), /no faults\.2/)
  assert.throws(() => variantsOf(listed, ['faults.first.for=1ms']), /no faults\.first/)
  const [longer] = variantsOf(listed, ['faults.0.for=2ms'])
  assert.equal(longer?.scenario.faults[0]?.duration, { kind: 'constant', micros: 2_000 })
  const [more] = variantsOf(listed, ['faults.1={ at: 200ms, for: 1ms, crash: n2 }'])
  assert.is(more?.scenario.faults.length, 2)
})

test('sweep variants: more than can be compared are refused', () => {
  const values = Array.from({ length: 65 }, (_, index) => String(index + 1)).join()
  try {
    variantsOf(base, [`workload.clients=${values}`])
    assert.unreachable('not refused')
  } catch (error) {
    assert.ok(error instanceof BadInput)
    assert.match(error.message, /more than 64 variants/)
  }
})

test.run()
