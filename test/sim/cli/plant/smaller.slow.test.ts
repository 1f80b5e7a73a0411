/** Planted bugs that no few operations show as they are: what they come down to. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Plant } from '../../../../core/index.js'
import { loadScenario } from '../../../../scenarios/load.js'
import smaller from '../../../../sim/cli/plant/smaller.js'
import { failuresOf } from '../../../../sim/cli/shrink/failure.js'
import { catalog } from '../../../../sim/plant/catalog.js'

const folder = mkdtempSync(join(tmpdir(), 'dynamo-sim-smaller-'))

test.after(() => {
  rmSync(folder, { recursive: true, force: true })
})

function made(plant: Plant, text: string, mostEvents = 5_000_000) {
  const bug = catalog.find((one) => one.plant === plant)
  assert.ok(bug)
  const file = join(folder, `${plant}.yaml`)
  writeFileSync(file, text)
  const { shrunk, notShrunk } = smaller({ bug, file, seed: 1, to: 'small.yaml', mostEvents })
  assert.is(notShrunk, null)
  assert.ok(shrunk)
  const { scenario } = loadScenario({ text: shrunk.text, file: 'small.yaml' })
  assert.ok(scenario)
  const [failure] = failuresOf(scenario, plant)
  assert.ok(bug.mustFire.some((one) => one === failure?.kind || one === failure?.check))
  assert.equal(failuresOf(scenario, null), [])
  return { shrunk, scenario }
}

/** Shorter than those that ship. */
const renames = `
name: renames
duration: 3s
settle: 5s
cluster: { nodes: 4 }
disk: { snapshot_records: 300, segment_records: 100 }
workload: { clients: 20, think: 1ms, keys: { count: 20 }, mix: { get: 30%, put: 70% } }
faults:
  - { at: 0s, disk: all, rename_lost: true }
  - { every: 200ms, for: 100ms, pick: [disk_torn] }
`
const storm = `
name: storm
duration: 24s
settle: 60s
cluster: { nodes: 5 }
cpu: { per_message: 8ms }
workload:
  clients: 20
  rate: 50/s
  surges: [{ at: 4s, for: 10s, rate: 200/s }]
  keys: { count: 50, distribution: uniform }
  mix: { get: 50%, put: 50% }
  timeout: 1s
expect: { goodput: { within: 5s, min: 90%, during: 30% } }
`
const forwards = readFileSync(
  new URL('../../../../../scenarios/planted/forward-twice.yaml', import.meta.url),
  'utf8',
)

test('smaller: a snapshot that is due after thousands of records is due after one', () => {
  const { shrunk, scenario } = made('rename_unsynced', renames)
  assert.ok(shrunk.operations <= 3 && shrunk.faults <= 2, shrunk.text)
  assert.ok(scenario.disk.snapshotRecords <= 10)
  assert.not.ok(shrunk.isDrawn)
  assert.match(shrunk.text, 'npx sim run small.yaml --plant rename_unsynced')
})

test('smaller: an overload that outlives its cause is a few lines of a drawn load', () => {
  const { shrunk, scenario } = made('retry_storm', storm)
  assert.ok(shrunk.isDrawn)
  assert.ok(shrunk.operations < 1_500, String(shrunk.operations))
  assert.is(scenario.faults.length, 0)
  assert.is(scenario.workload.operations, null)
  assert.ok(shrunk.text.split('\n').length <= 40, shrunk.text)
})

test('smaller: once its events are spent the best so far is kept', () => {
  const { shrunk } = made('forward_twice', forwards, 500)
  assert.not.ok(shrunk.isFinished)
  assert.ok(made('forward_twice', forwards).shrunk.operations <= shrunk.operations)
})

test.run()
