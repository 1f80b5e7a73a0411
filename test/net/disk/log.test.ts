import { fork } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogRecord } from '../../../core/index.js'
import { defaultStoreLimits, nodeId } from '../../../core/index.js'
import type { Files } from '../../../net/disk/files.js'
import { canWriteThrough, realFiles } from '../../../net/disk/files.js'
import { openLog } from '../../../net/disk/log.js'
import type { LogOptions } from '../../../net/disk/log.js'
import { apartMillis, liveStoreLimits } from '../../../net/disk/snapshot.js'
import { reserveName } from '../../../net/disk/space.js'
import { appended, contents, life, self, withFolder, written } from './folder.js'

const of = (folder: string): LogOptions => ({ folder, clusterId: 'c', nodeId: self })

async function problem(options: LogOptions): Promise<string> {
  try {
    const { log } = await openLog(options)
    await log.close()
  } catch (error) {
    return (error as Error).message
  }
  return 'opened'
}

/** A folder in which a first life has written keys k0, k1, ... */
async function filled(folder: string, keys: number): Promise<void> {
  const { log } = await openLog(of(folder))
  await appended(log, [life(1)])
  for (let n = 1; n <= keys; n++) await appended(log, [written(`k${String(n)}`, n)])
  await log.close()
}

const segments = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith('segment'))

test('disk: a folder never used recovers nothing; what was appended is there again', async () => {
  await withFolder(async (folder) => {
    const first = await openLog(of(folder))
    assert.is(first.recovered, null)
    await appended(first.log, [life(1), written('a', 1)])
    await appended(first.log, [written('b', 2), written('a', 3)])
    await first.log.close()
    const second = await openLog(of(folder))
    assert.equal(contents(second.recovered), [life(1), written('a', 3), written('b', 2)])
    assert.equal(second.damage, [])
    await second.log.close()
  })
})

test('disk: done comes in the order of appending, barriers included', async () => {
  await withFolder(async (folder) => {
    const { log } = await openLog(of(folder))
    const order: number[] = []
    const all = Array.from({ length: 50 }, (_, index) => {
      const records = index % 3 === 0 ? [] : [written('a', index)]
      return new Promise<void>((resolve) =>
        log.append(records, () => {
          order.push(index)
          resolve()
        }),
      )
    })
    await Promise.all(all)
    assert.equal(
      order,
      all.map((_, index) => index),
    )
    await log.close()
  })
})

test('disk: writers of one turn share a commit, and a commit is one call of the system', async () => {
  await withFolder(async (folder) => {
    const calls = { writes: 0, syncs: 0 }
    let segment = -1
    const files: Files = {
      ...realFiles,
      open: async (path, how) => {
        const descriptor = await realFiles.open(path, how)
        if (path.includes('segment')) segment = descriptor
        return descriptor
      },
      write: (descriptor, ...given) => {
        if (descriptor === segment) calls.writes++
        return realFiles.write(descriptor, ...given)
      },
      datasync: (descriptor) => {
        if (descriptor === segment) calls.syncs++
        return realFiles.datasync(descriptor)
      },
    }
    const { log } = await openLog({ ...of(folder), files })
    await appended(log, [life(1)])
    Object.assign(calls, { writes: 0, syncs: 0 })
    const writers = ['a', 'b', 'c'].map(async (key, index) => {
      // One after the other, as readers of several sockets are called.
      for (let turn = 0; turn <= index; turn++) await Promise.resolve()
      await appended(log, [written(key, index + 1)])
    })
    await Promise.all(writers)
    assert.equal(calls, { writes: 1, syncs: canWriteThrough ? 0 : 1 })
    await log.close()
    const again = await openLog(of(folder))
    const all = [life(1), written('a', 1), written('b', 2), written('c', 3)]
    assert.equal(contents(again.recovered), all)
    await again.log.close()
  })
})

