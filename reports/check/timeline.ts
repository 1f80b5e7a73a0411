/**
 * A counterexample as plain text: a row per process, time to the right, columns in the order of the
 * events.
 *
 *     c1   [write x1]  [write x2]
 *     c2                           [read x1]
 */
import { ACQUIRE, DELETE, FINAL, INFO, RELEASE, kindNames } from './history.js'
import type { History } from './history.js'
import { outcomeValue, timeText } from './words.js'

/** Rows, without a final newline. `events` are lines of the history. */
export const timeline = (history: History, events: readonly number[]): string => {
  const operations = operationsOf(history, events)
  if (operations.length === 0) return ''
  const rows = rowsOf(history, operations)
  const column = columnsOf(history, operations, rows)
  const names = [...rows.keys()]
  const margin = Math.max(...names.map((name) => name.length)) + 2
  const lines = names.map((name) => {
    const bars = (rows.get(name) as readonly number[]).map((each) => bar(history, each, column))
    return name.padEnd(margin) + bars.reduce((line, { from, text }) => line.padEnd(from) + text, '')
  })
  return [...lines, ' '.repeat(margin) + spanText(history, operations)].join('\n')
}

/** By line; a final has no line of its own in `events`, so it is found by its position. */
const operationsOf = (history: History, events: readonly number[]): readonly number[] => {
  const wanted = new Set(events)
  const found: number[] = []
  for (let operation = 0; operation < history.size; operation++) {
    const completion = history.completion[operation] as number
    if (wanted.has(history.start[operation] as number) || wanted.has(completion))
      found.push(operation)
  }
  return found
}

const rowsOf = (
  history: History,
  operations: readonly number[],
): ReadonlyMap<string, readonly number[]> => {
  const rows = new Map<string, number[]>()
  const order = [...operations].sort(
    (a, b) => (history.start[a] as number) - (history.start[b] as number),
  )
  for (const operation of order) {
    const name = rowName(history, operation)
    rows.set(name, [...(rows.get(name) ?? []), operation])
  }
  return rows
}

/** The session; where it has several processes, that too, since they may overlap. */
const rowName = (history: History, operation: number): string => {
  if (history.kind[operation] === FINAL) {
    return `${history.nodes[history.node[operation] as number] ?? 'a node'}, at the end`
  }
  const session = history.sessions[history.session[operation] as number] as string
  const process = `process ${String(history.process[operation])}`
  return session === process ? session : `${session} (${process})`
}

const label = (history: History, operation: number): string => {
  const kind = history.kind[operation] as number
  const name = kindNames[kind] as string
  const isBare = kind === DELETE || kind === ACQUIRE || kind === RELEASE
  if (isBare) return name
  const value = outcomeValue(history, operation)
  return kind === FINAL ? `holds ${value}` : `${name} ${value}`
}

/** Line of the history -> column: in order, and with room for every label between its ends. */
const columnsOf = (
  history: History,
  operations: readonly number[],
  rows: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<number, number> => {
  const before = new Map<number, number>()
  for (const row of rows.values()) {
    row.forEach((operation, index) => {
      const previous = row[index - 1]
      if (previous !== undefined) before.set(operation, previous)
    })
  }
  const edges = operations
    .flatMap((operation) => [
      { line: history.start[operation] as number, operation, isEnd: false },
      { line: endLine(history, operation), operation, isEnd: true },
    ])
    .sort((a, b) => a.line - b.line || Number(a.isEnd) - Number(b.isEnd))
  const column = new Map<number, number>()
  let last = -2
  for (const { operation, isEnd } of edges) {
    const own = isEnd
      ? (column.get(operation * 2) as number) + label(history, operation).length + 1
      : 0
    const previous = isEnd ? undefined : before.get(operation)
    const free = previous === undefined ? 0 : (column.get(previous * 2 + 1) ?? 0) + 2
    last = Math.max(last + 2, own, free)
    column.set(operation * 2 + (isEnd ? 1 : 0), last)
  }
  return column
}

/** Crashed operations are drawn up to the line where their client gave up. */
const endLine = (history: History, operation: number): number => {
  const completion = history.completion[operation] as number
  return completion < 0 ? history.lines : completion
}

const bar = (
  history: History,
  operation: number,
  column: ReadonlyMap<number, number>,
): { readonly from: number; readonly text: string } => {
  const from = column.get(operation * 2) as number
  const to = column.get(operation * 2 + 1) as number
  const isOpen = history.outcome[operation] === INFO
  const inside = label(history, operation).padEnd(to - from - 1, isOpen ? '.' : '-')
  return { from, text: `[${inside}${isOpen ? '?' : ']'}` }
}

const spanText = (history: History, operations: readonly number[]): string => {
  const starts = operations.map((operation) => history.startNanos[operation] as number)
  const ends = operations
    .map((operation) => history.endNanos[operation] as number)
    .filter((end) => end !== Infinity)
  const from = Math.min(...starts)
  return `${timeText(history, from)} to ${timeText(history, Math.max(from, ...ends))}`
}
