/** Everything at random, disks too, on the correct code: nothing is lost, and all become equal. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failuresOf } from '../../sim/cli/shrink/failure.js'
import { play, scenarioOf } from './stage.js'

const file = new URL('../../../scenarios/nemesis.yaml', import.meta.url)
const scenario = scenarioOf(readFileSync(file, 'utf8'))
const seeds = [1, 2, 3]

test('nemesis: disks are damaged in many ways, and the atlas leaves a good copy', () => {
  const kinds = new Set<string>()
  let spared = 0
  for (const seed of seeds) {
    const { world } = play({ ...scenario, seed })
    assert.is(world.guard.violation, null)
    for (const { kind, label } of world.drama.records) {
      kinds.add(kind === 'disk' ? `disk ${label.split(' ').at(-1) ?? ''}` : kind)
    }
    const { heldBack, moved } = world.drama.atlas.report
    spared += heldBack + moved
  }
  const disks = [...kinds].filter((kind) => kind.startsWith('disk'))
  assert.ok(disks.length >= 6, disks.join())
  assert.ok(kinds.size >= 15, [...kinds].join())
  assert.ok(spared > 0)
})

test('nemesis: what is expected holds', () => {
  for (const seed of seeds) assert.equal(failuresOf({ ...scenario, seed }, null), [])
})

test.run()
