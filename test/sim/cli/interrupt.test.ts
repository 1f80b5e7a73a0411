/** Ctrl-C at moments when nothing of a command listens: a line each, and the code of the shell. */
import { cpSync, existsSync, rmSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { spawnSync } from 'node:child_process'
import { Sandbox, smallScenario } from './command.js'
import { inTurns, lastOf } from '../../../sim/cli/turn.js'

const sandbox = new Sandbox()
const at = (name: string): string =>
  JSON.stringify(new URL(`../../../../dist/sim/cli/${name}.js`, import.meta.url).href)

/** A program that is stopped as it says. */
function stopped(body: string) {
  const script = `const { listenForInterrupts, ifStopped } = await import(${at('interrupt')})
    const { leavable } = await import(${at('leave')})
    const { filling } = await import(${at('folder')})
    const turn = (millis) => new Promise((resolve) => setTimeout(resolve, millis))
    const stop = (signal = 'SIGINT') => process.kill(process.pid, signal)
    listenForInterrupts()
    ${body}
    console.log('went on')`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  )
  return [status, stdout, stderr]
}

test('interrupt: where nothing listens there is a line all the same', () => {
  const plain = 'stopped before its end: there is no result\n'
  assert.equal(stopped('stop(); await turn(20_000)'), [130, '', plain])
  assert.equal(stopped(`stop('SIGTERM'); await turn(20_000)`), [130, '', plain])
  const told = stopped(`ifStopped('nothing is smaller'); stop(); await turn(20_000)`)
  assert.equal(told, [130, '', 'nothing is smaller\n'])
  const part = stopped(`await filling('x', () => { stop(); return turn(20_000) })`)
  assert.equal(part, [130, '', 'stopped: x holds a part only: remove it before you try again\n'])
})

test('interrupt: who listens besides decides, and a second time it is over', () => {
  const once = `process.once('SIGINT', () => console.log('kept'))
    stop(); await turn(100)`
  assert.equal(stopped(once), [0, 'kept\nwent on\n', ''])
  assert.is(stopped(`${once}; stop(); await turn(20_000)`)[0], 130)
})

test('interrupt: a signal of a busy phase is answered by the next, and never lost', () => {
  const late = `process.once('SIGINT', () => console.log('heard'))
    stop()
    // As a phase does when it is over; the thread has not turned since.
    for (const listener of process.listeners('SIGINT').slice(1))
      process.removeListener('SIGINT', listener)
    await leavable('runs/a-1', { interrupted: true }, () => turn(20_000))`
  const [status, stdout, stderr] = stopped(late)
  assert.equal([status, stdout], [130, ''])
  assert.match(String(stderr), /^stopped: runs\/a-1 holds the run up to where it was interrupted, /)
})

test('interrupt: steps in turns come to what they come to at once', async () => {
  function* counted(): Generator<undefined, number> {
    yield
    yield
    return 7
  }
  let pauses = 0
  const paused = await inTurns(counted(), () => Promise.resolve(void pauses++))
  assert.equal([paused, pauses, lastOf(counted())], [7, 2, 7])
})

const long = smallScenario.replace('1s', '20h')

test('interrupt: sim shrink is stopped before its search too, and writes nothing', () => {
  const scenario = sandbox.write('long.yaml', long)
  const shrunk = sandbox.path('small.yaml')
  const words = ['shrink', scenario, '--out', shrunk]
  const script = `process.argv.splice(1, 0, 'sim', ${words.map((word) => JSON.stringify(word)).join(', ')})
    const listens = setInterval(() => {
      if (process.listenerCount('SIGINT') === 0) return
      clearInterval(listens)
      setTimeout(() => process.kill(process.pid, 'SIGINT'), 2_000)
    }, 50)
    await import(${at('main')})`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  )
  assert.equal([status, stdout], [130, ''])
  assert.is(stderr, `stopped before anything was smaller: ${shrunk} is not written\n`)
  assert.not.ok(existsSync(shrunk))
})

test('interrupt: a run that was judged but not sealed is judged again by sim report', async () => {
  const folder = sandbox.path('small')
  const scenario = sandbox.write('small.yaml', smallScenario)
  assert.is((await sandbox.run('run', scenario, '--out', folder)).code, 0)
  const whole = sandbox.path('whole')
  cpSync(folder, whole, { recursive: true })
  for (const name of ['checksums.json', 'report.html']) rmSync(`${folder}/${name}`)
  assert.is((await sandbox.run('report', folder)).code, 0)
  assert.is(sandbox.bytes('small', 'checksums.json'), sandbox.bytes('whole', 'checksums.json'))
  assert.ok(existsSync(`${folder}/report.html`))
})

test.after(() => sandbox.remove())

test.run()
