/** A history cut by key: every check of ours is per key. */
import { FINAL } from './history.js'
import type { History } from './history.js'

export interface Groups {
  /** Operations of key k in order of invocation. */
  readonly operations: (key: number) => Int32Array
  /** What the owners of key k hold at the end. */
  readonly finals: (key: number) => Int32Array
  /** Events of key k in order: operation * 2, + 1 for its completion. */
  readonly events: (key: number) => Int32Array
  /** Operation (or final) -> where it stands in `operations` (or `finals`) of its key. */
  readonly position: Int32Array
}

/** Three counting sorts: linear in the history. */
export const groupByKey = (history: History): Groups => {
  const keys = history.keys.length
  const { kind, key } = history
  const isFinal = (operation: number): boolean => kind[operation] === FINAL
  const all = Int32Array.from({ length: history.size }, (_, index) => index)
  const keyOf = (operation: number): number => key[operation] as number
  const operations = cut(all, keys, (item) => (isFinal(item) ? -1 : keyOf(item)))
  const finals = cut(all, keys, (item) => (isFinal(item) ? keyOf(item) : -1))
  const position = new Int32Array(history.size)
  for (let each = 0; each < keys; each++) {
    operations(each).forEach((operation, at) => (position[operation] = at))
    finals(each).forEach((operation, at) => (position[operation] = at))
  }
  const events = cut(history.events, keys, (item) => (item < 0 ? -1 : keyOf(item >> 1)))
  return { operations, finals, events, position }
}

/** Items of bucket b in their old order; those with bucket -1 are left out. */
const cut = (
  items: Int32Array,
  buckets: number,
  bucketOf: (item: number) => number,
): ((bucket: number) => Int32Array) => {
  const from = new Int32Array(buckets + 1)
  for (const item of items) {
    const bucket = bucketOf(item)
    if (bucket >= 0) from[bucket + 1] = (from[bucket + 1] as number) + 1
  }
  for (let bucket = 0; bucket < buckets; bucket++) {
    from[bucket + 1] = (from[bucket + 1] as number) + (from[bucket] as number)
  }
  const next = from.slice()
  const sorted = new Int32Array(from[buckets] as number)
  for (const item of items) {
    const bucket = bucketOf(item)
    if (bucket < 0) continue
    const at = next[bucket] as number
    sorted[at] = item
    next[bucket] = at + 1
  }
  return (bucket) => sorted.subarray(from[bucket], from[bucket + 1])
}
