import { existsSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { makeFolder } from '../../../sim/cli/folder.js'
import { Sandbox } from './command.js'

const sandbox = new Sandbox()

test('folder: it is made with its parents, and one that is there stays', () => {
  makeFolder(sandbox.path('a', 'b', 'c'))
  makeFolder(sandbox.path('a', 'b'))
  assert.ok(existsSync(sandbox.path('a', 'b', 'c')))
})

test('folder: a parent that takes no folders is an error at once, and not a wait for ever', () => {
  const file = sandbox.write('file', 'no folder')
  assert.throws(() => makeFolder(`${file}/b/c`), /ENOTDIR/)
  if (existsSync('/proc/self')) assert.throws(() => makeFolder('/proc/xx/y'), /ENOENT/)
})

test.after(() => sandbox.remove())

test.run()
