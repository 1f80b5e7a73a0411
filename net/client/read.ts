/**
 * One read: sent to the best node, to a second one when the first is slow, and on to the next where
 * one cannot. A read changes nothing, so any number of them may be under way.
 */
import type { Verdict } from './answer.js'
import { errorOf, verdictOf } from './answer.js'
import type { Endpoint } from './endpoint.js'
import { pause } from './pause.js'
import { Rejected } from './error.js'

export interface Reading {
  readonly path: (timeoutMillis: number) => string
  readonly headers: Readonly<Record<string, string>>
  readonly candidates: readonly Endpoint[]
  readonly deadlineMillis: number
  readonly attempts: number
  readonly attemptMillis: number
  /** Null: no second node is asked while one is at it. */
  readonly hedgeMillis: number | null
  readonly signal: AbortSignal | null
}

type Ok = Extract<Verdict, { kind: 'ok' }>

export async function read(reading: Reading): Promise<Ok> {
  const stop = new AbortController()
  const given = reading.signal
  const abort = (): void => {
    stop.abort()
  }
  given?.throwIfAborted()
  given?.addEventListener('abort', abort)
  try {
    return await new Race(reading, stop.signal).run()
  } finally {
    given?.removeEventListener('abort', abort)
    stop.abort()
  }
}

class Race {
  readonly #reading: Reading
  readonly #signal: AbortSignal
  #begun = 0
  #last: Exclude<Verdict, { kind: 'ok' }> | null = null

  constructor(reading: Reading, signal: AbortSignal) {
    this.#reading = reading
    this.#signal = signal
  }

  async run(): Promise<Ok> {
    const { hedgeMillis } = this.#reading
    const first = this.#runner(0)
    if (hedgeMillis === null || this.#reading.candidates.length < 2)
      return this.#orThrow(await first)
    const slow = pause(hedgeMillis, this.#signal).then(() => 'slow' as const)
    const early = await Promise.race([first, slow])
    if (early !== 'slow') return this.#orThrow(early)
    const second = this.#runner(1)
    const winner = await Promise.race([first, second])
    if (winner !== null) return winner
    return this.#orThrow((await first) ?? (await second))
  }

  #orThrow(verdict: Ok | null): Ok {
    if (verdict !== null) return verdict
    this.#reading.signal?.throwIfAborted()
    if (this.#last !== null) throw errorOf(this.#last, false)
    throw new Rejected({ ...tooLate, attempts: this.#begun })
  }

  /** Attempts one after the other, from this candidate on; null: all have failed. */
  async #runner(offset: number): Promise<Ok | null> {
    const { candidates, attempts } = this.#reading
    for (let i = 0; this.#begun < attempts && !this.#signal.aborted; i++) {
      // All have been asked: what made them refuse may be over in a moment.
      if (i > 0 && i % candidates.length === 0) await pause(20 * i, this.#signal)
      const left = this.#reading.deadlineMillis - performance.now()
      if (left <= 0) return null
      const endpoint = candidates[(offset + i) % candidates.length] as Endpoint
      const verdict = await this.#attempt(endpoint, Math.min(left, this.#reading.attemptMillis))
      if (verdict.kind === 'ok') return verdict
      if (this.#signal.aborted) return null
      this.#last = verdict
      if (verdict.kind === 'rejected' && !verdict.elsewhere) return null
    }
    return null
  }

  async #attempt(endpoint: Endpoint, timeoutMillis: number): Promise<Verdict> {
    const attempts = ++this.#begun
    const { path, headers } = this.#reading
    const reply = await endpoint.send({
      method: 'GET',
      path: path(timeoutMillis),
      headers,
      body: null,
      timeoutMillis,
      signal: this.#signal,
    })
    return verdictOf(reply, endpoint, attempts)
  }
}

const tooLate = {
  code: 'timeout',
  message: 'no node answered in time',
  status: null,
  need: null,
  got: null,
  url: null,
  requestId: null,
  dot: null,
}
