import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Effect } from '../../core/effect.js'
import type { LogRecord } from '../../core/log/record.js'
import { foldRecords, snapshotRecords } from '../../core/log/recover.js'
import { keyRef } from '../../core/ring/hash.js'
import { actorOf, nodeId } from '../../core/types.js'
import type { KeyRef } from '../../core/types.js'
import type { DiskModel } from '../../scenarios/model.js'
import type { Restart } from '../../sim/disk.js'
import { SimDisk, idle } from '../../sim/disk.js'

const n1 = nodeId('n1')
const n2 = nodeId('n2')
const steady: DiskModel = {
  write: { kind: 'constant', micros: 50 },
  fsync: { kind: 'constant', micros: 1_000 },
  segmentRecords: 500,
  snapshotRecords: 2_000,
}

const keyOf = (key: string): KeyRef => keyRef('default', key, 64)
const keyState = (key: string, n: number): LogRecord => ({
  type: 'key_state',
  key: keyOf(key),
  state: {
    vv: [{ actor: actorOf(n1, 0), n }],
    siblings: [{ actor: actorOf(n1, 0), n, value: `v${String(n)}`, hlc: 1_000_000_000 + n }],
  },
})
const hint = (target: typeof n1, key: string, n: number): LogRecord => {
  const { key: ref, state } = keyState(key, n) as Extract<LogRecord, { type: 'key_state' }>
  return { type: 'hint', target, key: ref, state }
}
const hintDeleted = (target: typeof n1, key: string): LogRecord => ({
  type: 'hint_deleted',
  target,
  key: keyOf(key),
})
const needsRepair = (partition: number, needed: boolean): LogRecord => ({
  type: 'needs_repair',
  target: n2,
  partition,
  needed,
})
const lease = (upTo: number): LogRecord => ({ type: 'counter_lease', upTo })
const incarnation = (number: number): LogRecord => ({
  type: 'incarnation',
  clusterId: 'test',
  nodeId: n1,
  incarnation: number,
  actorEpoch: 0,
})
/** Tells one append's effects from another's. */
const then = (request: number): readonly Effect[] => [{ kind: 'resume', request }]

const begun: LogRecord = incarnation(1)

/** In the middle of a life, so that the next commit writes to a segment that is there. */
function disk(model: DiskModel = steady, seed = 1): SimDisk {
  const one = new SimDisk({ model, seed, clusterId: 'test', node: n1 })
  one.append([begun], [], 0)
  one.complete(0)
  return one
}

/** Of a disk on which no fsync fails. */
function completed(one: SimDisk, nowMicros: number) {
  const { hasFailed, ...completion } = one.complete(nowMicros)
  assert.not.ok(hasFailed)
  return completion
}

/** What a restart would find, and does find, but for the lives. */
const looked = (one: SimDisk): readonly LogRecord[] => said(one.look())
const restarted = (one: SimDisk): readonly LogRecord[] => said(one.restart())

function said({ state, damage }: Restart): readonly LogRecord[] {
  assert.equal(damage, [])
  const records = snapshotRecords(state ?? foldRecords([]))
  return records.filter(({ type }) => type !== 'incarnation')
}

test('disk: an append is durable, and its effects released, after write and fsync', () => {
  const one = disk()
  assert.is(one.append([lease(100)], then(1), 5_000), 6_050)
  assert.equal(looked(one), [])
  assert.equal(completed(one, 6_050), { released: [then(1)], nextCompletionMicros: idle })
  assert.equal(looked(one), [lease(100)])
})

test('disk: what is appended during an fsync goes into the next, released in order', () => {
  const one = disk()
  assert.is(one.append([keyState('a', 1)], then(1), 0), 1_050)
  for (const request of [2, 3, 4])
    assert.is(one.append([keyState('a', request)], then(request), 100 * request), idle)
  assert.equal(completed(one, 1_050), { released: [then(1)], nextCompletionMicros: 2_100 })
  assert.is(one.append([keyState('a', 5)], then(5), 1_200), idle)
  assert.equal(completed(one, 2_100), {
    released: [then(2), then(3), then(4)],
    nextCompletionMicros: 3_150,
  })
  assert.equal(completed(one, 3_150), { released: [then(5)], nextCompletionMicros: idle })
  assert.is(one.append([keyState('a', 6)], then(6), 9_000), 10_050)
})

test('disk: a barrier waits for what is on its way, and for nothing else', () => {
  const one = disk()
  assert.is(one.append([], then(1), 10), 10, 'nothing is on its way')
  assert.equal(completed(one, 10), { released: [then(1)], nextCompletionMicros: idle })
  one.append([lease(1)], then(2), 20)
  assert.is(one.append([], then(3), 30), idle, 'joins the fsync in progress')
  one.append([lease(2)], then(4), 40)
  assert.is(one.append([], then(5), 50), idle, 'joins the queue')
  assert.equal(completed(one, 1_070), { released: [then(2), then(3)], nextCompletionMicros: 2_120 })
  assert.equal(completed(one, 2_120), { released: [then(4), then(5)], nextCompletionMicros: idle })
})

