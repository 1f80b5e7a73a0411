/** Tombstones of live nodes go once every owner has them, and only where that is asked for. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ReapOptions } from '../../core/index.js'
import { ask, getOf, LiveCluster, putOf, until } from './live.js'

async function afterDelete(reap: ReapOptions | null): Promise<LiveCluster> {
  const cluster = await LiveCluster.create({
    nodes: 3,
    change: (config) => ({ ...config, reap }),
  })
  const [one] = await cluster.startAll()
  if (one === undefined) throw new Error('three nodes')
  assert.is((await ask(one, putOf('k', 'v', 'put'))).kind, 'ok')
  const found = await ask(one, getOf('k', 'get'))
  if (found.kind !== 'ok') throw new Error(found.kind)
  const { context } = found
  const gone = { ...putOf('k', null, 'delete'), context }
  assert.is((await ask(one, gone)).kind, 'ok')
  return cluster
}

const keysOf = (cluster: LiveCluster): readonly number[] =>
  cluster.nodes.map((node) => [...(node?.entries() ?? [])].length)

test('reap: a tombstone goes from every live node, and the key stays deleted', async () => {
  const cluster = await afterDelete({ everyMicros: 200_000, afterMicros: 100_000 })
  await until('it is reaped', () => keysOf(cluster).every((keys) => keys === 0), 20_000)
  assert.ok(cluster.lines.some((line) => line.includes('"reaped"')))
  const [one] = cluster.nodes
  if (one === null || one === undefined) throw new Error('three nodes')
  const found = await ask(one, getOf('k', 'again'))
  assert.equal(found.kind === 'ok' && found.f === 'get' ? found.values : found, [])
  await cluster.stopAll()
})

test('reap: where it is off, tombstones stay', async () => {
  const cluster = await afterDelete(null)
  await until('all owners have it', () => keysOf(cluster).every((keys) => keys === 1))
  await new Promise((done) => setTimeout(done, 600))
  assert.equal(keysOf(cluster), [1, 1, 1])
  await cluster.stopAll()
})

test.run()
