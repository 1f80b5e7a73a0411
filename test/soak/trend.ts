/** Whether what a process holds goes on growing once it should have settled. */

export interface Sample {
  readonly seconds: number
  readonly residentBytes: number
  readonly descriptors: number
}

export interface Trend {
  /** Medians of the quarter after the middle, and of the last one. */
  readonly before: number
  readonly after: number
  readonly grows: boolean
}

const mebibyte = 1_048_576
/** Collections come when they come: less than this between two quarters says nothing. */
const residentSlack = { share: 0.1, least: 24 * mebibyte }
const descriptorSlack = { share: 0, least: 6 }

export const residentTrend = (samples: readonly Sample[]): Trend =>
  trendOf(
    samples.map(({ residentBytes }) => residentBytes),
    residentSlack,
  )

export const descriptorTrend = (samples: readonly Sample[]): Trend =>
  trendOf(
    samples.map(({ descriptors }) => descriptors),
    descriptorSlack,
  )

/**
 * The first half is not looked at: maps fill up to their bounds in it. Of two quarters the medians
 * are compared, so that neither a peak nor a trough decides.
 */
function trendOf(
  values: readonly number[],
  slack: { readonly share: number; readonly least: number },
): Trend {
  const half = values.slice(Math.floor(values.length / 2))
  const middle = Math.ceil(half.length / 2)
  const [before, after] = [median(half.slice(0, middle)), median(half.slice(middle))]
  const most = before + Math.max(slack.least, before * slack.share)
  return { before, after, grows: after > most }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
