import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HistoryEvent } from '../../core/history.js'
import { scanHistory } from '../../reports/aggregate/history.js'
import { operationsCsv, writeSummary } from '../../reports/csv.js'
import { freshFolder } from './folder.js'
import { defaults, syntheticHistory } from './synthetic.js'

const header =
  'operation,session,process,f,bucket,key,node,start_ms,latency_ms,outcome,code,need,got,siblings'

const event = (fields: Partial<HistoryEvent>): HistoryEvent => ({
  index: 0,
  process: 1,
  type: 'invoke',
  f: 'read',
  key: 'k1',
  value: null,
  time: 0,
  ...fields,
})

async function csvOf(events: readonly HistoryEvent[]): Promise<readonly string[]> {
  const folder = freshFolder()
  const [history, csv] = [join(folder, 'history.jsonl'), join(folder, 'operations.csv')]
  writeFileSync(history, events.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const file = operationsCsv(csv)
  await scanHistory(history, false, file)
  await file.close()
  return readFileSync(csv, 'utf8').trimEnd().split('\n')
}

test('operations.csv: one row an operation, with the columns of docs/results.md', async () => {
  const read = { op: 'c1.0', session: 'c1', node: 'n2' }
  const rows = await csvOf([
    event({ ...read, time: 1_500_000 }),
    event({ ...read, type: 'ok', value: ['a', 'b'], time: 4_000_000 }),
  ])
  assert.equal(rows, [header, 'c1.0,c1,1,read,default,k1,n2,1.5,2.5,ok,,,,2'])
})

test('operations.csv: a refusal has its code and counts, and no siblings', async () => {
  const write = { f: 'write', value: 'x', bucket: 'carts' } as const
  const rows = await csvOf([
    event(write),
    event({ ...write, type: 'fail', code: 'w_unsatisfied', need: 2, got: 1, time: 1_000_000 }),
  ])
  assert.is(rows[1], '0,,1,write,carts,k1,,0,1,fail,w_unsatisfied,2,1,')
})

test('operations.csv: an operation that never completed is info without a latency', async () => {
  const rows = await csvOf([event({ op: 'c1.9', time: 7_000_000 })])
  assert.is(rows[1], 'c1.9,,1,read,default,k1,,7,,info,,,,')
})

test('operations.csv: finals are not operations', async () => {
  assert.equal(await csvOf([event({ type: 'ok', f: 'final', node: 'n1', value: 'x' })]), [header])
})

test('operations.csv: keys that a spreadsheet would run, or that hold separators', async () => {
  const keys = ['=1+1', '@cmd', 'a,b', 'say "hi"', 'two\nlines']
  const rows = await csvOf(keys.map((key, process) => event({ key, process })))
  const text = rows.join('\n')
  for (const cell of ["'=1+1", "'@cmd", '"a,b"', '"say ""hi"""', '"two\nlines"']) {
    assert.ok(text.includes(`default,${cell},`), `${cell} is not in\n${text}`)
  }
})

test('operations.csv: as many rows as operations, in batches and out of them', async () => {
  const events = syntheticHistory({ ...defaults, seconds: 5, clients: 4 })
  const operations = events.filter((one) => one.type === 'invoke').length
  assert.ok(operations > 2500, `${String(operations)} operations fill more than one batch`)
  const rows = await csvOf(events)
  assert.is(rows.length, operations + 1)
  assert.is(new Set(rows).size, rows.length)
})

test('operations.csv: a disk that refuses is an error that names the file', async () => {
  const path = join(freshFolder(), 'taken.csv')
  mkdirSync(path)
  const file = operationsCsv(path)
  try {
    await file.close()
    assert.unreachable('a folder cannot be written')
  } catch (error) {
    assert.is((error as Error).message, `${path}: is a directory`)
  }
})

test('summary.csv: numbers, words, booleans and nothing', async () => {
  const path = join(freshFolder(), 'summary.csv')
  await writeSummary(path, [
    { figure: 'operations', value: 12, unit: 'count' },
    { figure: 'interrupted', value: false, unit: 'true or false' },
    { figure: 'scenario', value: '=bad', unit: 'text' },
    { figure: 'recovery', value: null, unit: 'us' },
  ])
  assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n'), [
    'figure,value,unit',
    'operations,12,count',
    'interrupted,false,true or false',
    "scenario,'=bad,text",
    'recovery,,us',
  ])
})

test.run()
