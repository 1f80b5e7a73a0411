/**
 * Writes the history, line by line, in the fields of core/history.ts. Built by hand: it is in the
 * hot loop.
 */
import type {
  Context,
  Dot,
  EventType,
  HistoryF,
  KeyRef,
  KeyState,
  NodeId,
  Outcome,
  Rejected,
  Sibling,
  Unknown,
  VersionVector,
} from '../core/index.js'
import { liveSiblings } from '../core/version/siblings.js'
import { tagLength } from '../scenarios/workload.js'
import { encode } from './line.js'
import type { LineWriter, Part } from './line.js'
import type { Sink } from './sink.js'

/** One operation as its client sees it. */
export interface Operation {
  readonly process: number
  readonly session: string
  readonly f: HistoryF
  readonly bucket: string
  readonly key: string
  /** What the clients call the key among themselves (`KeyNumbers`). */
  readonly keyNumber: number
  readonly opId: string
  /** Without padding; null for reads and deletes. */
  readonly value: string | null
  readonly context: Context | null
  readonly invokedMicros: number
}

export interface HistoryCounts {
  operations: number
  ok: number
  fail: number
  info: number
}

const field = (name: string): Part => encode(`,"${name}":`)

const fields = {
  index: encode('{"index":'),
  process: field('process'),
  bucket: field('bucket'),
  key: field('key'),
  value: field('value'),
  time: field('time'),
  session: encode(',"session":"'),
  op: encode('","op":"'),
  context: field('context'),
  dot: field('dot'),
  dots: field('dots'),
  vv: field('vv'),
  code: field('code'),
  need: field('need'),
  got: field('got'),
  node: encode(',"node":"'),
  end: encode('"}'),
}
/** What a kind of line says of itself, as one part. */
const ofType = (type: EventType): Readonly<Record<HistoryF, Part>> => {
  const kind = (f: HistoryF): Part => encode(`,"type":"${type}","f":"${f}"`)
  return {
    read: kind('read'),
    write: kind('write'),
    delete: kind('delete'),
    append: kind('append'),
    final: kind('final'),
  }
}
const kinds: Readonly<Record<EventType, Readonly<Record<HistoryF, Part>>>> = {
  invoke: ofType('invoke'),
  ok: ofType('ok'),
  fail: ofType('fail'),
  info: ofType('info'),
}
/** The common ones are found without a look-up by name. */
function kindOf(type: EventType, f: HistoryF): Part {
  const ofThatType = type === 'invoke' ? invoked : type === 'ok' ? succeeded : kinds[type]
  return f === 'read' ? ofThatType.read : f === 'write' ? ofThatType.write : ofThatType[f]
}
const { invoke: invoked, ok: succeeded } = kinds
const nothing = encode('null')
const thousand = encode('000')
const [quote, hash, comma, colon] = [34, 35, 44, 58] as const
const [openList, closeList, openObject, closeObject] = [91, 93, 123, 125] as const

/** What is kept of more would be in no cache, and slower to find than to write. */
const fewActors = 64

export class Recorder {
  readonly counts: HistoryCounts = { operations: 0, ok: 0, fail: 0, info: 0 }
  readonly #lines: LineWriter
  readonly #actors = new Map<string, EntryParts>()
  #index = 0

  constructor(sink: Sink) {
    this.#lines = sink.history
  }

  /** Not `recorded`: counted only. */
  invoke(operation: Operation, node: string, recorded: boolean): void {
    this.counts.operations++
    if (!recorded) return
    this.#head(operation, 'invoke')
    this.#value(operation.value)
    this.#tail(operation, operation.invokedMicros)
    if (operation.f !== 'read') {
      this.#lines.part(fields.context)
      if (operation.context === null) this.#lines.part(nothing)
      else this.#vector(operation.context.vv)
    }
    this.#end(node)
  }

  complete(
    operation: Operation,
    node: string,
    outcome: Outcome,
    atMicros: number,
    recorded: boolean,
  ): void {
    const type = typeOf(operation, outcome)
    this.counts[type]++
    if (!recorded) return
    if (outcome.kind !== 'ok') this.#disappoint(operation, outcome, type, atMicros)
    else {
      this.#head(operation, 'ok')
      if (outcome.f === 'put') {
        this.#value(operation.value)
        this.#tail(operation, atMicros)
        this.#lines.part(fields.dot)
        this.#dot(outcome.dot)
      } else {
        this.#values(outcome.values)
        this.#tail(operation, atMicros)
        this.#dots(outcome.values)
      }
      this.#lines.part(fields.vv)
      this.#vector(outcome.context.vv)
    }
    this.#end(node)
  }