test('disk: records appended during a barrier on an idle disk start a write of their own', () => {
  const one = disk()
  assert.is(one.append([], then(1), 10), 10)
  assert.is(one.append([lease(1)], then(2), 10), idle)
  assert.equal(completed(one, 10), { released: [then(1)], nextCompletionMicros: 1_060 })
})

test('disk: a slow disk takes longer from the next write on, a stalled one never ends', () => {
  const one = disk()
  one.append([lease(1)], then(1), 0)
  one.setSlowness(20)
  one.append([lease(2)], then(2), 1)
  assert.is(one.complete(1_050).nextCompletionMicros, 1_050 + 21_000)
  one.stall(50_000)
  assert.equal(completed(one, 22_050), { released: [], nextCompletionMicros: 50_000 })
  one.setSlowness(1)
  assert.equal(completed(one, 50_000), { released: [then(2)], nextCompletionMicros: idle })
})

test('disk: a crash loses what was queued, and keeps what was synced', () => {
  const one = disk()
  one.append([lease(1)], then(1), 0)
  one.complete(1_050)
  one.append([lease(2)], then(2), 2_000)
  one.append([lease(3)], then(3), 2_001)
  one.crash()
  const [found] = restarted(one)
  assert.ok(found?.type === 'counter_lease' && found.upTo <= 2)
  assert.throws(() => one.complete(3_050), /only what was started/)
  assert.is(one.append([lease(9)], then(9), 4_000), 6_050, 'works again, with a new segment')
})

test('disk: of the batch a crash interrupts a prefix survives, any length of it', () => {
  const lengths = new Set<number>()
  for (let seed = 0; seed < 60; seed++) {
    const one = disk(steady, seed)
    one.append([keyState('a', 1), keyState('b', 2), keyState('c', 3)], then(1), 0)
    one.crash()
    const found = restarted(one)
    assert.equal(
      found,
      [keyState('a', 1), keyState('b', 2), keyState('c', 3)].slice(0, found.length),
    )
    lengths.add(found.length)
  }
  assert.equal([...lengths].sort(), [0, 1, 2, 3])
})

test('disk: a snapshot is due after as many records as the model says', () => {
  const filesAfter = (model: Partial<DiskModel>): readonly string[] => {
    const one = disk({ ...steady, ...model })
    const live = [keyState('a', 1), keyState('b', 2), keyState('c', 3)]
    one.snapshotFrom(
      () => live.values(),
      () => true,
    )
    let dueMicros = 0
    for (const record of live) {
      dueMicros = one.append([record], [], dueMicros)
      while (dueMicros !== idle) dueMicros = completed(one, dueMicros).nextCompletionMicros
      dueMicros = 0
    }
    assert.equal(looked(one), live)
    return one.files
  }
  assert.is(filesAfter({}).filter((name) => name.includes('snapshot')).length, 0)
  assert.is(
    filesAfter({ snapshotRecords: 3 }).filter((name) => name.includes('snapshot')).length,
    1,
  )
  assert.is(filesAfter({}).length, 1)
  assert.is(filesAfter({ segmentRecords: 1 }).length, 4)
})

test('disk: that it lied is told at the next restart, and not at those after it', () => {
  const one = disk()
  one.setLying(true)
  one.append([keyState('a', 1)], [], 0)
  completed(one, 0)
  one.crash()
  assert.is(one.restart().history, 'untrusted')
  one.crash()
  assert.is(one.restart().history, 'untrusted', 'it lies still')
  one.setLying(false)
  one.crash()
  assert.is(one.restart().history, 'untrusted', 'it did, a moment ago')
  one.crash()
  assert.is(one.restart().history, 'power_cut')
})

test('disk: what cannot be read is found at every restart until it is set aside', () => {
  const one = disk()
  for (const n of [1, 2, 3]) {
    one.append([keyState('a', n)], [], 0)
    completed(one, 0)
  }
  one.rot(64)
  one.crash()
  const { history, damage } = one.restart()
  assert.is(history, 'rotted')
  assert.ok(damage.length > 0)
  one.crash()
  assert.is(one.restart().history, 'rotted')
})

test('disk: a crash does not shift the latencies drawn', () => {
  const model: DiskModel = {
    ...steady,
    fsync: { kind: 'exponential', minMicros: 300, meanMicros: 1_000 },
  }
  const run = (crashes: boolean): number[] => {
    const one = disk(model)
    return Array.from({ length: 20 }, (_, index) => {
      const doneAt = one.append([lease(index)], then(index), 0)
      if (crashes) one.crash()
      else one.complete(doneAt)
      return doneAt
    })
  }
  assert.equal(run(true), run(false))
})

