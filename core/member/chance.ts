/**
 * Choices that should differ from node to node and from time to time, and be the same in every
 * replay: a counter, stirred. The core has no randomness of its own; the seed comes with the node's
 * options, and each purpose has a label of its own.
 */
import { mix32, placementHigh } from '../ring/hash.js'

export class Chance {
  readonly #seed: number
  #drawn = 0

  constructor(seed: number, label: string) {
    this.#seed = placementHigh(`${String(seed)}/${label}`)
  }

  /** 0 .. below - 1. */
  below(below: number): number {
    this.#drawn = (this.#drawn + 1) >>> 0
    return mix32((this.#seed + Math.imul(this.#drawn, 0x9e3779b9)) | 0) % below
  }
}
