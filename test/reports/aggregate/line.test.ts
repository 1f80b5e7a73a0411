import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { eachLine, eachObject } from '../../../reports/aggregate/line.js'
import { freshFolder } from '../folder.js'

async function linesOf(text: string): Promise<{ lines: string[]; cut: number; chunks: number }> {
  const file = join(freshFolder(), 'lines')
  writeFileSync(file, text)
  const lines: string[] = []
  let chunks = 0
  const count = (): Promise<void> => {
    chunks++
    return Promise.resolve()
  }
  const cut = await eachLine(file, (line, number) => void (lines[number - 1] = line), count)
  return { lines, cut, chunks }
}

test('lines: several chunks, letters of several bytes across their borders', async () => {
  const given = Array.from({ length: 90_000 }, (_, index) => `${String(index)} żółć 🦉 line`)
  const { lines, cut, chunks } = await linesOf(`${given.join('\n')}\n`)
  assert.ok(chunks > 1, 'the text fills more than one chunk')
  assert.is(cut, 0)
  assert.equal(lines, given)
})

test('lines: one line longer than a chunk', async () => {
  const long = 'x'.repeat(2_500_000)
  const { lines } = await linesOf(`a\n${long}\nb\n`)
  assert.equal(
    lines.map((line) => line.length),
    [1, long.length, 1],
  )
})

test('lines: the number of a last line without an end is told', async () => {
  assert.is((await linesOf('a\nb')).cut, 2)
  assert.equal((await linesOf('a\nb')).lines, ['a', 'b'])
  assert.is((await linesOf('')).cut, 0)
})

test('objects: a broken line in the middle is damage, a cut tail allowed or not', async () => {
  const file = join(freshFolder(), 'objects')
  writeFileSync(file, '{"a":1}\n{"a":\n{"a":3}\n')
  try {
    await eachObject(file, true, () => undefined)
    assert.unreachable('line 2 is broken')
  } catch (error) {
    assert.match((error as Error).message, /objects:2: not JSON/)
  }
})

test.run()
