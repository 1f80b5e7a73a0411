/**
 * Reads what a run left behind. A history streams through `HistoryBuilder` in pieces of a megabyte,
 * so memory grows with the columns, not with the text. Whatever is wrong is a `LoadError` that says
 * where; a damaged history never becomes a verdict.
 */
import { isUtf8 } from 'node:buffer'
import { createReadStream, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { Plant } from '../core/index.js'
import type { Scenario } from '../scenarios/model.js'
import type { ProbeReport } from '../scenarios/probe.js'
import { EventError, HistoryBuilder } from './check/build.js'
import type { RawEvent } from './check/build.js'
import type { History } from './check/history.js'
import type { InvariantReport } from './check/invariants.js'
import { LoadError } from './problem.js'
import { checkSeals } from './seal.js'

export { LoadError }

export interface LoadOptions {
  /**
   * Leave out a last line that is cut short, and note it in `History.notes`. Every verdict then
   * holds for the part that was recorded: an operation without its completion may or may not have
   * happened.
   */
  readonly allowCutTail?: boolean
}

/** `.jsonl`, or `.jsonl.gz`. @throws LoadError */
export const loadHistory = async (file: string, options: LoadOptions = {}): Promise<History> => {
  const builder = new HistoryBuilder()
  const notes: string[] = []
  const visit: Visit = (event, at) => {
    if (event !== CUT) {
      builder.add(event)
      return
    }
    const detail = 'the last line is cut short: its writer was interrupted'
    if (options.allowCutTail !== true) throw new LoadError('truncated', at, detail)
    notes.push(`line ${String(at.line)}, at byte ${String(at.byteOffset)}: ${detail}; left out`)
  }
  await eachLine(file, visit, (bytes, from, to) => builder.addPlain(bytes, from, to))
  return builder.finish(basename(file), notes)
}

interface Place {
  readonly file: string
  readonly line: number
  readonly byteOffset: number
}

/** Stands for a last line that has no end and does not parse. */
const CUT: unique symbol = Symbol('cut')

type Visit = (event: RawEvent | typeof CUT, at: Place) => void

/** True if that was all the line needs. */
type Shortcut = (bytes: Buffer, from: number, to: number) => boolean

/**
 * Every line that is not blank, parsed unless the shortcut takes it. `at` is reused between calls.
 */
const eachLine = async (file: string, visit: Visit, shortcut: Shortcut): Promise<void> => {
  const at = { file, line: 0, byteOffset: 0 }
  const take = (bytes: Buffer, from: number, to: number, ended: boolean): void => {
    at.line++
    try {
      if (!shortcut(bytes, from, to)) {
        const event = parseLine(bytes, from, to, ended, at)
        if (event !== null) visit(event, at)
      }
    } catch (error) {
      if (!(error instanceof EventError)) throw error
      throw new LoadError('corrupt', at, error.message)
    }
    at.byteOffset += to - from + 1
  }
  let rest: Buffer | null = null
  let isFirst = true
  for await (const chunk of chunks(file)) {
    const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    if (isFirst) {
      isFirst = false
      refuseGzip(file, bytes)
      // Some editors and shells put the three bytes of a byte order mark before the text.
      if (isMarked(bytes)) from = at.byteOffset = 3
    }
    for (let to = bytes.indexOf(10, from); to >= 0; to = bytes.indexOf(10, from)) {
      take(bytes, from, to, true)
      from = to + 1
    }
    rest = from < bytes.length ? bytes.subarray(from) : null
    if (rest !== null && rest.length > mostLineBytes) {
      const most = `${String(mostLineBytes >> 20)} MiB`
      throw new LoadError('corrupt', { ...at, line: at.line + 1 }, `a line of more than ${most}`)
    }
  }
  if (rest !== null) take(rest, 0, rest.length, false)
}

/** No event is as long: what has no line ends would fill the memory. */
const mostLineBytes = 64 << 20

const isMarked = (bytes: Buffer): boolean =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

function refuseGzip(file: string, bytes: Buffer): void {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return
  const detail = 'is packed by gzip: let its name end in .jsonl.gz'
  throw new LoadError('corrupt', { file, line: 0, byteOffset: 0 }, detail)
}

async function* chunks(file: string): AsyncGenerator<Buffer> {
  const raw = createReadStream(file, { highWaterMark: 1 << 20 })
  const packed = file.endsWith('.gz')
  const stream = packed ? raw.pipe(createGunzip({ chunkSize: 1 << 20 })) : raw
  raw.on('error', (error) => stream.destroy(error))
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch (error) {
    throw unreadable(file, error)
  } finally {
    raw.destroy()
  }
}

const blank = /^\s*$/

const parseLine = (
  bytes: Buffer,
  from: number,
  to: number,
  ended: boolean,
  at: Place,
): RawEvent | typeof CUT | null => {
  const line = bytes.toString('utf8', from, to)
  let event: unknown
  try {
    event = JSON.parse(line)
  } catch (error) {
    if (blank.test(line)) return null
    if (!ended) return CUT
    throw new LoadError('corrupt', at, `not JSON: ${(error as Error).message}${hintOf(line, at)}`)
  }
  // The decoder puts U+FFFD where the bytes are not text; only then is it worth asking.
  if (line.includes('\ufffd') && !isUtf8(bytes.subarray(from, to))) {
    throw new LoadError('corrupt', at, 'not UTF-8 text')
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new LoadError('corrupt', at, `not a JSON object${hintOf(line, at)}`)
  }
  return event as RawEvent
}

/** What else recorders write, by how it begins. */
const hintOf = (text: string, at: Place): string => {
  if (at.line !== 1) return ''
  if (/^\s*\[/.test(text)) {
    return '; this is one list: put each event on a line of its own, as jq -c .[] does'
  }
  return /^\s*[{[]\s*:|^#/.test(text) ? '; this looks like EDN: write each event as JSON' : ''
}

const unreadable = (file: string, error: unknown): LoadError => {
  if (error instanceof LoadError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file',
    EISDIR: 'is a directory',
    EACCES: 'not readable: permission denied',
    Z_BUF_ERROR: 'the gzip data end too early',
    Z_DATA_ERROR: 'the gzip data are damaged',
  }
  const detail = words[code] ?? `cannot be read: ${(error as Error).message}`
  const kind = code.startsWith('Z_') ? 'corrupt' : 'unreadable'
  return new LoadError(kind, { file, line: 0, byteOffset: 0 }, detail)
}

/** run.json; docs/results.md explains every field. */
export interface RunFile {
  readonly format: 1
  readonly version: string
  readonly scenario: Scenario
  readonly file: string
  readonly seed: number
  /** A bug planted in every node; null: none. */
  readonly plant: Plant | null
  /** null: the clients did not probe (runs of earlier versions do not say). */
  readonly probes?: ProbeReport | null
  readonly command: string
  readonly traceHash: string
  readonly interrupted: boolean
  readonly counts: {
    readonly events: number
    readonly simulatedMicros: number
    readonly wallMillis: number
    readonly operations: number
    readonly ok: number
    readonly fail: number
    readonly info: number
  }
  readonly healedAtMicros: number | null
  readonly convergedAtMicros: number | null
  readonly messages: readonly {
    readonly kind: string
    readonly sent: number
    readonly delivered: number
    readonly lost: number
    readonly cut: number
    readonly duplicated: number
    readonly bytes: number
  }[]
  readonly drops: Readonly<Record<string, number>>
  readonly ring: readonly {
    readonly node: string
    readonly zone: string
    readonly weight: number
    readonly primary: number
    readonly replicas: number
  }[]
  readonly faults: readonly FaultWindow[]
  readonly recoveries: readonly {
    readonly label: string
    readonly healedAtMicros: number
    readonly convergedAtMicros: number | null
  }[]
  /** Absent where none were asserted: in folders of older versions. */
  readonly invariants?: InvariantReport
  /** What the fault atlas did; absent in folders of older versions. */
  readonly atlas?: {
    /** Disks that might be damaged at a time; null: the scenario set no limit. */
    readonly mostDamaged: number | null
    readonly heldBack: number
    readonly moved: number
  }
}

export interface FaultWindow {
  readonly kind: string
  readonly label: string
  readonly fromMicros: number
  readonly toMicros: number
  readonly nodes: readonly string[]
}

/** A line of events.jsonl. */
export interface RunEvent {
  readonly timeMicros: number
  readonly kind: string
  readonly node: string | null
  readonly detail: string
}

/** metrics.csv by column; NaN where a cell is empty. */
export interface Metrics {
  readonly rows: number
  readonly columns: Readonly<Record<string, Float64Array>>
}

export interface RunFolder {
  readonly directory: string
  readonly run: RunFile
  readonly history: History
  readonly events: readonly RunEvent[]
  readonly metrics: Metrics
}

/** A whole run folder. An interrupted run may end in the middle of a line. @throws LoadError */
export const readRunFolder = async (directory: string): Promise<RunFolder> => {
  await checkSeals(directory)
  const run = await readRun(directory)
  const history = await loadHistory(join(directory, 'history.jsonl'), {
    allowCutTail: run.interrupted,
  })
  const events = await readEvents(join(directory, 'events.jsonl'), run.interrupted)
  const metrics = parseMetrics(await readText(join(directory, 'metrics.csv')))
  return { directory, run, history, events, metrics }
}

/** run.json alone. @throws LoadError */
export const readRun = async (directory: string): Promise<RunFile> => {
  const file = join(directory, 'run.json')
  if (!existsSync(file)) throw notRun(directory)
  const text = await readText(file)
  const corrupt = (detail: string): LoadError =>
    new LoadError('corrupt', { file, line: 0, byteOffset: 0 }, detail)
  let run: Partial<RunFile> | null
  try {
    run = JSON.parse(text) as Partial<RunFile> | null
  } catch (error) {
    throw corrupt(`not JSON: ${(error as Error).message}`)
  }
  if (run?.format !== 1) throw corrupt(`format is ${String(run?.format)}; this version reads 1`)
  for (const field of ['scenario', 'faults', 'counts'] as const) {
    if (typeof run[field] !== 'object') throw corrupt(`${field} is missing`)
  }
  return run as RunFile
}

/** Without run.json: what the folder is instead, as far as its files tell. */
export function notRun(directory: string): LoadError {
  const has = (name: string): boolean => existsSync(join(directory, name))
  const kind = ['bench', 'sweep', 'swarm', 'plant'].find((name) => has(`${name}.json`))
  let why = ''
  if (kind !== undefined) why = `; this is the folder of a sim ${kind}, and a run's is wanted`
  else if (has('history.jsonl')) {
    why = '; the run has not ended, or could not be written: run it again (sim check takes the '
    why += 'history.jsonl alone)'
  } else if (existsSync(directory)) why = `; is ${directory} a run folder?`
  const at = { file: join(directory, 'run.json'), line: 0, byteOffset: 0 }
  return new LoadError('unreadable', at, `no such file${why}`)
}

const readEvents = async (file: string, interrupted: boolean): Promise<readonly RunEvent[]> => {
  const events: RunEvent[] = []
  const visit: Visit = (event, at) => {
    if (event !== CUT) events.push(event as unknown as RunEvent)
    else if (!interrupted) throw new LoadError('truncated', at, 'the last line is cut short')
  }
  await eachLine(file, visit, () => false)
  return events
}

/** The cells are plain numbers, so no CSV library is needed to read them back. */
const parseMetrics = (text: string): Metrics => {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const header = (lines[0] ?? '').split(',')
  const rows = Math.max(0, lines.length - 1)
  const columns: Record<string, Float64Array> = {}
  for (const name of header) if (name !== '') columns[name] = new Float64Array(rows).fill(NaN)
  for (let row = 0; row < rows; row++) {
    const cells = (lines[row + 1] as string).split(',')
    header.forEach((name, index) => {
      const column = columns[name]
      const cell = cells[index] ?? ''
      if (column !== undefined && cell !== '') column[row] = Number(cell)
    })
  }
  return { rows, columns }
}

const readText = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}
