/** operations.csv and summary.csv; docs/results.md explains every column. */
import { createWriteStream } from 'node:fs'
import type { WriteStream } from 'node:fs'
import { once } from 'node:events'
import { rename, rm } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { stringify } from 'csv-stringify/sync'
import type { Options } from 'csv-stringify/sync'
import type { HistoryEvent } from '../core/history.js'
import type { ProbeReport } from '../scenarios/probe.js'
import { siblingCount } from './aggregate/history.js'
import type { HistoryVisitor } from './aggregate/history.js'
import { unreadable } from './aggregate/line.js'

export type Cell = string | number | boolean | null
export type CsvRow = readonly Cell[]

/**
 * Booleans would be `1` and empty; text that a spreadsheet would run as a formula gets a quote
 * before it.
 */
const options: Options = {
  escape_formulas: true,
  cast: { boolean: (value) => (value ? 'true' : 'false') },
}

/** Formatted and written together: a third of the time that one row after the other takes. */
const batchRows = 250

/** A CSV file being written; memory is that of a batch of rows. */
export class CsvFile {
  private readonly path: string
  private readonly file: WriteStream
  private readonly done: Promise<void>
  private batch: CsvRow[] = []

  constructor(path: string, header: readonly string[]) {
    this.path = path
    this.file = createWriteStream(path)
    this.done = finished(this.file)
    // A failure is told by `settle` and `close`, which await this promise; until then nobody does.
    this.done.catch(() => undefined)
    this.add(header)
  }

  add(row: CsvRow): void {
    this.batch.push(row)
    if (this.batch.length >= batchRows) this.flush()
  }

  /** Resolves when the disk has caught up: at once if it is fast. @throws LoadError */
  async settle(): Promise<void> {
    if (this.file.writableNeedDrain)
      await this.told(Promise.race([once(this.file, 'drain'), this.done]))
  }

  /** @throws LoadError if the file could not be written whole */
  async close(): Promise<void> {
    this.flush()
    this.file.end()
    await this.told(this.done)
  }

  private flush(): void {
    if (this.batch.length > 0) this.file.write(stringify(this.batch, options))
    this.batch = []
  }

  private async told(wait: Promise<unknown>): Promise<void> {
    try {
      await wait
    } catch (error) {
      throw unreadable(this.path, error)
    }
  }
}

const operationHeader = [
  ...['operation', 'session', 'process', 'f', 'bucket', 'key', 'node', 'start_ms', 'latency_ms'],
  ...['outcome', 'code', 'need', 'got', 'siblings'],
]

export interface OperationsCsv extends HistoryVisitor {
  /** The file is there from now on, and whole. @throws LoadError */
  readonly close: () => Promise<void>
  /** For when the history turned out to be damaged: no half of a file stays. */
  readonly discard: () => Promise<void>
}

/** Fed by a scan of the history. An operation that never completed is `info` with no latency. */
export function operationsCsv(path: string): OperationsCsv {
  const part = `${path}.part`
  const file = new CsvFile(part, operationHeader)
  return {
    operation: (invoke, completion) => file.add(operationRow(invoke, completion)),
    settle: () => file.settle(),
    close: async () => {
      await file.close()
      try {
        await rename(part, path)
      } catch (error) {
        await rm(part, { force: true })
        throw unreadable(path, error)
      }
    },
    discard: async () => {
      await file.close().catch(() => undefined)
      await rm(part, { force: true })
    },
  }
}

function operationRow(invoke: HistoryEvent, completion: HistoryEvent | null): CsvRow {
  const isAnsweredRead = invoke.f === 'read' && completion?.type === 'ok'
  return [
    invoke.op ?? invoke.index,
    invoke.session ?? null,
    invoke.process,
    invoke.f,
    invoke.bucket ?? 'default',
    invoke.key,
    completion?.node ?? invoke.node ?? null,
    invoke.time / 1e6,
    completion === null ? null : (completion.time - invoke.time) / 1e6,
    completion?.type ?? 'info',
    completion?.code ?? null,
    completion?.need ?? null,
    completion?.got ?? null,
    isAnsweredRead ? siblingCount(completion) : null,
  ]
}

/** One figure of a run, as in summary.csv. */
export interface Figure {
  readonly figure: string
  readonly value: Cell
  readonly unit: string
}

export async function writeSummary(path: string, figures: readonly Figure[]): Promise<void> {
  const file = new CsvFile(path, ['figure', 'value', 'unit'])
  for (const { figure, value, unit } of figures) file.add([figure, value, unit])
  await file.close()
}

const probeQuantiles = ['p50', 'p99', 'p999'] as const

/** pbs.csv: one row an R and W. */
export async function writeProbes(path: string, probes: ProbeReport): Promise<void> {
  const latencies = ['read', 'write'].flatMap((f) => probeQuantiles.map((q) => `${f}_${q}_ms`))
  const times = ['t99', 't999'].flatMap((t) => [`${t}_ms`, `${t}_low_ms`, `${t}_high_ms`])
  const file = new CsvFile(path, ['r', 'w', 'probes', ...latencies, 'seen_at_once', ...times])
  for (const cell of probes.cells) {
    file.add([
      cell.r,
      cell.w,
      probes.probes,
      ...[cell.read, cell.write].flatMap((side) => probeQuantiles.map((q) => side[q].micros / 1e3)),
      cell.atOnce,
      ...[cell.t99, cell.t999].flatMap(({ micros, lowMicros, highMicros }) =>
        [micros, lowMicros, highMicros].map((one) => one / 1e3),
      ),
    ])
  }
  await file.close()
}
