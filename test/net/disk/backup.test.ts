import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultStoreLimits } from '../../../core/index.js'
import type { LogRecord } from '../../../core/index.js'
import { backUp, restore } from '../../../net/disk/backup.js'
import { openLog } from '../../../net/disk/log.js'
import { FolderProblem } from '../../../net/disk/problem.js'
import { appended, contents, life, self, withFolder, written } from './folder.js'

const of = (folder: string) => ({ folder, clusterId: 'c', nodeId: self })

function problem(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

async function filled(folder: string, keys: number): Promise<void> {
  const { log } = await openLog(of(folder))
  await appended(log, [life(1), { type: 'counter_lease', upTo: 1_000 }])
  for (let n = 1; n <= keys; n++) await appended(log, [written(`k${String(n)}`, n)])
  await log.close()
}

test('backup: what comes back is what was there, as a new actor of a later life', async () => {
  await withFolder(async (root) => {
    const [data, copy, again] = ['data', 'copy', 'again'].map((name) => join(root, name))
    await filled(data as string, 20)
    const manifest = backUp(data as string, copy as string)
    assert.is(manifest.keys, 20)
    assert.is(manifest.incarnation, 1)
    restore(copy as string, again as string, 1_000_000)
    const { recovered, damage, log } = await openLog(of(again as string))
    assert.equal(damage, [])
    assert.is(recovered?.incarnation, 1_000_000)
    assert.is(recovered?.actorEpoch, 1_000_001)
    assert.is(recovered?.leaseUpTo, 1_000)
    assert.is(recovered?.keys.size, 20)
    await log.close()
  })
})

test('backup: taken while the node writes and takes snapshots, it is a beginning of its log', async () => {
  await withFolder(async (root) => {
    const data = join(root, 'data')
    const limits = {
      ...defaultStoreLimits,
      segmentRecords: 20,
      snapshotRecords: 50,
      sliceRecords: 5,
    }
    const { log } = await openLog({ ...of(data), limits })
    const held = new Map<string, LogRecord>()
    log.snapshotFrom(function* () {
      yield life(1)
      yield* held.values()
    })
    await appended(log, [life(1)])
    let told = 0
    for (let n = 1; n <= 600; n++) {
      const record = written(`k${String(n % 30)}`, n)
      held.set(`k${String(n % 30)}`, record)
      await appended(log, [record])
      if (n % 60 !== 0) continue
      const copy = join(root, `copy${String(n)}`)
      backUp(data, copy)
      restore(copy, `${copy}-again`, 77)
      const { recovered, damage, log: other } = await openLog(of(`${copy}-again`))
      await other.close()
      assert.equal(damage, [])
      const found = contents(recovered).filter(({ type }) => type === 'key_state')
      assert.is(found.length, Math.min(n, 30))
      for (const each of found)
        if (each.type === 'key_state') assert.equal(each, held.get(each.key.key))
      told++
    }
    await log.close()
    assert.is(told, 10)
  })
})

test('backup: a folder that is not empty, or no backup, or no log is refused', async () => {
  await withFolder(async (root) => {
    const data = join(root, 'data')
    await filled(data, 3)
    assert.match(
      problem(() => backUp(data, root)),
      /it is not empty/,
    )
    assert.match(
      problem(() => backUp(join(root, 'none'), join(root, 'x'))),
      /there is no such folder/,
    )
    assert.match(
      problem(() => restore(data, join(root, 'y'), 9)),
      /no backup: it has no BACKUP.json/,
    )
    backUp(data, join(root, 'copy'))
    assert.match(
      problem(() => restore(join(root, 'copy'), data, 9)),
      /it is not empty/,
    )
  })
})

test('backup: any byte changed in it, or cut off, is refused with file and offset', async () => {
  await withFolder(async (root) => {
    const [data, copy] = [join(root, 'data'), join(root, 'copy')]
    await filled(data, 3)
    backUp(data, copy)
    const name = readdirSync(copy).find((each) => each.endsWith('.log')) as string
    const bytes = readFileSync(join(copy, name))
    for (let at = 0; at < bytes.length; at += 7) {
      const bad = Buffer.from(bytes)
      bad[at] = (bad[at] as number) ^ 16
      writeFileSync(join(copy, name), bad)
      const said = problem(() => restore(copy, join(root, `x${String(at)}`), 9))
      const offset = Number(/wrong from byte (\d+) on/.exec(said)?.[1])
      assert.ok(said.includes(name) && offset <= at && at - offset < 200, said)
    }
    writeFileSync(join(copy, name), bytes.subarray(0, 50))
    assert.match(
      problem(() => restore(copy, join(root, 'z'), 9)),
      /50 bytes of/,
    )
  })
})

test('backup: with any bit of its list flipped it is refused, or is the same node', async () => {
  await withFolder(async (root) => {
    const [data, copy] = [join(root, 'data'), join(root, 'copy')]
    await filled(data, 3)
    backUp(data, copy)
    const path = join(copy, 'BACKUP.json')
    const sound = readFileSync(path)
    const restored = (name: string): Buffer => {
      const into = join(root, name)
      restore(copy, into, 77)
      return Buffer.concat(readdirSync(into).map((file) => readFileSync(join(into, file))))
    }
    const whole = restored('whole')
    const told = new Set<string>()
    for (let at = 0; at < sound.length; at++) {
      const bytes = Buffer.from(sound)
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 7))
      writeFileSync(path, bytes)
      try {
        assert.equal(restored(`again${String(at)}`), whole, `byte ${String(at)}`)
      } catch (error) {
        assert.instance(error, FolderProblem, `byte ${String(at)}: ${String(error)}`)
        told.add((error as Error).message.replace(/^.*?: /, '').replace(/[(:].*/, ''))
      }
    }
    assert.ok(told.has('BACKUP.json is damaged') && told.has('BACKUP.json is damaged '))
  })
})

test('backup: what cannot be copied leaves no folder behind', async () => {
  await withFolder(async (root) => {
    const copy = join(root, 'copy')
    await Promise.resolve()
    assert.match(
      problem(() => backUp(root, copy)),
      'it holds no log',
    )
    assert.not(existsSync(copy))
  })
})

test('backup: a damaged log is not backed up as if it were whole', async () => {
  await withFolder(async (root) => {
    const data = join(root, 'data')
    await filled(data, 5)
    const name = readdirSync(data).find((each) => each.endsWith('.log')) as string
    const bytes = readFileSync(join(data, name))
    const at = bytes.indexOf('value 2')
    bytes[at] = (bytes[at] as number) ^ 1
    writeFileSync(join(data, name), bytes)
    assert.match(
      problem(() => backUp(data, join(root, 'copy'))),
      /segment-\d+\.log at byte \d+/,
    )
  })
})

test.run()
