/**
 * Beside a write that has no answer yet: is anybody there? A slow node answers small questions, and
 * is waited for; one that is paused, or cut off, does not, and nobody waits for it to the end.
 */
export class Watch {
  #silent = false
  #ended = false
  #timer: NodeJS.Timeout | null = null
  readonly #lives: (millis: number) => Promise<boolean>
  readonly #fellSilent: () => void

  /** `millis`: between questions, and for each of them; null: nothing is asked. */
  constructor(
    millis: number | null,
    lives: (millis: number) => Promise<boolean>,
    fellSilent: () => void,
  ) {
    this.#lives = lives
    this.#fellSilent = fellSilent
    if (millis !== null) this.#askAfter(millis)
  }

  get silent(): boolean {
    return this.#silent
  }

  end(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #askAfter(millis: number): void {
    this.#timer = setTimeout(() => {
      void this.#lives(millis).then((isAlive) => {
        if (this.#ended) return
        if (isAlive) this.#askAfter(millis)
        else {
          this.#silent = true
          this.#fellSilent()
        }
      })
    }, millis)
  }
}
