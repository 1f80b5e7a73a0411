import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeId } from '../../../core/index.js'
import { loadConfig } from '../../../net/config/load.js'
import type { NodeConfig } from '../../../net/config/model.js'
import type { Surroundings } from '../../../net/config/surroundings.js'
import { formatProblem } from '../../../scenarios/problem.js'

const root = resolve(fileURLToPath(import.meta.url), '../../../..').replace(/[\\/]dist$/, '')

const files: Readonly<Record<string, string>> = {
  secret: '  a secret of sixteen bytes\n',
  short: 'secret\n',
  token: 'a token of sixteen bytes',
}

const around: Surroundings = {
  readFile: (name) => files[name] ?? null,
  variable: (name) => (name === 'NODE_SECRET' ? 'from the environment' : undefined),
  pathOf: (name) => `folder/${name}`,
  insecure: false,
  discovered: null,
  dataFolder: null,
}

function load(text: string, changed: Partial<Surroundings> = {}): NodeConfig {
  const loaded = loadConfig({ text, file: 'x.yaml', surroundings: { ...around, ...changed } })
  assert.equal(loaded.problems?.map(formatProblem), undefined)
  return loaded.config as NodeConfig
}

function problems(text: string, changed: Partial<Surroundings> = {}): readonly string[] {
  const loaded = loadConfig({ text, file: 'x.yaml', surroundings: { ...around, ...changed } })
  assert.ok(loaded.problems !== undefined, 'this has problems')
  return loaded.problems.map((problem) => formatProblem(problem).replace(/( here are).*/, '$1'))
}

const two = 'id: n1\nlisten: 127.0.0.1:5000\npeers: [{ id: n2, http: "127.0.0.1:5001" }]\n'

test('config: a short one has every default', () => {
  const config = load(two)
  assert.is(config.clusterId, 'local')
  assert.equal(config.listen, {
    http: { host: '127.0.0.1', port: 5_000 },
    peer: { host: '127.0.0.1', port: 6_000 },
    udp: { host: '127.0.0.1', port: 6_000 },
  })
  assert.equal(config.members, [
    { id: nodeId('n1'), zone: 'n1', weight: 1 },
    { id: nodeId('n2'), zone: 'n2', weight: 1 },
  ])
  const { n, r, w, sloppy } = config.replication
  assert.equal({ n, r, w, sloppy }, { n: 2, r: 2, w: 2, sloppy: true })
  assert.is(config.partitions, 64)
  assert.is(config.dataFolder, 'folder/data/n1')
  assert.is(config.antiEntropyMicros, 10_000_000)
  assert.equal([...config.buckets.keys()], ['default'])
})

const everything = `
cluster: shop
id: n1
listen: { http: 127.0.0.1:80, peer: 127.0.0.2:81, udp: 127.0.0.3:82 }
zone: east
weight: 2
peers:
  - { id: n2, http: "[::1]:90", peer: "[::1]:91", udp: "[::1]:92", zone: west, weight: 3 }
data: elsewhere
earlier_lives: 12
partitions: 128
replication: { n: 2, r: 1, w: 2, pr: 1, pw: 1, sloppy: false, hedge: true }
buckets:
  carts: { conflict: siblings, context: required }
  visits: { conflict: lww }
coordinator: owner
handoff: false
read_repair: false
anti_entropy: false
default_timeout: 2s
slow_request: 100ms
timing: { probe: 400ms, gossip: 100ms, gossip_fanout: 5, suspicion: 2s, failure: 6s,
  fallback_after: 300ms, handoff: 2s }
reap: { every: 30s, after: 20s }
limits: { value: 2MiB, message: 16MiB, queue_messages: 5, queue: 1MiB, open_requests: 7,
  connections: 8, requests_per_second: 9, hints: 3MiB, hint_window: 1h }
secrets: [{ file: secret }, { env: NODE_SECRET }]
tokens: [{ name: ops, role: admin, file: token }]
log: { level: debug }
`

