/** One worker: one operation at a time, each recorded as it begins and as it ends. */
import type { HistoryEvent } from '../../core/index.js'
import { tagOf } from '../../scenarios/workload.js'
import type { Client, Found, ReadOptions, Written, WriteOptions } from '../client/index.js'
import { StoreError, Unknown } from '../client/index.js'
import type { BenchPlan, BenchSink } from './plan.js'
import type { Seen } from './memory.js'
import { Memory } from './memory.js'
import { historyDot, vectorOf } from './vector.js'

/** A client, or a session of it. */
export interface BenchStore {
  get(key: string, options?: ReadOptions): Promise<Found>
  put(key: string, value: unknown, options?: WriteOptions): Promise<Written>
}

/** What a worker is to do: one operation, or a transaction of several. */
export type Job =
  | { readonly kind: 'read' | 'write'; readonly key: string }
  | { readonly kind: 'txn'; readonly keys: readonly string[] }

/** Of a transaction, `info` is also that a part of it is written and the rest is not. */
export type Ending = 'ok' | 'fail' | 'info'

/** Around one operation. */
interface Around {
  /** Open loop: when it should begin. */
  readonly dueNanos: number | null
  /** What is known of the key, and where it is kept. */
  readonly memory: Memory
  /** The transaction that it is a part of. */
  readonly txn: string | null
  /** How often the key was changed, as its value says. */
  readonly changes: Map<string, number> | null
}

/** What the workers of a run share. */
export class Recording {
  readonly memory = new Memory()
  /** Reads that nobody asked for, made so that writes could cover the siblings of a key. */
  merges = 0
  readonly #sink: BenchSink
  readonly #startedMillis = performance.now()
  #index = 0
  #processes = 0

  constructor(sink: BenchSink) {
    this.#sink = sink
  }

  nowNanos(): number {
    return Math.round((performance.now() - this.#startedMillis) * 1e6)
  }

  nextProcess(): number {
    return this.#processes++
  }

  write(event: Omit<HistoryEvent, 'index'>): void {
    this.#sink.event({ index: this.#index++, ...event })
  }
}

export class Worker {
  readonly id: string
  readonly #store: BenchStore
  readonly #plan: BenchPlan
  readonly #recording: Recording
  readonly #memory: Memory
  #process: number
  #operations = 0
  #transactions = 0
  /** The key that is to be read before it is written again. */
  #crowded: string | null = null

  constructor(number: number, client: Client, plan: BenchPlan, recording: Recording) {
    this.id = `w${String(number)}`
    const inSession = plan.type === 'read' || plan.type === 'write'
    this.#store = inSession ? client.session() : client
    this.#memory = inSession ? new Memory() : recording.memory
    this.#plan = plan
    this.#recording = recording
    this.#process = recording.nextProcess()
  }

  run(job: Job, dueNanos: number | null): Promise<Ending> {
    const around = { dueNanos, memory: this.#memory, txn: null, changes: null }
    switch (job.kind) {
      case 'read':
        return this.#read(job.key, around)
      case 'write':
        return this.#write(job.key, around)
      case 'txn':
        return this.#transact(job.keys, dueNanos)
    }
  }

  /** To be called after each operation, outside of its time. */
  async mend(): Promise<void> {
    const key = this.#crowded
    if (key === null) return
    this.#crowded = null
    this.#recording.merges++
    const around = { dueNanos: null, memory: this.#memory, txn: null, changes: null }
    await this.#read(key, around, 'm')
  }

  /**
   * Every key is read, then every key is written, with the context that it was read with and with a
   * value that counts on from all the siblings that were read. The store promises no isolation:
   * others write in between, and what has been written stays when a later write fails. Nothing is
   * begun after a failure.
   */
  async #transact(keys: readonly string[], dueNanos: number | null): Promise<Ending> {
    const txn = `${this.id}.t${String(++this.#transactions)}`
    const around: Around = { dueNanos: null, memory: new Memory(), txn, changes: new Map() }
    let written = 0
    for (const [index, key] of keys.entries()) {
      const ending = await this.#read(key, { ...around, dueNanos: index === 0 ? dueNanos : null })
      if (ending !== 'ok') return 'fail'
    }
    for (const key of keys) {
      const ending = await this.#write(key, around)
      if (ending !== 'ok') return written > 0 ? 'info' : ending
      written++
    }
    return 'ok'
  }

  async #read(key: string, around: Around, mark = ''): Promise<Ending> {
    const { memory } = around
    const base = this.#base('read', key, around, mark)
    this.#invoke({ ...base, value: null }, around.dueNanos)
    try {
      const { bucket, timeoutMillis } = this.#plan
      const found = await this.#store.get(key, { bucket, timeoutMillis })
      memory.remember(key, { context: found.context, vector: found.clock })
      memory.wasRead(key)
      around.changes?.set(key, changesOf(found))
      const { value, dots } = shownOf(found)
      this.#record({ ...base, type: 'ok', value, dots, vv: found.clock })
      return 'ok'
    } catch (error) {
      return this.#failed({ ...base, value: null }, error)
    }
  }

  async #write(key: string, around: Around): Promise<Ending> {
    const { memory, dueNanos, changes } = around
    const base = this.#base('write', key, around)
    const value = base.op
    const seen = memory.get(key)
    this.#invoke({ ...base, value, context: seen === null ? null : seen.vector }, dueNanos)
    try {
      const { bucket, timeoutMillis, valueBytes } = this.#plan
      const text = changes === null ? value : `${value}~${String((changes.get(key) ?? 0) + 1)}`
      const padded = text.padEnd(valueBytes, '~')
      const options = { bucket, timeoutMillis, context: seen?.context ?? null }
      const { context, dot, node } = await this.#store.put(key, padded, options)
      const vector = vectorOf(context)
      const told = vector === null ? {} : { vv: vector }
      this.#record({ ...base, type: 'ok', value, node, dot: historyDot(dot), ...told })
      if (vector !== null) this.#wrote(key, { context, vector }, historyDot(dot), memory)
      return 'ok'
    } catch (error) {
      return this.#failed({ ...base, value }, error)
    }
  }

  #base(f: 'read' | 'write', key: string, { txn }: Around, mark = '') {
    const { bucket } = this.#plan
    const op = `${this.id}.${String(++this.#operations)}${mark}`
    const where = bucket === 'default' ? {} : { bucket }
    const part = txn === null ? {} : { txn }
    return { process: this.#process, f, key, session: this.id, op, ...where, ...part }
  }

  #invoke(event: Omit<HistoryEvent, 'index' | 'type' | 'time'>, dueNanos: number | null): void {
    const time = this.#recording.nowNanos()
    const due = dueNanos === null ? {} : { due: Math.min(dueNanos, time) }
    this.#recording.write({ ...event, type: 'invoke', time, ...due })
  }

