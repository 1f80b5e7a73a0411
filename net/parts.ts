/**
 * Parts of operations that other nodes coordinate or have handed on, where they were slow or have
 * failed: said with the operation's id, which is the same on all nodes.
 */
import type { Message, Micros, NodeId } from '../core/index.js'
import type { WriteLog } from './door.js'
import { Sparing } from './sparing.js'

/** A message that is a part of an operation. */
type Part = Extract<Message, { readonly opId: string }>

interface HandedOn {
  readonly part: Part
  readonly sinceMicros: Micros
}

const linesPerSecond = 10
/** A forward that a former life should have taken is never answered: its line stays until then. */
const mostHandedOn = 10_000

export class Parts {
  readonly #slowMicros: Micros
  readonly #log: WriteLog
  readonly #sparing = new Sparing(linesPerSecond)
  readonly #handedOn = new Map<string, HandedOn>()

  constructor(slowMicros: Micros, log: WriteLog) {
    this.#slowMicros = slowMicros
    this.#log = log
  }

  /** Null: of no operation. */
  partOf(message: Message, nowMicros: Micros): Part | null {
    if (!('opId' in message)) return null
    if (message.kind === 'forward') this.#remember(message, nowMicros)
    return message
  }

  /** What a part had to write is durable. */
  stored(part: Part, micros: Micros): void {
    if (micros >= this.#slowMicros) this.#say('slow_part', part, { millis: inMillis(micros) })
  }

  /** Looks at every message that leaves for the end of a forward. */
  sent(to: NodeId, message: Message, nowMicros: Micros): void {
    if (message.kind !== 'forward_ok' && message.kind !== 'forward_failed') return
    const place = `${to}/${String(message.request)}`
    const handedOn = this.#handedOn.get(place)
    if (handedOn === undefined) return
    this.#handedOn.delete(place)
    const { part, sinceMicros } = handedOn
    const millis = inMillis(nowMicros - sinceMicros)
    const code = codeOf(message)
    if (code !== null) this.#say('failed_part', part, { code, millis })
    else if (nowMicros - sinceMicros >= this.#slowMicros) this.#say('slow_part', part, { millis })
  }

  #remember(part: Part, sinceMicros: Micros): void {
    this.#handedOn.set(`${part.from}/${String(part.request)}`, { part, sinceMicros })
    if (this.#handedOn.size <= mostHandedOn) return
    for (const oldest of this.#handedOn.keys()) {
      this.#handedOn.delete(oldest)
      break
    }
  }

  #say(event: string, { kind, from, opId }: Part, fields: Readonly<Record<string, unknown>>): void {
    const omitted = this.#sparing.admit()
    if (omitted === null) return
    const more = omitted === 0 ? {} : { omitted }
    this.#log('warn', event, { operation_id: opId, part: kind, from, ...fields, ...more })
  }
}

type Ending = Extract<Message, { readonly kind: 'forward_ok' | 'forward_failed' }>

function codeOf(message: Ending): string | null {
  if (message.kind === 'forward_failed') return message.code
  const { outcome } = message
  return outcome.kind === 'ok' ? null : outcome.code
}

const inMillis = (micros: Micros): number => Math.round(micros / 100) / 10
