/** What the load says to a store is HTTP that it understands; what it takes for an answer. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DialectName, DialectOptions } from './dialect.js'
import { dialectOf } from './dialect.js'
import { findEtcd } from './etcd.js'

const test = suite('bench: how stores are asked')

const options = (dialect: DialectName, path: string): DialectOptions => ({
  dialect,
  path,
  valueBytes: 3,
})

interface Heard {
  readonly line: string
  readonly context: unknown
  readonly body: unknown
}

/** What Node's own strict parser makes of it. */
async function heard(text: (port: number) => string): Promise<Heard> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const request = new Promise<Heard>((done, fail) => {
    server.on('clientError', fail)
    server.on('request', (came, response) => {
      let body = ''
      came.on('data', (chunk) => (body += String(chunk)))
      came.on('end', () => {
        const line = `${String(came.method)} ${String(came.url)}`
        done({ line, context: came.headers['x-context'], body: JSON.parse(body || 'null') })
        response.end()
      })
    })
  })
  const socket = connect(port, '127.0.0.1')
  socket.write(text(port))
  try {
    return await request
  } finally {
    socket.destroy()
    server.close()
  }
}

test('kv: a put gives the context of the last answer back, a get has no body', async () => {
  const of = (port: number) => dialectOf(options('kv', '/kv/r1k'), port)
  const put = await heard((port) => of(port).request('put', 7, 'abc'))
  assert.equal(put, { line: 'PUT /kv/r1k7', context: 'abc', body: { value: 'vvv' } })
  const get = await heard((port) => of(port).request('get', 7, null))
  assert.equal(get, { line: 'GET /kv/r1k7', context: undefined, body: null })
  const dialect = of(0)
  assert.is(dialect.contextOf('{"key":"k","context":"abc"}'), 'abc')
  assert.is(dialect.contextOf('{"key":"k"}'), null)
  assert.ok(dialect.isFine('get', '200', ''))
  assert.not.ok(dialect.isFine('get', '404', ''))
})

test('etcd: keys and values are base64; a get that finds nothing is a failure', async () => {
  const of = (port: number) => dialectOf(options('etcd', 'r1k'), port)
  const put = await heard((port) => of(port).request('put', 7, null))
  const key = Buffer.from('r1k7').toString('base64')
  const value = Buffer.from('vvv').toString('base64')
  assert.equal(put, { line: 'POST /v3/kv/put', context: undefined, body: { key, value } })
  const get = await heard((port) => of(port).request('get', 7, null))
  assert.equal(get, { line: 'POST /v3/kv/range', context: undefined, body: { key } })
  const dialect = of(0)
  assert.ok(dialect.isFine('get', '200', '{"header":{},"kvs":[{}]}'))
  assert.not.ok(dialect.isFine('get', '200', '{"header":{}}'))
  assert.ok(dialect.isFine('put', '200', '{"header":{}}'))
})

test('etcd: not found where the path has no such program', () => {
  assert.is(findEtcd('/nowhere:/neither'), null)
})

test.run()
