/**
 * What a node has to say to people: structured lines, written by pino, and the latest ones kept for
 * who looks at the node from outside. No line ever holds a value, a token or a secret.
 */
import { randomBytes } from 'node:crypto'
import type { DestinationStream, Logger } from 'pino'
import { pino } from 'pino'
import type { LogLevel, LogLine, NodeLogPage, WriteLog } from './door.js'

const mostLines = 1_000

export interface JournalOptions {
  readonly node: string
  readonly level: LogLevel
  /** Standard output if left out. */
  readonly destination?: DestinationStream
}

export class Journal {
  readonly #logger: Logger
  readonly #lines: LogLine[] = []
  readonly #listeners = new Set<(line: LogLine) => void>()
  #last = 0
  /** Of this process, whose lines are numbered from 1. */
  readonly #life = randomBytes(9).toString('base64url')

  constructor({ node, level, destination }: JournalOptions) {
    const settings = { level, base: { node }, messageKey: 'event' }
    // Written at once: the lines that tell why a process has ended are the last ones.
    this.#logger = pino(settings, destination ?? pino.destination({ dest: 1, sync: true }))
  }

  /** An arrow, so that it can be handed on without binding. */
  readonly write: WriteLog = (level, event, fields) => {
    this.#logger[level](fields, event)
    if (!this.#logger.isLevelEnabled(level)) return
    const line = { number: ++this.#last, atMillis: Date.now(), level, event, fields }
    this.#lines.push(line)
    if (this.#lines.length > 2 * mostLines) this.#lines.splice(0, mostLines)
    for (const listener of this.#listeners) listener(line)
  }

  after(number: number, limit: number): readonly LogLine[] {
    const first = this.#lines[0]?.number ?? 1
    const from = Math.max(0, number + 1 - first)
    return this.#lines.slice(from, from + limit)
  }

  page(after: number, limit: number): NodeLogPage {
    return { source: this.#life, lines: this.after(after, limit) }
  }

  listen(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
