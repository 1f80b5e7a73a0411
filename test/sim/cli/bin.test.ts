/** What `npx sim` starts, where nothing is installed or built yet. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mainPath } from './command.js'

const root = join(dirname(mainPath), '../../..')
const clone = mkdtempSync(join(tmpdir(), 'sim-clone-'))

test.before(() => {
  mkdirSync(join(clone, 'sim/cli'), { recursive: true })
  mkdirSync(join(clone, 'dist/sim/cli'), { recursive: true })
  for (const file of ['sim/cli/bin.mjs', 'build.mjs']) {
    copyFileSync(join(root, file), join(clone, file))
  }
})
test.after(() => rmSync(clone, { recursive: true }))

function run(file: string, words: readonly string[] = [], event = '') {
  const env = { ...process.env, npm_lifecycle_event: event }
  return spawnSync(process.execPath, [join(clone, file), ...words], { env, encoding: 'utf8' })
}

test('bin: without a build it says in one line what to run', () => {
  const { status, stderr } = run('sim/cli/bin.mjs', ['run', 'x.yaml'])
  assert.is(status, 3)
  assert.match(stderr, /^sim is not built: run npm ci, or npm run build .*\n$/)
})

test('bin: without its packages too', () => {
  writeFileSync(join(clone, 'dist/sim/cli/main.js'), "import 'no-such-package'\n")
  const { status, stderr } = run('sim/cli/bin.mjs')
  assert.is(status, 3)
  assert.match(stderr, /^sim lacks a package: run npm ci\n$/)
})

test('bin: what is built gets the words, and its own failures stay its own', () => {
  writeFileSync(join(clone, 'dist/sim/cli/main.js'), 'console.log(process.argv[2])\n')
  assert.is(run('sim/cli/bin.mjs', ['hello']).stdout, 'hello\n')
  writeFileSync(join(clone, 'dist/sim/cli/main.js'), "throw new Error('its own')\n")
  assert.match(run('sim/cli/bin.mjs').stderr, /Error: its own/)
  const { stdout, status } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('sim/cli/bin.mjs', `file://${root}/`)), '--version'],
    { encoding: 'utf8' },
  )
  assert.is(status, 0)
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
})

test('bin: an interrupt while it is loading ends it with a line, and is not lost', () => {
  const loading =
    "process.kill(process.pid, 'SIGINT')\nawait new Promise((r) => setTimeout(r, 9e3))\n"
  writeFileSync(join(clone, 'dist/sim/cli/main.js'), loading)
  const { status, stderr } = run('sim/cli/bin.mjs')
  assert.is(status, 130)
  assert.is(stderr, 'interrupted before anything was run\n')
})

test('bin: what npx linked for an older version still starts', () => {
  const { stdout, status } = spawnSync(mainPath, ['--version'], { encoding: 'utf8' })
  assert.is(status, 0)
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
})

test('bin: npx before npm ci does not fail to prepare, which it would remember for good', () => {
  const prepared = run('build.mjs', [], 'prepare')
  assert.is(prepared.status, 0)
  assert.match(prepared.stderr, /run npm ci\n$/)
  assert.is(run('build.mjs').status, 1)
})

test.run()
