import { connect } from 'node:tls'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PeerTls } from '../../net/tls.js'
import type { LiveNode } from '../../net/node.js'
import { Authority } from './certificate.js'
import { loadConfig } from '../../net/config/load.js'
import { formatProblem } from '../../scenarios/problem.js'
import { ask, LiveCluster, putOf, until } from './live.js'

const authority = new Authority('the cluster')
const stranger = new Authority('the cluster')
const secrets = ['a secret of sixteen bytes']

const withTls = (issue: (id: string) => PeerTls): Promise<LiveCluster> =>
  LiveCluster.create({
    nodes: 3,
    secrets,
    change: (config) => ({ ...config, peerTls: issue(config.id) }),
  })

const linksUp = (node: LiveNode): number =>
  node.gauges().filter(({ name, value }) => name === 'link_up' && value === 1).length

const linesOf = (node: LiveNode, event: string): string =>
  node
    .log(0, 10_000)
    .filter((line) => line.event === event)
    .map(({ fields }) => JSON.stringify(fields))
    .join('\n')

test('tls: nodes with certificates of one authority talk', async () => {
  const cluster = await withTls((id) => authority.issue(id))
  try {
    const nodes = await cluster.startAll()
    await until('all links are up', () => nodes.every((node) => linksUp(node) === 4))
    assert.is((await ask(nodes[0] as LiveNode, putOf('k', '1', 'op'))).kind, 'ok')
    const { lines } = await (nodes[0] as LiveNode).logOf('n2', 0, 500)
    assert.ok(lines.some(({ event }) => event === 'node_ready'))
  } finally {
    await cluster.stopAll()
  }
})

test('tls: a node with the certificate of another authority, or of another node, is left alone', async () => {
  const cluster = await withTls((id) => {
    if (id === 'n2') return { ...stranger.issue(id), authority: authority.certificate }
    return authority.issue(id === 'n3' ? 'n1' : id)
  })
  try {
    const [one] = (await cluster.startAll()) as [LiveNode]
    await until('it refuses', () => linesOf(one, 'link_refused').includes('n3'))
    assert.match(linesOf(one, 'link_refused'), /the certificate is not that of n3/)
    await until('it does not take theirs', () =>
      /"n3".*not that of n3/.test(linesOf(one, 'link_down')),
    )
    assert.match(linesOf(one, 'link_down'), /"peer":"n2"/)
    assert.is(linksUp(one), 0)
    for (const other of ['n2', 'n3']) {
      const told = await one.logOf(other, 0, 10).then(
        () => 'told',
        (error: Error) => error.message,
      )
      assert.match(told, /certificate|authority|altnames/i)
    }
  } finally {
    await cluster.stopAll()
  }
})

test('tls: without a certificate nobody gets as far as HTTP', async () => {
  const cluster = await withTls((id) => authority.issue(id))
  try {
    await cluster.startAll()
    const { port } = cluster.configs[0]?.listen.peer ?? { port: 0 }
    const said = await new Promise<string>((done) => {
      let text = ''
      const socket = connect({
        port,
        host: '127.0.0.1',
        ca: authority.certificate,
        servername: 'n1',
      })
      socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: n1\r\n\r\n'))
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.on('error', () => undefined)
      socket.on('close', () => done(text))
    })
    assert.is(said, '')
  } finally {
    await cluster.stopAll()
  }
})

test('tls: a certificate that is not the node’s, or a key that is not its key, is told at the start', () => {
  const own = authority.issue('n1')
  const other = authority.issue('n2')
  const files: Readonly<Record<string, string>> = {
    'n1.crt': own.certificate,
    'n1.key': own.key,
    'n2.crt': other.certificate,
    'n2.key': other.key,
    'ca.crt': authority.certificate,
    secret: 'a secret of sixteen bytes',
    token: 'a token of sixteen bytes',
  }
  const load = (peer: string, client: string): readonly string[] => {
    const text =
      `id: n1\nlisten: 0.0.0.0:5000\nsecrets: [{ file: secret }]\n` +
      `tokens: [{ name: ops, role: admin, file: token }]\ntls:\n  peer: ${peer}\n  client: ${client}\n`
    const surroundings = {
      readFile: (name: string) => files[name] ?? null,
      variable: () => undefined,
      pathOf: (name: string) => name,
      insecure: false,
      discovered: null,
      dataFolder: null,
    }
    return (loadConfig({ text, file: 'x', surroundings }).problems ?? []).map(formatProblem)
  }
  const good = '{ cert: n1.crt, key: n1.key, ca: ca.crt }'
  assert.equal(load(good, good), [])
  assert.equal(load('{ cert: n2.crt, key: n2.key, ca: ca.crt }', '{ cert: n1.crt, key: n2.key }'), [
    'x:6:17: is not for n1: its name must be that of the node',
    'x:7:32: is not the key of that certificate',
  ])
})

test.run()