  #record(event: Omit<HistoryEvent, 'index' | 'time'>): void {
    this.#recording.write({ ...event, time: this.#recording.nowNanos() })
  }

  /** After an unknown end its process never returns: a new one goes on in the same session. */
  #failed(event: Omit<HistoryEvent, 'index' | 'type' | 'time'>, error: unknown): Ending {
    if (!(error instanceof StoreError)) throw error
    const type = error instanceof Unknown ? 'info' : 'fail'
    const { code, need, got, dot } = error
    this.#record({
      ...event,
      type,
      code,
      ...(need === null ? {} : { need }),
      ...(got === null ? {} : { got }),
      ...(dot === null || type === 'fail' ? {} : { dot: historyDot(dot) }),
    })
    if (type === 'info') this.#process = this.#recording.nextProcess()
    return type
  }

  #wrote(key: string, seen: Seen, dot: string, memory: Memory): void {
    memory.remember(key, seen)
    const at = dot.lastIndexOf('#')
    const isAlone = (seen.vector[dot.slice(0, at)] ?? 0) >= Number(dot.slice(at + 1))
    if (!isAlone && memory.crowded(key)) this.#crowded = key
  }
}

function shownOf(found: Found): Required<Pick<HistoryEvent, 'value' | 'dots'>> {
  switch (found.kind) {
    case 'absent':
      return { value: null, dots: [] }
    case 'found':
      return { value: textOf(found.value), dots: [historyDot(found.dot)] }
    case 'siblings':
      return {
        value: found.siblings.map(({ value }) => textOf(value)),
        dots: found.siblings.map(({ dot }) => historyDot(dot)),
      }
  }
}

/** What somebody else has written there is shown as it stands. */
function textOf(value: Extract<Found, { kind: 'found' }>['value']): string {
  if (value.kind === 'bytes') return Buffer.from(value.bytes).toString('base64')
  return typeof value.value === 'string' ? tagOf(value.value) : value.text
}

/** Of siblings the most: who merges them counts on from there. */
function changesOf(found: Found): number {
  switch (found.kind) {
    case 'absent':
      return 0
    case 'found':
      return countIn(found.value)
    case 'siblings':
      return Math.max(...found.siblings.map(({ value }) => countIn(value)))
  }
}

/** `w1.7~3~~~`: the third change. The first writes of the keys say no number. */
function countIn(value: Extract<Found, { kind: 'found' }>['value']): number {
  if (value.kind === 'bytes' || typeof value.value !== 'string') return 0
  const [, count] = /^~(\d+)/.exec(value.value.slice(tagOf(value.value).length)) ?? []
  return Number(count ?? 0)
}