test('disk: a few writers wait two turns for more, enough of them for nobody', async () => {
  for (const [before, commits] of [
    [1, 1],
    [12, 2],
  ] as const) {
    await withFolder(async (folder) => {
      const segments = new Set<number>()
      let writes = 0
      const files: Files = {
        ...realFiles,
        open: async (path, how) => {
          const descriptor = await realFiles.open(path, how)
          if (path.includes('segment')) segments.add(descriptor)
          return descriptor
        },
        write: (descriptor, ...given) => {
          if (segments.has(descriptor)) writes++
          return realFiles.write(descriptor, ...given)
        },
      }
      const { log } = await openLog({ ...of(folder), files })
      await appended(log, [life(1)])
      // Nothing is under way any more.
      await new Promise((done) => setTimeout(done, 5))
      writes = 0
      const all = Array.from({ length: before }, (_, n) =>
        appended(log, [written(`k${String(n)}`, n + 1)]),
      )
      await new Promise((done) => setImmediate(done))
      await Promise.all([...all, appended(log, [written('late', 99)])])
      assert.is(writes, commits, `${String(before)} writers`)
      await log.close()
    })
  }
})

test('disk: a folder is refused while another has it, and free again after close', async () => {
  await withFolder(async (folder) => {
    const { log } = await openLog(of(folder))
    assert.match(await problem(of(folder)), /in use by this process/)
    await log.close()
    assert.is(await problem(of(folder)), 'opened')
    writeFileSync(join(folder, 'LOCK'), `${String(process.ppid)}\n`)
    assert.match(await problem(of(folder)), new RegExp(`in use by process ${String(process.ppid)}`))
  })
})

test('disk: a lock whose process is gone is taken over, also where its number lives on', async () => {
  await withFolder(async (folder) => {
    writeFileSync(join(folder, 'LOCK'), '999999999 123\n')
    assert.is(await problem(of(folder)), 'opened')
    writeFileSync(join(folder, 'LOCK'), `${String(process.pid)} 1\n`)
    assert.is(await problem(of(folder)), 'opened')
    writeFileSync(join(folder, 'LOCK'), '')
    assert.is(await problem(of(folder)), 'opened')
  })
})

test('disk: the folder of another node, another cluster, a newer format is refused', async () => {
  await withFolder(async (folder) => {
    await filled(folder, 2)
    assert.match(
      await problem({ ...of(folder), nodeId: nodeId('n2') }),
      /it belongs to node n1, not to n2/,
    )
    assert.match(
      await problem({ ...of(folder), clusterId: 'd' }),
      /it belongs to cluster c, not to d/,
    )
    const path = join(folder, segments(folder)[0] as string)
    writeFileSync(path, Uint8Array.of(0x44, 0x59, 0x4e, 0x4c, 9, 1, 2, 3))
    assert.match(await problem(of(folder)), /segment-\d+\.log has format 9, newer than/)
    assert.is(readFileSync(path).length, 8)
  })
})

test('disk: a torn tail is cut, and the next life goes on behind it', async () => {
  await withFolder(async (folder) => {
    await filled(folder, 3)
    const path = join(folder, segments(folder)[0] as string)
    writeFileSync(path, readFileSync(path).subarray(0, -5))
    const { recovered, damage, log } = await openLog(of(folder))
    assert.equal(damage, [])
    assert.equal(contents(recovered), [life(1), written('k1', 1), written('k2', 2)])
    await appended(log, [life(2), written('k4', 4)])
    await log.close()
    const again = await openLog(of(folder))
    assert.equal(again.damage, [])
    assert.is(again.recovered?.incarnation, 2)
    assert.equal([...(again.recovered?.keys.keys() ?? [])].length, 3)
    await again.log.close()
  })
})

