/**
 * Records the messages about one key in one stretch of time, for the space-time diagram of a
 * violation.
 */
import type { Message, NodeId, Outcome } from '../core/index.js'
import type { Call } from './client.js'
import { cut } from './network.js'
import type { Process } from './process.js'
import type { Sink, Watch } from './sink.js'

type Fate = 'delivered' | 'lost' | 'cut' | 'down' | 'corrupted'

/** One line of messages.jsonl (docs/results.md). */
interface Line {
  readonly sentMicros: number
  readonly deliveredMicros: number | null
  readonly fate: Fate
  readonly from: string
  readonly to: string
  readonly kind: string
  readonly key: string
  readonly request: number | null
  readonly opId: string | null
  readonly detail: string
}

const ownNumbers = /^(sync_.*|ack|nack|push_pull_ok)$/

export class Watcher {
  readonly #sink: Sink
  readonly #watches: readonly Watch[]
  /** `node/request` of recorded questions -> their key: an answer names only its request. */
  readonly #asked = new Map<string, string>()

  constructor(sink: Sink, watches: readonly Watch[]) {
    this.#sink = sink
    this.#watches = watches
  }

  /** `atMicros`: the network's answer. */
  sent(message: Message, to: NodeId, nowMicros: number, atMicros: number): void {
    const fate = atMicros >= 0 ? 'delivered' : atMicros === cut ? 'cut' : 'lost'
    this.#record(message, to, nowMicros, atMicros >= 0 ? atMicros : null, fate)
  }

  /** It got there, or would have, but met a cut link or a dead node. */
  fate(message: Message, to: NodeId, fate: Fate, nowMicros: number): void {
    this.#record(message, to, nowMicros, null, fate)
  }

  #record(
    message: Message,
    to: NodeId,
    nowMicros: number,
    deliveredMicros: number | null,
    fate: Fate,
  ): void {
    if (this.#watches.length === 0) return
    const key = keyOf(message) ?? this.#keyAsked(message, to)
    if (key === null || !this.#concerns(key, nowMicros)) return
    if ('request' in message && !('asked' in message)) {
      this.#asked.set(`${message.from}/${String(message.request)}`, key)
    }
    this.#line({
      sentMicros: nowMicros,
      deliveredMicros,
      fate,
      from: message.from,
      to,
      kind: message.kind,
      key,
      request: 'request' in message ? message.request : null,
      opId: 'opId' in message ? message.opId : null,
      detail: detailOf(message),
    })
  }

  #keyAsked(message: Message, to: NodeId): string | null {
    // Exchanges and probes number their questions for themselves, and are no operations.
    if (!('asked' in message) || ownNumbers.test(message.kind)) return null
    return this.#asked.get(`${to}/${String(message.request)}`) ?? null
  }

  request(call: Call, to: string, nowMicros: number, atMicros: number): void {
    const { operation, client } = call
    if (!this.#concerns(operation.key, nowMicros)) return
    const value = operation.value === null ? '' : ` ${operation.value}`
    this.#line({
      ...when(nowMicros, atMicros),
      from: client.id,
      to,
      kind: operation.f,
      key: operation.key,
      request: null,
      opId: operation.opId,
      detail: `${operation.f} ${operation.key}${value}`,
    })
  }

  reply(call: Call, from: Process, outcome: Outcome, atMicros: number, nowMicros: number): void {
    const { operation, client } = call
    if (!this.#concerns(operation.key, nowMicros)) return
    this.#line({
      ...when(nowMicros, atMicros),
      from: from.options.id,
      to: client.id,
      kind: outcome.kind,
      key: operation.key,
      request: null,
      opId: operation.opId,
      detail: outcome.kind === 'ok' ? 'ok' : `${outcome.kind}: ${outcome.code}`,
    })
  }

  #concerns(key: string | null, nowMicros: number): boolean {
    if (this.#watches.length === 0) return false
    return this.#watches.some(
      (watch) => key === watch.key && nowMicros >= watch.fromMicros && nowMicros <= watch.toMicros,
    )
  }

  #line(line: Line): void {
    this.#sink.message(JSON.stringify(line))
  }
}

function when(sentMicros: number, atMicros: number) {
  const arrives = atMicros >= 0
  const fate: Fate = arrives ? 'delivered' : 'cut'
  return { sentMicros, deliveredMicros: arrives ? atMicros : null, fate }
}

/** Null: an answer, or nothing to do with keys. */
function keyOf(message: Message): string | null {
  switch (message.kind) {
    case 'forward':
      return message.operation.key
    case 'replicate':
    case 'read':
    case 'repair':
    case 'vouch':
      return message.key.key
    case 'handoff':
    case 'sync_states':
    case 'sync_states_ok':
    case 'reap_check':
    case 'reap_delete':
      return message.items[0]?.key.key ?? null
    default:
      return null
  }
}

function detailOf(message: Message): string {
  switch (message.kind) {
    case 'replicate':
      return message.hintFor === null ? values(message.state) : `hint for ${message.hintFor}`
    case 'repair':
      return values(message.state)
    case 'read_ok':
      return message.state === null ? 'nothing' : values(message.state)
    case 'handoff':
      return `${String(message.items.length)} hints`
    case 'sync_states':
    case 'sync_states_ok':
      return `${String(message.items.length)} states compared`
    case 'reap_check':
      return `may ${String(message.items.length)} tombstones go?`
    case 'reap_check_ok':
      return `${String(message.confirmed.length)} may go`
    case 'reap_delete':
      return `${String(message.items.length)} tombstones may go`
    case 'vouch':
      return 'do you know of this?'
    case 'vouch_ok':
      return message.known.length > 0 ? 'knows' : message.isSure ? 'knows nothing' : 'cannot tell'
    default:
      return message.kind.replaceAll('_', ' ')
  }
}

function values(state: {
  readonly siblings: readonly { readonly value: string | null }[]
}): string {
  return state.siblings
    .map((sibling) => sibling.value?.replace(/~+$/, '') ?? 'tombstone')
    .join(' | ')
    .slice(0, 200)
}
