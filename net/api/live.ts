/** The log as it grows, which a reader takes up again after a break (`Last-Event-ID`). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { z } from 'zod'
import type { Door, LogLine } from '../door.js'
import { EventReaders, eventText } from './events.js'
import type * as schema from './schema.js'

const mostCaughtUp = 1_000

export class LiveLog {
  readonly #door: Door
  readonly #readers = new EventReaders('the log')

  constructor(door: Door) {
    this.#door = door
  }

  serve(id: string, request: IncomingMessage, response: ServerResponse): void {
    let off = (): void => undefined
    const reader = this.#readers.add(id, response, () => off())
    const write = (line: LogLine): void => {
      reader.write(eventText(null, lineView(line), line.number))
    }
    for (const line of this.#missed(request)) write(line)
    off = this.#door.onLog(write)
  }

  end(): void {
    this.#readers.end()
  }

  #missed({ headers }: IncomingMessage): readonly LogLine[] {
    const last = headers['last-event-id']
    if (typeof last !== 'string' || !/^\d{1,15}$/.test(last)) return []
    return this.#door.log(Number(last), mostCaughtUp)
  }
}

export function lineView(line: LogLine): z.output<typeof schema.log>['lines'][number] {
  const { number, atMillis, level, event, fields } = line
  return { number, at: new Date(atMillis).toISOString(), level, event, fields: { ...fields } }
}
