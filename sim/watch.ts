/** Records the messages about one key in one stretch of time, for the space-time diagram of a violation. */
import type { Message, NodeId, Outcome } from '../core/index.js'
import type { Call } from './client.js'
import { cut } from './network.js'
import type { Process } from './process.js'
import type { Sink, Watch } from './sink.js'

type Fate = 'delivered' | 'lost' | 'cut' | 'down'

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

export class Watcher {
  readonly #sink: Sink
  readonly #watch: Watch | null

  constructor(sink: Sink, watch: Watch | null) {
    this.#sink = sink
    this.#watch = watch
  }

  /** `atMicros`: the network's answer. */
  sent(message: Message, to: NodeId, nowMicros: number, atMicros: number): void {
    if (this.#watch === null || !this.#concerns(keyOf(message), nowMicros)) return
    const fate = atMicros >= 0 ? 'delivered' : atMicros === cut ? 'cut' : 'lost'
    this.#write(message, to, nowMicros, atMicros >= 0 ? atMicros : null, fate)
  }

  /** It got there, or would have, but met a cut link or a dead node. */
  fate(message: Message, to: NodeId, fate: Fate, nowMicros: number): void {
    if (this.#watch === null || !this.#concerns(keyOf(message), nowMicros)) return
    this.#write(message, to, nowMicros, null, fate)
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
    const watch = this.#watch
    if (watch === null || key !== watch.key) return false
    return nowMicros >= watch.fromMicros && nowMicros <= watch.toMicros
  }

  #write(
    message: Message,
    to: NodeId,
    sentMicros: number,
    deliveredMicros: number | null,
    fate: Fate,
  ): void {
    this.#line({
      sentMicros,
      deliveredMicros,
      fate,
      from: message.from,
      to,
      kind: message.kind,
      key: keyOf(message) ?? '',
      request: 'request' in message ? message.request : null,
      opId: 'opId' in message ? message.opId : null,
      detail: detailOf(message),
    })
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

/** Answers name no key; they are shown for the request they belong to, which the diagram joins by `request`. */
function keyOf(message: Message): string | null {
  switch (message.kind) {
    case 'forward':
      return message.operation.key
    case 'replicate':
    case 'read':
    case 'repair':
      return message.key.key
    case 'handoff':
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
