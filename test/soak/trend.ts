/** Whether what a process holds goes on growing once it should have settled. */

/** What one node held at one moment. */
export interface Sample {
  readonly seconds: number
  /** Of the whole cluster until then, and writes that each node has coordinated of them. */
  readonly operations: number
  readonly writes: number
  readonly residentBytes: number
  /** What lives in the heap, right after a whole collection; null: nobody could say. */
  readonly heapBytes: number | null
  readonly descriptors: number
  /** The data folder: log and snapshots. */
  readonly folderBytes: number
}

export interface Trend {
  /** Of the first and of the second half of what is judged: medians, or of the folder most. */
  readonly before: number
  readonly after: number
  readonly grows: boolean
  /** The straight line through what is judged, for a million operations. */
  readonly perMillion: number
}

/** A node remembers 50,000 writes for those who send one twice; until then it must grow. */
export const filledWrites = 60_000
const fewest = 20

const mebibyte = 1_048_576

interface Slack {
  readonly share: number
  readonly least: number
}

/** Collections come when they come: less than this between two halves says nothing. */
const residentSlack: Slack = { share: 0.1, least: 24 * mebibyte }
/** Right after one there is no garbage: what is left is a queue or two, and compiled code. */
const heapSlack: Slack = { share: 0.05, least: 4 * mebibyte }
const descriptorSlack: Slack = { share: 0, least: 6 }
/** A log is cut when it has doubled: its folder goes up and down. */
const folderSlack: Slack = { share: 0.25, least: 16 * mebibyte }

/** Null, as of all of them: it was over too soon to tell. */
export const residentTrend = (samples: readonly Sample[]): Trend | null =>
  trendOf(filled(samples), ({ residentBytes }) => residentBytes, residentSlack, median)

export const heapTrend = (samples: readonly Sample[]): Trend | null => {
  const known = filled(samples).filter(({ heapBytes }) => heapBytes !== null)
  return trendOf(known, ({ heapBytes }) => heapBytes ?? 0, heapSlack, median)
}

/** Of the second half: by then every connection is there. */
export const descriptorTrend = (samples: readonly Sample[]): Trend | null =>
  trendOf(
    samples.slice(Math.floor(samples.length / 2)),
    ({ descriptors }) => descriptors,
    descriptorSlack,
    median,
  )

/** Null too where it has never become smaller: nothing was ever cut. */
export function folderTrend(samples: readonly Sample[]): Trend | null {
  const judged = samples.slice(Math.floor(samples.length / 4))
  const sizes = judged.map(({ folderBytes }) => folderBytes)
  if (!sizes.some((size, index) => size < (sizes[index - 1] ?? 0))) return null
  return trendOf(
    judged,
    ({ folderBytes }) => folderBytes,
    folderSlack,
    (values) => values.reduce((most, value) => Math.max(most, value), 0),
  )
}

const filled = (samples: readonly Sample[]): readonly Sample[] =>
  samples.filter(({ writes }) => writes >= filledWrites)

/** Halves are compared, so that neither a peak nor a trough decides. */
function trendOf(
  judged: readonly Sample[],
  valueOf: (sample: Sample) => number,
  slack: Slack,
  sumUp: (values: readonly number[]) => number,
): Trend | null {
  if (judged.length < fewest) return null
  const values = judged.map(valueOf)
  const middle = Math.ceil(values.length / 2)
  const [before, after] = [sumUp(values.slice(0, middle)), sumUp(values.slice(middle))]
  const most = before + Math.max(slack.least, before * slack.share)
  const millions = judged.map(({ operations }) => operations / 1e6)
  return { before, after, grows: after > most, perMillion: slopeOf(millions, values) }
}

/** Least squares. */
function slopeOf(xs: readonly number[], ys: readonly number[]): number {
  const [meanX, meanY] = [mean(xs), mean(ys)]
  let [above, below] = [0, 0]
  for (const [index, x] of xs.entries()) {
    above += (x - meanX) * ((ys[index] as number) - meanY)
    below += (x - meanX) ** 2
  }
  return below === 0 ? 0 : above / below
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
