/** What clients saw over time, as columns for the charts: one row a window of the run. */
import type { ClientData } from '../aggregate.js'
import { answeredShare } from '../aggregate/operation.js'
import type { Side, Stretch } from '../aggregate/operation.js'
import type { Columns } from './chart.js'

type Cell = number | null

/**
 * `t` is the middle of the window in seconds; latencies in ms; rates per second; `available` in
 * percent.
 */
export function windowColumns(data: ClientData): Columns {
  const { windowMicros } = data.operations
  const seconds = windowMicros / 1e6
  // Array.from visits the holes of a sparse array too: windows in which nobody asked for anything.
  const windows = Array.from(data.operations.windows)
  const column = (cell: (window: Stretch) => Cell): Cell[] =>
    windows.map((window: Stretch | undefined) => (window === undefined ? null : cell(window)))
  const rate = (number: number): Cell => rounded(number / seconds, 3)
  return {
    t: windows.map((_, index) => rounded((index + 0.5) * seconds, 6)),
    reads: column((window) => rate(window.reads.tally.ok)),
    writes: column((window) => rate(window.writes.tally.ok)),
    failed: column((window) => rate(window.tally.fail)),
    unknown: column((window) => rate(window.tally.info)),
    available: column((window) => {
      const share = answeredShare(window.tally)
      return share === null ? null : rounded(share * 100, 4)
    }),
    ...latencies('read', (window) => window.reads, column),
    ...latencies('write', (window) => window.writes, column),
  }
}

function latencies(
  name: string,
  side: (window: Stretch) => Side,
  column: (cell: (window: Stretch) => Cell) => Cell[],
): Columns {
  const quantile = (q: number): Cell[] =>
    column((window) => {
      const micros = side(window).latency.quantile(q)
      // The scale is logarithmic: an answer within the same microsecond is drawn at one.
      return micros === null ? null : Math.max(1, micros) / 1000
    })
  return {
    [`${name}_p50`]: quantile(0.5),
    [`${name}_p99`]: quantile(0.99),
    [`${name}_p999`]: quantile(0.999),
  }
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
