/** The routes for people: true, and in the shapes of OpenAPI. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as schema from '../../../net/api/schema.js'
import type { Served } from './serve.js'
import { ask, putJson, serve } from './serve.js'

let served: Served
test.before(async () => {
  served = await serve({
    cluster: { nodes: 4, replication: { n: 3 }, timing: { fallbackAfterMicros: 1_000 } },
  })
  for (let i = 0; i < 25; i++) await putJson(`${served.url}/kv/k${String(i)}`, { value: i })
  await ask(`${served.url}/kv/k3`, { method: 'DELETE' })
})
test.after(() => served.close())

const view = async (path: string): Promise<unknown> => (await ask(served.url + path)).json

test('views: the ring is that of the node, with all owners', async () => {
  const ring = schema.ring.parse(await view('/ring'))
  const { placement } = served.fake.door('n1')
  assert.equal(ring.owners, placement.ring.owners)
  assert.is(
    ring.members.reduce((sum, { owns }) => sum + owns, 0),
    ring.partitions * 3,
  )
  assert.is(ring.members[1]?.url, served.urls[1])
  assert.is(ring.incarnation, 1)
})

test('views: stats count what was done', async () => {
  const stats = schema.stats.parse(await view('/stats'))
  assert.is(stats.requests['put']?.['ok'], 25)
  assert.is(stats.requests['delete']?.['ok'], 1)
  assert.ok((stats.latency['put']?.p99_ms ?? 0) > 0)
  assert.is(stats.keys, served.fake.door('n1').inspect().keys)
  assert.is(stats.tombstones, served.fake.door('n1').inspect().tombstones)
  assert.is(stats.gauges['disk_records'], served.fake.door('n1').gauges()[0]?.value)
})

test('views: gossip and the cluster view show members, state and incarnation', async () => {
  const { members } = schema.gossip.parse(await view('/gossip'))
  assert.equal(
    members.map(({ id, state, incarnation }) => `${id} ${state} ${String(incarnation)}`)[0],
    'n1 alive 1',
  )
  const cluster = schema.cluster.parse(await view('/admin/cluster'))
  assert.equal([cluster.members.length, cluster.stats.node], [4, 'n1'])
})

test('views: anti-entropy is begun on demand, and its progress seen', async () => {
  const before = schema.merkle.parse(await view('/merkle'))
  const sync = await ask(`${served.url}/admin/sync`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  assert.is(sync.status, 202)
  const after = schema.merkle.parse(await view('/merkle'))
  assert.ok(after.exchanges >= before.exchanges + 3)
})

test('views: explain says where a key lives, and who has it here', async () => {
  const shown = schema.explain.parse(await view('/explain/k1'))
  const { placement } = served.fake.door('n1')
  const { partition } = placement.keyRef('default', 'k1')
  assert.is(shown.partition, partition)
  assert.equal(
    shown.owners.map(({ id }) => id),
    placement.owners(partition),
  )
  assert.is(shown.here.holds === null, shown.here.role !== 'owner')
  const odd = schema.explain.parse(await view('/buckets/latest/explain/%FF%2F%00'))
  assert.equal([odd.bucket, odd.key], ['latest', '\udcff/\u0000'])
  assert.is((await ask(`${served.url}/explain/%zz`)).status, 400)
  assert.is((await ask(`${served.url}/buckets/no/explain/a`)).status, 404)
})

test('views: keys come in order, a page at a time, deleted ones marked', async () => {
  const door = served.fake.door('n1')
  const all = [...door.entries()].map(({ key }) => key.key).sort()
  const seen: string[] = []
  let path = '/buckets/default/keys?limit=4'
  for (let pages = 0; pages < 20; pages++) {
    const { keys, next } = schema.keys.parse(await view(path))
    assert.ok(keys.length <= 4)
    for (const { key, deleted } of keys) {
      seen.push(key)
      assert.is(deleted, key === 'k3')
    }
    if (next === null) break
    path = `/buckets/default/keys?limit=4&after=${encodeURIComponent(next)}`
  }
  assert.equal(seen, all)
  const some = schema.keys.parse(await view('/buckets/default/keys?prefix=k1'))
  assert.equal(
    some.keys.map(({ key }) => key),
    all.filter((key) => key.startsWith('k1')),
  )
  assert.is((await ask(`${served.url}/buckets/default/keys?limit=0`)).status, 400)
})

test('views: the log is read from where one left off', async () => {
  const { lines } = schema.log.parse(await view('/log'))
  assert.is(lines[0]?.event, 'api_listening')
  served.fake.door('n1').write('info', 'peer_suspected', { peer: 'n2' })
  const ofOther = schema.log.parse(await view('/log?node=n2'))
  assert.equal([ofOther.node, ofOther.lines[0]?.event], ['n2', 'api_listening'])
  const nowhere = await ask(`${served.url}/log?node=n77`)
  assert.equal([nowhere.status, nowhere.json['message']], [404, 'the cluster has no node n77'])
  const after = schema.log.parse(await view(`/log?after=${String(lines.length)}`))
  assert.equal(
    after.lines.map(({ event }) => event),
    ['peer_suspected'],
  )
})

test('views: metrics are in the form of Prometheus', async () => {
  const { text, headers } = await ask(`${served.url}/metrics`)
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  assert.match(text, /^dynamo_requests_total\{operation="put",result="ok",node="n1"\} 25$/m)
  assert.match(text, /^dynamo_request_seconds_bucket\{operation="put",le="\+Inf",node="n1"\} 25$/m)
  assert.match(text, /^dynamo_request_seconds_count\{operation="put",node="n1"\} 25$/m)
  assert.match(text, /^dynamo_disk_records\{node="n1"\} \d+$/m)
  assert.match(text, /^dynamo_members\{state="alive",node="n1"\} 4$/m)
  assert.match(text, /^dynamo_tombstones\{node="n1"\} \d+$/m)
  assert.match(text, /^process_resident_memory_bytes/m)
  const again = await ask(`${served.url}/metrics`)
  assert.match(again.text, /^dynamo_requests_total\{operation="put",result="ok",node="n1"\} 25$/m)
})

test('views: health tells a node that starts or stops from one that serves', async () => {
  const door = served.fake.door('n4')
  const url = served.urls[3] ?? ''
  assert.equal(
    [(await ask(`${url}/healthz`)).status, (await ask(`${url}/readyz`)).status],
    [200, 200],
  )
  door.state = 'stopping'
  assert.equal(
    [(await ask(`${url}/healthz`)).status, (await ask(`${url}/readyz`)).status],
    [200, 503],
  )
  door.state = 'failed'
  assert.is((await ask(`${url}/healthz`)).status, 503)
  door.state = 'ready'
})

test('views: OpenAPI describes every route, and no other', async () => {
  const api = (await view('/openapi.json')) as { openapi: string; paths: Record<string, object> }
  assert.is(api.openapi, '3.1.0')
  const routes = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  assert.equal(routes.sort(), [
    'delete /admin/nodes/{node}/at/{path}',
    'delete /buckets/{bucket}/kv/{key}',
    'delete /kv/{key}',
    'get /admin/cluster',
    'get /admin/nodes',
    'get /admin/nodes/{node}/at/{path}',
    'get /buckets/{bucket}/keys',
    'get /buckets/{bucket}/kv/{key}',
    'get /explain/{key}',
    'get /gossip',
    'get /healthz',
    'get /kv/{key}',
    'get /live',
    'get /log',
    'get /log/live',
    'get /merkle',
    'get /metrics',
    'get /readyz',
    'get /ring',
    'get /stats',
    'post /admin/nodes/{node}/{act}',
    'post /admin/sync',
    'put /admin/nodes/{node}/at/{path}',
    'put /buckets/{bucket}/kv/{key}',
    'put /kv/{key}',
  ])
  const put = JSON.stringify(api.paths['/kv/{key}'])
  for (const word of ['"201"', '"300"', '"504"', 'consistency', 'vector_clock'])
    assert.ok(put.includes(word), word)
})

test('views: a route that is not there is 404, and says what there is', async () => {
  const { status, json } = await ask(`${served.url}/nowhere`)
  assert.equal([status, json['error']], [404, 'not_found'])
  assert.match(String(json['message']), /openapi\.json/)
})

test('views: another method than a route knows is 405, and says which it knows', async () => {
  const asked = async (method: string, path: string) => {
    const { status, headers } = await ask(served.url + path, { method })
    return [status, headers.get('allow')]
  }
  for (const path of ['/stats', '/ring?x=1', '/gossip', '/merkle', '/metrics', '/healthz', '/']) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      assert.equal(await asked(method, path), [405, 'GET, HEAD'], `${method} ${path}`)
    }
  }
  assert.equal(await asked('PUT', '/buckets/default/keys'), [405, 'GET, HEAD'])
  assert.equal(await asked('PUT', '/explain/a%2Fb%FF'), [405, 'GET, HEAD'])
  assert.equal(await asked('DELETE', '/live'), [405, 'GET'])
  assert.equal(await asked('GET', '/admin/sync'), [405, 'POST'])
  assert.equal(await asked('DELETE', '/admin/nodes/n1/kill'), [405, 'POST'])
  for (const path of ['/nowhere', '/stats/', '/statsx', '/buckets/default/other']) {
    assert.equal(await asked('DELETE', path), [404, null], path)
  }
})

test('views: what this node alone holds of its keys comes with them, if asked for', async () => {
  const before = schema.keys.parse(await view('/buckets/default/keys?versions=true&limit=1'))
  assert.ok(before.keys.every(({ versions }) => versions !== undefined))
  await ask(`${served.url}/kv/v1`, {
    ...{ method: 'PUT', headers: { 'content-type': 'image/x' } },
    body: Buffer.from([0, 255]),
  })
  const { keys } = schema.keys.parse(await view('/buckets/default/keys?prefix=v1&versions=true'))
  const [line] = keys
  const n = line?.vector_clock?.['n1:0'] ?? 0
  const bytes = { text: 'AP8=', content_type: 'image/x', encoding: 'base64' }
  assert.ok(n > 0)
  assert.equal(line?.versions, [{ dot: `n1:0=${String(n)}`, ...bytes }])
  const plain = schema.keys.parse(await view('/buckets/default/keys?prefix=v1'))
  assert.is(plain.keys[0]?.versions, undefined)
  assert.is((await ask(`${served.url}/buckets/default/keys?versions=no`)).status, 400)
})

test.run()
