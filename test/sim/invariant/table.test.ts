/** docs/invariants.md against the code: every name in both, and where it says. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { invariantNames } from '../../../sim/invariant/name.js'

const root = join(import.meta.dirname, '../../../..')
const folder = join(root, 'sim/invariant')
const rows = readFileSync(join(root, 'docs/invariants.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z]+-\d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))

test('docs/invariants.md names each invariant of the code once, in its order', () => {
  assert.equal(
    rows.map(([, name]) => name),
    [...invariantNames],
  )
})

test('docs/invariants.md says in which file each is looked at, and there it is', () => {
  const files = readdirSync(folder)
  for (const [, name = '', , where = ''] of rows) {
    const named = where.match(/[a-z]+\.ts/g) ?? []
    assert.ok(named.length > 0, `${name}: no file is named`)
    for (const file of named) {
      assert.ok(files.includes(file), `${name}: no file ${file}`)
      const source = readFileSync(join(folder, file), 'utf8')
      assert.ok(source.includes(`violated('${name}'`), `${name}: ${file} never says it`)
      assert.ok(source.includes(`tally['${name}']`), `${name}: ${file} never counts it`)
    }
  }
})

test.run()
