/** A run that is over and not yet judged: what Ctrl-C leaves, and how one goes on from there. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sandbox, ended, smallScenario } from './command.js'
import type { Ended } from './command.js'

const sandbox = new Sandbox()
const leave = new URL('../../../../dist/sim/cli/leave.js', import.meta.url).href

test('leave: Ctrl-C while a run is judged says what there is and how to go on', () => {
  const script = `const { leavable } = await import(${JSON.stringify(leave)})
    await leavable('runs/a-1', { interrupted: false }, () => {
      process.kill(process.pid, 'SIGINT')
      return new Promise((resolve) => setTimeout(resolve, 20_000))
    })
    console.log('judged')`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  )
  assert.equal([status, stdout], [130, ''])
  assert.is(
    stderr,
    'stopped: runs/a-1 holds the whole run, but not all of its verdict and reports; ' +
      'sim report runs/a-1 judges it and writes them\n',
  )
})

test('leave: sim report judges a run that was not, and the folder is whole', async () => {
  const folder = sandbox.path('unjudged')
  const scenario = sandbox.write('small.yaml', smallScenario)
  assert.is((await sandbox.run('run', scenario, '--out', folder)).code, 0)
  const verdict = readFileSync(`${folder}/verdict.json`, 'utf8')
  for (const name of ['verdict.json', 'checksums.json', 'report.html', 'summary.csv']) {
    rmSync(`${folder}/${name}`)
  }
  const { code, stderr } = await sandbox.run('report', folder)
  assert.is(code, 0, stderr)
  assert.is(readFileSync(`${folder}/verdict.json`, 'utf8'), verdict)
  assert.match(readFileSync(`${folder}/summary.csv`, 'utf8'), /^check_durability,ok,/m)
  assert.ok(existsSync(`${folder}/checksums.json`))
  assert.is((await sandbox.run('check', folder)).code, 0)
})

test('leave: a folder whose verdict was taken away after it was judged stays refused', async () => {
  const folder = sandbox.path('unjudged')
  rmSync(`${folder}/verdict.json`)
  const { code, stderr } = await sandbox.run('report', folder)
  assert.is(code, 3)
  assert.match(stderr, /verdict\.json/)
})

/** Once it tells how far it is, it is under way. */
async function interrupted(...args: readonly string[]): Promise<Ended> {
  const child = sandbox.start(args)
  child.stderr?.once('data', () => child.kill('SIGINT'))
  return ended(child)
}

test('leave: Ctrl-C in a replay is no verdict, whatever is replayed', async () => {
  const hours = sandbox.write('hours.yaml', smallScenario.replace('1s', '20h'))
  const folder = sandbox.path('hours')
  const scenario = sandbox.write('small.yaml', smallScenario)
  assert.is((await sandbox.run('run', scenario, '--out', folder)).code, 0)
  for (const name of ['checksums.json', 'trace.bin']) rmSync(`${folder}/${name}`)
  const text = readFileSync(`${folder}/run.json`, 'utf8')
  writeFileSync(
    `${folder}/run.json`,
    text.replace(/"durationMicros": \d+/, '"durationMicros": 72000000000'),
  )
  const [file, run] = await Promise.all([
    interrupted('replay', hours),
    interrupted('replay', folder),
  ])
  assert.equal([file.code, file.stdout, run.code, run.stdout], [130, '', 130, ''])
  assert.match(file.stderr, /^stopped in the first of two runs: whether the runs are the same/m)
  assert.match(run.stderr, /^stopped after \d+ of \d+ events: whether the runs are the same/m)
})

test('leave: a replay that differs names the version that recorded the run', async () => {
  const folder = sandbox.path('older')
  const scenario = sandbox.write('small.yaml', smallScenario)
  assert.is((await sandbox.run('run', scenario, '--out', folder)).code, 0)
  rmSync(`${folder}/checksums.json`)
  const text = readFileSync(`${folder}/run.json`, 'utf8')
  const older = text.replace(/"version": "[^"]+"/, '"version": "0.0.1"')
  writeFileSync(`${folder}/run.json`, older.replaceAll('"seed": 1,', '"seed": 2,'))
  const { code, stdout } = await sandbox.run('replay', folder)
  assert.is(code, 1)
  assert.match(stdout, /^It was recorded by dynamo-sim 0\.0\.1, and this is \d+\.\d+\.\d+\.$/m)
})

test.after(() => {
  sandbox.remove()
})

test.run()
