import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DurableState, LogRecord } from '../../../core/index.js'
import { foldRecords, keyRef, nodeId, recoverLog, snapshotRecords } from '../../../core/index.js'
import { pure } from '../freeze.js'
import { records, segmentOf } from './arbitrary.js'

const logs = fc.array(records, { maxLength: 30 })
const settings = { seed: 1, numRuns: 500 }

test('fold: a log folded twice in a row says what it said once (WAL-3)', () => {
  fc.assert(
    fc.property(logs, (log) => {
      assert.equal(pure(foldRecords)([...log, ...log]), foldRecords(log))
    }),
    settings,
  )
})

test('snapshot: folds to the same state, and the log goes on from it (WAL-4)', () => {
  fc.assert(
    fc.property(logs, logs, (before, after) => {
      const snapshot = pure(snapshotRecords)(foldRecords(before))
      assert.equal(foldRecords(snapshot), foldRecords(before))
      assert.equal(foldRecords([...snapshot, ...after]), foldRecords([...before, ...after]))
    }),
    settings,
  )
})

test('snapshot: its records depend on the state alone, not on the order it came about', () => {
  fc.assert(
    fc.property(logs, (log) => {
      const state = foldRecords(log)
      const backwards: DurableState = {
        ...state,
        keys: new Map([...state.keys].reverse()),
        hints: new Map(
          [...state.hints].reverse().map(([id, held]) => [id, new Map([...held].reverse())]),
        ),
        needsRepair: new Map(
          [...state.needsRepair].reverse().map(([id, set]) => [id, new Set([...set].reverse())]),
        ),
      }
      assert.equal(snapshotRecords(backwards), snapshotRecords(state))
    }),
    settings,
  )
})

test('snapshot: survives the bytes', () => {
  fc.assert(
    fc.property(logs, (log) => {
      const snapshot = snapshotRecords(foldRecords(log))
      assert.equal(recoverLog(segmentOf(snapshot).bytes).records, snapshot)
    }),
    { seed: 1, numRuns: 200 },
  )
})

const key = keyRef('default', 'k', 64)
const target = nodeId('n2')
const stateOf = (n: number) => ({ vv: [{ actor: 'n1:0' as never, n }], siblings: [] })

test('fold: what each record does', () => {
  const log: LogRecord[] = [
    { type: 'incarnation', clusterId: 'c', nodeId: nodeId('n1'), incarnation: 4, actorEpoch: 1 },
    { type: 'counter_lease', upTo: 2_000 },
    { type: 'counter_lease', upTo: 1_000 },
    { type: 'key_state', key, state: stateOf(1) },
    { type: 'key_state', key, state: stateOf(2) },
    { type: 'hint', target, key, state: stateOf(3) },
    { type: 'needs_repair', target, partition: 9, needed: true },
  ]
  const state = foldRecords(log)
  assert.is(state.clusterId, 'c')
  assert.is(state.nodeId, 'n1')
  assert.is(state.incarnation, 4)
  assert.is(state.actorEpoch, 1)
  assert.is(state.leaseUpTo, 2_000, 'a bound is never taken back')
  assert.equal(state.keys.get(key.id), { key, state: stateOf(2) })
  assert.equal(state.hints.get(target)?.get(key.id), { key, state: stateOf(3) })
  assert.equal([...(state.needsRepair.get(target) ?? [])], [9])
  const cleared = foldRecords([
    ...log,
    { type: 'hint_deleted', target, key },
    { type: 'needs_repair', target, partition: 9, needed: false },
  ])
  assert.is(cleared.hints.size, 0)
  assert.is(cleared.needsRepair.size, 0)
  assert.is(cleared.keys.size, 1)
})

test('fold: an empty log is a node that never lived', () => {
  const state = foldRecords([])
  assert.is(state.nodeId, null)
  assert.is(state.incarnation, 0)
  assert.equal(snapshotRecords(state), [])
})

test.run()
