import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { briefScenario, meaningOf } from '../../scenarios/brief.js'
import { loadScenario } from '../../scenarios/load.js'
import type { Scenario } from '../../scenarios/model.js'
import { formatProblem } from '../../scenarios/problem.js'
import { writeScenario } from '../../scenarios/write.js'
import { root } from './root.js'

function load(text: string): Scenario {
  const loaded = loadScenario({ text, file: 'x' })
  assert.equal(loaded.problems?.map(formatProblem) ?? [], [], text)
  return loaded.scenario as Scenario
}

test('brief: every shipped scenario means the same, in fewer words', () => {
  const folder = join(root, 'scenarios')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => name.endsWith('.yaml'))
  assert.ok(files.length > 15)
  for (const name of files) {
    const scenario = load(readFileSync(join(folder, name), 'utf8'))
    const text = briefScenario(scenario) ?? ''
    assert.is(meaningOf(load(text)), meaningOf(scenario), name)
    // The paper's scenarios, and what swarms have found, leave next to nothing to the defaults.
    const shorter = /^(pbs|regression)\//.test(name) ? 1.1 : 1.3
    assert.ok(text.length < writeScenario(scenario).length / shorter, name)
  }
})

test('brief: defaults go, inside of sections too', () => {
  const text = briefScenario(
    load(`
name: x
about: a
seed: 1
cluster: { nodes: 5, replication: { n: 3, r: 1, w: 2 }, buckets: { default: {}, b: {} } }
workload: { clients: 8, timeout: 2s }
`),
  )
  assert.is(
    text,
    `name: x
about: a
cluster:
  replication: { r: 1 }
  buckets: { b: {} }
workload:
  timeout: 2s
`,
  )
})

test('brief: what no file can say is refused', () => {
  const scenario = load('name: x\nfaults: [{ at: 1s, for: 2s, crash: n1 }]')
  const twice = { ...scenario, faults: [...scenario.faults, ...scenario.faults] }
  assert.is(briefScenario(twice), null)
})

test.run()
