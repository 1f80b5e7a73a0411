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

export interface Task {
  readonly isRead: boolean
  readonly key: string
  /** Open loop: when it should begin. */
  readonly dueNanos: number | null
}

export type Ending = 'ok' | 'fail' | 'info'

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

  run(task: Task): Promise<Ending> {
    return task.isRead ? this.#read(task) : this.#write(task)
  }

  /** To be called after each operation, outside of its time. */
  async mend(): Promise<void> {
    const key = this.#crowded
    if (key === null) return
    this.#crowded = null
    this.#recording.merges++
    await this.#read({ isRead: true, key, dueNanos: null }, true)
  }

  async #read({ key, dueNanos }: Task, merges = false): Promise<Ending> {
    const base = this.#base('read', key, merges ? 'm' : '')
    this.#invoke({ ...base, value: null }, dueNanos)
    try {
      const { bucket, timeoutMillis } = this.#plan
      const found = await this.#store.get(key, { bucket, timeoutMillis })
      this.#memory.remember(key, { context: found.context, vector: found.clock })
      this.#memory.wasRead(key)
      const { value, dots } = shownOf(found)
      this.#record({ ...base, type: 'ok', value, dots, vv: found.clock })
      return 'ok'
    } catch (error) {
      return this.#failed({ ...base, value: null }, error)
    }
  }

  async #write({ key, dueNanos }: Task): Promise<Ending> {
    const base = this.#base('write', key)
    const value = base.op
    const seen = this.#memory.get(key)
    this.#invoke({ ...base, value, context: seen === null ? null : seen.vector }, dueNanos)
    try {
      const { bucket, timeoutMillis, valueBytes } = this.#plan
      const padded = value.padEnd(valueBytes, '~')
      const options = { bucket, timeoutMillis, context: seen?.context ?? null }
      const { context, dot, node } = await this.#store.put(key, padded, options)
      const vector = vectorOf(context)
      const told = vector === null ? {} : { vv: vector }
      this.#record({ ...base, type: 'ok', value, node, dot: historyDot(dot), ...told })
      if (vector !== null) this.#wrote(key, { context, vector }, historyDot(dot))
      return 'ok'
    } catch (error) {
      return this.#failed({ ...base, value }, error)
    }
  }

  #base(f: 'read' | 'write', key: string, mark = '') {
    const { bucket } = this.#plan
    const op = `${this.id}.${String(++this.#operations)}${mark}`
    const where = bucket === 'default' ? {} : { bucket }
    return { process: this.#process, f, key, session: this.id, op, ...where }
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

  #wrote(key: string, seen: Seen, dot: string): void {
    this.#memory.remember(key, seen)
    const at = dot.lastIndexOf('#')
    const isAlone = (seen.vector[dot.slice(0, at)] ?? 0) >= Number(dot.slice(at + 1))
    if (!isAlone && this.#memory.crowded(key)) this.#crowded = key
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
