/** Faults of a benchmark, on nodes that a fake controller has in its hands. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HistoryEvent } from '../../../core/index.js'
import type { Controller } from '../../../net/bench/fault.js'
import { Faults } from '../../../net/bench/fault.js'
import { Missed } from '../../../net/bench/missed.js'
import { Site } from '../../../net/bench/site.js'
import { ask, putJson, serve } from '../api/serve.js'

const written = (key: string, dot: string): Omit<HistoryEvent, 'index'> => ({
  ...{ process: 1, type: 'ok', f: 'write', key, value: 'v', time: 0, dot },
})

test('missed: the last write of a key counts, and only so many keys', () => {
  const missed = new Missed()
  for (let n = 1; n <= 400; n++) missed.event(written(`k${String(n)}`, `n1:0#${String(n)}`))
  missed.event(written('k300', 'n2:0#9'))
  missed.event({ ...written('k5', 'n1:0#5'), type: 'info' })
  const keys = missed.keys()
  assert.equal([keys.length, keys[0], keys.at(-1)], [300, 'k101', 'k300'])
  assert.not.ok(missed.isIn('k300', { 'n1:0': 1_000, 'n2:0': 8 }))
  assert.ok(missed.isIn('k300', { 'n2:0': 9 }))
})

interface Scene {
  readonly done: string[]
  readonly controller: Controller
}

function scene(urls: readonly string[], fails: string | null = null): Scene {
  const done: string[] = []
  const controller = {
    nodes: () =>
      Promise.resolve(
        urls.map((url, index) => ({ id: `n${String(index + 1)}`, state: 'ready' as const, url })),
      ),
    act: (node: string, act: string) => {
      done.push(`${act} ${node}`)
      return act === fails ? Promise.reject(new Error(`${node} will not`)) : Promise.resolve()
    },
  }
  return { done, controller }
}

const nowNanos = (): number => performance.now() * 1e6
const plan = { act: 'kill' as const, nodes: ['n3'], atMillis: 1, lastsMillis: 40 }

test('faults: a node is brought back, and watched until it holds what it has missed', async () => {
  const served = await serve()
  const { done, controller } = scene(served.urls)
  const site = new Site(served.urls, null)
  served.fake.cluster.isolate('n3')
  const around = { controller, site, bucket: 'default', nowNanos }
  const faults = new Faults([{ ...plan, lastsMillis: 1_500 }], around)
  const running = faults.run()
  while (done.length < 1) await new Promise((resume) => setTimeout(resume, 2))
  const { headers } = await putJson(`${served.url}/kv/k1`, { value: 'v' })
  faults.event(written('k1', (headers.get('x-dot') ?? '').replace('=', '#')))
  while (faults.records[0]?.backNanos === null) await new Promise((resume) => setTimeout(resume, 5))
  const behind = performance.now() * 1e6
  served.fake.cluster.heal()
  while ((await ask(`${served.urls[2] as string}/explain/k1`)).text.includes('"holds":null')) {
    served.fake.advance(1_000_000)
  }
  await running
  const [record] = faults.records
  assert.equal(done, ['kill n3', 'start n3'])
  assert.equal([record?.missedKeys, record?.problem], [1, null])
  const lag = record?.lagNanos ?? -1
  assert.ok(lag >= 0 && (record?.backNanos ?? 0) + lag >= behind - 1e9)
  assert.ok((record?.toNanos ?? 0) - (record?.fromNanos ?? 0) >= 1_490e6)
  await site.close()
  await served.close()
})

test('faults: a stop brings back at once what is away', async () => {
  const { done, controller } = scene(['http://127.0.0.1:1'])
  const site = new Site(['http://127.0.0.1:1'], null)
  const around = { controller, site, bucket: 'default', nowNanos }
  const faults = new Faults([{ ...plan, act: 'pause', lastsMillis: 60_000 }], around)
  const running = faults.run()
  while (done.length < 1) await new Promise((resume) => setTimeout(resume, 2))
  faults.stop()
  await running
  assert.equal(done, ['pause n3', 'resume n3'])
  await site.close()
})

test('faults: what could not be done is told', async () => {
  const { done, controller } = scene(['http://127.0.0.1:1'], 'start')
  const site = new Site(['http://127.0.0.1:1'], null)
  const faults = new Faults([plan], { controller, site, bucket: 'default', nowNanos })
  await faults.run()
  assert.equal(done, ['kill n3', 'start n3'])
  assert.equal([faults.records[0]?.backNanos, faults.records[0]?.problem], [null, 'n3 will not'])
  await site.close()
})

test.run()
