/** What a simulated disk has damaged, and what a crash makes of what was under way. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogRecord } from '../../core/log/record.js'
import { nodeId } from '../../core/types.js'
import type { DiskModel } from '../../scenarios/model.js'
import { SimDisk, idle } from '../../sim/disk.js'

const n1 = nodeId('n1')
const steady: DiskModel = {
  write: { kind: 'constant', micros: 50 },
  fsync: { kind: 'constant', micros: 1_000 },
  segmentRecords: 500,
  snapshotRecords: 2_000,
}
const begun: LogRecord = {
  type: 'incarnation',
  clusterId: 'test',
  nodeId: n1,
  incarnation: 1,
  actorEpoch: 0,
}
const lease = (upTo: number): LogRecord => ({ type: 'counter_lease', upTo })

/** In the middle of a life. */
function disk(model: DiskModel, seed: number): SimDisk {
  const one = new SimDisk({ model, seed, clusterId: 'test', node: n1 })
  one.append([begun], [], 0)
  one.complete(0)
  return one
}

test('disk: after an fsync that fails a crash does nothing of what was under way', () => {
  // Once it did all of it again: a snapshot whose fsync had failed got its name and no content.
  const often = { ...steady, segmentRecords: 1, snapshotRecords: 2 }
  for (let seed = 1; seed <= 30; seed++) {
    const one = disk(often, seed)
    const live = (): Iterator<LogRecord> => [begun, lease(seed)].values()
    one.snapshotFrom(live, () => true)
    let [nowMicros, steps] = [0, 0]
    for (let hasFailed = false; !hasFailed; steps++) {
      // In every seed another fsync.
      if (steps === seed % 8) one.setFailing(1)
      const startsMicros = one.append([lease(steps + 1)], [], nowMicros)
      if (startsMicros !== idle) nowMicros = startsMicros
      const completion = one.complete(nowMicros)
      hasFailed = completion.hasFailed
      if (completion.nextCompletionMicros !== idle) nowMicros = completion.nextCompletionMicros
    }
    one.crash('unsynced_lost')
    assert.equal(one.restart().damage, [], `seed ${String(seed)}`)
  }
})

test('disk: what a reordered write has damaged is found again, and known for that', () => {
  let found = 0
  for (let seed = 1; seed <= 40; seed++) {
    const one = disk(steady, seed)
    const many = Array.from({ length: 200 }, (_, i) => lease(i + 1))
    one.append(many, [], 0)
    one.crash('reordered')
    const first = one.restart()
    assert.is(first.history, 'reordered')
    one.crash('unsynced_lost')
    const second = one.restart()
    assert.equal(second.damage, first.damage)
    assert.is(second.history, first.damage.length > 0 ? 'reordered' : 'power_cut')
    if (first.damage.length > 0) found++
  }
  assert.ok(found > 5, String(found))
})

test.run()
