/** Every failure that was kept as a scenario stays mended. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkRun } from '../../reports/check/index.js'
import type { Scenario } from '../../scenarios/model.js'
import { inMemory } from '../../sim/cli/memory.js'
import { runFile } from '../../sim/cli/runfile.js'
import { World } from '../../sim/world.js'
import { play, scenarioOf } from './stage.js'
import { problemsOf } from './truth.js'

/** Compiled or run as it is, this file is somewhere below the repository's root. */
const root = resolve(fileURLToPath(import.meta.url), '../../..').replace(/[\\/]dist$/, '')
const folder = join(root, 'scenarios/regression')

for (const file of readdirSync(folder).sort((a, b) => (a < b ? -1 : 1))) {
  if (!file.endsWith('.yaml')) continue
  test(`regression: ${file}`, () => {
    const scenario = scenarioOf(readFileSync(join(folder, file), 'utf8'))
    // What is reaped is nowhere: only the checkers know of that.
    if (scenario.cluster.reap !== null) {
      assert.equal(disappointments(scenario), [])
      return
    }
    const { world, history } = play(scenario)
    const { convergedAtMicros } = world.report
    const { workload, cluster } = scenario
    const bucket = cluster.buckets.find(({ name }) => name === workload.bucket)
    const siblings = bucket?.conflict === 'siblings'
    assert.equal(problemsOf(history, convergedAtMicros !== null, siblings), [])
    if (scenario.expect.convergence !== null) assert.ok(convergedAtMicros !== null)
    assert.ok(world.recorder.counts.ok > 100)
  })
}

/** Checks that are not as the scenario expects, invariants among them. */
function disappointments(scenario: Scenario): readonly string[] {
  const memory = inMemory()
  const world = new World({ scenario, sink: memory.sink })
  while (world.advance(1_000_000));
  const run = runFile(world, { file: '', command: '', wallMillis: 0, interrupted: false })
  const { operations } = scenario.workload
  // Where they are written out there are few, and each counts.
  if (operations === null) assert.ok(world.recorder.counts.ok > 100)
  else assert.is(world.recorder.counts.ok, operations.length)
  return checkRun({ history: memory.finish(), run })
    .checks.filter(({ met }) => met === false)
    .map(({ check, summary }) => `${check}: ${summary}`)
}

test.run()
