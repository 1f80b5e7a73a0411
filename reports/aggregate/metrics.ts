/** metrics.csv, thinned out to what a chart can show. */
import { corrupt, eachLine } from './line.js'

/** Columns of the same length; null where the file has an empty cell. */
export interface Metrics {
  readonly rows: number
  readonly columns: ReadonlyMap<string, readonly (number | null)[]>
}

/**
 * How rows that share a point are folded into it. Other columns (latencies) are not drawn from
 * here.
 */
const folds = {
  time_ms: 'last',
  reads_ok: 'sum',
  reads_fail: 'sum',
  reads_info: 'sum',
  writes_ok: 'sum',
  writes_fail: 'sum',
  writes_info: 'sum',
  messages_sent: 'sum',
  messages_lost: 'sum',
  divergent_keys: 'max',
  hints: 'max',
  tombstones: 'max',
  siblings_max: 'max',
  nodes_up: 'min',
  requests_open: 'max',
  input_queue_max: 'max',
} as const

/** Runs of older versions lack it. */
const optional: ReadonlySet<string> = new Set(['tombstones'])

type Fold = (typeof folds)[keyof typeof folds]

/** A whole metrics file in memory would be fine (600 rows a run); a live run of a week is not. */
const heldRows = 4000

/** @param most points to return at most @throws LoadError */
export async function readMetrics(file: string, most: number): Promise<Metrics> {
  let header: readonly string[] = []
  let places: readonly number[] = []
  const names = Object.keys(folds)
  let rows: (number | null)[][] = []
  await eachLine(file, (line, number) => {
    const cells = line.replace(/\r$/, '').split(',')
    if (number === 1) {
      header = cells
      places = names.map((name) => cells.indexOf(name))
      const missing = names.find((name, index) => places[index] === -1 && !optional.has(name))
      if (missing !== undefined) throw corrupt(file, 1, `column ${missing} is missing`)
      return
    }
    // The last row of an interrupted run may be cut short: it is not a row.
    if (cells.length < header.length) return
    rows.push(places.map((place) => cellOf(file, number, cells[place] ?? '')))
    if (rows.length >= heldRows * 2) rows = folded(rows, names, 2)
  })
  if (header.length === 0) throw corrupt(file, 0, 'is empty')
  const points = folded(rows, names, Math.ceil(rows.length / most))
  const column = (_: string, index: number): (number | null)[] =>
    points.map((point) => point[index] ?? null)
  return {
    rows: points.length,
    columns: new Map(names.map((name, index) => [name, column(name, index)])),
  }
}

function cellOf(file: string, line: number, cell: string): number | null {
  if (cell === '') return null
  const value = Number(cell)
  if (!Number.isFinite(value)) throw corrupt(file, line, `${JSON.stringify(cell)} is not a number`)
  return value
}

/** Every `width` rows become one: peaks stay peaks, sums stay sums. */
export function folded(
  rows: readonly (readonly (number | null)[])[],
  names: readonly string[],
  width: number,
): (number | null)[][] {
  const points: (number | null)[][] = []
  for (let from = 0; from < rows.length; from += Math.max(1, width)) {
    const group = rows.slice(from, from + Math.max(1, width))
    points.push(
      names.map((name, index) =>
        fold(
          folds[name as keyof typeof folds],
          group.map((row) => row[index] ?? null),
        ),
      ),
    )
  }
  return points
}

function fold(how: Fold, cells: readonly (number | null)[]): number | null {
  const values = cells.filter((cell) => cell !== null)
  if (values.length === 0) return null
  switch (how) {
    case 'sum':
      return values.reduce((total, value) => total + value, 0)
    case 'max':
      return Math.max(...values)
    case 'min':
      return Math.min(...values)
    case 'last':
      return values.at(-1) ?? null
  }
}
