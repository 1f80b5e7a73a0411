/** Server-sent events of a node, as they come. */
import type { z } from 'zod'
import { view } from '../../../net/api/schema.js'

export interface Event {
  readonly name: string
  readonly data: unknown
}

export interface Stream {
  readonly status: number
  /** All that has come so far. */
  readonly events: readonly Event[]
  /** The first event that has come or comes and passes. */
  readonly next: (passes: (event: Event) => boolean) => Promise<Event>
  readonly close: () => void
}

export async function openStream(url: string): Promise<Stream> {
  const stop = new AbortController()
  const response = await fetch(url, { signal: stop.signal })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const events: Event[] = []
  let text = ''
  const more = async (): Promise<void> => {
    const { done, value } = await reader.read()
    if (done) throw new Error(`the stream has ended after ${JSON.stringify(events)}`)
    text += Buffer.from(value).toString('utf8')
    const whole = text.split('\n\n')
    text = whole.pop() ?? ''
    for (const each of whole) {
      const [, data] = /^data: (.*)$/m.exec(each) ?? []
      const [, name = 'message'] = /^event: (.*)$/m.exec(each) ?? []
      if (data !== undefined) events.push({ name, data: JSON.parse(data) })
    }
  }
  const next: Stream['next'] = async (passes) => {
    for (let at = 0; ; at++) {
      while (at >= events.length) await more()
      const event = events[at] as Event
      if (passes(event)) return event
    }
  }
  return { status: response.status, events, next, close: () => stop.abort() }
}

/** Checked against the schema that it promises. */
export async function firstView(url: string): Promise<z.output<typeof view>> {
  const stream = await openStream(`${url}/live`)
  const { data } = await stream.next(({ name }) => name === 'view')
  stream.close()
  return view.parse(data)
}
