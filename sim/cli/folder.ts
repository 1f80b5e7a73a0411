/**
 * The run folder, as it is written (docs/results.md). Streams to disk: memory does not grow with
 * the run.
 */
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { LineWriter } from '../line.js'
import { noSink } from '../sink.js'
import type { Sink } from '../sink.js'
import { BadInput } from './exit.js'
import { systemProblem } from './explain.js'
import { ifStopped } from './interrupt.js'

/** A file of lines. */
export class LineFile {
  readonly lines: LineWriter
  readonly #file: number

  constructor(path: string) {
    const file = openSync(path, 'w')
    this.#file = file
    this.lines = new LineWriter((bytes) => writeAll(path, file, bytes))
  }

  write(line: string): void {
    this.lines.text(line)
    this.lines.end()
  }

  close(): void {
    this.lines.flush()
    closeSync(this.#file)
  }
}

/** Two bytes an event, little endian: the low half of the trace's fingerprint after each. */
class TraceFile {
  readonly #path: string
  readonly #file: number
  readonly #values = new Uint16Array(65_536)
  #count = 0

  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'w')
  }

  add(fingerprint: number): void {
    this.#values[this.#count++] = fingerprint
    if (this.#count === this.#values.length) this.#flush()
  }

  #flush(): void {
    writeAll(this.#path, this.#file, Buffer.from(this.#values.buffer, 0, this.#count * 2))
    this.#count = 0
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }
}

function writeAll(path: string, file: number, bytes: Uint8Array): void {
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(file, bytes, written)
  } catch (error) {
    throw withPath(path, error)
  }
}

/** Of a write that fails the system does not say where: a full disk would have no name. */
function withPath(path: string, error: unknown): unknown {
  const failure = error as NodeJS.ErrnoException
  if (failure.code !== undefined) failure.path ??= path
  return error
}

/** Fills the folder. Where the disk does not take it all, what is there is said to be a part. */
export async function filling<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const isPart = `${folder} holds a part only: remove it before you try again`
  ifStopped(`stopped: ${isPart}`)
  try {
    return await work()
  } catch (error) {
    const problem = systemProblem(withPath(folder, error))
    if (problem === null) throw error
    throw new BadInput(`${problem}\n${isPart}`)
  }
}

export class FolderSink implements Sink {
  readonly history: LineWriter
  readonly #history: LineFile
  readonly #events: LineFile
  readonly #metrics: LineFile
  readonly #trace: TraceFile

  constructor(folder: string) {
    this.#history = new LineFile(join(folder, 'history.jsonl'))
    this.history = this.#history.lines
    this.#events = new LineFile(join(folder, 'events.jsonl'))
    this.#metrics = new LineFile(join(folder, 'metrics.csv'))
    this.#trace = new TraceFile(join(folder, 'trace.bin'))
  }

  event(line: string): void {
    this.#events.write(line)
  }

  metrics(line: string): void {
    this.#metrics.write(line)
  }

  message(): void {
    // Messages are recorded by a second run, which watches one key only.
  }

  trace(fingerprint: number): void {
    this.#trace.add(fingerprint)
  }

  close(): void {
    this.#history.close()
    this.#events.close()
    this.#metrics.close()
    this.#trace.close()
  }
}

/** Writes messages.jsonl and nothing else. */
export class MessageSink implements Sink {
  /** The first run has written it. */
  readonly history = noSink.history
  readonly #messages: LineFile

  constructor(folder: string) {
    this.#messages = new LineFile(join(folder, 'messages.jsonl'))
  }

  event(): void {
    // The first run has written it.
  }

  metrics(): void {
    // The first run has written it.
  }

  message(line: string): void {
    this.#messages.write(line)
  }

  trace(): void {
    // The first run has written it.
  }

  close(): void {
    this.#messages.close()
  }
}

/** Never one that exists: results of an earlier run are not written over. */
export function makeRunFolder(wanted: string | undefined, name: string, seed: number): string {
  if (wanted !== undefined) {
    if (existsSync(wanted) && !emptyFolder(wanted)) {
      throw new BadInput(
        `--out ${wanted}: it exists and is not empty; choose another folder, or remove it first`,
      )
    }
    makeFolder(wanted)
    return wanted
  }
  const base = join('runs', `${name}-${String(seed)}`)
  let folder = base
  for (let i = 2; existsSync(folder); i++) folder = `${base}-${String(i)}`
  makeFolder(folder)
  return folder
}

/**
 * With its parents. Not `recursive`: Node 20 spins for ever where a parent takes no folders, as
 * below /proc.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    throw new BadInput(`${path}: a link that leads nowhere; make its folder, or choose another`)
  }
  const parent = dirname(path)
  if (parent !== path) makeFolder(parent)
  mkdirSync(path)
}

function emptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0
  } catch {
    throw new BadInput(`--out ${path}: it exists and is not a folder`)
  }
}
