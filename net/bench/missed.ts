/** Keys written while a node was away, and what it must hold of them to have caught up. */
import type { HistoryEvent } from '../../core/index.js'

/** Those written last: enough to see the slowest way by which they come. */
const mostKeys = 300

export class Missed {
  /** Key -> the dot of its last acknowledged write; the oldest key first. */
  readonly #dots = new Map<string, string>()

  event({ f, type, key, dot }: Omit<HistoryEvent, 'index'>): void {
    if (f !== 'write' || type !== 'ok' || dot === undefined) return
    this.#dots.delete(key)
    this.#dots.set(key, dot)
    if (this.#dots.size <= mostKeys) return
    for (const oldest of this.#dots.keys()) {
      this.#dots.delete(oldest)
      break
    }
  }

  keys(): readonly string[] {
    return [...this.#dots.keys()]
  }

  /** Whether that vector knows of the write. */
  isIn(key: string, vector: Readonly<Record<string, number>>): boolean {
    const dot = this.#dots.get(key)
    if (dot === undefined) return true
    const at = dot.lastIndexOf('#')
    return (vector[dot.slice(0, at)] ?? 0) >= Number(dot.slice(at + 1))
  }
}