  #disappoint(
    operation: Operation,
    outcome: Rejected | Unknown,
    type: 'ok' | 'fail' | 'info',
    atMicros: number,
  ): void {
    this.#head(operation, type)
    this.#value(operation.value)
    this.#tail(operation, atMicros)
    const lines = this.#lines
    if (outcome.kind === 'unknown' && outcome.dot !== null) {
      lines.part(fields.dot)
      this.#dot(outcome.dot)
    }
    lines.part(fields.code)
    lines.quoted(outcome.code)
    lines.part(fields.need)
    lines.integer(outcome.need)
    lines.part(fields.got)
    lines.integer(outcome.got)
  }

  /** What an owner holds at the end. */
  final(node: NodeId, key: KeyRef, state: KeyState, atMicros: number): void {
    const values = liveSiblings(state)
    const lines = this.#lines
    this.#start(-1, 'ok', 'final', key.bucket)
    lines.part(fields.key)
    lines.text(JSON.stringify(key.key))
    this.#values(values)
    this.#time(atMicros)
    this.#dots(values)
    lines.part(fields.vv)
    this.#vector(state.vv)
    this.#end(node)
  }

  #start(process: number, type: EventType, f: HistoryF, bucket: string): void {
    const lines = this.#lines
    lines.part(fields.index)
    lines.integer(this.#index++)
    lines.part(fields.process)
    lines.integer(process)
    lines.part(kindOf(type, f))
    if (bucket === 'default') return
    lines.part(fields.bucket)
    lines.text(JSON.stringify(bucket))
  }

  #head(operation: Operation, type: EventType): void {
    this.#start(operation.process, type, operation.f, operation.bucket)
    this.#lines.part(fields.key)
    this.#lines.quoted(operation.key)
  }

  #tail(operation: Operation, atMicros: number): void {
    const lines = this.#lines
    this.#time(atMicros)
    lines.part(fields.session)
    lines.text(operation.session)
    lines.part(fields.op)
    lines.text(operation.opId)
    lines.byte(quote)
  }

  #end(node: string): void {
    const lines = this.#lines
    lines.part(fields.node)
    lines.text(node)
    lines.part(fields.end)
    lines.end()
  }

  /** In nanoseconds. */
  #time(atMicros: number): void {
    this.#lines.part(fields.time)
    this.#lines.integer(atMicros)
    if (atMicros !== 0) this.#lines.part(thousand)
  }

  /** The workload's values need no escapes. */
  #value(value: string | null): void {
    this.#lines.part(fields.value)
    if (value === null) this.#lines.part(nothing)
    else this.#lines.quoted(value)
  }

  /** One value stands alone, several are a list. */
  #values(values: readonly Sibling[]): void {
    const lines = this.#lines
    lines.part(fields.value)
    if (values.length === 0) lines.part(nothing)
    if (values.length > 1) lines.byte(openList)
    for (let i = 0; i < values.length; i++) {
      const value = (values[i] as Sibling).value ?? ''
      if (i > 0) lines.byte(comma)
      lines.quoted(value, tagLength(value))
    }
    if (values.length > 1) lines.byte(closeList)
  }

  #dots(dots: readonly Dot[]): void {
    const lines = this.#lines
    lines.part(fields.dots)
    lines.byte(openList)
    for (let i = 0; i < dots.length; i++) {
      if (i > 0) lines.byte(comma)
      this.#dot(dots[i] as Dot)
    }
    lines.byte(closeList)
  }

  #dot(dot: Dot): void {
    const lines = this.#lines
    lines.byte(quote)
    lines.text(dot.actor)
    lines.byte(hash)
    lines.integer(dot.n)
    lines.byte(quote)
  }

  /** What stands before the number of an actor, where there are few actors and many vectors. */
  #entry(actor: string, isFirst: boolean): void {
    let parts = this.#actors.get(actor)
    if (parts === undefined) {
      if (this.#actors.size >= fewActors) {
        this.#lines.byte(isFirst ? openObject : comma)
        this.#lines.quoted(actor)
        this.#lines.byte(colon)
        return
      }
      parts = { first: encode(`{"${actor}":`), next: encode(`,"${actor}":`) }
      this.#actors.set(actor, parts)
    }
    this.#lines.part(isFirst ? parts.first : parts.next)
  }

  #vector(vv: VersionVector): void {
    const lines = this.#lines
    if (vv.length === 0) lines.byte(openObject)
    for (let i = 0; i < vv.length; i++) {
      const entry = vv[i] as Dot
      this.#entry(entry.actor, i === 0)
      lines.integer(entry.n)
    }
    lines.byte(closeObject)
  }
}

interface EntryParts {
  readonly first: Part
  readonly next: Part
}

function typeOf({ f }: Operation, outcome: Outcome): 'ok' | 'fail' | 'info' {
  if (outcome.kind === 'ok') return 'ok'
  return outcome.kind === 'unknown' && f !== 'read' ? 'info' : 'fail'
}
