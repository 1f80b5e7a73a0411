/**
 * One reader and writer, for whom the store does not go back in time: a read knows of all that the
 * session has written and read before of that key, or fails. Contexts are kept, so that a write
 * replaces what the session has last seen.
 *
 * What a session remembers grows with the keys it touches: make one for each user or task, not one
 * for the process.
 */
import type { ReadOptions, WriteOptions } from './options.js'
import type { Clock, Found, Written } from './value.js'

/** What of a client a session needs. */
export interface SessionStore {
  read(key: string, options: ReadOptions, minimum: string | null): Promise<Found>
  put(key: string, value: unknown, options: WriteOptions): Promise<Written>
  delete(key: string, options: WriteOptions): Promise<Written>
}

interface Memory {
  context: string | null
  /** Actor -> its last event that the session knows of. */
  readonly seen: Map<string, number>
}

export class Session {
  readonly #store: SessionStore
  readonly #memories = new Map<string, Memory>()

  constructor(store: SessionStore) {
    this.#store = store
  }

  async get(key: string, options: ReadOptions = {}): Promise<Found> {
    const memory = this.#memory(key, options.bucket)
    const asked = new Map(memory.seen)
    const minimum = asked.size === 0 ? null : minimumText(asked)
    const found = await this.#store.read(key, options, minimum)
    memory.context = found.context
    forgetReaped(memory, asked, found.clock)
    learn(memory, found.clock)
    return found
  }

  /** With the context of what the session last saw, if none is given. */
  async put(key: string, value: unknown, options: WriteOptions = {}): Promise<Written> {
    const memory = this.#memory(key, options.bucket)
    const context = options.context ?? memory.context
    return this.#wrote(memory, await this.#store.put(key, value, { ...options, context }))
  }

  async delete(key: string, options: WriteOptions = {}): Promise<Written> {
    const memory = this.#memory(key, options.bucket)
    const context = options.context ?? memory.context
    return this.#wrote(memory, await this.#store.delete(key, { ...options, context }))
  }

  /** Of this key nothing is remembered any more. */
  forget(key: string, bucket?: string): void {
    this.#memories.delete(idOf(key, bucket))
  }

  /**
   * The context covers the write only where nothing is left that the session never saw; the dot is
   * the write itself, and what a read must know of.
   */
  #wrote(memory: Memory, written: Written): Written {
    memory.context = written.context
    const [, actor, n] = /^(.+)=(\d+)$/.exec(written.dot) ?? []
    if (actor !== undefined) learn(memory, { [decodeURIComponent(actor)]: Number(n) })
    return written
  }

  #memory(key: string, bucket: string | undefined): Memory {
    const id = idOf(key, bucket)
    const known = this.#memories.get(id)
    if (known !== undefined) return known
    const memory: Memory = { context: null, seen: new Map() }
    this.#memories.set(id, memory)
    return memory
  }
}

const idOf = (key: string, bucket = 'default'): string => `${bucket}\u0000${key}`

function learn({ seen }: Memory, clock: Clock): void {
  for (const [actor, n] of Object.entries(clock)) {
    seen.set(actor, Math.max(n, seen.get(actor) ?? 0))
  }
}

/** What was asked for and an answer does not show was deleted, and its tombstone reaped. */
function forgetReaped({ seen }: Memory, asked: ReadonlyMap<string, number>, clock: Clock): void {
  for (const [actor, n] of asked) {
    if (n > (clock[actor] ?? 0) && seen.get(actor) === n) seen.delete(actor)
  }
}

const minimumText = (seen: ReadonlyMap<string, number>): string =>
  [...seen].map(([actor, n]) => `${encodeURIComponent(actor)}=${String(n)}`).join(',')