test('config: everything that can be said is taken', () => {
  const config = load(everything)
  assert.is(config.clusterId, 'shop')
  assert.equal(config.listen.udp, { host: '127.0.0.3', port: 82 })
  assert.equal(config.peers[0]?.udp, { host: '::1', port: 92 })
  assert.equal(
    config.members.map(({ zone, weight }) => [zone, weight]),
    [
      ['east', 2],
      ['west', 3],
    ],
  )
  assert.is(config.dataFolder, 'folder/elsewhere')
  assert.is(config.earlierLives, 12)
  assert.is(config.partitions, 128)
  assert.equal(config.replication, {
    n: 2,
    r: 1,
    w: 2,
    pr: 1,
    pw: 1,
    sloppy: false,
    hedge: true,
    coordinator: 'owner',
  })
  assert.equal(config.contextBuckets, ['carts'])
  assert.is(config.buckets.get('visits')?.conflict, 'lww')
  assert.equal([config.handoff, config.readRepair, config.antiEntropyMicros], [false, false, null])
  assert.equal([config.defaultTimeoutMicros, config.slowMicros], [2_000_000, 100_000])
  const { timing } = config
  assert.equal(config.reap, { everyMicros: 30_000_000, afterMicros: 20_000_000 })
  assert.equal([timing.probeMicros, timing.probeTimeoutMicros], [400_000, 200_000])
  assert.equal([timing.gossipMicros, timing.gossipFanout], [100_000, 5])
  assert.equal([timing.suspicionMinMicros, timing.suspicionMaxMicros], [2_000_000, 6_000_000])
  assert.equal([timing.fallbackAfterMicros, timing.handoffEveryMicros], [300_000, 2_000_000])
  assert.equal(config.linkLimits, { messageBytes: 1 << 24, queueMessages: 5, queueBytes: 1 << 20 })
  assert.is(config.limits.openRequests, 7)
  assert.is(config.limits.hintBytesPerTarget, 3 << 20)
  assert.is(config.limits.hintWindowMicros, 3_600_000_000)
  assert.is(config.apiLimits.valueBytes, 2 << 20)
  assert.is(config.apiLimits.connections, 8)
  assert.is(config.apiLimits.requestsPerSecond, 9)
  assert.equal(config.secrets, ['a secret of sixteen bytes', 'from the environment'])
  assert.equal(config.tokens, [{ name: 'ops', role: 'admin', secret: 'a token of sixteen bytes' }])
  assert.is(config.logLevel, 'debug')
})

test('config: the short JSON form is taken, every key of it', () => {
  const config = load(
    JSON.stringify({
      node_id: 'a',
      host: '127.0.0.1',
      port: 5_000,
      peers: [
        { node_id: 'b', host: 'localhost', port: 5_001 },
        { node_id: 'c', host: '127.0.0.1', port: 65_000 },
      ],
      replication_factor: 3,
      read_quorum: 1,
      write_quorum: 3,
      gossip_interval_ms: 250,
      gossip_fanout: 2,
      failure_check_interval_ms: 700,
      suspicion_timeout_ms: 3_000,
      failure_timeout_ms: 9_000,
      anti_entropy_interval_ms: 4_000,
    }),
  )
  assert.is(config.id, 'a')
  assert.equal(config.listen.http, { host: '127.0.0.1', port: 5_000 })
  assert.equal(config.peers[0]?.peer, { host: 'localhost', port: 6_001 })
  assert.equal(config.peers[1]?.udp, { host: '127.0.0.1', port: 64_000 })
  const { n, r, w } = config.replication
  assert.equal([n, r, w], [3, 1, 3])
  assert.is(config.antiEntropyMicros, 4_000_000)
  const { gossipMicros, gossipFanout, probeMicros } = config.timing
  assert.equal([gossipMicros, gossipFanout, probeMicros], [250_000, 2, 700_000])
  const { suspicionMinMicros, suspicionMaxMicros } = config.timing
  assert.equal([suspicionMinMicros, suspicionMaxMicros], [3_000_000, 9_000_000])
})

test('config: every problem is told, with its line', () => {
  const text = `id: n1
listen: 127.0.0.1
peers:
  - { id: n1, http: 127.0.0.1:5001 }
  - { id: n2, http: 127.0.0.1:5001 }
  - { id: n3, htpp: 127.0.0.1:5003 }
replication: { n: 5, w: 9 }
partitions: 100
anti_entropy: { every: 10 }
secrets: [{ file: nowhere }, { file: short }, { env: NOT_SET }]
tls: { peer: { cert: nowhere, key: secret, ca: nowhere } }
colour: red
`
  assert.equal(problems(text), [
    'x.yaml:2:9: expected an address such as 127.0.0.1:5000, not "127.0.0.1"',
    'x.yaml:4:11: n1 is the name that this node has',
    'x.yaml:5:21: 127.0.0.1:5001 is where n1 listens',
    'x.yaml:6:5: http is missing',
    'x.yaml:6:15: "htpp" is not known here: did you mean http?',
    'x.yaml:7:25: w is 9, but a key has only 5 copies',
    'x.yaml:8:13: 100 is not a power of two: partitions are hash prefixes',
    'x.yaml:9:24: 10 has no unit (us, ms, s, m, h): write for example 250us, 1.5ms, 10s, 2m or 1h',
    'x.yaml:10:11: the file nowhere is not there',
    'x.yaml:10:30: the file short holds fewer than 16 characters: a secret must not be guessed',
    'x.yaml:10:47: the variable NOT_SET is not there',
    'x.yaml:11:22: the file nowhere is not there',
    'x.yaml:11:36: the file secret holds no key (PEM)',
    'x.yaml:11:48: the file nowhere is not there',
    'x.yaml:12:1: "colour" is not known here: the keys here are',
  ])
})

