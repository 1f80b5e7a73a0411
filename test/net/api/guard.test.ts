/** Tokens, roles, TLS, the rate limit, and where a node refuses to listen. */
import { request } from 'node:https'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultApiOptions } from '../../../net/api/options.js'
import type { Token } from '../../../net/api/options.js'
import { ApiRefusal, startApi } from '../../../net/api/server.js'
import { FakeCluster } from '../fake.js'
import { selfSigned } from './certificate.js'
import { ask, putJson, sendRaw, serve, statuses } from './serve.js'

const tokens: readonly Token[] = [
  { name: 'reader', role: 'read', secret: 'read-secret-1' },
  { name: 'writer', role: 'write', secret: 'write-secret-2' },
  { name: 'operator', role: 'admin', secret: 'admin-secret-3' },
]
const as = (secret: string): { authorization: string } => ({ authorization: `Bearer ${secret}` })

test('guard: each role may do what it is for, and no more', async () => {
  const served = await serve({ api: { tokens } })
  const status = async (secret: string | null, method: string, path: string): Promise<number> => {
    const headers = {
      ...(secret === null ? {} : as(secret)),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    }
    const body = method === 'PUT' ? '{"value":1}' : method === 'POST' ? '{}' : null
    return (await ask(served.url + path, { method, headers, body })).status
  }
  const rows: readonly (readonly [string, string, number, number, number, number])[] = [
    ['PUT', '/kv/a', 401, 403, 201, 201],
    ['GET', '/kv/a', 401, 300, 300, 300],
    ['GET', '/ring', 401, 200, 200, 200],
    ['GET', '/metrics', 401, 200, 200, 200],
    ['GET', '/admin/cluster', 401, 403, 403, 200],
    ['POST', '/admin/sync', 401, 403, 403, 202],
    ['DELETE', '/kv/a', 401, 403, 200, 200],
    ['GET', '/healthz', 200, 200, 200, 200],
    ['GET', '/openapi.json', 200, 200, 200, 200],
  ]
  for (const [method, path, ...expected] of rows) {
    const seen: number[] = []
    for (const secret of [null, 'read-secret-1', 'write-secret-2', 'admin-secret-3']) {
      seen.push(await status(secret, method, path))
    }
    assert.equal(seen, expected, `${method} ${path}`)
  }
  await served.close()
})

/** All of them mean `/admin/...`, to a router or to a careless eye. */
const disguised: readonly (readonly [string, string, number])[] = [
  ['GET', '/admin/cluster', 403],
  ['GET', '/%61dmin/cluster', 403],
  ['GET', '/admi%6E/cluster', 403],
  ['GET', 'http://localhost/admin/cluster', 403],
  ['GET', 'HTTP://localhost/%61dmin/cluster?a=b', 403],
  ['POST', '/%61dmin/sync', 403],
  ['POST', 'http://localhost/admin/sync', 403],
  ['POST', '/%61dmin/nodes/n2/kill', 403],
  ['GET', '/%61dmin/nodes/n2/at/stats', 403],
  ['GET', '//admin/cluster', 404],
  ['GET', '/healthz/../admin/cluster', 404],
  ['GET', '/%zz', 400],
]

test('guard: a role is asked of the route that answers, however its URL is written', async () => {
  const served = await serve({ api: { tokens } })
  const send = async (method: string, target: string, secret: string): Promise<number> => {
    const type = method === 'POST' ? 'Content-Type: application/json\r\nContent-Length: 2\r\n' : ''
    const head = `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${type}`
    const bytes = `${head}Authorization: Bearer ${secret}\r\n\r\n${type === '' ? '' : '{}'}`
    return statuses(await sendRaw(served.url, bytes))[0] ?? 0
  }
  for (const [method, target, expected] of disguised) {
    assert.is(await send(method, target, 'read-secret-1'), expected, `${method} ${target}`)
    if (target !== '/%zz') assert.is(await send(method, target, 'none'), 401, target)
  }
  assert.is(await send('GET', '/%61dmin/cluster', 'admin-secret-3'), 200)
  await served.close()
})

test('guard: tokens that are wrong in any way are 401, and none is ever logged', async () => {
  const served = await serve({ api: { tokens, slowMicros: 0 } })
  const headers = [
    'Bearer read-secret-2',
    'Bearer read-secret-1x',
    'Bearer ',
    'Basic cmVhZC1zZWNyZXQtMQ==',
    'Bearer read-secret-1, Bearer x',
    'read-secret-1',
    `Bearer ${'x'.repeat(5_000)}`,
  ]
  for (const authorization of headers) {
    const { status, headers: answered } = await ask(`${served.url}/kv/a`, {
      headers: { authorization },
    })
    assert.is(status, 401, authorization)
    assert.match(answered.get('www-authenticate') ?? '', /^Bearer/)
  }
  await putJson(`${served.url}/kv/a`, { value: 1 }, as('write-secret-2'))
  await ask(`${served.url}/nowhere`, { headers: as('read-secret-1') })
  const lines = JSON.stringify(served.fake.door('n1').log(0, 1_000))
  assert.match(lines, /"who":"writer"/)
  for (const { secret } of tokens) assert.not.match(lines, new RegExp(secret))
  await served.close()
})

test('guard: above the rate limit requests are 429, and say when to come again', async () => {
  const served = await serve({ limits: { requestsPerSecond: 20 } })
  const answers = await Promise.all(Array.from({ length: 60 }, () => ask(`${served.url}/healthz`)))
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length >= 20, String(refused.length))
  assert.is(refused[0]?.headers.get('retry-after'), '1')
  await served.close()
})

test('guard: beyond this machine a node listens with TLS and a name only, or when told to', async () => {
  const fake = new FakeCluster({ nodes: 1 })
  const door = fake.door('n1')
  const start = (options: object): Promise<unknown> =>
    startApi(door, { ...defaultApiOptions, host: '0.0.0.0', ...options }, door.write)
  const refused = async (options: object): Promise<string> => {
    try {
      await start(options)
    } catch (error) {
      if (error instanceof ApiRefusal) return error.message
    }
    return 'not refused'
  }
  assert.match(await refused({}), /TLS, or say --insecure/)
  assert.match(await refused({ tokens }), /TLS, or say --insecure/)
  assert.match(await refused({ tls: { cert: '', key: '' } }), /tokens or a client CA/)
  const api = await startApi(
    door,
    { ...defaultApiOptions, host: '0.0.0.0', insecure: true },
    door.write,
  )
  assert.is((await ask(`http://127.0.0.1:${String(api.port)}/healthz`)).status, 200)
  await api.close(100)
  fake.close()
})

test('guard: TLS serves those who trust its certificate', async () => {
  const tls = selfSigned()
  const served = await serve({ api: { tls } })
  const status = (options: object): Promise<number | string> =>
    new Promise((done) => {
      request(`${served.url}/healthz`, { agent: false, ...options }, (response) => {
        response.resume()
        done(response.statusCode ?? 0)
      })
        .on('error', (error: NodeJS.ErrnoException) => {
          done(error.code ?? 'error')
        })
        .end()
    })
  assert.is(await status({ ca: tls.cert }), 200)
  assert.is(await status({}), 'DEPTH_ZERO_SELF_SIGNED_CERT')
  await served.close()
})

test.run()
