import * as fc from 'fast-check'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadScenario } from '../../scenarios/load.js'
import type { Scenario } from '../../scenarios/model.js'
import { formatProblem } from '../../scenarios/problem.js'
import { root } from './root.js'

const load = (text: string, seed?: number): Scenario => {
  const loaded = loadScenario({ text, file: 'x.yaml', ...(seed === undefined ? {} : { seed }) })
  const problems = loaded.problems?.map(formatProblem) ?? []
  assert.equal(problems, [])
  return loaded.scenario as Scenario
}

const problemsOf = (text: string): string[] =>
  (loadScenario({ text, file: 'x.yaml' }).problems ?? []).map(formatProblem)

/** The golden file holds the cases as well as the answers. */
const golden = join(root, 'test/golden/scenario-problems.txt')
const arrow = '===>'

interface Case {
  readonly title: string
  readonly text: string
  readonly said: string
}

function casesOf(file: string): { readonly head: string; readonly cases: readonly Case[] } {
  const [head = '', ...parts] = file.split(/^=== /m)
  const cases = parts.map((part) => {
    const [question = '', answer = ''] = part.split(`${arrow}`)
    const [title = '', ...lines] = question.split('\n')
    return { title, text: lines.join('\n'), said: answer.trim() }
  })
  return { head, cases }
}

const say = (text: string): string =>
  problemsOf(text.replaceAll('→', '\t').replaceAll('␀', '\0'))
    .map((line) => line.replace(/^x\.yaml:/, ''))
    .join('\n')

test('load: every bad scenario of the golden file has exactly the problems told there', () => {
  const { head, cases } = casesOf(readFileSync(golden, 'utf8'))
  if (process.env['UPDATE_GOLDEN'] === '1') {
    const blocks = cases.map(({ title, text }) => `=== ${title}\n${text}${arrow}\n${say(text)}\n\n`)
    writeFileSync(golden, `${head}${blocks.join('').trimEnd()}\n`)
  }
  assert.ok(cases.length >= 60)
  for (const { title, text, said } of casesOf(readFileSync(golden, 'utf8')).cases) {
    assert.ok(said !== '', `${title}: a bad scenario without a problem`)
    assert.is(say(text), said, title)
  }
})

/** The example of the language's definition; what is not there yet is put in by a test below. */
const example = `
name: partition
about: Five nodes split three to two for fifteen seconds.
seed: 1                        # --seed overrides
duration: 60s
settle: 30s
cluster:
  nodes: 5
  zones: [a, b, c]
  partitions: 64
  replication: { n: 3, r: 2, w: 2, pr: 0, pw: 0, sloppy: true }
  buckets:
    carts: { kind: eventual, conflict: siblings }
  handoff: true
  read_repair: true
  anti_entropy: false
network:
  latency: { exponential: { min: 0.2ms, mean: 1ms } }
  loss: 0.1%
  duplicate: 0.1%
  reorder: 0%
  bandwidth: 1Gbit/s
  links: [ { from: n1, to: [n4, n5], both_ways: true, latency: { constant: 40ms } } ]
disk: { write: { constant: 50us }, fsync: { exponential: { min: 0.3ms, mean: 1ms } } }
cpu: { per_message: 20us }
clocks: { offset: { uniform: { min: -5ms, max: 5ms } }, drift_ppm: 50 }
workload:
  clients: 8
  think: 5ms
  bucket: carts
  keys: { count: 100, distribution: zipfian, exponent: 0.99 }
  mix: { get: 70%, put: 25%, delete: 5% }
  value: 100B
  consistency: quorum
  timeout: 1s
faults:
  - { at: 10s, for: 15s, partition: [[n1, n2], [n3, n4, n5]] }
  - { at: 12s, for: 3s, partition: { from: n3, to: n4 } }
  - { at: 30s, for: 5s, crash: n3 }
  - { at: 32s, for: 2s, pause: n1 }
  - { at: 34s, for: 5s, slow: n2, factor: 20 }
  - { at: 36s, for: 5s, loss: 20%, link: { from: n1, to: n2 } }
  - { at: 38s, clock: n5, jump: 2m }
  - { when: { node: n2, acked: 100 }, for: 5s, crash: n2 }
  - { every: 10s, pick: [crash, partition, pause], for: { uniform: { min: 1s, max: 5s } } }
expect:
  durability: true
  convergence: { within: 20s }
  sessions: [read_your_writes, monotonic_reads, monotonic_writes, writes_follow_reads]
  linearizable: false
  availability: { min: 99% }
  staleness: { p99: 500ms }
`

