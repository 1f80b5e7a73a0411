/** The live view: what the dashboard shows, as one stream. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { view } from '../../../net/api/schema.js'
import type { LogLine } from '../../../net/door.js'
import { ask, putJson, serve } from './serve.js'
import { firstView, openStream } from './stream.js'

const isView = ({ name }: { name: string }): boolean => name === 'view'
const isLog = ({ name }: { name: string }): boolean => name === 'log'

test('live view: says who it is, the log so far, then all of it with the ring', async () => {
  const served = await serve()
  const stream = await openStream(`${served.url}/live`)
  const { data } = await stream.next(isView)
  const first = view.parse(data)
  assert.equal(
    stream.events.map(({ name }) => name),
    ['hello', 'log', 'view'],
  )
  assert.is((stream.events[0]?.data as { node: string }).node, 'n1')
  assert.is(first.ring?.owners.length, first.ring?.partitions)
  assert.equal([first.stats.node, first.members.length, first.nodes], ['n1', 3, null])
  stream.close()
  await served.close()
})

test('live view: comes again with what has happened, the ring left out', async () => {
  const served = await serve()
  const stream = await openStream(`${served.url}/live`)
  await stream.next(isView)
  await putJson(`${served.url}/kv/a`, { value: 1 })
  const { data } = await stream.next((event) => isView(event) && event !== stream.events[2])
  const second = view.parse(data)
  assert.is(second.stats.keys, 1)
  assert.is(second.latency_buckets['put']?.at(-1)?.[1], 1)
  assert.is(second.ring, undefined)
  stream.close()
  await served.close()
})

test('live view: a reader of this life gets the lines it missed; one of another, all', async () => {
  const served = await serve()
  const door = served.fake.door('n1')
  const stream = await openStream(`${served.url}/live`)
  await stream.next(isLog)
  door.write('info', 'two', {})
  await stream.next((event) => (event.data as LogLine[])[0]?.event === 'two')
  const { life } = stream.events[0]?.data as { life: string }
  stream.close()
  const lines = async (query: string): Promise<readonly string[]> => {
    const again = await openStream(`${served.url}/live?${query}`)
    const { data } = await again.next(isLog)
    again.close()
    return (data as LogLine[]).map(({ event }) => event)
  }
  door.write('warn', 'three', {})
  assert.equal(await lines(`life=${life}&after=2`), ['three'])
  assert.equal(await lines('life=another&after=2'), ['api_listening', 'two', 'three'])
  await served.close()
})

test('live view: readers are few, wrong questions refused, a stop waits for nobody', async () => {
  const served = await serve()
  assert.is((await ask(`${served.url}/live?after=x`)).status, 400)
  const streams = await Promise.all(
    Array.from({ length: 32 }, () => openStream(`${served.url}/live`)),
  )
  const refused = await ask(`${served.url}/live`)
  assert.equal([refused.status, refused.json['error']], [503, 'overloaded'])
  for (const stream of streams) stream.close()
  const started = performance.now()
  await served.apis[0]?.close(10_000)
  assert.ok(performance.now() - started < 5_000)
  await served.close()
})

test('live view: tells how the nodes of a local cluster are, where there is a supervisor', async () => {
  const served = await serve()
  const url = 'http://127.0.0.1:1'
  const nodes = [{ id: 'n1', state: 'ready' as const, url }]
  const { node } = served.fake.door('n1')
  Object.assign(served.fake.door('n1'), {
    supervision: { nodes: () => Promise.resolve(nodes), act: () => Promise.resolve(nodes) },
  })
  assert.is(node, 'n1')
  assert.equal((await firstView(served.url)).nodes, nodes)
  await served.close()
})

test.run()
