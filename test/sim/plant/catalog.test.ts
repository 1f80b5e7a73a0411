/** Every bug that can be planted is in the catalog, and what must notice it exists. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { plants } from '../../../core/index.js'
import { catalog, scenarioFileOf } from '../../../sim/plant/catalog.js'

const root = join(import.meta.dirname, '../../../..')

test('planted bugs: each is in the catalog once, in the order of its number', () => {
  assert.equal(
    catalog.map(({ plant }) => plant),
    [...plants],
  )
  const rows = catalog.map(({ row }) => row)
  assert.equal(
    rows,
    rows.slice().sort((a, b) => a - b),
  )
  for (const { plant, mustFire } of catalog) assert.ok(mustFire.length > 0, plant)
})

test('planted bugs: docs/invariants.md names no bug that there is not', () => {
  const text = readFileSync(join(root, 'docs/invariants.md'), 'utf8')
  const named = text
    .split('\n')
    .filter((line) => /^\| [A-Z]+-\d+ \|/.test(line))
    .flatMap((line) => (line.split('|')[5] ?? '').split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '')
  for (const name of named)
    assert.ok(
      plants.some((plant) => plant === name),
      name,
    )
})

test('planted bugs: a bug that an invariant is proved by must fire that invariant', () => {
  const text = readFileSync(join(root, 'docs/invariants.md'), 'utf8')
  for (const line of text.split('\n').filter((one) => /^\| [A-Z]+-\d+ \|/.test(one))) {
    const cells = line.split('|').map((cell) => cell.trim())
    for (const name of (cells[5] ?? '').split(', ').filter((one) => one !== '')) {
      const bug = catalog.find(({ plant }) => plant === name)
      assert.ok(bug?.mustFire.includes(cells[1] ?? ''), `${name} and ${String(cells[1])}`)
    }
  }
})

test('planted bugs: a scenario bears the name of its bug', () => {
  assert.is(scenarioFileOf('forward_twice'), 'planted/forward-twice.yaml')
})

test.run()
