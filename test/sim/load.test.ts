/** The gauges of metrics.csv, held against what the nodes hold. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isReapable } from '../../core/version/siblings.js'
import { noSink } from '../../sim/sink.js'
import { World } from '../../sim/world.js'
import { scenarioOf } from './stage.js'

const scenario = (reap: false | { every: string; after: string }) =>
  scenarioOf({
    name: 'x',
    duration: '6s',
    settle: '10s',
    cluster: { nodes: 4, anti_entropy: { every: '1s' }, reap },
    workload: { clients: 4, think: '20ms', keys: { count: 40 }, mix: { put: 0.5, delete: 0.5 } },
  })

/** The column of each tick, and what was counted by hand at the end. */
function measured(from: ReturnType<typeof scenario>) {
  const rows: string[] = []
  const world = new World({ scenario: from, sink: { ...noSink, metrics: (row) => rows.push(row) } })
  while (world.advance(1_000_000));
  const place = rows[0]?.split(',').indexOf('tombstones') ?? -1
  const column = rows.slice(1).map((row) => Number(row.split(',')[place]))
  const held = world.processes.flatMap(({ node }) => [...(node?.entries() ?? [])])
  return { column, held: held.filter(({ state }) => isReapable(state)).length }
}

test('load: tombstones pile up where nobody reaps, and are counted on every node', () => {
  const { column, held } = measured(scenario(false))
  assert.ok(Math.max(...column) > 30, column.join(' '))
  assert.is(column.at(-1), held)
})

test('load: reaped, they go', () => {
  const { column, held } = measured(scenario({ every: '500ms', after: '500ms' }))
  assert.ok(Math.max(...column) > 10)
  assert.ok((column.at(-1) ?? 99) < Math.max(...column) / 2, column.join(' '))
  assert.is(column.at(-1), held)
})

test('load: messages cut on their way are lost in the tick, as those never sent', () => {
  const rows: string[] = []
  const cut = scenarioOf({
    name: 'x',
    duration: '4s',
    settle: '4s',
    cluster: { nodes: 5 },
    network: { latency: { constant: '20ms' }, loss: 0.01, corrupt_payload: 0.05 },
    workload: { clients: 8, think: '5ms' },
    faults: [
      {
        at: '1s',
        for: '1s',
        partition: [
          ['n1', 'n2'],
          ['n3', 'n4', 'n5'],
        ],
      },
    ],
  })
  const world = new World({ scenario: cut, sink: { ...noSink, metrics: (row) => rows.push(row) } })
  while (world.advance(1_000_000));
  const place = rows[0]?.split(',').indexOf('messages_lost') ?? -1
  const told = rows.slice(1).reduce((sum, row) => sum + Number(row.split(',')[place]), 0)
  const [lost, onTheWay] = world.meter.messages.reduce(
    ([some, more], one) => [some + one.lost, more + one.cut],
    [0, 0],
  )
  assert.ok(lost > 0 && onTheWay > 0)
  assert.is(told, lost + onTheWay)
})

test.run()
