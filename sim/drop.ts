/** Messages and inputs that came to nothing, by reason. */
import type { Process } from './process.js'

export type Drops = Readonly<Record<string, number>>

/** What the nodes dropped themselves, beside what never reached them. */
export function dropsOf(processes: readonly Process[], undelivered: object): Drops {
  const totals = { expired: 0, otherIncarnation: 0, shed: 0 }
  for (const { node } of processes) {
    if (node === null) continue
    totals.expired += node.counters.expired
    totals.otherIncarnation += node.counters.otherIncarnation
    totals.shed += node.counters.shed
  }
  return {
    expired: totals.expired,
    stale_incarnation: totals.otherIncarnation,
    overloaded: totals.shed,
    ...undelivered,
  }
}