test('config: more copies than nodes, and two services in one place', () => {
  assert.equal(problems(`${two}replication: { n: 3 }\npartitions: 1\n`), [
    'x.yaml:4:19: n is 3, but there are only 2 nodes',
    'x.yaml:5:13: 1 partitions for 2 nodes: some would own nothing; 64 would do',
  ])
  assert.equal(problems('id: n1\nlisten: { http: localhost:80, peer: localhost:80 }\n'), [
    'x.yaml:2:9: two services on localhost:80: give http and peer two ports',
  ])
})

test('config: the short form names its own keys', () => {
  const text = `{
  "node_id": "a", "host": "127.0.0.1", "port": 5000,
  "peers": [{ "node_id": "b", "host": "127.0.0.1", "port": 6000 }],
  "replication_factor": 3,
  "read_quorum": 4,
  "suspicion_timeout_ms": 5000, "failure_timeout_ms": 4000,
  "gossip_fanout": 0, "data": "x"
}`
  assert.equal(problems(text), [
    'x.yaml:3:60: 127.0.0.1:6000 is where this node listens',
    'x.yaml:5:18: read_quorum is 4, but a key has only 3 copies',
    'x.yaml:6:55: failure_timeout_ms is shorter than suspicion_timeout_ms',
    'x.yaml:7:20: expected a whole number from 1 to 1000, not 0',
    'x.yaml:7:23: "data" is not known here: the keys here are',
  ])
})

test('config: what is no configuration at all says so in its own words', () => {
  assert.equal(problems(''), [
    'x.yaml:1:1: the file is empty: a configuration needs at least an id',
  ])
  assert.equal(problems('- a\n'), [
    'x.yaml:1:1: a configuration is a map at the top level: start with `id: n1`',
  ])
  assert.equal(problems('id: n1\n'), ['x.yaml:1:1: listen is missing'])
})

test('config: beyond this machine nothing is served without secrets and TLS, unless told so', () => {
  const open = two.replace('listen: 127.0.0.1:5000', 'listen: 0.0.0.0:5000')
  const where = 'x.yaml:2:9: 0.0.0.0:5000 can be reached from elsewhere, but'
  const peer = 'x.yaml:2:9: 0.0.0.0:6000 can be reached from elsewhere, but'
  const end = 'or start with --insecure'
  assert.equal(problems(open), [
    `${where} clients would talk in the clear: set tls.client, ${end}`,
    `${where} everybody might do everything: set tokens, or tls.client.ca, ${end}`,
    `${peer} nodes would talk in the clear: set tls.peer, ${end}`,
    `${peer} anybody could pose as a node: set secrets, ${end}`,
  ])
  assert.is(load(open, { insecure: true }).insecure, true)
  for (const host of ['localhost', '127.1.2.3', '"[::1]"']) {
    const text = `id: n1\nlisten: ${host}:5000`
      .replace('":', ':')
      .concat(host === '"[::1]"' ? '"' : '')
    assert.is(load(text).listen.http.port, 5_000)
  }
})

test('config: what ships is a cluster of four', () => {
  const folder = resolve(root, 'configs')
  const names = readdirSync(folder).sort()
  assert.equal(names, ['nodeA.yaml', 'nodeB.yaml', 'nodeC.yaml', 'nodeD.yaml'])
  const configs = names.map((name) => load(readFileSync(resolve(folder, name), 'utf8')))
  assert.equal(
    configs.map(({ listen }) => listen.http.port),
    [5_000, 5_001, 5_002, 5_003],
  )
  for (const { clusterId, members, partitions, replication, peers } of configs) {
    const [first] = configs as [NodeConfig]
    assert.equal(
      { clusterId, members, partitions, replication },
      {
        clusterId: first.clusterId,
        members: first.members,
        partitions: first.partitions,
        replication: first.replication,
      },
    )
    for (const { id, ...listen } of peers) {
      assert.equal(listen.peer, configs.find((each) => each.id === id)?.listen.peer)
    }
  }
  const folders = new Set(configs.map(({ dataFolder }) => dataFolder))
  assert.is(folders.size, 4)
})

test.run()