test('load: the example of the language resolves to integers', () => {
  const { cluster, network, disk, workload, faults, expect, ...rest } = load(example)
  assert.is(rest.durationMicros, 60_000_000)
  assert.is(rest.settleMicros, 30_000_000)
  assert.is(rest.cpuPerMessageMicros, 20)
  assert.equal(rest.clocks, { offset: { minMicros: -5_000, maxMicros: 5_000 }, driftPpm: 50 })
  assert.equal(
    cluster.nodes.map(({ zone }) => zone),
    ['a', 'b', 'c', 'a', 'b'],
  )
  assert.is(network.lossPpm, 1_000)
  assert.is(network.bitsPerSecond, 1_000_000_000)
  assert.equal(network.latency.write, { kind: 'exponential', minMicros: 200, meanMicros: 1_000 })
  assert.equal(network.links[0]?.latency?.read_ok, { kind: 'constant', micros: 40_000 })
  assert.equal(disk.write, { kind: 'constant', micros: 50 })
  assert.equal(workload.mixPpm, { get: 700_000, put: 250_000, delete: 50_000, append: 0 })
  assert.equal(workload.quorum, { r: 2, w: 2, monotonic: false })
  assert.is(faults.length, 9)
  assert.equal(faults[6]?.action, { kind: 'clock_jump', nodes: ['n5'], byMicros: 120_000_000 })
  assert.equal(faults[7]?.trigger, { kind: 'when_acked', node: 'n2', count: 100 })
  assert.is(faults[0]?.line, example.split('\n').findIndex((line) => line === 'faults:') + 2)
  assert.is(expect.linearizable, null)
  assert.equal(expect.availability, { minPpm: 990_000, expected: true })
  assert.is(expect.sessions.length, 4)
})

test('load: anti-entropy is off, or has a period', () => {
  const of = (text: string) => load(`name: x\ncluster: { ${text} }`).cluster.antiEntropyMicros
  assert.is(of('nodes: 3'), null)
  assert.is(of('anti_entropy: false'), null)
  assert.is(of('anti_entropy: { every: 10s }'), 10_000_000)
})

test('load: what is not there yet is refused by name, never ignored', () => {
  const refused = [
    ['conflict: siblings }', 'conflict: siblings }\n    stock: { kind: strong }', 'strong'],
    ['delete: 5%', 'cas: 5%', 'cas'],
    ['crash: n3', 'join: n6', 'join'],
    ['crash: n3', 'leave: n3', 'leave'],
    ['crash: n3', 'replace: n3', 'replace'],
  ] as const
  for (const [from, to, name] of refused) {
    assert.match(problemsOf(example.replace(from, to)).join('\n'), `${name} is not there yet: `)
  }
})

test('load: a name is enough, and the defaults are those of the example', () => {
  const { cluster, network, workload, faults, expect, seed, about } = load('name: x')
  assert.is(seed, 1)
  assert.is(about, '')
  assert.is(cluster.nodes.length, 5)
  assert.equal([cluster.n, cluster.r, cluster.w, cluster.partitions], [3, 2, 2, 128])
  assert.equal([cluster.sloppy, cluster.handoff, cluster.readRepair], [true, true, true])
  assert.is(cluster.antiEntropyMicros, null)
  assert.equal(cluster.buckets, [{ name: 'default', conflict: 'siblings' }])
  assert.equal([network.lossPpm, network.duplicatePpm, network.reorderPpm], [0, 0, 0])
  assert.is(network.reorderMicros, 5_000)
  assert.equal(network.clientLatency, { kind: 'constant', micros: 200 })
  assert.equal([workload.clients, workload.perSecond, workload.failover], [8, null, true])
  assert.equal([workload.contexts, workload.sessionMinimum], ['session', false])
  assert.equal(faults, [])
  assert.is(expect.durability, null)
})

test('load: a cluster without zones puts each node into a zone of its own', () => {
  const { nodes } = load('name: x\ncluster: { nodes: 3 }').cluster
  assert.equal(
    nodes.map(({ id, zone }) => [id, zone]),
    [
      ['n1', 'n1'],
      ['n2', 'n2'],
      ['n3', 'n3'],
    ],
  )
})

test('load: small clusters get quorums that they can meet', () => {
  for (const [nodes, n, majority] of [
    [1, 1, 1],
    [2, 2, 2],
    [4, 3, 2],
  ] as const) {
    const { cluster } = load(`name: x\ncluster: { nodes: ${String(nodes)} }`)
    assert.equal([cluster.n, cluster.r, cluster.w], [n, majority, majority])
  }
})

test('load: partitions by default are a power of two, 16 per node or more', () => {
  for (const [nodes, partitions] of [
    [1, 64],
    [4, 64],
    [5, 128],
    [100, 2_048],
    [5_000, 131_072],
  ] as const) {
    const { cluster } = load(`name: x\ncluster: { nodes: ${String(nodes)} }`)
    assert.is(cluster.partitions, partitions)
  }
})

test('load: the seed of the caller overrides that of the file', () => {
  assert.is(load('name: x\nseed: 7').seed, 7)
  assert.is(load('name: x\nseed: 7', 9).seed, 9)
})

