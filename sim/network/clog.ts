/**
 * Messages that wait in front of clogged links, each link's in the order in which they were sent.
 */
import type { Message } from '../../core/index.js'

export interface Waiting {
  readonly from: number
  readonly to: number
  readonly message: Message
}

/** More on one link than this and the next is lost, as from a full send buffer. */
const mostPerLink = 10_000

export class Clog {
  #waiting: Waiting[] = []
  readonly #perLink = new Map<string, number>()

  /** False: no room, and the message is gone. */
  hold(waiting: Waiting): boolean {
    const link = `${String(waiting.from)}/${String(waiting.to)}`
    const before = this.#perLink.get(link) ?? 0
    if (before >= mostPerLink) return false
    this.#perLink.set(link, before + 1)
    this.#waiting.push(waiting)
    return true
  }

  /** All of them, first sent first; those whose link is still clogged are to be held again. */
  release(): readonly Waiting[] {
    const released = this.#waiting
    this.#waiting = []
    this.#perLink.clear()
    return released
  }
}
