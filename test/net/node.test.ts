import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { GetOk, Outcome } from '../../core/index.js'
import type { LiveNode } from '../../net/node.js'
import { ask, getOf, LiveCluster, putOf, until } from './live.js'

const valuesOf = (outcome: Outcome): readonly (string | null)[] => {
  assert.is(outcome.kind, 'ok', JSON.stringify(outcome))
  return (outcome as GetOk).values.map(({ value }) => value)
}

test('node: three live nodes store a key, and any of them reads it', async () => {
  const cluster = await LiveCluster.create({ nodes: 3 })
  try {
    const nodes = await cluster.startAll()
    for (const [index, node] of nodes.entries()) {
      const key = `key${String(index)}`
      const put = await ask(node, putOf(key, `"${key}"`, `op${String(index)}`))
      assert.is(put.kind, 'ok', JSON.stringify(put))
      for (const reader of nodes) {
        assert.equal(valuesOf(await ask(reader, getOf(key, 'read'))), [`"${key}"`])
      }
    }
    for (const line of cluster.lines) assert.not.match(line, 'key0')
  } finally {
    await cluster.stopAll()
  }
})

test('node: many writes at once share writes to the links', async () => {
  const cluster = await LiveCluster.create({ nodes: 3, secrets: ['a secret of sixteen bytes'] })
  try {
    const nodes = await cluster.startAll()
    const outcomes = await Promise.all(
      Array.from({ length: 2_000 }, (_, n) =>
        ask(nodes[n % 3] as LiveNode, putOf(`k${String(n)}`, '1', `op${String(n)}`)),
      ),
    )
    const failed = outcomes.filter(({ kind }) => kind !== 'ok')
    assert.equal(failed, [])
    const gauges = (nodes[0] as LiveNode).gauges()
    const sum = (name: string): number =>
      gauges.filter((each) => each.name === name).reduce((total, { value }) => total + value, 0)
    assert.ok(sum('link_messages_total') > 2_000, String(sum('link_messages_total')))
    assert.ok(sum('link_writes_total') < sum('link_messages_total') / 5)
    assert.is(sum('frames_malformed_total') + sum('link_overflowed_total'), 0)
  } finally {
    await cluster.stopAll()
  }
})

test('node: one stops and comes back from its log; what it missed is handed off', async () => {
  const cluster = await LiveCluster.create({ nodes: 3 })
  try {
    const nodes = await cluster.startAll()
    assert.is((await ask(nodes[0] as LiveNode, putOf('a', '"old"', 'op1'))).kind, 'ok')
    await cluster.stop(2)
    const put = await ask(nodes[0] as LiveNode, putOf('b', '"new"', 'op2'))
    assert.is(put.kind, 'ok', JSON.stringify(put))
    const back = await cluster.start(2)
    assert.is(back.incarnation, 2)
    assert.equal(valuesOf(await ask(back, getOf('a', 'read'))), ['"old"'])
    await until('the key missed is there', () => back.held('default\0b').entry !== null)
  } finally {
    await cluster.stopAll()
  }
})

test('node: one that comes back is connected to at once, however long it was away', async () => {
  const cluster = await LiveCluster.create({ nodes: 3 })
  try {
    const [one] = (await cluster.startAll()) as [LiveNode]
    await cluster.stop(2)
    // Long enough for the others to try only every few seconds.
    await new Promise((done) => setTimeout(done, 3_000))
    await cluster.start(2)
    const up = (): boolean =>
      one
        .gauges()
        .filter(({ name }) => name === 'link_up')
        .every(({ value }) => value === 1)
    await until('the links to it are up', up, 1_000)
  } finally {
    await cluster.stopAll()
  }
})

test('node: nodes without the same secret or ring do not talk', async () => {
  const cluster = await LiveCluster.create({
    nodes: 3,
    change: (config) => ({
      ...config,
      secrets: [config.id === 'n3' ? 'another secret, wholly' : 'the secret of this one'],
      partitions: config.id === 'n2' ? 128 : 64,
    }),
  })
  try {
    const [first] = await cluster.startAll()
    const refusals = (): readonly string[] =>
      (first as LiveNode)
        .log(0, 1_000)
        .filter(({ event }) => event === 'link_refused')
        .map(({ fields }) => `${String(fields['from'])}: ${String(fields['reason'])}`)
    await until('both are refused', () => new Set(refusals()).size >= 2)
    assert.equal([...new Set(refusals())].sort(), [
      'n2: members, partitions, n or buckets differ between the two configurations',
      'n3: another cluster secret',
    ])
    const counts = new Map((first as LiveNode).gauges().map(({ name, value }) => [name, value]))
    assert.is(counts.get('links_accepted_total'), 0)
    for (const line of cluster.lines) assert.not.match(line, /the secret of|wholly/)
  } finally {
    await cluster.stopAll()
  }
})

test.run()
