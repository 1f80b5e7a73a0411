/** One id of a request is found in the logs of all nodes that took part, by one grep. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Rig } from './rig.js'

interface Line {
  readonly event: string
  readonly request_id?: string
  readonly operation_id?: string
  readonly part?: string
}

const linesOf = (rig: Rig, id: string): readonly (readonly Line[])[] =>
  rig.grep(id).map((lines) => lines.map((line) => JSON.parse(line) as Line))

const eventsOf = (lines: readonly (readonly Line[])[]): readonly (readonly string[])[] =>
  lines.map((each) => [...new Set(each.map(({ event }) => event))].sort())

interface Sent {
  readonly status: number
  readonly id: string
}

async function send(
  url: string,
  method: string,
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  const isPut = method === 'PUT'
  const type: Readonly<Record<string, string>> = isPut ? { 'content-type': 'application/json' } : {}
  const answer = await fetch(`${url}/kv/${key}?timeout=1s`, {
    method,
    headers: { ...type, ...headers },
    ...(isPut ? { body: '{"value":1}' } : {}),
  })
  await answer.arrayBuffer()
  return { status: answer.status, id: answer.headers.get('x-request-id') ?? '' }
}

const once = { 'idempotency-key': 'only-once-7d1f' }

/** Log lines of the other nodes may be a moment behind the answer. */
async function until<T>(find: () => T | null): Promise<T> {
  for (const end = performance.now() + 10_000; performance.now() < end;) {
    const found = find()
    if (found !== null) return found
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error('nothing of the kind in the logs')
}

test('one request: one grep over the logs finds its lines at every node that took part', async () => {
  const rig = await Rig.start(3, false, [], ['log: { level: debug }'])
  try {
    const [url = ''] = rig.urls
    const given = { 'x-request-id': 'order-4711' }
    const put = await send(url, 'PUT', 'a', { ...given, ...once })
    assert.equal(put, { status: 201, id: 'order-4711' })
    const lines = await until(() => {
      const found = linesOf(rig, 'order-4711')
      return found.every((each) => each.length > 0) ? found : null
    })
    const whole = lines.flat().find(({ event }) => event === 'request')
    assert.is(whole?.request_id, 'order-4711')
    assert.match(whole?.operation_id ?? '', /^order-4711~n1\./)
    const parts = lines.flat().filter(({ event }) => event === 'operation_part')
    assert.ok(parts.length >= 2)
    assert.equal([...new Set(parts.map((line) => line.operation_id))], [whole?.operation_id])

    // The same write once more is not a new operation: its line names the first one.
    const again = await send(url, 'PUT', 'a', { 'x-request-id': 'order-4712', ...once })
    assert.equal(again, { status: 201, id: 'order-4712' })
    const [second] = await until(() => {
      const found = linesOf(rig, 'order-4712').flat()
      return found.length > 0 ? found : null
    })
    assert.equal([second?.event, second?.operation_id], ['request', whole?.operation_id])

    // One that nobody named has a name too, and it comes back.
    const made = await send(url, 'GET', 'a')
    assert.is(made.status, 200)
    await until(() => {
      const [own = [], ...others] = eventsOf(linesOf(rig, made.id))
      return own.includes('request') && others.flat().includes('operation_part') ? true : null
    })
  } finally {
    await rig.stop()
  }
})

test('one request: at the usual level what was slow, and what has failed, is found by its id', async () => {
  const rig = await Rig.start(3, false, [], ['slow_request: 1us'])
  try {
    const [url = ''] = rig.urls
    await until(() => (eventsOf(linesOf(rig, 'node_ready')).flat().length >= 3 ? true : null))
    const { status } = await send(url, 'PUT', 'b', { 'x-request-id': 'slow-1', ...once })
    assert.is(status, 201)
    const slow = await until(() => {
      const found = eventsOf(linesOf(rig, 'slow-1'))
      return found.every((each) => each.length > 0) ? found : null
    })
    assert.ok(slow[0]?.includes('slow_request'))
    for (const each of slow.slice(1)) assert.equal(each, ['slow_part'])

    for (const node of ['n2', 'n3']) await rig.act(node, 'pause')
    const failed = await send(url, 'PUT', 'c', { 'x-request-id': 'failed-1' })
    assert.ok(failed.status >= 503 && failed.id === 'failed-1')
    const own = await until(() => {
      const [events = []] = eventsOf(linesOf(rig, 'failed-1'))
      return events.length > 0 ? events : null
    })
    assert.ok(own.includes('failed_request'), own.join(' '))
    for (const node of ['n2', 'n3']) await rig.act(node, 'resume')
  } finally {
    await rig.stop()
  }
})

test.run()