test('disk: corruption is no torn tail: the rest is read, the file kept, the actor new', async () => {
  await withFolder(async (folder) => {
    await filled(folder, 3)
    const name = segments(folder)[0] as string
    const path = join(folder, name)
    const bytes = readFileSync(path)
    const at = bytes.indexOf('value 2')
    bytes[at] = (bytes[at] as number) ^ 1
    writeFileSync(path, bytes)
    const { recovered, damage, log } = await openLog(of(folder))
    assert.is(damage.length, 1)
    assert.is(damage[0]?.file, name)
    assert.ok((damage[0]?.from ?? 0) < at && (damage[0]?.to ?? 0) > at)
    assert.ok(recovered?.damaged)
    // One file is damaged, so one more life may have been lived: this one is the third.
    assert.is(recovered?.incarnation, 2)
    assert.is(recovered?.actorEpoch, 3)
    const keys = [...(recovered?.keys.values() ?? [])].map(({ key }) => key.key)
    assert.equal(keys.sort(), ['k1', 'k3'])
    const live: LogRecord[] = [life(3, 3), written('k1', 1), written('k3', 3)]
    await appended(log, [life(3, 3)])
    log.snapshotFrom(() => live[Symbol.iterator]())
    await until(() => readdirSync(folder).includes(`damaged-3-${name}`))
    assert.equal(readFileSync(join(folder, `damaged-3-${name}`)), bytes)
    await log.close()
    const again = await openLog(of(folder))
    assert.equal(again.damage, [])
    assert.equal(contents(again.recovered), live)
    await again.log.close()
  })
})

