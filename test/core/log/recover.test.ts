import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogRecord, RecoveredLog } from '../../../core/index.js'
import { actorOf, foldRecords, keyRef, nodeId, recoverLog } from '../../../core/index.js'
import { pure } from '../freeze.js'
import { records, segmentOf } from './arbitrary.js'

const key = keyRef('default', 'k', 64)
const actor = actorOf(nodeId('n1'), 0)
const stateOf = (n: number, value: string) => ({
  vv: [{ actor, n }],
  siblings: [{ actor, n, value, hlc: 1_000_000 + n }],
})

/** One of each type, and long enough that a record follows every damage but the last's. */
const log: readonly LogRecord[] = [
  { type: 'incarnation', clusterId: 'c', nodeId: nodeId('n1'), incarnation: 7, actorEpoch: 0 },
  { type: 'counter_lease', upTo: 1_000 },
  { type: 'key_state', key, state: stateOf(1, 'first') },
  { type: 'hint', target: nodeId('n2'), key, state: stateOf(2, 'второй') },
  { type: 'hint_deleted', target: nodeId('n2'), key },
  { type: 'needs_repair', target: nodeId('n3'), partition: 5, needed: true },
  { type: 'key_state', key, state: stateOf(3, 'third') },
]
const { bytes, ends } = segmentOf(log)

/** How many records lie wholly within the first `length` bytes. */
const wholeIn = (length: number): number =>
  Math.max(0, ends.filter((end) => end <= length).length - 1)

function assertDamaged(found: RecoveredLog, index: number, what: string): void {
  assert.is(found.tail, 'corrupt', what)
  assert.equal(found.records, log.toSpliced(index, 1), what)
  const [from, to] = [ends[index], ends[index + 1]]
  assert.equal(found.damage, [{ from, to, afterSeq: index, beforeSeq: index + 2 }], what)
  assert.is(found.validBytes, from, what)
}

test('recover: a whole log comes back, in order', () => {
  const found = pure(recoverLog)(bytes)
  assert.equal(found, {
    header: { nodeId: 'n1', incarnation: 7 },
    records: log,
    lastSeq: log.length,
    validBytes: bytes.length,
    tail: 'clean',
    damage: [],
  })
})

test('recover: cut anywhere, a prefix comes back that holds all before the cut (WAL-2)', () => {
  for (let length = 0; length < bytes.length; length++) {
    const found = recoverLog(bytes.slice(0, length))
    const whole = wholeIn(length)
    const end = ends.findLast((at) => at <= length) ?? 0
    assert.equal(found.records, log.slice(0, whole), `cut at ${String(length)}`)
    assert.is(found.tail, ends.includes(length) ? 'clean' : 'torn')
    assert.is(found.validBytes, end)
    assert.is(found.lastSeq, whole)
  }
})

test('recover: a tail of zeros or of old bytes is cut too', () => {
  for (let length = ends[0] as number; length < bytes.length; length += 3) {
    for (const filler of [0, 0xff, 1]) {
      const padded = new Uint8Array(length + 600).fill(filler)
      padded.set(bytes.subarray(0, length))
      const found = recoverLog(padded)
      assert.is(found.tail, 'torn', `${String(length)} bytes, then ${String(filler)}`)
      // A filler may happen to be the very bytes that were cut off.
      const differs = padded.findIndex((byte, at) => byte !== bytes[at])
      assert.equal(found.records, log.slice(0, wholeIn(differs)))
    }
  }
})

test('recover: any bit flipped before the last record is found, and nothing is cut (WAL-5)', () => {
  for (let at = ends[0] as number; at < (ends[log.length - 1] as number); at++) {
    for (let bit = 0; bit < 8; bit++) {
      const damaged = bytes.slice()
      damaged[at] = (damaged[at] as number) ^ (1 << bit)
      const index = ends.findIndex((end) => end > at) - 1
      assertDamaged(recoverLog(damaged), index, `byte ${String(at)}, bit ${String(bit)}`)
    }
  }
})

test('recover: a bit flipped in the last record looks like a torn write', () => {
  for (let at = ends[log.length - 1] as number; at < bytes.length; at++) {
    const damaged = bytes.slice()
    damaged[at] = (damaged[at] as number) ^ 0x10
    const found = recoverLog(damaged)
    assert.is(found.tail, 'torn')
    assert.equal(found.records, log.slice(0, -1))
  }
})

