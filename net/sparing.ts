/**
 * Lets a few lines a second through, and counts the others: a node in trouble would otherwise spend
 * what it has left on telling of it.
 */
export class Sparing {
  readonly #perSecond: number
  readonly #now: () => number
  #sinceMillis = -Infinity
  #said = 0
  #omitted = 0

  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond
    this.#now = now
  }

  /** How many were kept back since the last that was let through; null: so is this one. */
  admit(): number | null {
    const now = this.#now()
    if (now - this.#sinceMillis >= 1_000) {
      this.#sinceMillis = now
      this.#said = 0
    }
    if (this.#said >= this.#perSecond) {
      this.#omitted++
      return null
    }
    this.#said++
    const omitted = this.#omitted
    this.#omitted = 0
    return omitted
  }
}
