/** Clients that mean harm, over raw sockets: each is told, and the next one is served. */
import { connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Served } from './serve.js'
import { ask, putJson, sendRaw, serve, statuses } from './serve.js'

let served: Served
test.before(async () => {
  served = await serve({
    limits: {
      valueBytes: 10_000,
      headerBytes: 8_192,
      headersMillis: 300,
      requestMillis: 600,
      idleMillis: 1_500,
      jsonDepth: 16,
      bodyBytesInFlight: 60_000,
    },
  })
})
test.after(() => served.close())

const head = 'Host: localhost\r\nContent-Type: application/json\r\n'
const body = '{"value":1}'
const smuggled = 'GET /kv/stolen HTTP/1.1\r\nHost: localhost\r\n\r\n'

async function stillServes(): Promise<void> {
  assert.is((await putJson(`${served.url}/kv/alive`, { value: 1 })).status, 201)
}

test('hostile: two lengths, a length beside chunks, and odd chunks are refused, and end it', async () => {
  const heads = [
    'Content-Length: 11\r\nContent-Length: 12\r\n',
    'Content-Length: 11\r\nContent-Length: 11\r\n',
    'Content-Length: 11\r\nTransfer-Encoding: chunked\r\n',
    'Transfer-Encoding: chunked\r\nContent-Length: 11\r\n',
    'Transfer-Encoding: gzip, identity\r\n',
    'Transfer-Encoding : chunked\r\n',
    'Transfer-Encoding:\x0bchunked\r\n',
    'Content-Length: +11\r\n',
    'Content-Length: 0x0b\r\n',
    'Content-Length: -1\r\n',
    'Content-Length: 11, 11\r\n',
    'Content-Length: 99999999999999999999\r\n',
  ]
  for (const each of heads) {
    const raw = `PUT /kv/smuggle HTTP/1.1\r\n${head}${each}\r\n${body}${smuggled}`
    const seen = statuses(await sendRaw(served.url, raw))
    assert.equal(seen.length, 1, `${each} ${seen.join()}`)
    assert.ok([400, 413].includes(seen[0] as number), `${each} ${seen.join()}`)
  }
  assert.is((await ask(`${served.url}/kv/smuggle`)).status, 404)
  await stillServes()
})

test('hostile: broken heads are 400', async () => {
  const raws = [
    'GET /kv/a HTTP/9.9\r\n\r\n',
    'GET /kv/a HTTP/1.1\r\n\r\n',
    'GET /kv/a HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n',
    'GET /kv/a HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n',
    'GET /kv/a HTTP/1.1\nHost: a\n\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'G E T / HTTP/1.1\r\nHost: a\r\n\r\n',
  ]
  for (const raw of raws) {
    const seen = statuses(await sendRaw(served.url, raw))
    assert.equal(seen, [400], JSON.stringify(raw))
  }
  await stillServes()
})

test('hostile: headers too long or too many are refused', async () => {
  const long = `GET /kv/a HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`
  assert.equal(statuses(await sendRaw(served.url, long)), [431])
  const url = `GET /kv/${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`
  assert.equal(statuses(await sendRaw(served.url, url)), [431])
  const key = `GET /kv/${'a'.repeat(2_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`
  assert.equal(statuses(await sendRaw(served.url, key)), [400])
})

test('hostile: a hundred headers are read, and of more none is dropped unseen', async () => {
  const filler = (count: number): string => 'X-Filler: a\r\n'.repeat(count)
  const put = (count: number): Promise<string> => {
    const last = 'X-If-Incarnation: 99\r\n'
    const some = `PUT /kv/many HTTP/1.1\r\n${head}Content-Length: 11\r\n${filler(count)}${last}`
    return sendRaw(served.url, `${some}\r\n${body}`)
  }
  assert.equal(statuses(await put(96)), [412], 'the last one counts')
  const refused = await put(97)
  assert.equal(statuses(refused), [413])
  assert.match(refused, /more than 100 headers/)
  assert.equal(statuses(await put(400)), [413])
  assert.is((await ask(`${served.url}/kv/many`)).status, 404)
})