test('load: consistency in words is counted on the copies', () => {
  const quorumOf = (word: string) =>
    load(`name: x\nworkload: { consistency: ${word} }`).workload.quorum
  assert.equal(quorumOf('one'), { r: 1, w: 1, monotonic: false })
  assert.equal(quorumOf('quorum'), { r: 2, w: 2, monotonic: false })
  assert.equal(quorumOf('all'), { r: 3, w: 3, monotonic: false })
  assert.equal(quorumOf('monotonic'), { r: null, w: null, monotonic: true })
  assert.equal(quorumOf('{ w: 3 }'), { r: null, w: 3, monotonic: false })
})

test('load: aliases are followed, but never without end', () => {
  const text = 'name: x\nnetwork: { latency: &l { constant: 3ms }, client_latency: *l }'
  assert.equal(load(text).network.clientLatency, { kind: 'constant', micros: 3_000 })
  const bomb = ['name: x', 'a: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]']
  for (let level = 1; level < 12; level += 1) {
    const alias = `*a${String(level - 1)}`
    bomb.push(`a${String(level)}: &a${String(level)} [${Array(10).fill(alias).join(', ')}]`)
  }
  assert.match(problemsOf(bomb.join('\n')).join('\n'), 'more than 100 aliases')
  assert.match(problemsOf('name: &a [*a, *a]').join('\n'), 'too much for a scenario')
})

const words = [
  ...['name: x', 'cluster:', '  nodes: ', 'faults:', '  - ', 'expect: ', 'workload: ', 'network: '],
  ...['{ ', ' }', '[', ']', ', ', ': ', '\n', '  ', '\t', '"', "'", '|', '>', '&a ', '*a', '!!x '],
  ...['at', 'for', 'every', 'pick', 'crash', 'partition', 'latency', 'mixture', 'weight', 'n1'],
  ...['5s', '-1', '1e9', '0.1%', 'true', 'null', '~', '.nan', '.inf', '__proto__', 'constructor'],
  ...['mix', 'get', 'replication', 'n', 'link', 'from', 'to', '---', '...', '#', '%YAML 1.1', '\0'],
]

test('load: no text makes it throw, and every problem has a place in the text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join('')),
    fc
      .tuple(fc.nat(example.length), fc.nat(30), fc.constantFrom(...words))
      .map(([at, cut, word]) => example.slice(0, at) + word + example.slice(at + cut)),
  )
  fc.assert(
    fc.property(text, (input) => {
      const { problems, scenario } = loadScenario({ text: input, file: 'x.yaml' })
      assert.is.not(problems === undefined, scenario === undefined)
      const lines = input.split(/\r\n|\r|\n/).length
      for (const { line, column, message } of problems ?? []) {
        assert.ok(line >= 1 && line <= lines + 1 && column >= 1, `${String(line)} ${message}`)
        assert.ok(message.length > 0 && !message.includes('\n'), message)
        assert.not.match(message, /Invalid input|undefined|\[object/)
      }
    }),
    { seed: 1, numRuns: 1_500 },
  )
})

const faulty = (fault: string): string[] =>
  problemsOf(`name: x
duration: 9s
cluster: { nodes: 3 }
workload: { clients: 2 }
faults:
  - ${fault}
`)

test('load: a chance of nothing is taken, as what others are compared with', () => {
  assert.equal(faulty('{ at: 1s, for: 1s, loss: 0 }'), [])
  assert.equal(faulty('{ at: 1s, for: 1s, loss: 0%, duplicate: 5% }'), [])
})

test('load: a partition of clients alone is refused, one that names a node is not', () => {
  const message = 'clients talk to nodes, and never to each other: it changes nothing; name a node'
  const alone = [
    'partition: [[c1], [c2]]',
    'partition: { from: c1, to: c2 }',
    'bridge: n1, sides: [[c1], [c2]]',
  ]
  for (const fault of alone) {
    const said = faulty(`{ at: 1s, for: 1s, ${fault} }`)
    assert.ok(said.length === 1 && said[0]?.endsWith(message), said.join())
  }
  assert.equal(faulty('{ at: 1s, for: 1s, partition: [[c1], [c2, n1]] }'), [])
  assert.equal(faulty('{ at: 1s, for: 1s, partition: { from: c1, to: n1 } }'), [])
  assert.match(faulty('{ at: 1s, for: 1s, partition: [[c1], [c9]] }').join(), /no client c9/)
})

test('load: a name that is too long is told how long it may be', () => {
  const name = 'n'.repeat(65)
  const text = `name: x\ncluster: { nodes: [{ id: ${name} }], buckets: { ${name}: {} } }\n`
  const said = problemsOf(`${text}workload: { clients: 1 }\n`)
  assert.is(said.filter((line) => line.includes('at most 64 letters')).length, 2, said.join('\n'))
})

test.run()
