/** What random scenarios are drawn with: one stream, in words that read as a list. */
import { RandomStream } from '../random.js'

export class Dice {
  readonly #stream: RandomStream

  constructor(seed: number) {
    this.#stream = new RandomStream(`swarm/${String(seed)}`)
  }

  between(least: number, most: number): number {
    return least + this.#stream.integer(most - least + 1)
  }

  maybe(percent: number): boolean {
    return this.#stream.integer(100) < percent
  }

  one<Value>(values: readonly Value[]): Value {
    return values[this.#stream.integer(values.length)] as Value
  }

  /** In the order in which they are drawn. */
  some<Value>(values: readonly Value[], count: number): readonly Value[] {
    const left = values.slice()
    return Array.from({ length: Math.min(count, left.length) }, () => {
      const [taken] = left.splice(this.#stream.integer(left.length), 1)
      return taken as Value
    })
  }
}