test('hostile: a whole URL means its path, and the host in it counts', async () => {
  await putJson(`${served.url}/kv/whole`, { value: 1 })
  const get = (target: string, host = 'localhost'): Promise<string> =>
    sendRaw(served.url, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  assert.equal(statuses(await get('http://localhost/kv/whole')), [200])
  assert.equal(statuses(await get('http://127.0.0.1:1/stats')), [200])
  assert.equal(statuses(await get('http://localhost', 'evil.example')), [200])
  assert.equal(statuses(await get('http://evil.example/kv/whole')), [403])
  assert.equal(statuses(await get('http://localhost/%6bv/whole')), [404], 'nobody writes it so')
  assert.equal(statuses(await get('/%6Bv/whole')), [404])
  assert.equal(statuses(await get('ftp://localhost/kv/whole')), [400])
})

test('hostile: bodies too long are 413, announced or not, and the node holds none of it', async () => {
  const announced = `PUT /kv/big HTTP/1.1\r\n${head}Content-Length: 5000000\r\n\r\n${'x'.repeat(50)}`
  assert.equal(statuses(await sendRaw(served.url, announced)), [413])
  const chunk = `1000\r\n${'x'.repeat(4_096)}\r\n`
  const chunked = `PUT /kv/big HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}`
  assert.equal(statuses(await sendRaw(served.url, chunked)), [413])
  const waiting = `PUT /kv/big HTTP/1.1\r\n${head}Expect: 100-continue\r\nContent-Length: 5000000\r\n\r\n`
  assert.equal(statuses(await sendRaw(served.url, waiting)), [413])
  const value = await putJson(`${served.url}/kv/big`, { value: 'x'.repeat(10_001) })
  assert.equal([value.status, value.json['error']], [413, 'too_large'])
  await stillServes()
})

test('hostile: one who sends his headers or his body slowly is dropped in time', async () => {
  const slow = (bytes: string): Promise<number> =>
    new Promise((done) => {
      const started = performance.now()
      const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
      let at = 0
      const drip = setInterval(() => socket.write(bytes.charAt(at++ % bytes.length)), 50)
      socket.on('error', () => undefined)
      socket.resume()
      socket.on('close', () => {
        clearInterval(drip)
        done(performance.now() - started)
      })
    })
  const headers = slow(`GET /kv/a HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(500)}`)
  const bodies = new Promise<number>((done) => {
    const started = performance.now()
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
    socket.write(`PUT /kv/slow HTTP/1.1\r\n${head}Content-Length: 5000\r\n\r\n`)
    const drip = setInterval(() => socket.write('x'), 50)
    socket.on('error', () => undefined)
    socket.resume()
    socket.on('close', () => {
      clearInterval(drip)
      done(performance.now() - started)
    })
  })
  await stillServes()
  assert.ok((await headers) < 5_000)
  assert.ok((await bodies) < 5_000)
  await stillServes()
})

test('hostile: one who says nothing at all is dropped too', async () => {
  const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
  socket.resume()
  await new Promise((closed) => socket.on('close', closed))
  await stillServes()
})

test('hostile: names of the prototype are names like any other', async () => {
  for (const text of [
    '{"value":{"__proto__":{"admin":true}}}',
    '{"value":{"constructor":{"prototype":{"admin":true}}}}',
  ]) {
    assert.is((await putJson(`${served.url}/kv/proto`, text)).status, 201)
  }
  for (const text of [
    '{"__proto__":{"value":1}}',
    '{"value":1,"__proto__":{"context":"x"}}',
    '{"value":1,"constructor":{"prototype":{"x":1}}}',
  ]) {
    const { status, json } = await putJson(`${served.url}/kv/proto2`, text)
    assert.equal([status, json['error']], [400, 'bad_json'])
  }
  assert.is(({} as Record<string, unknown>)['admin'], undefined)
  assert.is((await ask(`${served.url}/kv/proto2`)).status, 404)
  const sync = await ask(`${served.url}/admin/sync`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"__proto__":{"x":1}}',
  })
  assert.is(sync.status, 400)
})

test('hostile: deep JSON is refused with its place', async () => {
  const deep = `{"value":${'['.repeat(4_000)}${']'.repeat(4_000)}}`
  const { status, json } = await putJson(`${served.url}/kv/deep`, deep)
  assert.equal([status, json['error']], [400, 'bad_json'])
  assert.match(String(json['message']), /nested too deeply/)
})

test('hostile: keys that are empty, not encoded or not there are refused by name', async () => {
  const paths = ['/kv/', '/kv/%', '/kv/%zz', '/buckets//kv/', '/kv/a b', '/kv/"<>']
  for (const path of paths) {
    const raw = `GET ${path.replace(' ', '%')} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
    assert.equal(statuses(await sendRaw(served.url, raw)), [400], path)
  }
  const slash = await ask(`${served.url}/kv/a/b`)
  assert.equal([slash.status, slash.json['error']], [400, 'bad_key'])
})

test('hostile: a GET with a body does not become two requests', async () => {
  const raw = `GET /kv/alive HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${String(smuggled.length)}\r\n\r\n${smuggled}`
  assert.equal(statuses(await sendRaw(served.url, raw)), [400])
})

test('hostile: bodies that are not UTF-8 are no JSON', async () => {
  const raw = Buffer.concat([
    Buffer.from(`PUT /kv/utf HTTP/1.1\r\n${head}Content-Length: 13\r\nConnection: close\r\n\r\n`),
    Buffer.from('{"value":"\xff"}', 'latin1'),
  ])
  assert.equal(statuses(await sendRaw(served.url, raw)), [400])
})

test('hostile: a page of another name that points here is not let in', async () => {
  const heads = [
    'HTTP/1.1\r\nHost: evil.example',
    'HTTP/1.1\r\nHost: 127.0.0.1.evil.example',
    'HTTP/1.0',
  ]
  for (const each of heads) {
    const raw = `GET /kv/alive ${each}\r\nConnection: close\r\n\r\n`
    assert.equal(statuses(await sendRaw(served.url, raw)), [403], each)
  }
})

test('hostile: many bodies at once do not hold more than they may', async () => {
  const port = Number(new URL(served.url).port)
  const text = `PUT /kv/many HTTP/1.1\r\n${head}Content-Length: 9900\r\n\r\n${'x'.repeat(9_000)}`
  const answers = await Promise.all(
    Array.from(
      { length: 12 },
      () =>
        new Promise<string>((done) => {
          const socket = connect(port, '127.0.0.1')
          let seen = ''
          socket.on('data', (chunk) => (seen += chunk.toString('latin1')))
          socket.on('error', () => undefined)
          socket.on('close', () => {
            done(seen)
          })
          socket.write(text)
        }),
    ),
  )
  assert.ok(answers.some((answer) => statuses(answer)[0] === 503))
  await stillServes()
})

test.run()
