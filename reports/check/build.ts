/** Events in, columns out (see history.ts). Strict: an event that does not fit is an error, never a guess. */
import type { HistoryEvent } from '../../core/history.js'
import { IntegerColumn, Names } from './column.js'
import {
  ACQUIRE,
  APPEND,
  CAS,
  DELETE,
  FAIL,
  FINAL,
  INFO,
  NULL,
  OK,
  READ,
  RELEASE,
  SEVERAL,
  TRANSACTION,
  WRITE,
} from './history.js'
import type { History, KeyName, Value } from './history.js'
import { OperationTable } from './table.js'

/** What is wrong with one event; the loader adds where it stood. */
export class EventError extends Error {
  override readonly name = 'EventError'
}

const kinds: ReadonlyMap<unknown, number> = new Map([
  ['read', READ],
  ['get', READ],
  ['write', WRITE],
  ['put', WRITE],
  ['cas', CAS],
  ['append', APPEND],
  ['delete', DELETE],
  ['acquire', ACQUIRE],
  ['release', RELEASE],
  ['txn', TRANSACTION],
  ['final', FINAL],
])

const outcomes: ReadonlyMap<unknown, number> = new Map([
  ['ok', OK],
  ['fail', FAIL],
  ['info', INFO],
])

/** One parsed line, nothing trusted. */
export type RawEvent = Readonly<Record<string, unknown>>

export class HistoryBuilder {
  private readonly table = new OperationTable()
  private readonly events = new IntegerColumn(2048)
  private readonly siblingValue = new IntegerColumn(1024)
  private readonly siblingActor = new IntegerColumn(1024)
  private readonly siblingCounter = new IntegerColumn(1024)
  private readonly vectorActor = new IntegerColumn(1024)
  private readonly vectorCounter = new IntegerColumn(1024)

  private readonly values = new Names<Value>()
  private readonly keyIds = new Map<string, Map<string, number>>()
  private readonly keys: KeyName[] = []
  private readonly sessions = new Names<string>()
  private readonly nodes = new Names<string>()
  private readonly actors = new Names<string>()
  private readonly codes = new Names<string>()

  /** Process -> its operation that has not completed. */
  private readonly open = new Map<number, number>()
  private finals = 0
  private skipped = 0
  private timed: boolean | null = null
  private lastTime = -Infinity
  private outOfOrder = 0

  constructor() {
    this.values.of(null)
  }

  /** @throws EventError if the event is malformed, or contradicts an earlier one. */
  add(event: RawEvent): void {
    const line = this.events.length
    const process = event['process']
    if (typeof process !== 'number') return this.skip(process)
    const kind = kinds.get(event['f'])
    if (kind === undefined) throw new EventError(`unknown operation f: ${show(event['f'])}`)
    const time = this.time(event['time'], line)
    if (event['type'] === 'invoke') return this.invoke(event, process, kind, time)
    const outcome = outcomes.get(event['type'])
    if (outcome === undefined) {
      throw new EventError(`type is ${show(event['type'])}, not invoke, ok, fail or info`)
    }
    if (kind === FINAL) return this.final(event, process, time, outcome)
    this.complete(event, process, kind, time, outcome)
  }

  /** Jepsen's nemesis is a process with a name. */
  private skip(process: unknown): void {
    if (typeof process !== 'string')
      throw new EventError(`process is ${show(process)}, not a number`)
    this.skipped++
    this.events.push(-1)
  }

  private time(time: unknown, line: number): number {
    const timed = time !== undefined && time !== null
    this.timed ??= timed
    if (timed !== this.timed) throw new EventError('some events carry a time and some do not')
    if (!timed) return line
    if (typeof time !== 'number' || !Number.isFinite(time)) {
      throw new EventError(`time is ${show(time)}, not a number`)
    }
    if (time < this.lastTime) this.outOfOrder++
    else this.lastTime = time
    return time
  }

  private invoke(event: RawEvent, process: number, kind: number, time: number): void {
    if (kind === FINAL) throw new EventError('a final is not invoked, it is only ok')
    const open = this.open.get(process)
    if (open !== undefined && this.table.integer.completion.at(open) < 0) {
      const line = String(this.table.integer.start.at(open) + 1)
      throw new EventError(
        `process ${String(process)} invokes while its operation of line ${line} has not completed`,
      )
    }
    const row = this.row(event, process, kind, time)
    this.open.set(process, row)
    this.writtenValue(row, kind, event['value'])
    const context = event['context']
    if (context !== undefined) this.context(row, context)
    this.events.push(row * 2)
  }

  /** A row with everything unknown but who, what and when. */
  private row(event: RawEvent, process: number, kind: number, time: number): number {
    const row = this.table.append(text(event, 'op'))
    const { integer, number } = this.table
    integer.kind.set(row, kind)
    integer.process.set(row, process)
    integer.session.set(row, this.sessionOf(event, process))
    integer.key.set(row, this.keyOf(event))
    const node = text(event, 'node')
    if (node !== null) integer.node.set(row, this.nodes.of(node))
    integer.start.set(row, this.events.length)
    number.startNanos.set(row, time)
    return row
  }

