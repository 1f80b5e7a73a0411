/** Bugs of disks and logs, planted: found by the invariant that is there for them, only then. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Plant } from '../../core/index.js'
import { noSink } from '../../sim/sink.js'
import { World } from '../../sim/world.js'
import { scenarioOf } from './stage.js'

const seeds = [1, 2, 3]
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The invariant that ended the run. */
function found(plant: Plant, seed: number, isPlanted: boolean): string | null {
  const path = `${root}/scenarios/planted/${plant.replaceAll('_', '-')}.yaml`
  const scenario = { ...scenarioOf(readFileSync(path, 'utf8')), seed }
  const world = new World({ scenario, sink: noSink, plant: isPlanted ? plant : null })
  while (world.advance(100_000));
  return world.guard.violation?.invariant ?? null
}

const mustFire: readonly (readonly [Plant, readonly string[]])[] = [
  ['actor_reused', ['DVV-1', 'DVV-4']],
  ['replicate_before_persist', ['DVV-1', 'WAL-1', 'WAL-6']],
  ['fsync_retried', ['WAL-1', 'WAL-2']],
  ['corruption_truncated', ['WAL-5']],
  ['rename_unsynced', ['WAL-2', 'WAL-4']],
]

for (const [plant, invariants] of mustFire) {
  test(`planted: ${plant} breaks ${invariants.join(' or ')} within ${String(seeds.length)} seeds`, () => {
    assert.is(found(plant, 1, false), null, 'without the bug nothing is broken')
    const first = seeds.map((seed) => found(plant, seed, true)).find((name) => name !== null)
    assert.ok(first !== undefined && first !== null, 'nothing noticed it')
    assert.ok(invariants.includes(first ?? ''), String(first))
  })
}

test.run()
