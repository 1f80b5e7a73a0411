/** Messages and inputs that came to nothing, by reason. */
import type { Process } from './process.js'

export type Drops = Readonly<Record<string, number>>

/** Messages that met nobody. */
export interface Undelivered {
  /** The node was down. */
  down: number
  /** The input queue was full. */
  overflow: number
  /** Bits were flipped on the way, and the checksum or the decoder refused it. */
  corrupted: number
  /** Those of them that the decoder would have believed: only the checksum saw it. */
  corrupted_readable: number
  /** Bits were flipped and nothing noticed. */
  corrupted_unnoticed: number
}

export function noneUndelivered(): Undelivered {
  return { down: 0, overflow: 0, corrupted: 0, corrupted_readable: 0, corrupted_unnoticed: 0 }
}

/** What the nodes dropped themselves, beside what never reached them. */
export function dropsOf(processes: readonly Process[], undelivered: Undelivered): Drops {
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