  private sessionOf(event: RawEvent, process: number): number {
    return this.sessions.of(text(event, 'session') ?? `process ${String(process)}`)
  }

  private keyOf(event: RawEvent): number {
    const key = event['key'] ?? ''
    if (typeof key !== 'string' && typeof key !== 'number') {
      throw new EventError(`key is ${show(key)}, not a string`)
    }
    const bucket = text(event, 'bucket') ?? 'default'
    let ids = this.keyIds.get(bucket)
    if (ids === undefined) this.keyIds.set(bucket, (ids = new Map<string, number>()))
    const name = String(key)
    const known = ids.get(name)
    if (known !== undefined) return known
    const id = this.keys.length
    ids.set(name, id)
    this.keys.push({ bucket, key: name, label: bucket === 'default' ? name : `${bucket}/${name}` })
    return id
  }

  private writtenValue(row: number, kind: number, value: unknown): void {
    if (kind === READ) return
    if (kind !== CAS) {
      this.table.integer.value.set(row, kind === DELETE ? NULL : this.valueOf(value))
      return
    }
    if (!Array.isArray(value) || value.length !== 2) {
      throw new EventError(`the value of a cas is ${show(value)}, not [from, to]`)
    }
    this.table.integer.value.set(row, this.valueOf(value[0]))
    this.table.integer.swap.set(row, this.valueOf(value[1]))
  }

  private valueOf(value: unknown): number {
    if (value === undefined) return NULL
    if (typeof value === 'object' && value !== null) return this.values.of(JSON.stringify(value))
    return this.values.of(value as Value)
  }

  private complete(
    event: RawEvent,
    process: number,
    kind: number,
    time: number,
    outcome: number,
  ): void {
    const row = this.open.get(process)
    if (row === undefined || this.table.integer.completion.at(row) >= 0) {
      throw new EventError(`process ${String(process)} completes what it never invoked`)
    }
    const line = String(this.table.integer.start.at(row) + 1)
    if (this.table.integer.kind.at(row) !== kind) {
      throw new EventError(`completes as ${show(event['f'])} the operation of line ${line}`)
    }
    if (event['key'] !== undefined && this.keyOf(event) !== this.table.integer.key.at(row)) {
      throw new EventError(`completes with another key the operation of line ${line}`)
    }
    this.table.integer.outcome.set(row, outcome)
    this.table.integer.completion.set(row, this.events.length)
    if (outcome !== INFO) this.table.integer.end.set(row, this.events.length)
    this.table.number.endNanos.set(row, time)
    if (outcome === OK) this.answer(row, kind, event)
    this.reason(row, event)
    const dot = event['dot']
    if (dot !== undefined && dot !== null) this.dot(row, dot)
    this.events.push(row * 2 + 1)
  }

  private answer(row: number, kind: number, event: RawEvent): void {
    if (kind === READ) this.readValues(row, event)
    if (kind === TRANSACTION) this.table.integer.value.set(row, this.valueOf(event['value']))
    const vector = event['vv']
    if (vector !== undefined) this.vector(row, vector)
  }

  private reason(row: number, event: RawEvent): void {
    const code = text(event, 'code') ?? foreignError(event['error'])
    if (code !== null) this.table.integer.code.set(row, this.codes.of(code))
    if (typeof event['need'] === 'number') this.table.integer.need.set(row, event['need'])
    if (typeof event['got'] === 'number') this.table.integer.got.set(row, event['got'])
  }

  private final(event: RawEvent, process: number, time: number, outcome: number): void {
    if (outcome !== OK) throw new EventError('a final can only be ok')
    const row = this.row(event, process, FINAL, time)
    this.finals++
    this.table.integer.outcome.set(row, OK)
    this.table.integer.end.set(row, this.events.length)
    this.table.integer.completion.set(row, this.events.length)
    this.table.number.endNanos.set(row, time)
    this.answer(row, READ, event)
    this.events.push(-1)
  }

  private readValues(row: number, event: RawEvent): void {
    const value = event['value']
    const list: readonly unknown[] = Array.isArray(value) ? value : isNone(value) ? [] : [value]
    const dots = event['dots']
    if (dots !== undefined && !(Array.isArray(dots) && dots.length === list.length)) {
      throw new EventError(`${String(list.length)} values but dots ${show(dots)}`)
    }
    this.table.integer.siblingStart.set(row, this.siblingValue.length)
    this.table.integer.siblingCount.set(row, list.length)
    list.forEach((each, index) => {
      this.siblingValue.push(this.valueOf(each))
      this.siblingDot(dots === undefined ? null : (dots as readonly unknown[])[index])
    })
    const first = list.length === 0 ? NULL : this.siblingValue.at(this.siblingValue.length - 1)
    this.table.integer.value.set(row, list.length > 1 ? SEVERAL : first)
  }

