/**
 * When a read is slow: a running estimate of the time that 19 in 20 reads stay below (frugal
 * streaming quantile, Ma et al. 2014).
 */
const shortestMillis = 2
const share = 19

export class Hedge {
  readonly #fixedMillis: number | null
  readonly #learns: boolean
  #estimateMillis = 50

  constructor(hedgeMillis: number | 'auto' | null) {
    this.#learns = hedgeMillis === 'auto'
    this.#fixedMillis = hedgeMillis === 'auto' ? null : hedgeMillis
  }

  get afterMillis(): number | null {
    return this.#learns ? Math.max(shortestMillis, this.#estimateMillis) : this.#fixedMillis
  }

  learn(millis: number): void {
    const step = this.#estimateMillis / 64
    this.#estimateMillis += millis > this.#estimateMillis ? step * share : -step
    this.#estimateMillis = Math.min(1_000, Math.max(0.5, this.#estimateMillis))
  }
}
