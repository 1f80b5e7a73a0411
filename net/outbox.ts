/**
 * Messages that cannot leave now: the link is down, or the other side does not read.
 *
 * Bounded in number and in bytes. When it is full, what nobody waits for any more goes first, then
 * the oldest: a message that has waited longest is the least likely to be of use. The time that a
 * message waits here is taken off what it says is left to its request.
 */
import type { Message, Micros } from '../core/index.js'
import { messageBytes } from '../core/index.js'

export interface OutboxLimits {
  readonly messages: number
  readonly bytes: number
  /** For messages that belong to no request. */
  readonly lifeMicros: Micros
}

export interface OutboxCounters {
  /** Given up because their time was over. */
  expired: number
  /** Given up because there was no room. */
  overflowed: number
}

interface Waiting {
  readonly message: Message
  readonly bytes: number
  readonly sinceMicros: Micros
  readonly untilMicros: Micros
}

export class Outbox {
  readonly counters: OutboxCounters = { expired: 0, overflowed: 0 }
  readonly #limits: OutboxLimits
  #waiting: Waiting[] = []
  #head = 0
  #bytes = 0
  /** No message expires before this: looking for one would be in vain. */
  #firstExpiryMicros = Infinity

  constructor(limits: OutboxLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#waiting.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  add(message: Message, nowMicros: Micros): void {
    const bytes = messageBytes(message)
    const lifeMicros = 'budgetMicros' in message ? message.budgetMicros : this.#limits.lifeMicros
    this.#waiting.push({
      message,
      bytes,
      sinceMicros: nowMicros,
      untilMicros: nowMicros + lifeMicros,
    })
    this.#bytes += bytes
    this.#firstExpiryMicros = Math.min(this.#firstExpiryMicros, nowMicros + lifeMicros)
    if (this.#full && nowMicros >= this.#firstExpiryMicros) this.#expire(nowMicros)
    while (this.#full) {
      this.#shift()
      this.counters.overflowed++
    }
  }

  /** The oldest that still has time; null: none has. */
  take(nowMicros: Micros): Message | null {
    for (;;) {
      const first = this.#shift()
      if (first === null) return null
      if (first.untilMicros <= nowMicros) this.counters.expired++
      else return aged(first.message, nowMicros - first.sinceMicros)
    }
  }

  get #full(): boolean {
    return this.size > this.#limits.messages || this.#bytes > this.#limits.bytes
  }

  #expire(nowMicros: Micros): void {
    const before = this.size
    const alive = this.#waiting
      .slice(this.#head)
      .filter(({ untilMicros }) => untilMicros > nowMicros)
    this.counters.expired += before - alive.length
    this.#bytes = 0
    this.#firstExpiryMicros = Infinity
    for (const { bytes, untilMicros } of alive) {
      this.#bytes += bytes
      this.#firstExpiryMicros = Math.min(this.#firstExpiryMicros, untilMicros)
    }
    this.#waiting = alive
    this.#head = 0
  }

  #shift(): Waiting | null {
    const first = this.#waiting[this.#head]
    if (first === undefined) return null
    this.#head++
    this.#bytes -= first.bytes
    if (this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
    return first
  }
}

function aged(message: Message, waitedMicros: Micros): Message {
  if (!('budgetMicros' in message)) return message
  return { ...message, budgetMicros: message.budgetMicros - waitedMicros }
}
