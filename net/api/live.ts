/**
 * The log as it grows: server-sent events, which a browser reads without a library and takes up
 * again after a break (`Last-Event-ID`). One who reads too slowly is cut off, and none keeps a node
 * from stopping.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Door, LogLine } from '../door.js'
import { ApiProblem } from './problem.js'

const mostReaders = 32
const mostUnreadBytes = 1024 * 1024
const mostCaughtUp = 1_000
/** Keeps the connection from looking idle, and finds out that a reader has gone. */
const heartbeatMillis = 15_000

export class LiveLog {
  readonly #door: Door
  readonly #readers = new Set<ServerResponse>()

  constructor(door: Door) {
    this.#door = door
  }

  /** Answers the request for as long as its reader stays. */
  serve(id: string, request: IncomingMessage, response: ServerResponse): void {
    if (this.#readers.size >= mostReaders) {
      const message = `the log has ${String(mostReaders)} readers already`
      throw new ApiProblem('overloaded', message, { 'retry-after': '5' })
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': id,
    })
    response.write(': the log, line by line\n\n')
    const write = (line: LogLine): void => {
      if (response.writableLength > mostUnreadBytes) response.destroy()
      else response.write(eventOf(line))
    }
    for (const line of this.#missed(request)) write(line)
    const off = this.#door.onLog(write)
    const heartbeat = setInterval(() => response.write(':\n\n'), heartbeatMillis)
    this.#readers.add(response)
    response.on('close', () => {
      off()
      clearInterval(heartbeat)
      this.#readers.delete(response)
    })
  }

  /** The node stops: nobody waits for more. */
  end(): void {
    for (const response of this.#readers) response.end()
  }

  #missed({ headers }: IncomingMessage): readonly LogLine[] {
    const last = headers['last-event-id']
    if (typeof last !== 'string' || !/^\d{1,15}$/.test(last)) return []
    return this.#door.log(Number(last), mostCaughtUp)
  }
}

/** No line feed can stand in JSON, so a line is one line. */
function eventOf({ number, atMillis, ...line }: LogLine): string {
  const data = JSON.stringify({ number, at: new Date(atMillis).toISOString(), ...line })
  return `id: ${String(number)}\ndata: ${data}\n\n`
}
