/** A backup of a node that is written to: what was acknowledged before it began is in it. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SiteError, Site } from '../../net/bench/site.js'
import { Client } from '../../net/client/index.js'
import { mainPath } from '../sim/cli/command.js'
import { Rig } from './rig.js'

const sim = (...words: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainPath, ...words])
  assert.is(status, 0, String(stderr))
  return String(stdout)
}

/** Writes without an end, to all owners each. */
class Writer {
  readonly acknowledged: string[] = []
  stopped = false
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  async run(name: string): Promise<void> {
    for (let i = 1; !this.stopped; i++) {
      const key = `backup-${name}-${String(i)}`
      await this.#client.put(key, key.padEnd(200, '~'), { w: 'all' })
      this.acknowledged.push(key)
    }
  }

  async wrote(count: number): Promise<void> {
    const until = performance.now() + 30_000
    while (this.acknowledged.length < count) {
      assert.ok(performance.now() < until, 'the cluster takes writes')
      await new Promise((done) => setTimeout(done, 20))
    }
  }
}

/** Of a node that is about to serve. */
async function heldBy(site: Site, url: string): Promise<ReadonlySet<string>> {
  for (const until = performance.now() + 20_000; ;) {
    try {
      return new Set((await site.held(url, 'default', 'backup-')).map(({ key }) => key))
    } catch (error) {
      if (!(error instanceof SiteError) || performance.now() > until) throw error
      await new Promise((done) => setTimeout(done, 50))
    }
  }
}

test('backup: taken while a cluster is written to, it has all that was acknowledged before', async () => {
  const rig = await Rig.start(3, false)
  const client = new Client({ nodes: rig.urls })
  const site = new Site(rig.urls, null)
  const [url = ''] = rig.urls
  const [backup, restored] = [join(rig.folder, 'backup'), join(rig.folder, 'restored')]
  try {
    const writer = new Writer(client)
    const writing = ['a', 'b', 'c', 'd'].map((name) => writer.run(name))
    await writer.wrote(300)
    const before = [...writer.acknowledged]
    const told = sim('backup', join(rig.folder, 'n1'), '--out', backup)
    assert.match(told, /^node n1 of local, life \d+: \d+ keys/)
    await writer.wrote(before.length + 100)
    writer.stopped = true
    await Promise.all(writing)

    // Nobody is left who could tell the restored node anything: what it holds is from the backup.
    for (const node of ['n1', 'n2', 'n3']) await rig.act(node, 'kill')
    sim('restore', backup, '--into', restored)
    const words = ['node', '--config', join(rig.folder, 'n1.yaml'), '--data', restored]
    const node = spawn(process.execPath, [mainPath, ...words], { stdio: 'ignore' })
    try {
      const held = await heldBy(site, url)
      const missing = before.filter((key) => !held.has(key))
      assert.equal(missing, [])
    } finally {
      node.kill('SIGKILL')
    }
  } finally {
    await Promise.all([client.close(), site.close()])
    await rig.stop()
  }
})

test.run()
