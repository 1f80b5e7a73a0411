/** The client against nodes that serve, fail, are slow, and lose answers. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClientOptions, Found } from '../../../net/client/index.js'
import {
  BadRequest,
  Client,
  Rejected,
  Session,
  StoreError,
  Unknown,
} from '../../../net/client/index.js'
import { selfSigned } from '../api/certificate.js'
import type { Served, ServeOptions } from '../api/serve.js'
import { serve } from '../api/serve.js'
import { Proxy } from './proxy.js'

interface Scene extends Served {
  readonly client: Client
  readonly proxies: readonly Proxy[]
}

/** Every node behind a proxy of its own, which is where the ring says that it is. */
async function scene(
  options: ServeOptions = {},
  clientOptions: Partial<ClientOptions> = {},
): Promise<Scene> {
  const served = await serve(options)
  const proxies = await Promise.all(served.urls.map((url) => Proxy.start(url)))
  served.fake.doors.forEach(({ node }, i) => served.fake.urls.set(node, proxies[i]?.url ?? ''))
  const nodes = proxies.map(({ url }) => url)
  const client = new Client({ nodes, hedgeMillis: null, ...clientOptions })
  const close = async (): Promise<void> => {
    await client.close()
    for (const proxy of proxies) proxy.close()
    await served.close()
  }
  return { ...served, client, proxies, close }
}

