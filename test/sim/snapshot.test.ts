/** Snapshots of whole nodes: what they take from a node is all that its log says (WAL-4). */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { foldRecords, snapshotRecords } from '../../core/index.js'
import { play, scenarioOf } from './stage.js'

const scenario = scenarioOf({
  name: 'x',
  duration: '20s',
  settle: '20s',
  cluster: { nodes: 5, anti_entropy: { every: '1s' } },
  workload: {
    clients: 20,
    think: '2ms',
    keys: { count: 100 },
    mix: { get: '20%', put: '60%', delete: '20%' },
  },
  faults: [
    { at: '3s', for: '3s', crash: 'n2' },
    {
      at: '8s',
      for: '3s',
      partition: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    },
    { every: '5s', for: '500ms', pick: ['crash'] },
  ],
})

test('snapshot: the live records of a node, folded, are what its disk says (WAL-4)', () => {
  const { world } = play(scenario)
  assert.is(world.guard.violation, null)
  const kinds = new Set<string>()
  for (const { node, disk, options } of world.processes) {
    const live = snapshotRecords(foldRecords([...(node?.liveRecords() ?? [])]))
    const { state, damage } = disk.look()
    assert.equal(damage, [])
    assert.ok(state !== null)
    const durable = snapshotRecords(state ?? foldRecords([]))
    assert.equal(live, durable, options.id)
    for (const { type } of live) kinds.add(type)
    assert.ok(
      disk.files.some((name) => name.endsWith('.snap')),
      `${options.id} never took a snapshot`,
    )
    assert.ok(disk.files.length < 12, 'what a snapshot replaces goes')
  }
  for (const kind of ['incarnation', 'counter_lease', 'key_state']) assert.ok(kinds.has(kind))
})

test.run()
