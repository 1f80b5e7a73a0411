/** Writes the history, line by line, in the fields of core/history.ts. Built by hand: it is in the hot loop. */
import type {
  Context,
  Dot,
  HistoryF,
  KeyRef,
  KeyState,
  NodeId,
  Outcome,
  Sibling,
  VersionVector,
} from '../core/index.js'
import { liveSiblings } from '../core/version/siblings.js'
import { tagOf } from '../scenarios/workload.js'
import type { Sink } from './sink.js'

/** One operation as its client sees it. */
export interface Operation {
  readonly process: number
  readonly session: string
  readonly f: HistoryF
  readonly bucket: string
  readonly key: string
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

export class Recorder {
  readonly counts: HistoryCounts = { operations: 0, ok: 0, fail: 0, info: 0 }
  readonly #sink: Sink
  #index = 0

  constructor(sink: Sink) {
    this.#sink = sink
  }

  invoke(operation: Operation, node: string): void {
    this.counts.operations++
    let line = this.#head(operation, 'invoke', valueText(operation.value), operation.invokedMicros)
    if (operation.f !== 'read') {
      line += `,"context":${operation.context === null ? 'null' : vectorText(operation.context.vv)}`
    }
    this.#sink.history(`${line},"node":"${node}"}`)
  }

  complete(operation: Operation, node: string, outcome: Outcome, atMicros: number): void {
    if (outcome.kind === 'ok') {
      this.counts.ok++
      if (outcome.f === 'put') {
        const head = this.#head(operation, 'ok', valueText(operation.value), atMicros)
        const vv = vectorText(outcome.context.vv)
        const dot = dotText(outcome.dot)
        this.#sink.history(`${head},"dot":${dot},"vv":${vv},"node":"${node}"}`)
      } else {
        const head = this.#head(operation, 'ok', valuesText(outcome.values), atMicros)
        const dots = dotsText(outcome.values)
        const vv = vectorText(outcome.context.vv)
        this.#sink.history(`${head},"dots":${dots},"vv":${vv},"node":"${node}"}`)
      }
      return
    }
    const isRead = operation.f === 'read'
    const type = outcome.kind === 'unknown' && !isRead ? 'info' : 'fail'
    this.counts[type]++
    let line = this.#head(operation, type, valueText(operation.value), atMicros)
    if (outcome.kind === 'unknown' && outcome.dot !== null) line += `,"dot":${dotText(outcome.dot)}`
    line += `,"code":"${outcome.code}","need":${String(outcome.need)},"got":${String(outcome.got)}`
    this.#sink.history(`${line},"node":"${node}"}`)
  }

  /** What an owner holds at the end. */
  final(node: NodeId, key: KeyRef, state: KeyState, atMicros: number): void {
    const values = liveSiblings(state)
    const bucket = bucketText(key.bucket)
    this.#sink.history(
      `{"index":${String(this.#index++)},"process":-1,"type":"ok","f":"final"${bucket},` +
        `"key":${JSON.stringify(key.key)},"value":${valuesText(values)},` +
        `"time":${nanos(atMicros)},"dots":${dotsText(values)},"vv":${vectorText(state.vv)},` +
        `"node":"${node}"}`,
    )
  }

  #head(operation: Operation, type: string, value: string, atMicros: number): string {
    return (
      `{"index":${String(this.#index++)},"process":${String(operation.process)},"type":"${type}",` +
      `"f":"${operation.f}"${bucketText(operation.bucket)},"key":"${operation.key}",` +
      `"value":${value},"time":${nanos(atMicros)},"session":"${operation.session}",` +
      `"op":"${operation.opId}"`
    )
  }
}

const nanos = (micros: number): string => (micros === 0 ? '0' : `${String(micros)}000`)

const bucketText = (bucket: string): string =>
  bucket === 'default' ? '' : `,"bucket":${JSON.stringify(bucket)}`

/** The workload's values need no escapes. */
const valueText = (value: string | null): string => (value === null ? 'null' : `"${value}"`)

function valuesText(values: readonly Sibling[]): string {
  const first = values[0]
  if (first === undefined) return 'null'
  if (values.length === 1) return `"${tagOf(first.value ?? '')}"`
  return `[${values.map((sibling) => `"${tagOf(sibling.value ?? '')}"`).join(',')}]`
}

const dotText = (dot: Dot): string => `"${dot.actor}#${String(dot.n)}"`

function dotsText(values: readonly Sibling[]): string {
  const first = values[0]
  if (values.length === 1 && first !== undefined) return `[${dotText(first)}]`
  return `[${values.map(dotText).join(',')}]`
}

function vectorText(vv: VersionVector): string {
  let text = '{'
  for (let i = 0; i < vv.length; i++) {
    const entry = vv[i] as Dot
    text += `${i === 0 ? '' : ','}"${entry.actor}":${String(entry.n)}`
  }
  return `${text}}`
}
