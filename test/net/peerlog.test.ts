/** The log of a node, asked for by a peer. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatAddress } from '../../net/address.js'
import type { NodeConfig } from '../../net/config/model.js'
import { askLog } from '../../net/peerlog.js'
import { keyringOf } from '../../net/secret.js'
import { LiveCluster } from './live.js'

const secret = 'a secret of sixteen bytes'

test('peer log: a node gives its lines to who knows the secret, in pages, and to nobody else', async () => {
  const cluster = await LiveCluster.create({ nodes: 3, secrets: [secret] })
  const [first, second] = [await cluster.start(0), await cluster.start(1)]
  try {
    const page = await first.logOf('n2', 0, 500)
    assert.equal(page.lines, second.log(0, 500).slice(0, page.lines.length))
    assert.ok(page.lines.some(({ event }) => event === 'node_ready'))
    const [one, two] = page.lines
    const next = await first.logOf('n2', one?.number ?? 0, 1)
    assert.equal([next.source, next.lines], [page.source, [two]])
    const own = await first.logOf('n1', 0, 1)
    assert.not.equal(own.source, page.source)
    assert.equal(own.lines, first.log(0, 1))
    const peer = (cluster.configs[1] as NodeConfig).listen.peer
    const options = { clusterId: 'test', self: 'n1', peer: null, tls: null, timeoutMillis: 1_000 }
    const said = await askLog(peer, 0, 1, {
      ...options,
      keyring: keyringOf(['some other secret'], 'test'),
    }).then(
      () => 'told',
      (error: Error) => error.message,
    )
    assert.match(said, /refused \(401\)/)
    assert.is((await fetch(`http://${formatAddress(peer)}/log/0/10`)).status, 401)
  } finally {
    await cluster.stopAll()
  }
})

test('peer log: of a node that is gone it is said so; its next life numbers its lines anew', async () => {
  const cluster = await LiveCluster.create({ nodes: 3, secrets: [secret] })
  const first = await cluster.start(0)
  await cluster.start(1)
  try {
    const before = await first.logOf('n2', 0, 500)
    await cluster.stop(1)
    const said = await first.logOf('n2', 0, 500).then(
      () => 'told',
      (error: Error) => error.message,
    )
    assert.match(said, /ECONNREFUSED/)
    await cluster.start(1)
    const after = await first.logOf('n2', 0, 500)
    assert.not.equal(after.source, before.source)
    assert.is(after.lines[0]?.number, 1)
  } finally {
    await cluster.stopAll()
  }
})

test.run()
