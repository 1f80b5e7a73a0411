/// <reference lib="dom" />
/**
 * Server-sent events, read by `fetch`: an EventSource cannot send a token, and one in the address
 * would stand in logs.
 */
import type { Answer } from './call.js'
import { headersOf } from './call.js'

/** Nothing for so long, and the node is taken to be gone: it speaks once a second. */
const silenceMillis = 4_000

export type Take = (event: string, data: string) => void

/** Ends when the stream does: with a refusal, or with why it broke. Null: `signal` ended it. */
export async function readStream(
  path: string,
  signal: AbortSignal,
  take: Take,
): Promise<Answer | null> {
  const silence = new AbortController()
  let alarm = setTimeout(() => silence.abort(), silenceMillis)
  const heard = (): void => {
    clearTimeout(alarm)
    alarm = setTimeout(() => silence.abort(), silenceMillis)
  }
  try {
    const response = await fetch(path, {
      headers: headersOf('text/event-stream'),
      cache: 'no-store',
      signal: AbortSignal.any([signal, silence.signal]),
    })
    if (response.status !== 200 || response.body === null) {
      return { kind: 'answer', status: response.status, text: await response.text() }
    }
    const decoder = new TextDecoder()
    const events = new EventParser(take)
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return { kind: 'down', why: 'has ended the connection' }
      heard()
      events.push(decoder.decode(value, { stream: true }))
    }
  } catch {
    if (signal.aborted) return null
    return { kind: 'down', why: silence.signal.aborted ? 'is silent' : 'cannot be reached' }
  } finally {
    clearTimeout(alarm)
  }
}

/** Takes text as it comes, in pieces that end anywhere. */
export class EventParser {
  readonly #take: Take
  #rest = ''

  constructor(take: Take) {
    this.#take = take
  }

  push(text: string): void {
    const whole = (this.#rest + text).split('\n\n')
    this.#rest = whole.pop() ?? ''
    for (const each of whole) this.#event(each)
  }

  #event(text: string): void {
    const fields = new Map<string, string>()
    for (const line of text.split('\n')) {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? []
      if (name !== undefined) fields.set(name, value ?? '')
    }
    const data = fields.get('data')
    if (data !== undefined) this.#take(fields.get('event') ?? 'message', data)
  }
}
