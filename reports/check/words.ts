/** How operations, values and times are put into words. */
import { ACQUIRE, CAS, DELETE, FINAL, RELEASE, kindNames, valueAt } from './history.js'
import type { History, Value } from './history.js'
import type { Counterexample } from './verdict.js'

export const plural = (count: number, noun: string): string =>
  `${String(count)} ${noun}${count === 1 ? '' : 's'}`

/** "1.2034 s"; "line 12" in a history without times (lines from 1, as editors count). */
export const timeText = (history: History, nanos: number): string => {
  if (!history.timed) return `line ${String(nanos + 1)}`
  if (nanos === Infinity) return 'the end'
  // Whoever writes a history by hand counts 1, 2, 3.
  if (nanos % 1000 !== 0 && Math.abs(nanos) < 1e5) return `${String(nanos)} ns`
  return `${(nanos / 1e9).toFixed(nanos < 1e7 ? 6 : 4)} s`
}

export const startText = (history: History, operation: number): string =>
  timeText(history, history.startNanos[operation] as number)

export const endText = (history: History, operation: number): string =>
  timeText(history, history.endNanos[operation] as number)

/** The session: `c3`, or `process 3` where the recorder knew no sessions. */
export const who = (history: History, operation: number): string =>
  history.sessions[history.session[operation] as number] as string

/** Anybody's text: what would move the cursor or colour the terminal is spelt out. */
export const visible = (text: string): string =>
  text.replaceAll(/\p{Cc}|\p{Bidi_Control}/gu, (sign) => {
    const digits = sign.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${digits}`
  })

/** A value id in words. Of a long value its two ends: values that grow differ at the end. */
export const valueText = (history: History, id: number): string => plain(history.values[id] ?? null)

const plain = (value: Value): string => {
  if (value === null) return 'nothing'
  const text = visible(String(value))
  if (text === '') return '""'
  return text.length > 40 ? `${text.slice(0, 14)}...${text.slice(-23)}` : text
}

/** What an operation wrote or returned: "x7", "nothing", "x7 and x9 (siblings)". */
export const outcomeValue = (history: History, operation: number): string => {
  const value = valueAt(history, operation)
  if (value === undefined) return 'no answer'
  if (history.kind[operation] === CAS) {
    return `${plain(value as Value)} to ${valueText(history, history.swap[operation] as number)}`
  }
  if (!Array.isArray(value)) return plain(value as Value)
  const list = (value as readonly Value[]).map(plain)
  const shown = list.length > 5 ? [...list.slice(0, 5), `${String(list.length - 5)} more`] : list
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) as string} (siblings)`
}

/** "c1's write of x7", "c2's read of nothing", "n3's final state of x7". */
export const operationText = (history: History, operation: number): string => {
  const kind = history.kind[operation] as number
  if (kind === FINAL) {
    const node = history.nodes[history.node[operation] as number] ?? 'a node'
    return `${node}'s final state of ${outcomeValue(history, operation)}`
  }
  const name = kindNames[kind]
  const bare = kind === DELETE || kind === ACQUIRE || kind === RELEASE
  if (bare) return `${who(history, operation)}'s ${name}`
  const value = outcomeValue(history, operation)
  return `${who(history, operation)}'s ${name} of ${value}`
}

/** "c1's write of x7 was over at 1.2034 s". */
export const wasOver = (history: History, operation: number): string =>
  `${operationText(history, operation)} was over at ${endText(history, operation)}`

/** "c1's write of x7 was acknowledged at 1.2034 s". */
export const wasAcknowledged = (history: History, operation: number): string =>
  `${operationText(history, operation)} was acknowledged at ${endText(history, operation)}`

/** "c2's read of x5, begun at 1.3005 s". */
export const begun = (history: History, operation: number): string =>
  `${operationText(history, operation)}, begun at ${startText(history, operation)}`

/** A counterexample over whole operations: their lines, and the time they span. */
export const counterexampleOf = (
  history: History,
  operations: readonly number[],
  explanation: string,
): Counterexample => {
  const events = new Set<number>()
  let from = Infinity
  let to = -Infinity
  for (const operation of operations) {
    events.add(history.start[operation] as number)
    const completion = history.completion[operation] as number
    if (completion >= 0) events.add(completion)
    const began = history.startNanos[operation] as number
    const ended = history.endNanos[operation] as number
    from = Math.min(from, began)
    to = Math.max(to, ended === Infinity ? began : ended)
  }
  const key = history.keys[history.key[operations[0] as number] as number]
  return {
    key: key?.key ?? '',
    fromMicros: Math.floor(from / 1000),
    toMicros: Math.ceil(to / 1000),
    explanation,
    events: [...events].sort((a, b) => a - b),
  }
}