test('disk: only the latest record of each identity is kept, in an order of its own', () => {
  const one = disk()
  const records = [
    hint(n2, 'y', 1),
    keyState('b', 1),
    incarnation(1),
    keyState('a', 2),
    needsRepair(9, true),
    needsRepair(10, true),
    lease(100),
    hint(n2, 'x', 3),
    keyState('b', 4),
    hintDeleted(n2, 'y'),
    needsRepair(9, false),
    incarnation(2),
    lease(200),
    hintDeleted(n2, 'never there'),
    hint(n1, 'z', 5),
    hintDeleted(n1, 'z'),
    hint(n1, 'z', 6),
  ]
  one.append(records, then(1), 0)
  one.complete(1_050)
  const kept = [
    lease(200),
    keyState('a', 2),
    keyState('b', 4),
    hint(n1, 'z', 6),
    hint(n2, 'x', 3),
    needsRepair(10, true),
  ]
  assert.equal(looked(one), kept)
  assert.is(one.look().state?.incarnation, 2)
})

test('disk: a restart finds a prefix of what was appended, with all that was released', () => {
  const record = fc.oneof(
    fc
      .tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 99 }))
      .map(([key, n]) => keyState(key, n)),
    fc
      .tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 99 }))
      .map(([key, n]) => hint(n2, key, n)),
    fc.constantFrom('a', 'b').map((key) => hintDeleted(n2, key)),
    fc.tuple(fc.nat(2), fc.boolean()).map(([partition, needed]) => needsRepair(partition, needed)),
    fc.constant('lease' as const),
  )
  const action = fc.oneof(
    { weight: 5, arbitrary: fc.array(record, { maxLength: 4 }) },
    { weight: 3, arbitrary: fc.constant('complete' as const) },
    { weight: 1, arbitrary: fc.constant('crash' as const) },
  )
  const folded = (records: readonly LogRecord[]): LogRecord[] =>
    snapshotRecords(foldRecords(records))
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), fc.nat(), (script, seed) => {
      const one = disk(steady, seed)
      /** All appended in this life, after what the last restart found. */
      let appended: LogRecord[] = []
      /** How many of them each append reached. */
      const reached: number[] = []
      let releasedAppends = 0
      let dueMicros = idle
      let nowMicros = 0
      let leased = 0
      for (const step of script) {
        nowMicros += 10
        if (step === 'complete') {
          if (dueMicros === idle) continue
          nowMicros = Math.max(nowMicros, dueMicros)
          const { released, nextCompletionMicros } = one.complete(nowMicros)
          for (const effects of released) assert.equal(effects, then(releasedAppends++))
          dueMicros = nextCompletionMicros
        } else if (step === 'crash') {
          one.crash()
          const found = restarted(one)
          const safe = releasedAppends === 0 ? 0 : reached[releasedAppends - 1]!
          const lengths = appended.map((_, index) => index + 1).filter((length) => length >= safe)
          const possible = [safe, ...lengths].map((length) =>
            JSON.stringify(folded(appended.slice(0, length))),
          )
          assert.ok(possible.includes(JSON.stringify(found)))
          appended = [...found]
          reached.length = 0
          reached.push(...Array.from({ length: releasedAppends }, () => found.length))
          dueMicros = idle
          // The numbers of appends go on from those released: the others are gone with their life.
        } else {
          // Counters only rise.
          const records = step.map((each) => (each === 'lease' ? lease(++leased) : each))
          const due = one.append(records, then(reached.length), nowMicros)
          appended.push(...records)
          reached.push(appended.length)
          if (due !== idle) dueMicros = due
        }
      }
      while (dueMicros !== idle) {
        const { released, nextCompletionMicros } = one.complete(dueMicros)
        for (const effects of released) assert.equal(effects, then(releasedAppends++))
        dueMicros = nextCompletionMicros
      }
      assert.is(releasedAppends, reached.length)
      assert.equal(looked(one), folded(appended))
    }),
    { seed: 1, numRuns: 1_000 },
  )
})

test('disk: what a restart finds was read from bytes: other objects, the same records', () => {
  const one = disk()
  const records = [keyState('ä\u{1f600}', 1), hint(n2, 'x', 2)]
  one.append(records, then(1), 0)
  one.complete(1_050)
  const found = restarted(one)
  assert.equal(found, records)
  found.forEach((record, index) => assert.is.not(record, records[index]))
  assert.equal(looked(one), records, 'and again')
})

test('disk: a record torn anywhere by a crash is cut, and the log goes on behind it', () => {
  for (let seed = 0; seed < 300; seed++) {
    const one = disk(steady, seed)
    one.append([keyState('a', 1)], then(1), 0)
    one.complete(1_050)
    one.append([keyState('b', 2)], then(2), 2_000)
    one.crash()
    const found = restarted(one)
    assert.equal(found, [keyState('a', 1), keyState('b', 2)].slice(0, found.length))
    assert.ok(found.length >= 1)
    one.append([keyState('c', 3)], then(3), 3_000)
    one.complete(4_050)
    assert.equal(looked(one), [...found, keyState('c', 3)])
  }
})

test('disk: a second crash before the restart changes nothing', () => {
  const one = disk()
  one.append([keyState('a', 1), keyState('b', 2)], then(1), 0)
  one.crash()
  one.crash()
  const found = restarted(one)
  assert.equal(found, [keyState('a', 1), keyState('b', 2)].slice(0, found.length))
})

test.run()
