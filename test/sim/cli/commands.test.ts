/** Which subcommands there are: all in the help, and each by its own word. */
import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mainPath } from './command.js'

const sim = (...words: string[]) =>
  spawnSync(process.execPath, [mainPath, ...words], { encoding: 'utf8' })

/** Names in the help, in its order. */
const listed = [...sim('--help').stdout.matchAll(/^ +sim (\w+)/gm)].map(
  ([, name]) => name as string,
)

test('commands: the help lists them all, the main job first', () => {
  assert.is(listed[0], 'run')
  for (const name of ['replay', 'check', 'sweep', 'shrink', 'plant', 'node', 'cluster', 'bench']) {
    assert.ok(listed.includes(name), name)
  }
})

test('commands: each is there by its own word, though only it is loaded', () => {
  for (const name of ['check', 'kv', 'cluster', 'node']) {
    const { status, stdout } = sim(name, '--help')
    assert.is(status, 0, name)
    assert.match(stdout, new RegExp(`^sim ${name}\\b`), name)
  }
})

test('commands: one that does not exist is told, and what may have been meant', () => {
  const { status, stderr } = sim('swep', 'x.yaml')
  assert.is(status, 3)
  assert.match(stderr, /sweep/)
  assert.is(sim('constructor').status, 3)
})

test.run()
