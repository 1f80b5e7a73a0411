/** Keys that a node stores, in order, a page at a time. */
import type { Entry } from '../../core/index.js'

export interface ListQuery {
  readonly bucket: string
  /** Only keys behind this one, in code-unit order; null: from the first. */
  readonly after: string | null
  readonly prefix: string
  readonly limit: number
}

/** Entries looked at before others get their turn. */
const perTurn = 5_000

/**
 * The first `limit` entries, sorted. Storage has no order by key, so every page looks at every
 * entry; it keeps no more than two pages of them, and does not keep requests waiting.
 */
export async function listEntries(
  entries: Iterable<Entry>,
  { bucket, after, prefix, limit }: ListQuery,
): Promise<readonly Entry[]> {
  let found: Entry[] = []
  let bound: string | null = null
  let left = perTurn
  for (const entry of entries) {
    if (--left === 0) {
      left = perTurn
      await new Promise((resume) => setImmediate(resume))
    }
    const { key } = entry.key
    if (entry.key.bucket !== bucket || !key.startsWith(prefix)) continue
    if ((after !== null && key <= after) || (bound !== null && key >= bound)) continue
    found.push(entry)
    if (found.length < 2 * limit) continue
    found = sorted(found).slice(0, limit)
    bound = (found[limit - 1] as Entry).key.key
  }
  return sorted(found).slice(0, limit)
}

const sorted = (entries: readonly Entry[]): Entry[] =>
  entries.toSorted((a, b) => (a.key.key < b.key.key ? -1 : a.key.key > b.key.key ? 1 : 0))