  private siblingDot(dot: unknown): void {
    const at = dot === null ? -1 : splitDot(dot)
    this.siblingActor.push(at < 0 ? -1 : this.actors.of((dot as string).slice(0, at)))
    this.siblingCounter.push(at < 0 ? -1 : Number((dot as string).slice(at + 1)))
  }

  private dot(row: number, dot: unknown): void {
    const at = splitDot(dot)
    this.table.integer.dotActor.set(row, this.actors.of((dot as string).slice(0, at)))
    this.table.integer.dotCounter.set(row, Number((dot as string).slice(at + 1)))
  }

  private vector(row: number, vector: unknown): void {
    this.table.integer.vectorStart.set(row, this.vectorActor.length)
    this.table.integer.vectorCount.set(row, this.pushVector(vector, 'vv'))
  }

  /** null: sent without a context, which supersedes nothing. */
  private context(row: number, context: unknown): void {
    this.table.integer.contextStart.set(row, this.vectorActor.length)
    this.table.integer.contextCount.set(
      row,
      context === null ? 0 : this.pushVector(context, 'context'),
    )
  }

  private pushVector(vector: unknown, field: string): number {
    if (typeof vector !== 'object' || vector === null || Array.isArray(vector)) {
      throw new EventError(`${field} is ${show(vector)}, not an object of counters`)
    }
    let count = 0
    for (const actor in vector) {
      const counter = (vector as RawEvent)[actor]
      if (!isCounter(counter)) {
        throw new EventError(`${field} has ${show(counter)} for ${actor}, which is no counter`)
      }
      this.vectorActor.push(this.actors.of(actor))
      this.vectorCounter.push(counter)
      count++
    }
    return count
  }

  private noteList(extra: readonly string[]): readonly string[] {
    if (this.outOfOrder === 0) return extra
    const count = String(this.outOfOrder)
    return [...extra, `${count} lines are out of time order; the order of the lines was taken`]
  }

  /** The builder must not be used afterwards. */
  finish(source: string, notes: readonly string[] = []): History {
    const columns = this.table.finish()
    return {
      ...columns,
      kind: Uint8Array.from(columns.kind),
      outcome: Uint8Array.from(columns.outcome),
      source,
      size: this.table.size,
      finals: this.finals,
      lines: this.events.length,
      timed: this.timed ?? false,
      skipped: this.skipped,
      notes: this.noteList(notes),
      names: this.table.names,
      events: this.events.finish(),
      values: this.values.list,
      keys: this.keys,
      sessions: this.sessions.list,
      nodes: this.nodes.list,
      actors: this.actors.list,
      codes: this.codes.list,
      siblingValue: this.siblingValue.finish(),
      siblingActor: this.siblingActor.finish(),
      siblingCounter: this.siblingCounter.finish(),
      vectorActor: this.vectorActor.finish(),
      vectorCounter: this.vectorCounter.finish(),
    }
  }
}

/** Of events in memory, our own or foreign. @throws EventError naming the event. */
export const historyOf = (
  events: readonly (HistoryEvent | RawEvent)[],
  source = 'history',
): History => {
  const builder = new HistoryBuilder()
  events.forEach((event, index) => {
    try {
      builder.add(event as RawEvent)
    } catch (error) {
      if (!(error instanceof EventError)) throw error
      throw new EventError(`${source}:${String(index + 1)}: ${error.message}`)
    }
  })
  return builder.finish(source)
}

const isNone = (value: unknown): boolean => value === null || value === undefined

const text = (event: RawEvent, field: string): string | null => {
  const value = event[field]
  if (isNone(value)) return null
  if (typeof value !== 'string') throw new EventError(`${field} is ${show(value)}, not a string`)
  return value
}

/** Other recorders put anything at all there. */
const foreignError = (error: unknown): string | null =>
  isNone(error) ? null : typeof error === 'string' ? error : JSON.stringify(error)

/** Counters are held in 32 bits: two thousand million writes by one node. Beyond that is an error, not a wrong verdict. */
const isCounter = (counter: unknown): counter is number =>
  Number.isInteger(counter) && (counter as number) >= 0 && (counter as number) <= 0x7fffffff

/** Where the `#` of "n1:0#17" stands. */
const splitDot = (dot: unknown): number => {
  const at = typeof dot === 'string' ? dot.lastIndexOf('#') : -1
  const isDigits = at > 0 && /^\d{1,10}$/.test((dot as string).slice(at + 1))
  if (!isDigits || !isCounter(Number((dot as string).slice(at + 1)))) {
    throw new EventError(`${show(dot)} is not a dot like "n1:0#17"`)
  }
  return at
}

const show = (value: unknown): string =>
  (JSON.stringify(value) as string | undefined)?.slice(0, 60) ?? 'missing'
