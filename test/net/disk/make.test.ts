/** Folders that can be made, and those that cannot. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { makeFolder } from '../../../net/disk/make.js'

const root = mkdtempSync(join(tmpdir(), 'sim-make-'))
test.after(() => rmSync(root, { recursive: true }))

test('make: a folder, those above it, and one that is there already', () => {
  const path = join(root, 'a', 'b', 'c')
  for (let times = 0; times < 2; times++) {
    makeFolder(path, 0o700)
    assert.ok(statSync(path).isDirectory())
  }
  assert.is(statSync(path).mode & 0o777, 0o700)
})

test('make: below a file, and where no folder can be, the reason is told at once', () => {
  writeFileSync(join(root, 'file'), '')
  assert.throws(() => makeFolder(join(root, 'file', 'x')), /ENOTDIR|EEXIST/)
  // Of all systems with this file system none lets anybody make a folder in it.
  if (process.platform === 'linux')
    assert.throws(() => makeFolder('/proc/none/x'), /ENOENT|EPERM|EACCES/)
})

test.run()
