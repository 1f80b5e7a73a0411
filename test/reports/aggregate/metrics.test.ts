import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readMetrics } from '../../../reports/aggregate/metrics.js'
import { freshFolder } from '../folder.js'

const names = [
  ...['time_ms', 'reads_ok', 'reads_fail', 'reads_info', 'writes_ok', 'writes_fail', 'writes_info'],
  ...['messages_sent', 'messages_lost', 'divergent_keys', 'hints', 'siblings_max', 'nodes_up'],
  ...['requests_open', 'input_queue_max', 'a_column_of_tomorrow'],
]

/** Every column holds the number of its row, but for one peak of hints. */
function written(rows: number, peakAt: number): string {
  const path = join(freshFolder(), 'metrics.csv')
  const lines = Array.from({ length: rows }, (_, row) =>
    names.map((name) => (name === 'hints' ? (row === peakAt ? 9999 : 0) : row)).join(','),
  )
  writeFileSync(path, `${[names.join(','), ...lines].join('\n')}\n`)
  return path
}

test('metrics: few rows are kept as they are', async () => {
  const { rows, columns } = await readMetrics(written(50, 7), 300)
  assert.is(rows, 50)
  assert.equal(columns.get('time_ms')?.slice(0, 3), [0, 1, 2])
  assert.is(columns.get('hints')?.[7], 9999)
})

test('metrics: a run of an older version has no tombstones, and says none', async () => {
  const old = (await readMetrics(written(5, 2), 300)).columns.get('tombstones')
  assert.equal(old, [null, null, null, null, null])
  const path = join(freshFolder(), 'metrics.csv')
  const columns = [...names, 'tombstones']
  writeFileSync(path, `${columns.join(',')}\n${columns.map(() => '4').join(',')}\n`)
  assert.equal((await readMetrics(path, 300)).columns.get('tombstones'), [4])
})

test('metrics: of many rows the peaks stay peaks and the sums stay sums', async () => {
  for (const count of [1000, 8001, 20_000]) {
    const { rows, columns } = await readMetrics(written(count, 777), 300)
    assert.ok(rows <= 300 && rows >= 100, `${String(rows)} points of ${String(count)} rows`)
    assert.is(Math.max(...(columns.get('hints') ?? []).map(Number)), 9999)
    const sum = (columns.get('reads_ok') ?? []).reduce<number>((a, b) => a + Number(b), 0)
    assert.is(sum, (count * (count - 1)) / 2)
    assert.is(columns.get('time_ms')?.at(-1), count - 1)
    assert.is(columns.get('nodes_up')?.[0], 0)
  }
})

test('metrics: empty cells are absences, a last row cut short is not a row', async () => {
  const path = join(freshFolder(), 'metrics.csv')
  writeFileSync(path, `${names.join(',')}\n${'1,'.repeat(names.length - 1)}\n2,3`)
  const { rows, columns } = await readMetrics(path, 300)
  assert.is(rows, 1)
  assert.is(columns.get('time_ms')?.[0], 1)
  assert.not(columns.has('a_column_of_tomorrow'))
})

test('metrics: a cell that is no number is named with its line', async () => {
  const path = written(3, 0)
  writeFileSync(path, `${names.join(',')}\n${'x,'.repeat(names.length - 1)}1\n`)
  try {
    await readMetrics(path, 300)
    assert.unreachable('x is not a number')
  } catch (error) {
    assert.match((error as Error).message, /metrics\.csv:2: "x" is not a number$/)
  }
})

test.run()
