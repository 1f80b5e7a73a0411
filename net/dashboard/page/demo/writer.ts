/// <reference lib="dom" />
/** Writes one new key after another, and keeps book of what was acknowledged. */
import { messageOf } from '../call.js'
import { urlOf } from '../document.js'
import { ask, bodyOf, inTurns, pause, writtenOf } from './local.js'

export interface Entry {
  readonly key: string
  /** JSON. */
  readonly value: string
  readonly context: string
}

const everyMillis = 150
/** In one step: whoever reads a step for an hour does not fill the disk. */
const mostPerStep = 120

export class Writer {
  /** What this node acknowledged; only that is promised. */
  readonly acknowledged: Entry[] = []
  readonly #self: string
  readonly #bucket: string
  readonly #prefix: string
  readonly #changed: () => void
  #refused = 0
  #lastRefusal = ''
  #count = 0
  #left = 0
  #running = false

  constructor(self: string, bucket: string, prefix: string, changed: () => void) {
    this.#self = self
    this.#bucket = bucket
    this.#prefix = prefix
    this.#changed = changed
  }

  get refused(): number {
    return this.#refused
  }

  /** What the last write that was not acknowledged was answered. */
  get lastRefusal(): string {
    return this.#lastRefusal
  }

  get isResting(): boolean {
    return this.#running && this.#left === 0
  }

  urlOf(key: string): string {
    return urlOf(this.#bucket, key)
  }

  start(): void {
    this.#left = mostPerStep
    if (this.#running) return
    this.#running = true
    void this.#run()
  }

  stop(): void {
    this.#running = false
  }

  /** Deletes what it has written; returns how many keys are still there. */
  async clear(): Promise<number> {
    this.stop()
    let left = 0
    await inTurns(this.acknowledged, 8, async ({ key, context }) => {
      const request = { method: 'DELETE', body: bodyOf(null, context) } as const
      const answer = await ask(this.#self, this.#self, this.urlOf(key), request)
      if (answer.kind === 'down' || answer.status !== 200) left++
    })
    return left
  }

  async #run(): Promise<void> {
    while (this.#running) {
      if (this.#left > 0) {
        this.#left--
        await this.#write()
        this.#changed()
      }
      await pause(everyMillis)
    }
  }

  async #write(): Promise<void> {
    const number = ++this.#count
    const key = `${this.#prefix}${String(number).padStart(4, '0')}`
    const value = `{"number":${String(number)}}`
    const request = { method: 'PUT', body: bodyOf(value, null) } as const
    const answer = await ask(this.#self, this.#self, this.urlOf(key), request)
    try {
      const { context } = writtenOf(answer, key)
      this.acknowledged.push({ key, value, context })
    } catch {
      this.#refused++
      this.#lastRefusal = messageOf(answer)
    }
  }
}
