/** Hybrid logical clocks (Kulkarni et al. 2014) in one integer: see `Hlc`. */
import type { Hlc, Micros } from '../types.js'

/** The stamp of a new event: never below the wall clock, always above the last. */
export function tickHlc(last: Hlc, wallMicros: Micros): Hlc {
  return Math.max(wallMicros, last + 1)
}

/** The clock after hearing of `remote`; null where that is further ahead than any honest clock: refused. */
export function receiveHlc(
  last: Hlc,
  remote: Hlc,
  wallMicros: Micros,
  maxSkewMicros: Micros,
): Hlc | null {
  if (remote > wallMicros + maxSkewMicros) return null
  return Math.max(last, remote)
}
