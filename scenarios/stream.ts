import { logarithm } from './real.js'

/**
 * Where all draws come from: one stream per concern, forked from the run's seed by whoever
 * calls.
 */
export interface RandomStream {
  /** At least 0, below 1. */
  next(): number
}

/** Standard exponential: mean 1. */
export function drawExponential(stream: RandomStream): number {
  return -logarithm(1 - stream.next())
}

/** 0..count-1, each as likely. */
export function drawIndex(stream: RandomStream, count: number): number {
  return Math.min(count - 1, Math.floor(stream.next() * count))
}

/** In an order of which each is as likely (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], stream: RandomStream): readonly Item[] {
  const order = [...items]
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = drawIndex(stream, last + 1)
    const [a, b] = [order[last] as Item, order[other] as Item]
    order[last] = b
    order[other] = a
  }
  return order
}
