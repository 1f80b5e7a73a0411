/** A guided demonstration: its steps, where it is, and what its panel shows. */
import { DemoProblem } from './local.js'

export interface Fact {
  readonly name: string
  readonly value: string
  readonly tone?: 'good' | 'bad' | 'warn'
}

export interface Table {
  readonly head: readonly string[]
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly string[])[]
}

export interface Scene {
  readonly title: string
  /** In plain words: what has been done, and why it turns out so. */
  readonly sentences: readonly string[]
  readonly facts: readonly Fact[]
  readonly table: Table | null
  /** What was found out, where the step checks something. */
  readonly verdict: { readonly isGood: boolean; readonly text: string } | null
}

export interface Demo {
  readonly title: string
  readonly steps: readonly string[]
  /** What the buttons say that they do; null: there is nothing in that direction. */
  nextLabel(): string | null
  backLabel(): string | null
  readonly at: number
  /** What is being done; null: it waits for a person. */
  readonly busy: string | null
  /** Why the step could not be done; the button "Try again" tries again. */
  readonly problem: string | null
  scene(): Scene
  begin(): void
  next(): void
  back(): void
  again(): void
  /** Leaves the cluster as it was found; says what could not be undone, or null. */
  stop(): Promise<string | null>
  /** The page goes away: what can still be sent. */
  abandon(): void
}

/** What both demonstrations have in common: one step at a time, told when anything changes. */
export abstract class Stage {
  abstract readonly steps: readonly string[]
  readonly #changed: () => void
  #at = 0
  #busy: string | null = null
  #problem: string | null = null
  #isOver = false
  #entering: Promise<void> = Promise.resolve()

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get at(): number {
    return this.#at
  }

  get busy(): string | null {
    return this.#busy
  }

  get problem(): string | null {
    return this.#problem
  }

  protected get isOver(): boolean {
    return this.#isOver
  }

  /** Does what makes this step true, whichever one was before. */
  protected abstract enter(step: number): Promise<void>

  begin(): void {
    this.#go(0)
  }

  next(): void {
    if (this.#at + 1 < this.steps.length) this.#go(this.#at + 1)
  }

  back(): void {
    if (this.#at > 0) this.#go(this.#at - 1)
  }

  again(): void {
    this.#go(this.#at)
  }

  /** Nothing more is begun; ends when what was under way has ended, whether it worked or not. */
  protected end(): Promise<void> {
    this.#isOver = true
    return this.#entering
  }

  protected change(): void {
    if (!this.#isOver) this.#changed()
  }

  protected say(busy: string): void {
    this.#busy = busy
    this.change()
  }

  #go(step: number): void {
    if (this.#busy !== null || this.#isOver) return
    this.#at = step
    this.#problem = null
    this.say('A moment …')
    const settle = (problem: string | null): void => {
      this.#busy = null
      this.#problem = problem
      this.change()
    }
    this.#entering = this.enter(step).then(
      () => settle(null),
      (error: unknown) => {
        settle(error instanceof DemoProblem ? error.message : `Not expected: ${String(error)}`)
      },
    )
  }
}
