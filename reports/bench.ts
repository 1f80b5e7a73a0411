/** A benchmark of a live cluster: CSV files and a page, from bench.json and the history alone. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FaultMeter, faultFigures } from './bench/fault.js'
import type { BenchData, BenchFile, FaultEffect, TransactionData } from './bench/model.js'
import { TransactionMeter } from './bench/transaction.js'
import { Histogram } from './aggregate/histogram.js'
import { scanHistory } from './aggregate/history.js'
import type { HistoryVisitor } from './aggregate/history.js'
import { readVerdict } from './aggregate/verdict.js'
import { Operations } from './aggregate/operation.js'
import type { Side } from './aggregate/operation.js'
import { windowColumns } from './chart/window.js'
import type { Columns } from './chart/chart.js'
import { CsvFile, operationsCsv, writeSummary } from './csv.js'
import type { Figure } from './csv.js'
import type { FaultWindow } from './load.js'
import { LoadError } from './problem.js'
import { benchPage } from './page/bench.js'

export interface BenchPaths {
  readonly operations: string
  readonly throughput: string
  readonly summary: string
  readonly report: string
}

/** Writes operations.csv, throughput.csv, summary.csv and report.html. @throws LoadError */
export async function writeBench(directory: string): Promise<{
  readonly paths: BenchPaths
  readonly figures: readonly Figure[]
  readonly effects: readonly FaultEffect[]
}> {
  const paths: BenchPaths = {
    operations: join(directory, 'operations.csv'),
    throughput: join(directory, 'throughput.csv'),
    summary: join(directory, 'summary.csv'),
    report: join(directory, 'report.html'),
  }
  const bench = readBench(join(directory, 'bench.json'))
  const csv = operationsCsv(paths.operations)
  const data = await measure(directory, bench, csv)
  await csv.close()
  const figures = benchFigures(data)
  await writeColumns(paths.throughput, windowColumns(data))
  await writeSummary(paths.summary, figures)
  writeFileSync(paths.report, await benchPage(data))
  return { paths, figures, effects: data.effects }
}

/** What its page and a comparison show. @throws LoadError */
export const readBenchData = (directory: string): Promise<BenchData> =>
  measure(directory, readBench(join(directory, 'bench.json')), null)

export const isBench = (directory: string): boolean => existsSync(join(directory, 'bench.json'))

/** @throws LoadError */
export function readBench(file: string): BenchFile {
  let bench: Partial<BenchFile> | null
  try {
    bench = JSON.parse(readFileSync(file, 'utf8')) as Partial<BenchFile> | null
  } catch (error) {
    const detail = `cannot be read: ${(error as Error).message}`
    throw new LoadError('unreadable', { file, line: 0, byteOffset: 0 }, detail)
  }
  if (bench?.format !== 1) {
    const detail = `format is ${String(bench?.format)}; this version reads 1`
    throw new LoadError('corrupt', { file, line: 0, byteOffset: 0 }, detail)
  }
  const wrong = wrongField(bench)
  if (wrong === null) return bench as BenchFile
  const detail = `${wrong} is missing or damaged`
  throw new LoadError('corrupt', { file, line: 0, byteOffset: 0 }, detail)
}

const fieldTypes: readonly (readonly [type: string, fields: readonly (keyof BenchFile)[]])[] = [
  ['string', ['version', 'command', 'startedAt', 'type', 'bucket', 'distribution', 'keyPrefix']],
  ['number', ['operations', 'warmUp', 'workers', 'readPercent', 'keys', 'valueBytes', 'seed']],
  ['number', ['measuredToNanos']],
  ['boolean', ['interrupted']],
]

/** What reports and checks rely on: a damaged file must not become a verdict, or a stack trace. */
function wrongField(bench: Partial<BenchFile>): string | null {
  for (const [type, fields] of fieldTypes) {
    const wrong = fields.find((field) => typeof bench[field] !== type)
    if (wrong !== undefined) return wrong
  }
  const { targets, counts, measuredFromNanos } = bench
  if (!Array.isArray(targets)) return 'targets'
  if (measuredFromNanos !== null && typeof measuredFromNanos !== 'number')
    return 'measuredFromNanos'
  const isCounted = ['merges', 'ok', 'fail', 'info'].every(
    (name) => typeof (counts as Record<string, unknown> | null | undefined)?.[name] === 'number',
  )
  return isCounted ? null : 'counts'
}

