import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileCharts } from '../../../reports/chart/compile.js'
import { summarize } from '../../../reports/sweep/aggregate.js'
import { intervalChart, seedChart } from '../../../reports/sweep/chart.js'
import type { SeedResult } from '../../../reports/sweep/model.js'
import { scenarioOf } from '../../sim/stage.js'

const result = (seed: number, variant: number, more: Partial<SeedResult> = {}): SeedResult => ({
  ...{ seed, variant, verdict: 'ok', failed: [], undecided: [], traceHash: '', events: 1 },
  ...{ operations: 9, ok: 9, fail: 0, info: 0, availability: 1, staleP99Micros: 0 },
  ...{ readP99Micros: 1_000 + seed, writeP99Micros: 2_000 + seed, recoveryMicros: null },
  wallMillis: 1,
  ...more,
})

const scenario = scenarioOf('name: x')
const variants = [
  { name: 'cluster.replication.r=1', scenario },
  { name: 'cluster.replication.r=2 workload.clients=3', scenario },
]
const results = [1, 2, 3].flatMap((seed) => [result(seed, 0), result(seed, 1)])
const name = (figure: string): string => figure

test('sweep charts: compiled without a warning', async () => {
  const charts = [intervalChart(summarize({ variants, results }), name), seedChart({ results })]
  const drawn = charts.filter((chart) => chart !== null)
  assert.is(drawn.length, 2)
  assert.equal((await compileCharts(drawn)).warnings, [])
})

test('sweep charts: a row a time and variant, by the setting alone; no row for what is zero', () => {
  const chart = intervalChart(summarize({ variants, results }), name)
  assert.equal(chart?.data['intervals']?.['label'], [
    'read_p99, r=1',
    'read_p99, r=2 clients=3',
    'write_p99, r=1',
    'write_p99, r=2 clients=3',
  ])
})

test('sweep charts: of very many seeds some are drawn, and all that fail', () => {
  const many = Array.from({ length: 9_001 }, (_, index) => {
    return result(index, 0, { verdict: index % 100 === 7 ? 'violation' : 'ok' })
  })
  const chart = seedChart({ results: many })
  const verdicts = chart?.data['seeds']?.['verdict'] ?? []
  assert.is(verdicts.filter((verdict) => verdict === 'not as expected').length, 90)
  assert.ok(verdicts.length < 2_000)
  assert.match(chart?.summary ?? '', /Every 5th of the others is drawn/)
})

test('sweep charts: nothing is drawn of nothing', () => {
  assert.is(intervalChart(summarize({ variants, results: [] }), name), null)
  assert.is(seedChart({ results: [result(1, 0)] }), null)
})

test.run()
