import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { discover } from '../../net/config/discover.js'
import { readConfig } from '../../net/config/read.js'
import type { NodeConfig } from '../../net/config/model.js'
import { Journal } from '../../net/journal.js'
import { LiveNode } from '../../net/node.js'
import { openLog } from '../../net/disk/log.js'
import { keyringOf } from '../../net/secret.js'
import { askSeed } from '../../net/seed.js'
import { formatAddress } from '../../net/address.js'
import { formatProblem } from '../../scenarios/problem.js'
import { ask, LiveCluster, putOf, until } from './live.js'

const secrets = ['a secret of sixteen bytes']

async function withCluster(use: (cluster: LiveCluster) => Promise<void>): Promise<void> {
  const cluster = await LiveCluster.create({ nodes: 3, secrets })
  try {
    await use(cluster)
  } finally {
    await cluster.stopAll()
  }
}

const optionsOf = (secret: string, clusterId = 'test') => ({
  clusterId,
  self: 'n3',
  keyring: keyringOf([secret], clusterId),
  tls: null,
  timeoutMillis: 1_000,
})

test('seed: a node tells its members to who knows the secret, and to nobody else', () =>
  withCluster(async (cluster) => {
    await cluster.start(0)
    const seed = (cluster.configs[0] as NodeConfig).listen.peer
    const members = await askSeed(seed, optionsOf(secrets[0] as string))
    assert.equal(
      members.map(({ id, peer }) => [id, peer]),
      cluster.configs.map(({ id, listen }) => [id, listen.peer]),
    )
    const said = async (options: ReturnType<typeof optionsOf>): Promise<string> =>
      askSeed(seed, options).then(
        () => 'told',
        (error: Error) => error.message,
      )
    const refused = 'refused (401): another cluster, secret or time of day\n'
    assert.is(await said(optionsOf('some other secret')), refused)
    assert.is(await said(optionsOf(secrets[0] as string, 'another')), refused)
    const plain = await fetch(`http://${formatAddress(seed)}/members`)
    assert.is(plain.status, 401)
  }))

test('seed: a node that knows one address starts, and again when that one is away', () =>
  withCluster(async (cluster) => {
    await cluster.start(0)
    await cluster.start(1)
    const folder = mkdtempSync(join(tmpdir(), 'seed-'))
    try {
      const third = cluster.configs[2] as NodeConfig
      const seed = formatAddress((cluster.configs[0] as NodeConfig).listen.peer)
      const { http, peer } = third.listen
      const listen = `{ http: ${formatAddress(http)}, peer: ${formatAddress(peer)} }`
      const text = `cluster: test\nid: n3\nlisten: ${listen}\nseeds: [${seed}]\nsecrets: [{ file: s }]\n`
      writeFileSync(join(folder, 'n3.yaml'), text)
      writeFileSync(join(folder, 's'), secrets[0] as string)
      const file = join(folder, 'n3.yaml')
      const settings = { insecure: false, dataFolder: join(folder, 'data') }
      const first = readConfig(file, settings)?.config as NodeConfig
      const patience = { patienceMillis: 1_000, told: () => undefined }
      const discovered = await discover(first, patience)
      assert.is(discovered?.length, 3)
      const config = readConfig(file, { ...settings, discovered: discovered ?? [] })
        ?.config as NodeConfig
      const journal = new Journal({
        node: 'n3',
        level: 'info',
        destination: { write: () => undefined },
      })
      const node = await LiveNode.start({
        config,
        journal,
        openLog: () => openLog({ folder: config.dataFolder, clusterId: 'test', nodeId: config.id }),
      })
      await node.ready
      assert.is((await ask(node, putOf('k', '1', 'op'))).kind, 'ok')
      const one = cluster.nodes[0] as LiveNode
      await until('it talks to the others', () => one.held('default\0k').entry !== null)
      await node.stop()
      await cluster.stop(0)
      const told: string[] = []
      const again = await discover(first, {
        patienceMillis: 100,
        told: (what) => void told.push(what),
      })
      assert.equal(again, discovered)
      assert.match(told.join(), /ECONNREFUSED/)
      writeFileSync(file, readFileSync(file, 'utf8').replace('id: n3', 'id: n4'))
      const stranger = readConfig(file, { ...settings, discovered: discovered ?? [] })
      assert.match(
        (stranger?.problems ?? []).map(formatProblem).join(),
        /:4:8: n4 is not a member there \(n1, n2, n3\): nodes cannot join yet/,
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  }))

test.run()