/** Loading, warm-up and merges are in the history, and nowhere else. */
async function measure(
  directory: string,
  bench: BenchFile,
  csv: HistoryVisitor | null,
): Promise<BenchData> {
  const from = bench.measuredFromNanos ?? Infinity
  const micros = Math.max(1, Math.round((bench.measuredToNanos - from) / 1000))
  const runMicros = Number.isFinite(micros) ? micros : 1
  const start = Number.isFinite(from) ? from : 0
  const meter = new FaultMeter(bench.faults ?? [], start, runMicros)
  const operations = new Operations(runMicros, meter.windows)
  const transactions = bench.txnKeys === undefined ? null : new TransactionMeter(bench.txnKeys)
  const all = new Histogram()
  await scanHistory(join(directory, 'history.jsonl'), bench.interrupted, {
    operation: (invoke, completion) => {
      if (invoke.time < from || invoke.op?.endsWith('m') === true) return
      const due = { ...invoke, time: Math.max(0, (invoke.due ?? invoke.time) - from) }
      const end = completion === null ? null : { ...completion, time: completion.time - from }
      operations.add(due, end)
      meter.add(due, end)
      transactions?.add(due, end)
      if (end?.type === 'ok') all.add(Math.round((end.time - due.time) / 1000))
      csv?.operation(due, end)
    },
    ...(csv?.settle === undefined ? {} : { settle: csv.settle }),
  })
  transactions?.close()
  const run = {
    healedAtMicros: healOf(bench, meter.windows),
    scenario: { durationMicros: runMicros },
    counts: { simulatedMicros: runMicros },
  }
  const verdict = await readVerdict(join(directory, 'verdict.json'))
  const effects = meter.effects()
  return { bench, all, transactions, operations, faults: meter.windows, effects, run, verdict }
}

/** When the last of the nodes served again. */
function healOf({ faults = [] }: BenchFile, windows: readonly FaultWindow[]): number | null {
  if (faults.length === 0 || faults.some(({ backNanos }) => backNanos === null)) return null
  return windows.reduce((last, { toMicros }) => Math.max(last, toMicros), 0)
}

const row = (figure: string, value: Figure['value'], unit: string): Figure => ({
  figure,
  value,
  unit,
})

export function benchFigures({
  bench,
  all,
  transactions,
  operations,
  effects,
  run,
}: BenchData): readonly Figure[] {
  const { whole } = operations
  const { ok, fail, info } = whole.tally
  const seconds = run.counts.simulatedMicros / 1e6
  const perSecond = (number: number): number => Number((number / seconds).toFixed(1))
  return [
    row('type', bench.type, 'text'),
    row('interrupted', bench.interrupted, 'true or false'),
    row('workers', bench.workers, 'count'),
    row('rate_asked', bench.perSecond, 'operations per second'),
    row('measured_time', run.counts.simulatedMicros, 'us'),
    row('operations', ok + fail + info, 'count'),
    row('operations_ok', ok, 'count'),
    row('operations_fail', fail, 'count'),
    row('operations_info', info, 'count'),
    row('merges', bench.counts.merges, 'count'),
    row('throughput', perSecond(ok), 'operations per second'),
    row('read_throughput', perSecond(whole.reads.tally.ok), 'operations per second'),
    row('write_throughput', perSecond(whole.writes.tally.ok), 'operations per second'),
    ...(transactions === null ? [] : transactionRows(bench, transactions, seconds)),
    ...latencyRows('', all),
    ...sideRows('read', whole.reads),
    ...sideRows('write', whole.writes),
    ...operations
      .explained()
      .map(({ outcome, code, count }) =>
        row(`${outcome}_${code.replaceAll(' ', '_')}`, count, 'count'),
      ),
    ...faultFigures(effects),
  ]
}

function transactionRows(
  { txnKeys, conflict }: BenchFile,
  { ok, fail, info, partial, overlapped, merged, latency }: TransactionData,
  seconds: number,
): readonly Figure[] {
  // Where the last write wins there are no siblings to see it by.
  const seen = (number: number): number | null => (conflict === 'lww' ? null : number)
  return [
    row('transaction_keys', txnKeys ?? null, 'count'),
    row('transactions_ok', ok, 'count'),
    row('transactions_fail', fail, 'count'),
    row('transactions_info', info, 'count'),
    row('transactions_partial', partial, 'count'),
    row('transactions_overlapped', seen(overlapped), 'count'),
    row('transactions_merged', seen(merged), 'count'),
    row('transaction_throughput', Number((ok / seconds).toFixed(1)), 'transactions per second'),
    ...latencyRows('transaction_', latency),
  ]
}

const sideRows = (name: string, { latency }: Side): readonly Figure[] =>
  latencyRows(`${name}_`, latency)

const quantiles = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
] as const

function latencyRows(name: string, latency: Histogram): readonly Figure[] {
  return [
    ...quantiles.map(([label, q]) => row(`${name}latency_${label}`, latency.quantile(q), 'us')),
    row(`${name}latency_max`, latency.count === 0 ? null : latency.max, 'us'),
  ]
}

/** One row a window, the columns of the charts. */
async function writeColumns(path: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns)
  const file = new CsvFile(
    path,
    names.map((name) => (name === 't' ? 't_s' : /_p\d+$/.test(name) ? `${name}_ms` : name)),
  )
  const rows = columns['t']?.length ?? 0
  for (let at = 0; at < rows; at++) file.add(names.map((name) => columns[name]?.[at] ?? null))
  await file.close()
}
