/**
 * Delta debugging (Zeller and Hildebrandt 2002), as generators: they yield what they would like to
 * try and are told whether that still fails. So they wait for nothing and know no clock, and
 * whoever drives them can stop between any two trials.
 */

/** Yields candidates, hears of each whether it fails, and answers in the end. */
export type Trials<Candidate, Answer> = Generator<Candidate, Answer, boolean>

/** Tries what is left after something has been taken away. */
export type Attempt<Value, Candidate> = (value: Value) => Trials<Candidate, boolean>

/**
 * Fewer items, as few as leaving out pieces in turn can reach: all, then halves, then quarters,
 * down to single ones, or to so many pieces; from the end, for what comes after a failure has no
 * part in it.
 */
export function* reduce<Item, Candidate>(
  items: readonly Item[],
  attempt: Attempt<readonly Item[], Candidate>,
  mostPieces = Infinity,
): Trials<Candidate, readonly Item[]> {
  let kept = items
  const least = Math.max(1, Math.ceil(kept.length / mostPieces))
  for (let size = kept.length; size >= least; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let to = kept.length; to > 0; to -= size) {
      const from = Math.max(0, to - size)
      const rest = [...kept.slice(0, from), ...kept.slice(to)]
      if (yield* attempt(rest)) kept = rest
    }
  }
  return kept
}
