import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startApi } from '../../../net/api/server.js'
import { defaultApiOptions } from '../../../net/api/options.js'
import type { LogOptions } from '../../../net/disk/log.js'
import { openLog } from '../../../net/disk/log.js'
import type { SpaceLimits } from '../../../net/disk/space.js'
import { ask } from '../api/serve.js'
import { LiveCluster, until } from '../live.js'
import { appended, contents, life, self, withFolder, written } from './folder.js'
import { SmallDisk } from './smalldisk.js'

const spaceLimits: SpaceLimits = {
  leastFreeBytes: 1_000,
  enoughFreeBytes: 4_000,
  reserveBytes: 2_000,
  lookMillis: 20,
}

const of = (folder: string, disk: SmallDisk, more: Partial<LogOptions> = {}): LogOptions => ({
  folder,
  clusterId: 'c',
  nodeId: self,
  files: disk.files,
  spaceLimits,
  ...more,
})

test('space: short writes make the same log', async () => {
  await withFolder(async (folder) => {
    const disk = new SmallDisk(1_000_000)
    disk.mostAtOnce = 7
    const { log } = await openLog(of(folder, disk))
    await appended(log, [life(1), written('a', 1)])
    await appended(log, [written('b', 2), written('a', 3)])
    await log.close()
    const again = await openLog(of(folder, disk))
    assert.equal(contents(again.recovered), [life(1), written('a', 3), written('b', 2)])
    assert.equal(again.damage, [])
    await again.log.close()
  })
})

test('space: full says so, takes what is under way from its reserve, and waits with the rest', async () => {
  await withFolder(async (folder) => {
    const disk = new SmallDisk(20_000)
    // A quota: the system knows of room that this process may not take.
    disk.claimsFreeBytes = 1_000_000
    const reasons: (string | null)[] = []
    const failures: Error[] = []
    const options = of(folder, disk, {
      space: (reason) => reasons.push(reason),
      failed: (error) => failures.push(error),
    })
    const { log } = await openLog(options)
    await appended(log, [life(1)])
    let durable = 0
    const keys = 600
    const all = Array.from({ length: keys }, async (_, n) => {
      await new Promise((later) => setTimeout(later, n / 10))
      await appended(log, [written(`k${String(n)}`, n + 1)])
      durable++
    })
    await until('it is full', () => disk.refusals > 1)
    assert.is(reasons.length, 1)
    assert.match(reasons[0] as string, 'no room')
    const before = durable
    assert.ok(before > 0 && before < keys, String(before))
    await new Promise((later) => setTimeout(later, 200))
    assert.is(durable, before, 'nothing is acknowledged that has not been written')
    disk.capacityBytes = 1_000_000
    await until('all is written', () => durable === keys)
    await Promise.all(all)
    await until('there is room', () => reasons.at(-1) === null)
    assert.is(reasons.length, 2)
    assert.equal(failures, [])
    await log.close()
    const again = await openLog(of(folder, disk))
    assert.is(contents(again.recovered).length, keys + 1)
    assert.equal(again.damage, [])
    await again.log.close()
  })
})

test('space: little room is enough to stop, before anything fails', async () => {
  await withFolder(async (folder) => {
    const disk = new SmallDisk(20_000)
    const reasons: (string | null)[] = []
    const { log } = await openLog(of(folder, disk, { space: (reason) => reasons.push(reason) }))
    await appended(log, [life(1)])
    disk.capacityBytes = disk.usedBytes + 500
    await until('it is told', () => reasons.length > 0)
    assert.is(disk.refusals, 0)
    await appended(log, [written('a', 1)])
    disk.capacityBytes = 100_000
    await until('there is room', () => reasons.at(-1) === null)
    await log.close()
  })
})

test('space: a sync that fails is final, even for want of room', async () => {
  await withFolder(async (folder) => {
    const disk = new SmallDisk(100_000)
    const failures: Error[] = []
    const { log } = await openLog(of(folder, disk, { failed: (error) => failures.push(error) }))
    await appended(log, [life(1)])
    disk.failsSync = 'ENOSPC'
    let told = false
    log.append([written('a', 1)], () => (told = true))
    await until('it has failed', () => failures.length > 0)
    disk.failsSync = null
    await new Promise((later) => setTimeout(later, 60))
    assert.is(told, false)
    await log.close()
  })
})

test('space: a full node that is closed loses nothing that it has acknowledged', async () => {
  await withFolder(async (folder) => {
    const disk = new SmallDisk(10_000)
    const failures: Error[] = []
    const { log } = await openLog(of(folder, disk, { failed: (error) => failures.push(error) }))
    await appended(log, [life(1), written('a', 1)])
    disk.capacityBytes = 0
    let told = false
    log.append([written('b', 2)], () => (told = true))
    await until('it is full', () => disk.refusals > 0)
    await log.close()
    assert.is(told, false)
    assert.is(failures.length, 1)
    disk.capacityBytes = 10_000
    const again = await openLog(of(folder, disk))
    assert.equal(contents(again.recovered), [life(1), written('a', 1)])
    await again.log.close()
  })
})

test('space: a live node without room refuses writes, serves reads, says so, and comes back', async () => {
  await withFolder(async (folder) => {
    const disk = new SmallDisk(100_000)
    const cluster = await LiveCluster.create({
      nodes: 1,
      change: (config) => ({
        ...config,
        replication: { ...config.replication, n: 1, r: 1, w: 1 },
      }),
      openLog: ({ id, clusterId }, told) =>
        openLog({ folder, nodeId: id, clusterId, files: disk.files, spaceLimits, ...told }),
    })
    const node = await cluster.start(0)
    const api = await startApi(node, defaultApiOptions, () => undefined)
    const url = `${api.url}/kv/cart`
    const headers = { 'content-type': 'application/json' }
    const put = (value: string) =>
      ask(url, { method: 'PUT', headers, body: JSON.stringify({ value }) })
    try {
      assert.is((await put('before')).status, 201)
      disk.capacityBytes = disk.usedBytes
      await until('it is told', () => node.health().readOnly !== null)
      const refused = await put('while full')
      assert.is(refused.status, 503)
      assert.is(refused.json['error'], 'read_only')
      assert.is(refused.json['outcome'], 'rejected')
      assert.ok(refused.headers.has('retry-after'))
      const read = await ask(url)
      assert.is(read.json['value'], 'before', read.text)
      const health = await ask(`${api.url}/readyz`)
      assert.match(String(health.json['read_only']), 'disk')
      disk.capacityBytes = 200_000
      await until('there is room', () => node.health().readOnly === null)
      const context = String(read.json['context'])
      const body = JSON.stringify({ value: 'after', context })
      assert.is((await ask(url, { method: 'PUT', headers, body })).status, 201)
      const lines = cluster.lines.join('\n')
      assert.match(lines, '"read_only"')
      assert.match(lines, '"writable"')
    } finally {
      await api.close(100)
      await cluster.stopAll()
    }
  })
})

test.run()
