/** The log as it grows. */
import { connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, serve } from './serve.js'

/** Reads events until there are so many, or the stream ends. */
async function events(response: Response, count: number): Promise<readonly string[]> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  const found = (): readonly string[] =>
    [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => {
      const { number, event } = JSON.parse(data ?? '') as { number: number; event: string }
      return `${String(number)} ${event}`
    })
  while (found().length < count) {
    const { done, value } = await reader.read()
    if (done) break
    text += Buffer.from(value).toString('utf8')
  }
  await reader.cancel()
  return found()
}

test('live log: lines come as they are written, and what was missed comes first', async () => {
  const served = await serve()
  const door = served.fake.door('n1')
  const url = `${served.url}/log/live`
  const live = await fetch(url)
  assert.match(live.headers.get('content-type') ?? '', /^text\/event-stream/)
  door.write('info', 'one', {})
  door.write('warn', 'two', { text: 'a\nb' })
  assert.equal(await events(live, 2), ['2 one', '3 two'])
  const again = await fetch(url, { headers: { 'last-event-id': '2' } })
  door.write('info', 'three', {})
  assert.equal(await events(again, 2), ['3 two', '4 three'])
  await served.close()
})

test('stop: connections without a request do not hold it up', async () => {
  const served = await serve()
  const { hostname, port } = new URL(served.url)
  const silent = connect(Number(port), hostname)
  silent.on('error', () => undefined)
  await ask(`${served.url}/healthz`)
  const started = performance.now()
  await served.apis[0]?.close(10_000)
  assert.ok(performance.now() - started < 2_000)
  silent.destroy()
  await served.close()
})

test('live log: its readers are few, go unnoticed, and do not keep a node from stopping', async () => {
  const served = await serve()
  const url = `${served.url}/log/live`
  const stop = new AbortController()
  await Promise.all(Array.from({ length: 32 }, () => fetch(url, { signal: stop.signal })))
  const refused = await ask(url)
  assert.equal([refused.status, refused.json['error']], [503, 'overloaded'])
  stop.abort()
  let last = await fetch(url)
  for (let i = 0; i < 100 && last.status === 503; i++) {
    await new Promise((done) => setTimeout(done, 10))
    last = await fetch(url)
  }
  assert.is(last.status, 200)
  const reading = events(last, 1_000)
  const started = performance.now()
  await served.apis[0]?.close(10_000)
  assert.ok(performance.now() - started < 5_000)
  assert.equal(await reading, [])
  await served.close()
})

test.run()