test('recover: a damaged header is corruption where records follow', () => {
  for (let at = 0; at < (ends[0] as number); at++) {
    const damaged = bytes.slice()
    damaged[at] = (damaged[at] as number) ^ 1
    const found = recoverLog(damaged)
    assert.is(found.header, null)
    assert.is(found.tail, 'corrupt')
    assert.equal(found.records, log)
    assert.equal(found.damage, [{ from: 0, to: ends[0], afterSeq: 0, beforeSeq: 1 }])
  }
})

test('recover: two damaged stretches and a torn end', () => {
  const damaged = bytes.slice(0, -1)
  for (const index of [1, 4]) {
    damaged[(ends[index] as number) + 10] = 0xee
  }
  const found = recoverLog(damaged)
  assert.is(found.tail, 'corrupt')
  assert.equal(
    found.damage.map(({ afterSeq, beforeSeq }) => [afterSeq, beforeSeq]),
    [
      [1, 3],
      [4, 6],
    ],
  )
  assert.equal(
    found.records,
    log.filter((_, index) => ![1, 4, 6].includes(index)),
  )
  assert.is(found.validBytes, ends[1])
})

test('recover: a record that is missing without a trace is damage of no length', () => {
  const [from, to] = [ends[2] as number, ends[3] as number]
  const found = recoverLog(Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]))
  assert.is(found.tail, 'corrupt')
  assert.equal(found.damage, [{ from, to: from, afterSeq: 2, beforeSeq: 4 }])
})

test('recover: records of an older log behind the end are not taken for later ones', () => {
  const longer = Uint8Array.from([...bytes, ...bytes.subarray(ends[3])])
  const found = recoverLog(longer)
  assert.is(found.tail, 'torn')
  assert.equal(found.records, log)
  assert.is(found.validBytes, bytes.length)
})

test('recover: a segment may begin at any seq', () => {
  const later = segmentOf(log, 5_000_000_000)
  const found = recoverLog(later.bytes)
  assert.is(found.tail, 'clean')
  assert.is(found.lastSeq, 5_000_000_006)
})

test('recover: any log, cut anywhere, with any byte changed: no record is made up', () => {
  const logs = fc.array(records, { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(logs, fc.nat(), fc.nat(), fc.nat(255), (any, cut, place, value) => {
      const whole = segmentOf(any)
      const length = whole.bytes.length - (cut % whole.bytes.length)
      const damaged = whole.bytes.slice(0, length)
      damaged[place % length] = value
      const found = recoverLog(damaged)
      const texts = new Set(any.map((record) => JSON.stringify(record)))
      for (const record of found.records) assert.ok(texts.has(JSON.stringify(record)))
      const prefix = recoverLog(damaged.slice(0, found.validBytes))
      if (found.header !== null) assert.is(prefix.tail, 'clean')
      if (found.tail !== 'corrupt')
        assert.equal(foldRecords(found.records), foldRecords(prefix.records))
    }),
    { seed: 1, numRuns: 1_000 },
  )
})

test('recover: any bytes at all: an answer, never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (any, headed) => {
      const start = headed ? [...bytes.subarray(0, ends[0])] : []
      const found = recoverLog(Uint8Array.from([...start, ...any]))
      assert.equal(found.records, [])
      assert.is(found.damage.length, 0)
    }),
    { seed: 1, numRuns: 2_000 },
  )
})

test('recover: bytes that look like records everywhere are given up on, uncut', () => {
  // A plausible length and type at every eighth offset, each a claim on all that follows.
  const hostile = new Uint8Array(200_000)
  hostile.set(bytes.subarray(0, ends[1]))
  for (let at = (ends[1] as number) + 3; at + 32 < hostile.length; at += 32) {
    const length = hostile.length - at - 17
    hostile.set([length & 0xff, (length >>> 8) & 0xff, (length >>> 16) & 0xff, 0], at)
    hostile.set([2, 2, 0, 0, 0, 0, 0, 0, 0], at + 8)
  }
  const found = recoverLog(hostile)
  assert.is(found.tail, 'corrupt')
  assert.equal(found.records, log.slice(0, 1))
  assert.is(found.validBytes, ends[1])
})

test.run()
