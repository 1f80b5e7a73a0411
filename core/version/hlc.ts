/**
 * Hybrid logical clocks (Kulkarni et al. 2014) in one integer. Where the paper keeps (wall,
 * counter), a reading that the wall clock has not overtaken goes one microsecond ahead of it: the
 * order is the same, and readings compare as numbers.
 */
import type { Hlc, Micros } from '../types.js'

/** Before every reading: no stamp at all. */
export const noHlc: Hlc = Number.MIN_SAFE_INTEGER

/** The stamp of a local event: never behind the wall clock, always above `last`. */
export function tickHlc(last: Hlc, wallMicros: Micros): Hlc {
  return wallMicros > last ? wallMicros : last + 1
}

/**
 * The clock after hearing of `remote`, so that the next tick is above both. Null, and nothing is
 * learned, where `remote` is further ahead than `maxSkewMicros`: taking it over would let one fast
 * clock win for ever (planted bug 2). Hearing is no event of its own, so it neither counts up nor
 * takes the wall clock in: a wall clock that jumps ahead and back leaves no trace.
 */
export function receiveHlc(
  last: Hlc,
  remote: Hlc,
  wallMicros: Micros,
  maxSkewMicros: Micros,
): Hlc | null {
  if (remote > wallMicros + maxSkewMicros) return null
  return remote > last ? remote : last
}