test('disk: a snapshot takes the place of what is before it, while appends go on', async () => {
  await withFolder(async (folder) => {
    const limits = { ...defaultStoreLimits, snapshotRecords: 100, sliceRecords: 7 }
    const { log } = await openLog({ ...of(folder), limits })
    const held = new Map<string, LogRecord>()
    log.snapshotFrom(function* () {
      yield life(1)
      yield* held.values()
    })
    await appended(log, [life(1)])
    for (let n = 1; n <= 2_000; n++) {
      const key = `k${String(n % 40)}`
      const record = written(key, n)
      held.set(key, record)
      await appended(log, [record])
    }
    await until(() => readdirSync(folder).some((name) => name.endsWith('.snap')))
    await log.close()
    const own = readdirSync(folder).filter((name) => name !== reserveName)
    const sizes = own.map((name) => readFileSync(join(folder, name)).length)
    assert.ok(sizes.reduce((sum, size) => sum + size) < 60_000, String(sizes))
    const { recovered, log: next, damage } = await openLog(of(folder))
    assert.equal(damage, [])
    const byId = [...held.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    assert.equal(contents(recovered), [life(1), ...byId])
    await next.close()
  })
})

const idOf = (record: LogRecord): string => (record.type === 'key_state' ? record.key.id : '')

test('disk: a snapshot that has to wait for a commit is not the last one', async () => {
  await withFolder(async (folder) => {
    // Commits are slow, so that a slice is written while one runs and records wait for the next.
    const slow = new Set<number>()
    const files: Files = {
      ...realFiles,
      open: async (path, how) => {
        const descriptor = await realFiles.open(path, how)
        if (path.includes('segment')) slow.add(descriptor)
        else slow.delete(descriptor)
        return descriptor
      },
      write: async (...call) => {
        await new Promise((done) => setTimeout(done, slow.has(call[0]) ? 6 : 2))
        return realFiles.write(...call)
      },
    }
    const limits = { ...defaultStoreLimits, snapshotRecords: 20, sliceRecords: 3 }
    const { log } = await openLog({ ...of(folder), limits, files })
    await appended(log, [life(1)])
    const live = new Map<string, LogRecord>()
    log.snapshotFrom(() => [life(1), ...live.values()][Symbol.iterator]())
    const writer = async (key: string): Promise<void> => {
      for (let n = 1; n <= 250; n++) {
        live.set(key, written(key, n))
        await appended(log, [written(key, n)])
        await new Promise((done) => setTimeout(done, n % 3))
      }
    }
    await Promise.all(['a', 'b', 'c', 'd'].map(writer))
    // What is left is what came since the last one.
    const sizes = segments(folder).map((name) => readFileSync(join(folder, name)).length)
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    assert.ok(bytes < 2_500, `${String(bytes)} bytes of segments`)
    await log.close()
  })
})

test('disk: kill -9 of a writing process loses nothing that was done', async () => {
  await withFolder(async (folder) => {
    const path = fileURLToPath(new URL('./writer.js', import.meta.url))
    const child = fork(path, [folder], { stdio: 'ignore' })
    let last = 0
    await new Promise<void>((resolve) => {
      child.on('message', (n: number) => {
        last = Math.max(last, n)
        if (last >= 500) child.kill('SIGKILL')
      })
      child.on('exit', () => resolve())
    })
    const { recovered, damage, log } = await openLog(of(folder))
    assert.equal(damage, [])
    for (let n = 1; n <= last; n++) {
      assert.ok(recovered?.keys.has(`default\0k${String(n)}`), `${String(n)} of ${String(last)}`)
    }
    await log.close()
  })
})

test('disk: a snapshot is written in small pieces, each on the disk at once, beside commits', async () => {
  await withFolder(async (folder) => {
    const told: string[] = []
    const names = new Map<number, string>()
    const files: Files = {
      ...realFiles,
      open: async (path, how) => {
        const descriptor = await realFiles.open(path, how)
        const name = basename(path).replace(/-.*/, '')
        names.set(descriptor, name)
        if (name === 'snapshot') told.push(`opened ${how}`)
        return descriptor
      },
      write: (descriptor, ...given) => {
        told.push(names.get(descriptor) ?? '')
        return realFiles.write(descriptor, ...given)
      },
      datasync: (descriptor) => {
        told.push(`${names.get(descriptor) ?? ''} synced`)
        return realFiles.datasync(descriptor)
      },
    }
    const limits = { ...liveStoreLimits, snapshotRecords: 1_000 }
    const { log } = await openLog({ ...of(folder), limits, files, random: () => 0 })
    const live = Array.from({ length: 999 }, (_, n) => written(`k${String(n)}`, n + 1))
    await appended(log, [life(1), ...live])
    log.snapshotFrom(() => [life(1), ...live][Symbol.iterator]())
    for (let n = 0; !readdirSync(folder).some((name) => name.endsWith('.snap')); n++) {
      assert.ok(n < 5_000, 'it never came')
      await appended(log, [written('k1', 2_000 + n)])
    }
    await log.close()
    const pieces = told.filter((what) => what === 'snapshot').length
    assert.is(pieces, Math.ceil(1_001 / liveStoreLimits.sliceRecords))
    if (canWriteThrough) {
      assert.ok(told.includes('opened through'))
      assert.not(told.includes('snapshot synced'))
    }
    // Between two pieces there are commits: nobody waits for the whole of it.
    // Where the machine stands still for a while, two pieces may be due at once.
    const order = told.filter((what) => what === 'snapshot' || what === 'segment').join(' ')
    assert.match(order, /snapshot segment.* snapshot/)
  })
})

test('disk: snapshots that are due at the same moment begin apart; a log that closes waits for none', async () => {
  assert.is(apartMillis(0, 600_000), 0)
  assert.is(apartMillis(0.5, 10_000), 2_500)
  assert.is(apartMillis(1, 10_000), 5_000)
  assert.is(apartMillis(1, 3_600_000), 60_000)
  await withFolder(async (folder) => {
    const limits = { ...liveStoreLimits, snapshotRecords: 1 }
    const { log } = await openLog({ ...of(folder), limits, random: () => 1e6 })
    log.snapshotFrom(() => [life(1)][Symbol.iterator]())
    await appended(log, [life(1), written('a', 1)])
    await log.close()
    assert.equal(
      readdirSync(folder).filter((name) => name.startsWith('snapshot')),
      [],
    )
  })
})

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !isSo(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.ok(isSo(), 'it never came')
}

test.run()
