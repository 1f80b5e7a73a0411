import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Message, Read } from '../../core/index.js'
import { keyRef, messageBytes, nodeId } from '../../core/index.js'
import { Outbox } from '../../net/outbox.js'

const header = { clusterId: 'c', from: nodeId('n1'), incarnation: 1, ringEpoch: 1 }

const readOf = (request: number, budgetMicros: number): Read => ({
  kind: 'read',
  ...header,
  request,
  opId: 'op',
  budgetMicros,
  key: keyRef('default', 'k', 64),
  reapEpoch: 0,
})

const beat: Message = { kind: 'announce', ...header }

const requestOf = (message: Message | null): number | null =>
  message !== null && 'request' in message ? message.request : null

test('outbox: first in, first out, and the wait is taken off what is left', () => {
  const outbox = new Outbox({ messages: 10, bytes: 10_000, lifeMicros: 1_000 })
  outbox.add(readOf(1, 5_000), 100)
  outbox.add(readOf(2, 5_000), 200)
  assert.equal(outbox.take(1_100), readOf(1, 4_000))
  assert.equal(outbox.take(1_100), readOf(2, 4_100))
  assert.is(outbox.take(1_100), null)
  assert.is(outbox.bytes, 0)
})

test('outbox: what nobody waits for any more is not sent', () => {
  const outbox = new Outbox({ messages: 10, bytes: 10_000, lifeMicros: 1_000 })
  outbox.add(readOf(1, 500), 0)
  outbox.add(beat, 0)
  outbox.add(readOf(2, 5_000), 0)
  assert.is(requestOf(outbox.take(1_000)), 2)
  assert.is(outbox.counters.expired, 2)
})

test('outbox: full, it gives up what is expired first, then the oldest', () => {
  const outbox = new Outbox({ messages: 3, bytes: 10_000, lifeMicros: 1_000 })
  outbox.add(readOf(1, 9_000), 0)
  outbox.add(readOf(2, 100), 0)
  outbox.add(readOf(3, 9_000), 0)
  outbox.add(readOf(4, 9_000), 500)
  assert.equal(outbox.counters, { expired: 1, overflowed: 0 })
  outbox.add(readOf(5, 9_000), 500)
  assert.equal(outbox.counters, { expired: 1, overflowed: 1 })
  const left = [outbox.take(600), outbox.take(600), outbox.take(600), outbox.take(600)]
  assert.equal(left.map(requestOf), [3, 4, 5, null])
})

test('outbox: it is bounded in bytes, whatever comes', () => {
  const bytes = messageBytes(readOf(1, 1))
  const outbox = new Outbox({ messages: 1_000_000, bytes: 10 * bytes, lifeMicros: 1_000 })
  for (let request = 1; request <= 10_000; request++) {
    outbox.add(readOf(request, 9_000_000), request)
    assert.ok(outbox.bytes <= 10 * bytes)
  }
  assert.is(outbox.size, 10)
  assert.is(outbox.counters.overflowed, 9_990)
  assert.is(requestOf(outbox.take(10_000)), 9_991)
})

test.run()
