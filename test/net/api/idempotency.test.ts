/** A write sent twice is written once. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Idempotency } from '../../../net/api/idempotency.js'
import type { PutAnswer } from '../../../net/api/reply.js'
import { ask, putJson, serve } from './serve.js'

test('idempotency: the second copy is answered as the first, and there is one sibling', async () => {
  const served = await serve()
  const url = `${served.url}/kv/a`
  const once = { 'idempotency-key': 'k-1' }
  const first = await putJson(url, { value: 'x' }, once)
  const [second, third] = await Promise.all([
    putJson(url, { value: 'x' }, once),
    putJson(url, { value: 'x' }, once),
  ])
  assert.equal([first.status, second.status, third.status], [201, 201, 201])
  assert.is(second.json['context'], first.json['context'])
  assert.is(second.headers.get('x-dot'), first.headers.get('x-dot'))
  const got = await ask(url)
  assert.equal([got.status, got.json['vector_clock']], [200, { 'n1:0': 1 }])
  assert.is(served.fake.door('n1').submitted.filter(({ kind }) => kind === 'put').length, 1)
  await served.close()
})

test('idempotency: the same key with another value is refused, not answered', async () => {
  const served = await serve()
  const once = { 'idempotency-key': 'k-1' }
  await putJson(`${served.url}/kv/a`, { value: 'x' }, once)
  for (const [path, value] of [
    ['/kv/a', 'y'],
    ['/kv/b', 'x'],
  ]) {
    const other = await putJson(`${served.url}${path ?? ''}`, { value }, once)
    assert.equal([other.status, other.json['error']], [422, 'idempotency_key_reused'])
  }
  assert.is(
    (await putJson(`${served.url}/kv/a`, { value: 1 }, { 'idempotency-key': 'a b' })).status,
    400,
  )
  await served.close()
})

test('idempotency: what was refused may be sent again', async () => {
  const served = await serve({ cluster: { limits: { openRequests: 0 } } })
  const once = { 'idempotency-key': 'k' }
  for (let i = 0; i < 2; i++) {
    const { status, json } = await putJson(`${served.url}/kv/a`, { value: 1 }, once)
    assert.equal([status, json['error']], [503, 'overloaded'])
  }
  assert.is(served.fake.door('n1').submitted.length, 2)
  await served.close()
})

test('idempotency: another life of the node does not take a retry', async () => {
  const served = await serve()
  const url = `${served.url}/kv/a`
  const { headers } = await putJson(url, { value: 1 })
  assert.is(headers.get('x-incarnation'), '1')
  served.fake.crash('n1')
  served.fake.cluster.boot('n1')
  served.fake.advance(100_000)
  const retry = await putJson(
    url,
    { value: 1 },
    { 'x-if-incarnation': '1', 'idempotency-key': 'k' },
  )
  assert.equal([retry.status, retry.json['error']], [412, 'other_incarnation'])
  assert.is(retry.headers.get('x-incarnation'), '2')
  await served.close()
})

const unknown: PutAnswer = { kind: 'unknown', code: 'timeout', need: 1, got: 0, dot: null }
const nobody = (): void => undefined

test('idempotency: is bounded, and forgets the oldest that have ended', () => {
  const memory = new Idempotency({ writes: 8, bytes: 1e9 })
  const recall = (name: string): string => memory.recall(name, 'p', 'op', nobody)
  assert.is(recall('under way'), 'new')
  for (let i = 0; i < 50; i++) {
    assert.is(recall(`k${String(i)}`), 'new')
    memory.end(`k${String(i)}`, unknown)
  }
  assert.is(recall('k49'), 'waits')
  assert.is(recall('under way'), 'waits')
  assert.is(recall('k0'), 'new')
})

test('idempotency: is bounded by bytes too, and counts down what it forgets', () => {
  const memory = new Idempotency({ writes: 1_000, bytes: 10_000 })
  const token = 't'.repeat(500)
  for (let i = 0; i < 100; i++) {
    const key = `k${String(i)}`
    memory.recall(key, 'p', 'op', nobody)
    memory.end(key, { kind: 'ok', dot: 'n1:0=1', token })
    assert.ok(memory.bytes <= 10_000)
  }
  assert.is(memory.recall('k99', 'p', 'op', nobody), 'waits')
  assert.is(memory.recall('k0', 'p', 'op', nobody), 'new')
  assert.ok(memory.bytes > 7_000, 'no more is forgotten than must be')
})

test('idempotency: what is told again is what was told first, to the letter', () => {
  const answers: readonly PutAnswer[] = [
    { kind: 'ok', dot: 'n1:0=5', token: 'AQz-_9' },
    unknown,
    { kind: 'unknown', code: 'w_unsatisfied', need: 3, got: 2, dot: 'node%20one:0=17' },
  ]
  const memory = new Idempotency({ writes: 8, bytes: 1e9 })
  for (const [index, answer] of answers.entries()) {
    const key = `k${String(index)}`
    const told: unknown[] = []
    const listen = (opId: string, again: PutAnswer): void => void told.push([opId, again])
    memory.recall(key, 'p', 'request~n1.1.a', listen)
    memory.recall(key, 'p', 'request~n1.1.b', listen)
    memory.end(key, answer)
    memory.recall(key, 'p', 'request~n1.1.c', listen)
    assert.equal(told, Array(2).fill(['request~n1.1.a', answer]))
    assert.is(memory.recall(key, 'q', 'request~n1.1.d', nobody), 'other_request')
  }
})

test.run()
