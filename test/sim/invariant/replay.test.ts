/** WAL-3 and WAL-4 against the smallest thing that breaks each, and its legal neighbour. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DurableState, LogRecord } from '../../../core/index.js'
import { foldRecords } from '../../../core/index.js'
import { breaks, hand, held, ids, key, sibling, stateOf } from './scene.js'

const a1 = sibling(0, 1, 'a')
const b2 = sibling(0, 2, 'b')
const target = ids[2]!
const life: LogRecord = {
  ...{ type: 'incarnation', clusterId: 'test', nodeId: ids[0]!, incarnation: 1, actorEpoch: 0 },
}
const lease: LogRecord = { type: 'counter_lease', upTo: 1_000 }
const first: readonly LogRecord[] = [life, lease, held(stateOf([a1]))]
const hint: LogRecord = { type: 'hint', target, key, state: stateOf([a1]) }

/** Persisted and durable, then perhaps persisted only; then a crash, and this is found. */
function restart(
  durable: readonly LogRecord[],
  pending: readonly LogRecord[],
  found: DurableState,
): void {
  const { invariants, store } = hand()
  store(0, ...durable)
  if (pending.length > 0) invariants.persisted(0, pending)
  invariants.crashed(0)
  invariants.booted(0, found)
}

test('WAL-4: what is found is what the whole log says', () => {
  restart(first, [], foldRecords(first))
  restart([...first, hint], [], foldRecords([...first, hint]))
})

test('WAL-4: what was on its way to the disk may be there, or not', () => {
  const later = held(stateOf([a1, b2]))
  restart(first, [later], foldRecords(first))
  restart(first, [later], foldRecords([...first, later]))
  restart(first, [hint], foldRecords([...first, hint]))
  const gone: LogRecord = { type: 'key_reaped', key }
  const tombstone = held(stateOf([sibling(0, 3, null)], [a1]))
  restart([...first, tombstone], [gone], foldRecords([...first, tombstone]))
})

test('WAL-4: what was never written, or had been deleted, is not found', () => {
  const older = foldRecords(first)
  const newer = held(stateOf([a1, b2]))
  breaks('WAL-4', () =>
    restart([...first, newer], [], foldRecords([life, lease, held(stateOf([b2], [a1]))])),
  )
  breaks('WAL-1', () => restart([...first, newer], [], older))
  const deleted: LogRecord = { type: 'hint_deleted', target, key }
  const { invariants, store, held: holds } = hand()
  holds.set(`2/${key.id}`, stateOf([a1]))
  store(0, ...first, hint)
  store(2, held(stateOf([a1])))
  store(0, deleted)
  invariants.crashed(0)
  const { explanation } = breaks('WAL-4', () => invariants.booted(0, foldRecords([...first, hint])))
  assert.match(explanation, 'n1 has of a hint for n3 neither what its log said as a whole')
})

test('WAL-4: of a log that is known to be damaged nothing is asked', () => {
  const damaged = { ...foldRecords([life, lease]), damaged: true, actorEpoch: 1 }
  const { invariants, store } = hand()
  store(0, ...first)
  invariants.crashed(0)
  invariants.diskLost(0)
  invariants.booted(0, damaged)
})

test('WAL-3: what was read says the same when it is read again', () => {
  restart(first, [], foldRecords([...first, ...first]))
  const odd: DurableState = { ...foldRecords(first), hints: new Map([[target, new Map()]]) }
  const { explanation } = breaks('WAL-3', () => restart(first, [], odd))
  assert.match(explanation, 'what n1 has read says something else when it is read again: the hints')
})

test.run()
