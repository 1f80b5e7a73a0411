/** Whether what a process holds goes on growing once it should have settled. */

export interface Sample {
  readonly seconds: number
  readonly residentBytes: number
  readonly descriptors: number
  /** Writes that each node has coordinated until then. */
  readonly writes: number
}

export interface Trend {
  /** Medians of the first and of the second half of what is judged. */
  readonly before: number
  readonly after: number
  readonly grows: boolean
}

/** A node remembers 50,000 writes for those who send one twice; until then it must grow. */
export const filledWrites = 60_000
const fewest = 20

const mebibyte = 1_048_576
/** Collections come when they come: less than this between two halves says nothing. */
const residentSlack = { share: 0.1, least: 24 * mebibyte }
const descriptorSlack = { share: 0, least: 6 }

/** Null: it was over too soon to tell. */
export const residentTrend = (samples: readonly Sample[]): Trend | null =>
  trendOf(
    samples.filter(({ writes }) => writes >= filledWrites),
    ({ residentBytes }) => residentBytes,
    residentSlack,
  )

/** Of the second half: by then every connection is there. */
export const descriptorTrend = (samples: readonly Sample[]): Trend | null =>
  trendOf(
    samples.slice(Math.floor(samples.length / 2)),
    ({ descriptors }) => descriptors,
    descriptorSlack,
  )

/** Medians of halves are compared, so that neither a peak nor a trough decides. */
function trendOf(
  judged: readonly Sample[],
  valueOf: (sample: Sample) => number,
  slack: { readonly share: number; readonly least: number },
): Trend | null {
  if (judged.length < fewest) return null
  const values = judged.map(valueOf)
  const middle = Math.ceil(values.length / 2)
  const [before, after] = [median(values.slice(0, middle)), median(values.slice(middle))]
  const most = before + Math.max(slack.least, before * slack.share)
  return { before, after, grows: after > most }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
