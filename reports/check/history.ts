/**
 * A recorded history in columns: one row an operation (its invocation and its completion together),
 * every name and value a small integer. All checkers work on this; `historyOf` makes one from
 * events in memory, reports/load.ts from a file.
 *
 * The order of the lines is the order of events: Jepsen, Knossos and our own recorder all write a
 * line when the event happens, and clocks in foreign histories jitter. Times are used for windows,
 * staleness and words only.
 */

/** What an operation did. Aliases of other recorders (`get`, `put`) are folded into these. */
export const READ = 0
export const WRITE = 1
/** `value` -> `swap`, if it was `value`. */
export const CAS = 2
/**
 * In our own histories a write whose value is the merged list; in the kv-append model, text added
 * at the end.
 */
export const APPEND = 3
export const DELETE = 4
export const ACQUIRE = 5
export const RELEASE = 6
/** Several reads and writes at once: `value` is the JSON text of the micro-operations. */
export const TRANSACTION = 7
/** What one owner holds after the run. Not an operation of a client. */
export const FINAL = 8

export const kindNames: readonly string[] = [
  'read',
  'write',
  'cas',
  'append',
  'delete',
  'acquire',
  'release',
  'transaction',
  'final',
]

export const OK = 0
export const FAIL = 1
/**
 * It may have happened, once, at any time after its invocation. Operations that never completed
 * too.
 */
export const INFO = 2

export const outcomeNames: readonly string[] = ['ok', 'fail', 'info']

/** Ids of `History.values`: 0 is null, "nothing there". */
export const NULL = 0
/** A read that is not ok: nothing was learned. */
export const NOTHING = -1
/** A read that returned two values or more: see the sibling pool. */
export const SEVERAL = -2

/** In `vectorCount` and `contextCount`: the event does not carry one. */
export const ABSENT = -1

/** Never completes: later than every line. */
export const NEVER = 0x7fffffff

/** A value as it stood in the history; objects and arrays as their JSON text. */
export type Value = string | number | boolean | null

/**
 * Row `i` of every column is operation `i`, in order of invocation. Positions (`start`, `end`) are
 * line numbers from 0. Vectors and siblings are ranges of the pools at the end.
 */
export interface History {
  /** File name, or what the caller called it. */
  readonly source: string
  /** Operations, finals included. */
  readonly size: number
  readonly finals: number
  /** Lines read. */
  readonly lines: number
  /** False where the recorder wrote no times: then `startNanos` and `endNanos` are line numbers. */
  readonly timed: boolean
  /** Lines that are nobody's operation, such as Jepsen's nemesis. */
  readonly skipped: number
  /** Things a reader of the verdict should know: lines out of time order, a tail cut short. */
  readonly notes: readonly string[]

  readonly kind: Uint8Array
  readonly outcome: Uint8Array
  readonly process: Int32Array
  readonly session: Int32Array
  /** Bucket and key together. */
  readonly key: Int32Array
  /** -1 where not said. */
  readonly node: Int32Array
  /** Written, or read: an id of `values`, NOTHING or SEVERAL. */
  readonly value: Int32Array
  /** The second value of a cas. */
  readonly swap: Int32Array
  readonly start: Int32Array
  /**
   * NEVER unless ok or fail: an `info` line says when the client gave up, not when the operation
   * ended.
   */
  readonly end: Int32Array
  /** Line of the completion whatever it was; -1 for none. */
  readonly completion: Int32Array
  readonly startNanos: Float64Array
  /** Of the completion, `info` included; Infinity for none. */
  readonly endNanos: Float64Array
  readonly siblingStart: Int32Array
  readonly siblingCount: Int32Array
  readonly vectorStart: Int32Array
  readonly vectorCount: Int32Array
  readonly contextStart: Int32Array
  readonly contextCount: Int32Array
  /** -1 where unknown. */
  readonly dotActor: Int32Array
  readonly dotCounter: Int32Array
  /** Id of `codes`, -1 for none. */
  readonly code: Int32Array
  readonly need: Int32Array
  readonly got: Int32Array
  /** Client operation ids, as in the messages. */
  readonly names: readonly (string | null)[]

  /**
   * Per line: operation * 2, + 1 if it is the completion; -1 for lines that are not events of
   * operations.
   */
  readonly events: Int32Array

