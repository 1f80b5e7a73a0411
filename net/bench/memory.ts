/**
 * What is known of the keys: writes bring it, and replace what it covers. Plain operations share
 * one memory, as the threads of a program would; a session has its own.
 */
import type { Vector } from './vector.js'
import { descends } from './vector.js'

export interface Seen {
  readonly context: string
  readonly vector: Vector
}

/** Writes that may leave siblings behind before somebody has to read. */
const mostCrowding = 8

export class Memory {
  readonly #seen = new Map<string, Seen>()
  readonly #crowding = new Map<string, number>()

  get(key: string): Seen | null {
    return this.#seen.get(key) ?? null
  }

  /** A stale answer does not unsee what came before. */
  remember(key: string, seen: Seen): void {
    const before = this.#seen.get(key)
    if (before !== undefined && descends(before.vector, seen.vector)) return
    this.#seen.set(key, seen)
  }

  wasRead(key: string): void {
    this.#crowding.delete(key)
  }

  /**
   * A write that found siblings which it had not seen: its context does not cover them, nor itself,
   * so each further write is one sibling more, until the key is read. True: now.
   */
  crowded(key: string): boolean {
    const times = (this.#crowding.get(key) ?? 0) + 1
    this.#crowding.set(key, times)
    return times >= mostCrowding
  }
}
