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

test.run()
