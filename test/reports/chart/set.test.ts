import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { aggregate } from '../../../reports/aggregate.js'
import type { RunData } from '../../../reports/aggregate.js'
import type { Chart } from '../../../reports/chart/chart.js'
import { compileCharts } from '../../../reports/chart/compile.js'
import { overlays } from '../../../reports/chart/overlay.js'
import { chartSet, chartsOf } from '../../../reports/chart/set.js'
import { freshFolder } from '../folder.js'
import { writeSyntheticRun } from '../synthetic.js'
import type { SyntheticOptions } from '../synthetic-options.js'

async function run(changes: Partial<SyntheticOptions> = {}): Promise<RunData> {
  const folder = freshFolder()
  writeSyntheticRun(folder, { seconds: 6, clients: 3, ...changes })
  return aggregate(folder)
}

/** A run in which nobody asked for anything and nothing was sent. */
async function emptyRun(): Promise<RunData> {
  const data = await run({ faults: [] })
  writeFileSync(join(data.directory, 'history.jsonl'), '')
  const silent = await aggregate(data.directory)
  return { ...silent, verdict: null, run: { ...silent.run, messages: [], recoveries: [] } }
}

const lengthsOf = (chart: Chart): number[] =>
  Object.values(chart.data).flatMap((columns) => Object.values(columns).map((one) => one.length))

async function complaints(charts: readonly Chart[]): Promise<readonly string[]> {
  const { warnings, charts: compiled } = await compileCharts(charts)
  assert.is(compiled.length, charts.length)
  return warnings
}

test('charts: vega-lite compiles all of a run without a warning', async () => {
  assert.equal(await complaints(chartsOf(chartSet(await run()))), [])
})

test('charts: of a run without operations, messages or faults too', async () => {
  const charts = chartsOf(chartSet(await emptyRun()))
  assert.equal(await complaints(charts), [])
  assert.not(charts.some((chart) => ['faults', 'recovery', 'versions'].includes(chart.id)))
})

test('charts: of a comparison too', async () => {
  const runs = [
    { name: 'one', data: await run() },
    { name: 'two', data: await run({ seed: 2, faults: [] }) },
  ]
  const charts = overlays(runs)
  assert.equal(await complaints(charts), [])
  for (const chart of charts) {
    assert.ok(chart.summary.includes('one: '), `${chart.id} says nothing of the first run`)
  }
})

test('charts: each says in words what it shows, and has an id of its own', async () => {
  const charts = chartsOf(chartSet(await run()))
  assert.is(new Set(charts.map((chart) => chart.id)).size, charts.length)
  for (const chart of charts) {
    assert.ok(chart.summary.length > 15, chart.id)
    assert.ok(String(chart.spec['description']).endsWith(chart.summary.slice(-20)), chart.id)
    assert.not.match(chart.summary, /undefined|NaN|Infinity|null/, chart.id)
  }
})

test('charts: columns are of one length, at most 2,000 points, and none is missing', async () => {
  const long = await run({ seconds: 30, clients: 2, thinkMicros: 100_000 })
  for (const chart of chartsOf(chartSet(long))) {
    for (const columns of Object.values(chart.data)) {
      assert.is(new Set(Object.values(columns).map((one) => one.length)).size, 1, chart.id)
    }
    assert.ok(Math.max(...lengthsOf(chart)) <= 2000, chart.id)
    const named = [...JSON.stringify(chart.spec).matchAll(/"data":\{"name":"([^"]+)"/g)]
    assert.ok(named.length > 0, chart.id)
    for (const [, name = ''] of named) assert.ok(name in chart.data, `${chart.id} lacks ${name}`)
  }
})

test('charts: fields that a chart encodes are columns of its data', async () => {
  for (const chart of chartsOf(chartSet(await run()))) {
    const columns = new Set(Object.values(chart.data).flatMap((one) => Object.keys(one)))
    for (const [, field = ''] of JSON.stringify(chart.spec).matchAll(/"field":"([^"]+)"/g)) {
      assert.ok(columns.has(field), `${chart.id} encodes ${field}, which is not there`)
    }
  }
})

test('charts: a thousand nodes are a histogram, not a thousand bars', async () => {
  const { ring } = chartSet(await run({ nodes: 1000, seconds: 1 }))
  assert.ok(Number(ring.spec['height']) < 400)
  assert.is(ring.table, null)
  assert.equal(await complaints([ring]), [])
})

test.run()
