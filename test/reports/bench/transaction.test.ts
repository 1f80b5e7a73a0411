/** Transactions put together from the operations of a history. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EventType, HistoryEvent } from '../../../core/history.js'
import { TransactionMeter } from '../../../reports/bench/transaction.js'

type Part = Partial<HistoryEvent> & Pick<HistoryEvent, 'f' | 'time'>

const event = (type: EventType, part: Part): HistoryEvent => ({
  ...{ index: 0, process: 1, type, key: 'k', value: null, txn: 'w1.t1' },
  ...part,
})

/** An operation of that many microseconds, which begins when the last has ended. */
class Told {
  readonly meter = new TransactionMeter(2)
  #nanos = 0

  one(f: 'read' | 'write', type: EventType | null, told: Partial<HistoryEvent> = {}): this {
    const { txn = 'w1.t1' } = told
    const invoke = event('invoke', { f, txn, time: this.#nanos })
    this.#nanos += 10_000
    const end = type === null ? null : event(type, { ...told, f, time: this.#nanos })
    this.meter.add(invoke, end)
    return this
  }

  get found() {
    this.meter.close()
    const { ok, fail, info, partial, overlapped, merged } = this.meter
    return { ok, fail, info, partial, overlapped, merged }
  }
}

const nothing = { ok: 0, fail: 0, info: 0, partial: 0, overlapped: 0, merged: 0 }
const alone = { dot: 'n1:0#4', vv: { 'n1:0': 4 } }
const beside = { dot: 'n1:0#4', vv: { 'n1:0': 2, 'n2:0': 7 } }

test('transactions: one that is whole counts once, from its first read to its last write', () => {
  const told = new Told().one('read', 'ok').one('read', 'ok', { value: 'a' })
  assert.equal(told.meter.latency.count, 0)
  told.one('write', 'ok', alone).one('write', 'ok', alone)
  assert.equal(told.found, { ...nothing, ok: 1 })
  assert.equal([told.meter.latency.count, told.meter.latency.max], [1, 40])
})

test('transactions: a sibling left beside a write is another who wrote in between', () => {
  const told = new Told().one('read', 'ok').one('read', 'ok', { value: ['a', 'b'] })
  told.one('write', 'ok', beside).one('write', 'ok', beside)
  assert.equal(told.found, { ...nothing, ok: 1, overlapped: 1, merged: 1 })
})

test('transactions: what has failed is told apart by what was written', () => {
  const read = (txn: string) => new Told().one('read', 'ok', { txn }).one('read', 'ok', { txn })
  assert.equal(new Told().one('read', 'info').found, { ...nothing, fail: 1 })
  assert.equal(read('a').one('write', 'fail', { txn: 'a' }).found, { ...nothing, fail: 1 })
  assert.equal(read('a').one('write', 'info', { txn: 'a' }).found, { ...nothing, info: 1 })
  assert.equal(read('a').one('write', null, { txn: 'a' }).found, { ...nothing, info: 1 })
  const half = read('a').one('write', 'ok', { ...beside, txn: 'a' })
  assert.equal(half.one('write', 'fail', { txn: 'a' }).found, {
    ...{ ...nothing, info: 1, partial: 1, overlapped: 1 },
  })
})

test('transactions: two at once are kept apart; one cut off is known by what it wrote', () => {
  const told = new Told()
  for (const txn of ['a', 'b', 'c']) told.one('read', 'ok', { txn }).one('read', 'ok', { txn })
  for (const txn of ['a', 'b']) told.one('write', 'ok', { ...alone, txn })
  told.one('write', 'ok', { ...alone, txn: 'a' })
  assert.equal(told.found, { ...nothing, ok: 1, fail: 1, info: 1, partial: 1 })
  told.meter.add(event('invoke', { f: 'read', time: 1, txn: undefined as never }), null)
  assert.equal(told.found, { ...nothing, ok: 1, fail: 1, info: 1, partial: 1 })
})

test.run()