async function thrown(work: Promise<unknown>): Promise<StoreError> {
  try {
    await work
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const valueOf = (found: Found): unknown =>
  found.kind === 'found' && found.value.kind === 'json' ? found.value.value : found.kind

test('client: put, get, siblings, merge, delete', async () => {
  const { client, close } = await scene()
  const absent = await client.get('a')
  assert.is(absent.kind, 'absent')
  const first = await client.put('a', { n: 1 }, { context: absent.context })
  assert.equal(valueOf(await client.get('a')), { n: 1 })
  await client.put('a', 2)
  const both = await client.get('a')
  if (both.kind !== 'siblings') throw new Error(both.kind)
  assert.is(both.siblings.length, 2)
  assert.ok(both.siblings.some(({ dot }) => dot === first.dot))
  await client.put('a', 'merged', { context: both.context })
  assert.is(valueOf(await client.get('a')), 'merged')
  await client.delete('a')
  assert.is((await client.get('a')).kind, 'absent')
  await close()
})

test('client: bytes and JSON that JavaScript cannot hold come back whole, also among siblings', async () => {
  const { client, close } = await scene()
  const bytes = new Uint8Array([0, 255, 7])
  await client.putBytes('b', { bytes, contentType: 'image/x' })
  const found = await client.get('b')
  if (found.kind !== 'found' || found.value.kind !== 'bytes') throw new Error('bytes are expected')
  assert.equal([found.value.bytes, found.value.contentType], [bytes, 'image/x'])
  await client.putJson('b', { json: '[12345678901234567890, 1.0]' })
  const both = await client.get('b', { bucket: 'default', r: 'all' })
  if (both.kind !== 'siblings') throw new Error(both.kind)
  const texts = both.siblings.map(({ value }) => (value.kind === 'json' ? value.text : value.bytes))
  assert.ok(texts.includes('[12345678901234567890, 1.0]'))
  assert.throws(() => client.put('b', undefined), /no JSON/)
  await close()
})

test('client: any bytes may be a key', async () => {
  const { client, close } = await scene()
  for (const key of ['a/b?c#d', '\u0000', 'é😀', '\udcff', '%', '..']) {
    await client.put(key, key.length)
    assert.is(valueOf(await client.get(key)), key.length)
  }
  await close()
})

test('client: writes go to an owner, and are not handed on', async () => {
  const cluster = { nodes: 5, replication: { n: 2, r: 1, w: 1 } }
  const forwards = ({ fake }: Scene): number =>
    fake.doors.reduce((sum, door) => sum + door.counters().forwards, 0)
  const aware = await scene({ cluster })
  for (let i = 0; i < 30; i++) await aware.client.put(`k${String(i)}`, i)
  assert.is(forwards(aware), 0)
  await aware.close()
  const blind = await scene({ cluster }, { ringMillis: null })
  for (let i = 0; i < 30; i++) await blind.client.put(`k${String(i)}`, i)
  assert.ok(forwards(blind) > 5)
  await blind.close()
})

test('client: knows the cluster from one node of it', async () => {
  const served = await serve()
  const client = new Client({ nodes: [served.url] })
  await client.put('a', 1)
  await served.apis[0]?.close(0)
  for (let i = 0; i < 10; i++) assert.is(valueOf(await client.get('a')), 1)
  await client.close()
  await served.close()
})

test('client: a node that is gone costs nobody an error', async () => {
  const { client, proxies, apis, fake, close } = await scene()
  await client.put('a', 0)
  proxies[1]?.close()
  await apis[1]?.close(0)
  fake.crash('n2')
  for (let i = 1; i < 20; i++) {
    const { context } = await client.get('a')
    await client.put('a', i, { context })
    assert.is(valueOf(await client.get('a')), i)
  }
  await close()
})

test('client: an answer that is lost is asked for again, and there is one write', async () => {
  const { client, proxies, fake, close } = await scene()
  await client.get('a')
  for (const proxy of proxies) {
    proxy.mood = 'lose_answers'
    proxy.loseAtMost = 2
  }
  const { dot } = await client.put('a', 'once')
  assert.ok(proxies.some(({ lost }) => lost > 0))
  const puts = fake.doors.flatMap(({ submitted }) => submitted.filter(({ kind }) => kind === 'put'))
  assert.is(puts.length, 1)
  for (const proxy of proxies) proxy.mood = 'pass'
  const found = await client.get('a')
  assert.equal([found.kind, found.kind === 'found' ? found.dot : ''], ['found', dot])
  await close()
})

test('client: a write whose node came back in another life is unknown, and is not sent again', async () => {
  const { client, proxies, fake, close } = await scene({}, { timeoutMillis: 1_500 })
  await client.get('a')
  for (const proxy of proxies) {
    proxy.mood = 'lose_answers'
    proxy.loseAtMost = 1
  }
  const waiting = thrown(client.put('a', 1))
  await new Promise((done) => setTimeout(done, 20))
  for (const { node } of fake.doors) {
    fake.crash(node)
    fake.cluster.boot(node)
  }
  fake.advance(1_000)
  const error = await waiting
  assert.instance(error, Unknown)
  const puts = fake.doors.flatMap(({ submitted }) => submitted.filter(({ kind }) => kind === 'put'))
  assert.is(puts.length, 1)
  await close()
})

test('client: a write whose node is gone is unknown at once', async () => {
  const { client, proxies, close } = await scene()
  await client.get('a')
  for (const proxy of proxies) {
    proxy.mood = 'lose_answers'
    proxy.afterLoss = () => {
      proxy.close()
    }
  }
  const started = performance.now()
  const error = await thrown(client.put('a', 1))
  assert.instance(error, Unknown)
  assert.is(error.code, 'lost')
  assert.ok(performance.now() - started < 3_000)
  await close()
})

test('client: what a node calls unknown is thrown as such, with the event it may become', async () => {
  const { client, fake, close } = await scene({ cluster: { replication: { sloppy: false } } })
  await client.get('a')
  fake.frozen = true
  const error = await thrown(client.put('a', 1, { timeoutMillis: 200 }))
  assert.instance(error, Unknown)
  assert.equal([error.status, error.attempts, /=\d+$/.test(error.dot ?? '')], [504, 1, true])
  fake.frozen = false
  await close()
})

test('client: of a node that is paused one write at most is unknown, and it is used again after', async () => {
  const { client, proxies, apis, close } = await scene(
    {},
    { timeoutMillis: 400, attemptMillis: 100 },
  )
  await client.put('a', 0)
  const paused = proxies[1] as Proxy
  paused.delayMillis = 60_000
  let unknown = 0
  for (let i = 0; i < 40; i++) {
    await client.put(`k${String(i)}`, i).catch((error: unknown) => {
      assert.instance(error, Unknown)
      unknown++
    })
    await new Promise((done) => setTimeout(done, 20))
  }
  assert.ok(unknown <= 1, String(unknown))
  paused.delayMillis = 0
  paused.cut()
  const before = apis[1]?.metrics.total('put', 'ok') ?? 0
  for (let i = 0; i < 100; i++) {
    await client.put(`l${String(i)}`, i)
    await new Promise((done) => setTimeout(done, 60))
    if ((apis[1]?.metrics.total('put', 'ok') ?? 0) > before) break
  }
  assert.ok((apis[1]?.metrics.total('put', 'ok') ?? 0) > before)
  await close()
})

test('client: a write is not left with a node that has fallen silent, and is with a slow one', async () => {
  const { client, fake, proxies, close } = await scene({}, { silenceMillis: 60 })
  await client.put('a', 0)
  fake.frozen = true
  const slow = client.put('a', 1)
  await new Promise((done) => setTimeout(done, 400))
  fake.frozen = false
  fake.cluster.settle()
  await slow
  for (const proxy of proxies) proxy.delayMillis = 60_000
  const started = performance.now()
  const error = await thrown(client.put('a', 2))
  assert.instance(error, Unknown)
  assert.equal([error.code, error.attempts], ['silent', 1])
  assert.ok(performance.now() - started < 2_000)
  await close()
})

test('client: a refusal is tried elsewhere, and told as rejected with its counts', async () => {
  const { client, fake, close } = await scene({ cluster: { replication: { sloppy: false } } })
  await client.put('a', 1)
  fake.cluster.isolate('n2')
  fake.cluster.isolate('n3')
  const error = await thrown(client.get('a', { r: 3, timeoutMillis: 400 }))
  assert.instance(error, Rejected)
  assert.not.instance(error, BadRequest)
  assert.ok(error.attempts >= 1)
  await close()
})

test('client: a request at fault is refused once', async () => {
  const { client, close } = await scene()
  const error = await thrown(client.get('a', { bucket: 'nowhere' }))
  assert.instance(error, BadRequest)
  assert.equal([error.code, error.status, error.attempts], ['no_such_bucket', 404, 1])
  const context = (await client.get('b')).context
  assert.is((await thrown(client.put('a', 1, { context }))).code, 'bad_context')
  await close()
})

test('client: a slow node is helped by a second one', async () => {
  const { client, proxies, close } = await scene({}, { hedgeMillis: 20 })
  await client.put('a', 1)
  for (const proxy of proxies.slice(0, 2)) proxy.delayMillis = 700
  const started = performance.now()
  let slow = 0
  for (let i = 0; i < 9; i++) {
    const before = performance.now()
    assert.is(valueOf(await client.get('a')), 1)
    if (performance.now() - before > 600) slow++
  }
  // Without a second node two in three would wait; of two in a row, both may be slow in a third.
  assert.ok(slow <= 4, `${String(slow)} slow in ${String(performance.now() - started)} ms`)
  await close()
})

test('client: a session reads its own writes, where others may not', async () => {
  const replication = { sloppy: false }
  const cluster = { replication, readRepair: false, antiEntropyMicros: 3_600_000_000 }
  const { urls, fake, close } = await scene({ cluster })
  const at = (...nodes: number[]): Client =>
    new Client({ nodes: nodes.map((i) => urls[i] ?? ''), ringMillis: null, hedgeMillis: null })
  const [first, last, lastThenFirst] = [at(0), at(2), at(2, 0)]
  await first.put('a', 'old', { w: 'all' })
  fake.cluster.isolate('n3')
  const session = new Session({
    read: (key, options, minimum) => lastThenFirst.read(key, options, minimum),
    put: (key, value, options) => first.put(key, value, options),
    delete: (key, options) => first.delete(key, options),
  })
  await session.get('a', { r: 1 })
  for (let i = 0; i < 4; i++) {
    await session.put('a', i)
    assert.is(valueOf(await last.get('a', { r: 1 })), 'old')
    assert.is(valueOf(await session.get('a', { r: 1 })), i)
  }
  await Promise.all([first.close(), last.close(), lastThenFirst.close(), close()])
})

test('client: a session does not ask again for what an answer shows to be reaped', async () => {
  const asked: (string | null)[] = []
  const clocks = [{ 'n1:0': 4, 'n2:0': 2 }, { 'n2:0': 3 }, {}, { 'n2:0': 3 }]
  const refuse = (): never => {
    throw new Error('no writes here')
  }
  const session = new Session({
    read: (_key, _options, minimum) => {
      asked.push(minimum)
      return Promise.resolve({ kind: 'absent', context: '', clock: clocks[asked.length - 1] ?? {} })
    },
    put: refuse,
    delete: refuse,
  })
  for (let i = 0; i < 4; i++) await session.get('a')
  assert.equal(asked, [null, 'n1%3A0=4,n2%3A0=2', 'n2%3A0=3', null])
})

test('client: a session replaces what it wrote, and keeps what it never saw', async () => {
  const { client, close } = await scene()
  const session = client.session()
  await session.put('a', 1)
  await session.put('a', 2)
  assert.is(valueOf(await session.get('a')), 2)
  await client.put('a', 'foreign')
  await session.put('a', 3)
  const found = await session.get('a')
  if (found.kind !== 'siblings') throw new Error(found.kind)
  const values = found.siblings.map(({ value }) => (value.kind === 'json' ? value.value : null))
  assert.ok(values.includes('foreign') && values.includes(3))
  await session.put('a', 'merged')
  assert.is(valueOf(await session.get('a')), 'merged')
  await session.delete('a')
  assert.is((await session.get('a')).kind, 'absent')
  await close()
})

test('client: brings its token, and is refused without', async () => {
  const tokens = [{ name: 'w', role: 'write' as const, secret: 'open-sesame' }]
  const served = await serve({ api: { tokens } })
  const known = new Client({ nodes: served.urls, token: 'open-sesame' })
  await known.put('a', 1)
  assert.is(valueOf(await known.get('a')), 1)
  const unknown = new Client({ nodes: served.urls })
  const error = await thrown(unknown.get('a'))
  assert.equal([error instanceof BadRequest, error.code], [true, 'unauthorized'])
  await Promise.all([known.close(), unknown.close(), served.close()])
})

test('client: speaks TLS to those it trusts, and shows who it is', async () => {
  const node = selfSigned()
  const own = selfSigned()
  const served = await serve({ api: { tls: { ...node, ca: own.cert } } })
  const options = { nodes: served.urls, timeoutMillis: 1_000 }
  const known = new Client({ ...options, tls: { ca: node.cert, ...own } })
  await known.put('a', 1)
  assert.is(valueOf(await known.get('a')), 1)
  const nameless = new Client({ ...options, tls: { ca: node.cert } })
  const distrustful = new Client(options)
  assert.instance(await thrown(nameless.get('a')), Rejected)
  assert.instance(await thrown(distrustful.get('a')), Rejected)
  await Promise.all([known.close(), nameless.close(), distrustful.close(), served.close()])
})

test('client: a signal ends a read', async () => {
  const { client, fake, close } = await scene()
  await client.get('a')
  fake.frozen = true
  const stop = new AbortController()
  setTimeout(() => {
    stop.abort(new Error('enough'))
  }, 30)
  let message = ''
  await client.get('a', { signal: stop.signal }).catch((error: Error) => (message = error.message))
  assert.is(message, 'enough')
  fake.frozen = false
  await close()
})

test.run()
