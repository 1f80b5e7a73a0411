/** docs/results.md names every file, field and column that is written. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sandbox, smallScenario } from './command.js'

const docs = readFileSync(
  fileURLToPath(new URL('../../../../docs/results.md', import.meta.url)),
  'utf8',
)
const sandbox = new Sandbox()
test.after(() => sandbox.remove())

/** From a heading of the first level to the next. */
function chapter(title: string): string {
  const [, text] = docs.split(`# ${title}\n`)
  assert.ok(text !== undefined, title)
  return text.split(/^# /m)[0] ?? ''
}

/** As a word in code or in a sample. */
function named(text: string, word: string, of: string): void {
  assert.ok(new RegExp(`["\`, ]${word}["\`, :]`).test(text), `${of}: ${word} is not in the docs`)
}

const headOf = (folder: string, name: string): readonly string[] =>
  (readFileSync(join(folder, name), 'utf8').split('\n')[0] ?? '').trim().split(',')

const keysOf = (folder: string, name: string): readonly string[] =>
  Object.keys(JSON.parse(readFileSync(join(folder, name), 'utf8')) as object)

test('results: what a run writes is in docs/results.md, to the last column', async () => {
  const file = sandbox.write('small.yaml', smallScenario)
  const folder = sandbox.path('run')
  assert.is((await sandbox.run('run', file, '--out', folder)).code, 0)
  const text = chapter('The run folder')
  for (const name of readdirSync(folder)) named(text, name, 'run folder')
  for (const name of ['metrics.csv', 'operations.csv', 'summary.csv']) {
    // `read_p50_us`, ... are written out, and so are all the others.
    for (const column of headOf(folder, name)) named(text, column, name)
  }
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Record<string, object>
  for (const field of Object.keys(run)) named(text, field, 'run.json')
  for (const part of ['counts', 'drops', 'invariants', 'atlas']) {
    for (const field of Object.keys(run[part] ?? {})) named(text, field, part)
  }
})

test('results: what a sweep and a swarm write is in docs/results.md', async () => {
  const file = sandbox.write('small.yaml', smallScenario)
  const sweep = sandbox.path('sweep')
  const swept = await sandbox.run('sweep', file, '--seeds', '1..2', '--out', sweep)
  assert.is(swept.code, 0, swept.stderr)
  const text = chapter('The folder of a sweep')
  for (const name of readdirSync(sweep)) named(text, name, 'folder of a sweep')
  for (const column of headOf(sweep, 'sweep.csv')) named(text, column, 'sweep.csv')
  for (const field of keysOf(sweep, 'sweep.json')) named(text, field, 'sweep.json')
  const swarm = sandbox.path('swarm')
  assert.is((await sandbox.run('swarm', '--seeds', '1..1', '--out', swarm)).code, 0)
  const told = chapter('The folder of a swarm')
  for (const field of keysOf(swarm, 'swarm.json')) named(told, field, 'swarm.json')
})

test.run()