  readonly values: readonly Value[]
  readonly keys: readonly KeyName[]
  readonly sessions: readonly string[]
  readonly nodes: readonly string[]
  readonly actors: readonly string[]
  readonly codes: readonly string[]

  readonly siblingValue: Int32Array
  /** -1 where the event carries no dots. */
  readonly siblingActor: Int32Array
  readonly siblingCounter: Int32Array
  readonly vectorActor: Int32Array
  readonly vectorCounter: Int32Array
}

export interface KeyName {
  readonly bucket: string
  readonly key: string
  /** `k3`, or `carts/k3` outside the default bucket. */
  readonly label: string
}

/** One operation for people and for CSV rows. */
export interface Operation {
  readonly index: number
  readonly kind: string
  readonly outcome: string
  readonly process: number
  readonly session: string
  readonly bucket: string
  readonly key: string
  readonly node: string | null
  readonly name: string | null
  readonly value: Value | readonly Value[] | undefined
  readonly startNanos: number
  /** Infinity if it never completed. */
  readonly endNanos: number
  readonly code: string | null
  readonly need: number | null
  readonly got: number | null
  readonly siblings: number
}

export const operationAt = (history: History, index: number): Operation => {
  const key = history.keys[history.key[index] as number] as KeyName
  const code = history.code[index] as number
  const counted = (history.need[index] as number) >= 0
  return {
    index,
    kind: kindNames[history.kind[index] as number] as string,
    outcome: outcomeNames[history.outcome[index] as number] as string,
    process: history.process[index] as number,
    session: history.sessions[history.session[index] as number] as string,
    bucket: key.bucket,
    key: key.key,
    node: history.nodes[history.node[index] as number] ?? null,
    name: history.names[index] ?? null,
    value: valueAt(history, index),
    startNanos: history.startNanos[index] as number,
    endNanos: history.endNanos[index] as number,
    code: history.codes[code] ?? null,
    need: counted ? (history.need[index] as number) : null,
    got: counted ? (history.got[index] as number) : null,
    siblings: history.siblingCount[index] as number,
  }
}

/** undefined: nothing was learned. */
export const valueAt = (history: History, index: number): Value | readonly Value[] | undefined => {
  const value = history.value[index] as number
  if (value === NOTHING) return undefined
  if (value !== SEVERAL) return history.values[value]
  return siblingValues(history, index).map((id) => history.values[id] as Value)
}

/**
 * Those of the operations whose outcome this is: reads, or else writes. A loop, as all that is done
 * for each key of a run: closures die with their run, what was compiled of them too, and a search
 * over thousands of runs would compile them thousands of times.
 */
export const answersOf = (
  history: History,
  operations: Int32Array,
  answered: 'reads' | 'writes',
): Int32Array => {
  const found = new Int32Array(operations.length)
  let count = 0
  for (const operation of operations) {
    if (isAnswered(history, operation, answered)) found[count++] = operation
  }
  return found.subarray(0, count)
}

export const isAnswered = (
  history: History,
  operation: number,
  answered: 'reads' | 'writes',
): boolean => {
  if (history.outcome[operation] !== OK) return false
  const kind = history.kind[operation] as number
  return answered === 'reads' ? kind === READ : isWrite(kind)
}

/** Was it told of any of them: a vector, a dot? Below zero it was not. */
export const isTold = (column: Int32Array, operations: Int32Array): boolean => {
  for (const operation of operations) if ((column[operation] as number) >= 0) return true
  return false
}

/** Every value of a read or final, by its index into the sibling pool. */
export const eachSibling = (
  history: History,
  operation: number,
  visit: (at: number) => void,
): void => {
  const from = history.siblingStart[operation] as number
  const to = from + (history.siblingCount[operation] as number)
  for (let at = from; at < to; at++) visit(at)
}

/** Value ids of a read or final, in the order of the line. */
export const siblingValues = (history: History, index: number): readonly number[] => {
  const from = history.siblingStart[index] as number
  return Array.from(
    history.siblingValue.subarray(from, from + (history.siblingCount[index] as number)),
  )
}

/** A write of any sort: it leaves a new value behind. */
export const isWrite = (kind: number): boolean =>
  kind === WRITE || kind === APPEND || kind === DELETE

/** "n1:0#17", as in the history. */
export const dotName = (history: History, actor: number, counter: number): string =>
  `${history.actors[actor] as string}#${String(counter)}`
