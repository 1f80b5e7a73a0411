/** Keys over HTTP, as a client that reads nothing but the documents would use them. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as schema from '../../../net/api/schema.js'
import type { Answer, Served } from './serve.js'
import { ask, putJson, serve } from './serve.js'

let served: Served
test.before(async () => {
  served = await serve({ api: { contextBuckets: ['latest'] } })
})
test.after(() => served.close())

const kv = (key: string, node = 0): string => `${served.urls[node] ?? ''}/kv/${key}`
const contextOf = ({ json }: Answer): string => String(json['context'])

test('api: a put is answered 201, a get 200, in the shapes of the schemas', async () => {
  const put = await putJson(kv('a'), { value: { n: 1 } })
  assert.is(put.status, 201)
  const stored = schema.stored.parse(put.json)
  assert.equal([stored.key, stored.node, stored.status], ['a', 'n1', 'stored'])
  assert.is(put.headers.get('x-dot'), 'n1:0=1')
  const got = await ask(kv('a', 1))
  assert.is(got.status, 200)
  const found = schema.found.parse(got.json)
  assert.equal(found.value, { n: 1 })
  assert.equal(found.vector_clock, { 'n1:0': 1 })
  assert.is(got.headers.get('x-context'), found.context)
})

test('api: JSON comes back letter for letter', async () => {
  for (const text of [
    '1.0',
    '12345678901234567890',
    '{"a":1,  "a":2}',
    '"\\ud800"',
    '[ ]',
    'null',
  ]) {
    assert.is((await putJson(kv('exact'), `{"value":${text}}`)).status, 201)
    const context = contextOf(await ask(kv('exact')))
    assert.ok(
      (await putJson(kv('exact'), `{"value": ${text} ,"context":"${context}"}`)).status === 201,
    )
    const { text: body } = await ask(kv('exact'))
    assert.ok(body.startsWith(`{"value":${text},"context":`), body)
    await ask(kv('exact'), { method: 'DELETE' })
  }
})

test('api: two writes without a context are siblings, and a write with theirs ends that', async () => {
  await putJson(kv('s'), { value: 'x' })
  await putJson(kv('s', 1), { value: 'y' })
  await ask(kv('s', 2), { method: 'PUT', headers: { 'content-type': 'image/png' }, body: '\x89P' })
  const got = await ask(kv('s', 2))
  assert.is(got.status, 300)
  const { siblings, context } = schema.siblings.parse(got.json)
  assert.equal(siblings.map(({ value }) => value).sort(), ['x', 'y', '\x89P'].sort())
  assert.equal(siblings.filter((each) => each.content_type === 'image/png').length, 1)
  const merged = await putJson(kv('s'), { value: 'z' }, { 'x-context': context })
  assert.is(merged.status, 201)
  assert.is((await ask(kv('s', 1))).json['value'], 'z')
})

test('api: absent and deleted keys are 404 with a context, good for the next write', async () => {
  const absent = await ask(kv('gone'))
  assert.is(absent.status, 404)
  schema.notFound.parse(absent.json)
  const first = await putJson(kv('gone'), { value: 1, context: contextOf(absent) })
  assert.is(first.status, 201)
  const gone = await ask(kv('gone'), {
    method: 'DELETE',
    headers: { 'x-context': contextOf(first) },
  })
  assert.is(gone.status, 200)
  assert.is(schema.deleted.parse(gone.json).status, 'deleted')
  const after = await ask(kv('gone', 1))
  assert.is(after.status, 404)
  assert.ok(Object.keys(schema.notFound.parse(after.json).vector_clock).length > 0)
  const body = JSON.stringify({ context: contextOf(after) })
  const headers = { 'content-type': 'application/json' }
  assert.is((await ask(kv('gone'), { method: 'DELETE', headers, body })).status, 200)
})

test('api: bytes come back with their type, also as JSON', async () => {
  const bytes = Buffer.from([0, 255, 128, 10, 13, 66])
  const headers = { 'content-type': 'application/x-thing; v="1;2"' }
  assert.is((await ask(kv('bytes'), { method: 'PUT', headers, body: bytes })).status, 201)
  const response = await fetch(kv('bytes', 2))
  assert.is(response.headers.get('content-type'), 'application/x-thing; v="1;2"')
  assert.equal(Buffer.from(await response.arrayBuffer()), bytes)
  assert.match(response.headers.get('content-security-policy') ?? '', /sandbox/)
  const json = await ask(kv('bytes'), { headers: { accept: 'application/json' } })
  const found = schema.found.parse(json.json)
  assert.equal([found.encoding, found.content_type], ['base64', 'application/x-thing; v="1;2"'])
  assert.equal(Buffer.from(String(found.value), 'base64'), bytes)
})

test('api: curl that names no type sends JSON too', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const put = await ask(kv('curl'), { method: 'PUT', headers, body: '{"value":7}' })
  assert.is(put.status, 201)
  assert.is((await ask(kv('curl'))).json['value'], 7)
})

test('api: keys are any bytes, percent-encoded', async () => {
  for (const key of [
    'a%2Fb',
    '%00',
    '%FF%FE',
    'caf%C3%A9',
    '%25',
    '..%2F..',
    '__proto__',
    'a%20b',
  ]) {
    assert.is((await putJson(kv(key), { value: key })).status, 201, key)
  }
  for (const key of [
    'a%2Fb',
    '%00',
    '%FF%FE',
    'caf%C3%A9',
    '%25',
    '..%2F..',
    '__proto__',
    'a%20b',
  ]) {
    const got = await ask(kv(key, 1))
    assert.equal([got.status, got.json['value']], [200, key])
  }
  assert.is((await ask(kv('%FE%FF'))).status, 404)
})

test('api: buckets are apart, and one that is not there is 404 by name', async () => {
  const url = (bucket: string): string => `${served.url}/buckets/${bucket}/kv/k`
  assert.is((await putJson(url('default'), { value: 'd' })).status, 201)
  assert.is((await ask(kv('k'))).json['value'], 'd')
  assert.is((await ask(url('latest'))).status, 404)
  assert.is((await ask(url('nowhere'))).json['error'], 'no_such_bucket')
})

test('api: a bucket may take writes with a context only', async () => {
  const url = `${served.url}/buckets/latest/kv/c`
  const refused = await putJson(url, { value: 1 })
  assert.equal([refused.status, refused.json['error']], [428, 'context_required'])
  assert.is((await ask(url, { method: 'DELETE' })).status, 428)
  const context = contextOf(await ask(url))
  assert.is((await putJson(url, { value: 1, context })).status, 201)
})

test('api: contexts that are forged, of another key or doubled are 400', async () => {
  const context = contextOf(await ask(kv('one')))
  const cases = [
    putJson(kv('two'), { value: 1, context }),
    putJson(kv('one'), { value: 1, context: 'AAAA' }),
    putJson(kv('one'), { value: 1, context: 5 }),
    putJson(kv('one'), { value: 1, context }, { 'x-context': `${context}A` }),
  ]
  for (const answer of await Promise.all(cases)) {
    assert.equal([answer.status, answer.json['error']], [400, 'bad_context'])
  }
})

test('api: parameters are taken or refused by name', async () => {
  const good = [
    'r=1',
    'w=3&pw=2',
    'dw=2',
    'consistency=all',
    'consistency=monotonic',
    'timeout=2s',
    'r=quorum',
  ]
  for (const query of good)
    assert.is((await putJson(kv(`q?${query}`), { value: 1 })).status, 201, query)
  const bad = [
    'r=4',
    'r=0',
    'r=-1',
    'w=x',
    'r=1&r=2',
    'consistency=strong',
    'timeout=0',
    'timeout=9h',
    'x=1',
  ]
  for (const query of bad) {
    const { status, json } = await ask(kv(`q?${query}`))
    assert.equal([status, json['error']], [400, 'bad_parameter'], query)
  }
  const last = served.fake.door('n1').submitted.at(-1)
  assert.equal([last?.quorum.r, last?.timeoutMicros], [2, 5_000_000])
})

test('api: bad bodies are 400 and say where', async () => {
  const bodies = [
    '',
    '{',
    '[]',
    '{"value":}',
    '{"value":1}x',
    '{"value":1,"value":2}',
    '{"val":1}',
    '{}',
    '{"value":01}',
  ]
  for (const body of bodies) {
    const { status, json } = await putJson(kv('bad'), body)
    assert.equal([status, json['error'], json['outcome']], [400, 'bad_json', 'rejected'], body)
  }
  assert.is((await ask(kv('bad'))).status, 404)
})

test('api: one request id goes in, through the node, and out', async () => {
  const { headers } = await putJson(kv('id'), { value: 1 }, { 'x-request-id': 'my-7' })
  assert.is(headers.get('x-request-id'), 'my-7')
  assert.match(served.fake.door('n1').submitted.at(-1)?.opId ?? '', /^my-7~n1\./)
  const other = await putJson(kv('id'), { value: 1 }, { 'x-request-id': 'not one' })
  assert.is.not(other.headers.get('x-request-id'), 'not one')
})

test('api: what the cluster could not do is logged with the ids to follow, and no more than that', async () => {
  const before = served.fake.door('n1').log(0, 1e6).length
  await ask(kv('min'), { headers: { 'x-minimum': 'n1:0=999999', 'x-request-id': 'my-8' } })
  await ask(kv('min'), { headers: { 'x-minimum': 'x' } })
  const [line, ...more] = served.fake.door('n1').log(before, 1e6)
  assert.equal([line?.event, more], ['failed_request', []])
  const { operation_id: operation, millis, ...rest } = line?.fields ?? {}
  assert.match(String(operation), /^my-8~n1\./)
  assert.match(String(millis), /^\d+(\.\d)?$/)
  assert.equal(rest, {
    request_id: 'my-8',
    ...{ operation: 'get', bucket: 'default', key: 'min', result: 'rejected' },
    code: 'minimum_unsatisfied',
  })
})

test('api: HEAD tells what GET would, and other methods are 405', async () => {
  await putJson(kv('head'), { value: 'xyz' })
  const head = await ask(kv('head'), { method: 'HEAD' })
  assert.equal([head.status, head.text], [200, ''])
  assert.ok(head.headers.get('x-context'))
  const post = await ask(kv('head'), { method: 'POST', body: '{}' })
  assert.equal([post.status, post.headers.get('allow')], [405, 'GET, HEAD, PUT, DELETE'])
})

test('api: a read that must show what a session has seen says so when it cannot', async () => {
  const { headers } = await putJson(kv('min'), { value: 1 })
  const dot = headers.get('x-dot') ?? ''
  assert.is((await ask(kv('min', 2), { headers: { 'x-minimum': dot } })).status, 200)
  const unmet = await ask(kv('min', 2), { headers: { 'x-minimum': 'n1:0=999999' } })
  assert.equal([unmet.status, unmet.json['error']], [503, 'minimum_unsatisfied'])
  assert.is((await ask(kv('min'), { headers: { 'x-minimum': 'x' } })).status, 400)
})

test.run()
