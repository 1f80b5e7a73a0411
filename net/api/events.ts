/**
 * Server-sent events: what a browser reads as it comes, without a library. Readers are few; one who
 * reads too slowly is cut off, and none keeps a node from stopping.
 */
import type { ServerResponse } from 'node:http'
import { ApiProblem } from './problem.js'

const mostReaders = 32
const mostUnreadBytes = 1024 * 1024
/** Keeps the connection from looking idle, and finds out that a reader has gone. */
const heartbeatMillis = 15_000

export interface EventReader {
  /** Text of whole events, as `eventText` makes it. */
  readonly write: (text: string) => void
}

export class EventReaders {
  /** For people: what it is that has so many readers already. */
  readonly #what: string
  readonly #open = new Set<ServerResponse>()

  constructor(what: string) {
    this.#what = what
  }

  get size(): number {
    return this.#open.size
  }

  /** Answers the request for as long as its reader stays; `gone` is called once, when it leaves. */
  add(id: string, response: ServerResponse, gone: () => void): EventReader {
    if (this.#open.size >= mostReaders) {
      const message = `${this.#what} has ${String(mostReaders)} readers already`
      throw new ApiProblem('overloaded', message, { 'retry-after': '5' })
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': id,
    })
    response.write(`: ${this.#what}\n\n`)
    const heartbeat = setInterval(() => response.write(':\n\n'), heartbeatMillis)
    this.#open.add(response)
    response.on('close', () => {
      clearInterval(heartbeat)
      this.#open.delete(response)
      gone()
    })
    return {
      write: (text) => {
        if (response.writableLength > mostUnreadBytes) response.destroy()
        else response.write(text)
      },
    }
  }

  /** The node stops: nobody waits for more. */
  end(): void {
    for (const response of this.#open) response.end()
  }
}

/** No line feed can stand in JSON, so the data is one line. */
export function eventText(event: string | null, data: unknown, id: number | null = null): string {
  const name = event === null ? '' : `event: ${event}\n`
  const number = id === null ? '' : `id: ${String(id)}\n`
  return `${name}${number}data: ${JSON.stringify(data)}\n\n`
}
