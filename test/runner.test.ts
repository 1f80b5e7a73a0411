import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** The compiled runner, also when this file itself runs from its source. */
const root = resolve(fileURLToPath(import.meta.url), '../..').replace(/[\\/]dist$/, '')
const runner = join(root, 'dist', 'test', 'runner.js')

const header = "import { test } from 'uvu'\nimport * as assert from 'uvu/assert'\n"
const fine = `${header}test('fine', () => assert.ok(true))\n`
const good = `${fine}test('too', () => assert.ok(true))\ntest.run()\n`

let dir = ''

test.before.each(() => {
  mkdirSync(join(root, '.tmp'), { recursive: true })
  dir = mkdtempSync(join(root, '.tmp', 'runner-'))
})

test.after.each(() => rmSync(dir, { recursive: true, force: true }))

interface Result {
  readonly code: number | null
  readonly output: string
  readonly lastLine: string
}

function run(files: Readonly<Record<string, string>>, ...more: readonly string[]): Result {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(resolve(dir, name, '..'), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  const ended = spawnSync(process.execPath, [runner, '--dir', dir, ...more], { encoding: 'utf8' })
  const output = ended.stdout + ended.stderr
  return { code: ended.status, output, lastLine: output.trimEnd().split('\n').at(-1) ?? '' }
}

test('runner: all cases pass, in folders too, the closing line counts cases', () => {
  const result = run({ 'a.test.js': good, 'deep/er/b.test.js': good, 'helper.js': 'throw 1' })
  assert.is(result.lastLine, '4 passed, 0 failed')
  assert.is(result.code, 0)
})

test('runner: a filter picks files by a part of their path', () => {
  const files = { 'a.test.js': good, 'deep/b.test.js': good, 'c.test.js': good }
  const result = run(files, 'deep/', 'c.te')
  assert.is(result.lastLine, '4 passed, 0 failed')
  assert.not.match(result.output, 'a.test.js')
})

test('runner: nothing matches, fails', () => {
  const result = run({ 'a.test.js': good }, 'elsewhere')
  assert.is(result.lastLine, '0 passed, 1 failed')
  assert.is(result.code, 1)
})

test('runner: a failing assertion fails, its message is shown, the other cases still count', () => {
  const bad = `${fine}test('off', () => assert.is(1, 2))\ntest.run()\n`
  const result = run({ 'a.test.js': good, 'bad.test.js': bad })
  assert.is(result.lastLine, '3 passed, 1 failed')
  assert.match(result.output, 'Expected values to be strictly equal')
  assert.is(result.code, 1)
})

test('runner: a throwing before hook fails, though uvu exits 0', () => {
  const bad = `${fine}test.before(() => { throw new Error('no') })\ntest.run()\n`
  const result = run({ 'bad.test.js': bad })
  assert.is(result.lastLine, '0 passed, 1 failed')
  assert.is(result.code, 1)
})

test('runner: a forgotten test.run() fails, though uvu exits 0', () => {
  const bad = `${header}test('a', () => assert.ok(1))\n`
  const result = run({ 'bad.test.js': bad })
  assert.is(result.lastLine, '0 passed, 1 failed')
  assert.match(result.output, 'is test.run() missing?')
  assert.is(result.code, 1)
})

test('runner: a file without a case fails, though uvu exits 0', () => {
  const result = run({ 'bad.test.js': `${header}test.run()\n` })
  assert.is(result.lastLine, '0 passed, 1 failed')
  assert.match(result.output, 'has no test case')
})

test('runner: a file that throws while loading fails, its stack is shown', () => {
  const result = run({ 'bad.test.js': "throw new Error('at once')" })
  assert.is(result.lastLine, '0 passed, 1 failed')
  assert.match(result.output, 'at once')
})

test('runner: a process that exits early with code 0 fails', () => {
  const bad = `${header}test('a', () => process.exit(0))\ntest.run()\n`
  const result = run({ 'bad.test.js': bad })
  assert.is(result.lastLine, '0 passed, 1 failed')
})

test('runner: all cases pass but the exit code is not 0, fails', () => {
  const bad = `${good}process.on('exit', () => { process.exitCode = 3 })\n`
  const result = run({ 'bad.test.js': bad })
  assert.is(result.lastLine, '2 passed, 1 failed')
  assert.match(result.output, 'ended with code 3')
})

test('runner: a handle left open is ended at the time limit and fails', () => {
  const bad = `${good}setInterval(() => {}, 1000)\n`
  const result = run({ 'bad.test.js': bad }, '--limit-seconds', '1')
  assert.is(result.lastLine, '2 passed, 1 failed')
  assert.match(result.output, 'finished, but still open after 1 s')
  assert.is(result.code, 1)
})

test('runner: a case that never ends is ended at the time limit, what it started too', async () => {
  const bad = `${header}import { spawn } from 'node:child_process'
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
console.log('started=' + child.pid)
test('a', () => { for (;;); })
test.run()\n`
  const result = run({ 'bad.test.js': bad }, '--limit-seconds', '1')
  assert.is(result.lastLine, '0 passed, 1 failed')
  assert.match(result.output, 'not finished after 1 s')
  const started = Number(/started=(\d+)/.exec(result.output)?.[1])
  assert.ok(started > 0, 'the child said its process id')
  assert.ok(await hasEnded(started), 'the child of the test was ended with it')
})

/** Gone, or a zombie that nobody has collected yet. Signals are not instant: asked for a while. */
async function hasEnded(pid: number): Promise<boolean> {
  for (let asked = 0; asked < 50; asked++) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    const stat = `/proc/${pid}/stat`
    if (existsSync(stat) && readFileSync(stat, 'utf8').includes(') Z ')) return true
    await sleep(50)
  }
  return false
}

test.run()
