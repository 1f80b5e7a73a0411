/**
 * One sample per ok read: what had been committed when it began, and how much of that it includes.
 */
import type { KeyCausality } from '../causal.js'
import type { Groups } from '../group.js'
import { ABSENT, OK, READ, SEVERAL, isWrite, siblingValues } from '../history.js'
import type { History } from '../history.js'
import type { Subject } from '../subject.js'

export interface Sample {
  readonly read: number
  /** Committed versions, newer than what it returned, when it began. */
  readonly behind: number
  /** The newest write committed before it began; -1: none. */
  readonly latest: number
  /** Since that commit. */
  readonly ageMicros: number
  readonly sees: boolean
  /** Since the first commit that it misses; 0 if it misses none. */
  readonly staleMicros: number
}

type Take = (sample: Sample) => void

export const sampleByVector = (
  history: History,
  groups: Groups,
  causality: KeyCausality,
  take: Take,
): void => {
  const width = causality.actors.length
  const committed: Committed[] = []
  for (let actor = 0; actor < width; actor++) committed.push(new Committed())
  let latest = -1
  for (const event of groups.events(causality.key)) {
    const operation = event >> 1
    const position = groups.position[operation] as number
    if (history.outcome[operation] !== OK) continue
    if (isWrite(history.kind[operation] as number)) {
      const actor = causality.dotActor[position] as number
      if ((event & 1) === 0 || actor < 0) continue
      latest = operation
      committed[actor]?.add(causality.dotCounter[position] as number, operation)
      continue
    }
    const isRead = history.kind[operation] === READ && history.vectorCount[operation] !== ABSENT
    if ((event & 1) === 1 || !isRead) continue
    let behind = 0
    let first = Infinity
    for (let actor = 0; actor < width; actor++) {
      const list = committed[actor] as Committed
      const covered = list.upTo(causality.vector[position * width + actor] as number)
      behind += list.length - covered
      first = Math.min(first, list.firstEnd(history, covered))
    }
    take(
      sampleOf(history, operation, {
        latest,
        behind,
        first,
        sees: includes(causality, groups, latest, position),
      }),
    )
  }
}

const includes = (
  causality: KeyCausality,
  groups: Groups,
  write: number,
  read: number,
): boolean => {
  if (write < 0) return true
  const position = groups.position[write] as number
  const actor = causality.dotActor[position] as number
  const covered = causality.vector[read * causality.actors.length + actor] as number
  return covered >= (causality.dotCounter[position] as number)
}

const sampleOf = (
  history: History,
  read: number,
  found: {
    readonly latest: number
    readonly behind: number
    /** Nanoseconds of the first commit missed. */
    readonly first: number
    readonly sees: boolean
  },
): Sample => {
  const began = history.startNanos[read] as number
  const committed = found.latest < 0 ? began : (history.endNanos[found.latest] as number)
  return {
    read,
    behind: found.behind,
    latest: found.latest,
    ageMicros: Math.max(0, (began - committed) / 1000),
    sees: found.sees,
    staleMicros: found.behind === 0 ? 0 : Math.max(0, (began - found.first) / 1000),
  }
}

/** Counters of one actor's committed writes, ascending; commits come nearly in that order. */
class Committed {
  private readonly counters: number[] = []
  private readonly writes: number[] = []

  get length(): number {
    return this.counters.length
  }

  add(counter: number, write: number): void {
    let at = this.counters.length
    while (at > 0 && (this.counters[at - 1] as number) > counter) at--
    this.counters.splice(at, 0, counter)
    this.writes.splice(at, 0, write)
  }

  /** How many have a counter of at most this. */
  upTo(counter: number): number {
    let low = 0
    let high = this.counters.length
    if (high === 0 || (this.counters[high - 1] as number) <= counter) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.counters[middle] as number) <= counter) low = middle + 1
      else high = middle
    }
    return low
  }

  /**
   * When the first of those from `index` on was committed, in nanoseconds; Infinity if there is
   * none.
   */
  firstEnd(history: History, index: number): number {
    const write = this.writes[index]
    return write === undefined ? Infinity : (history.endNanos[write] as number)
  }
}

/**
 * By values: a write is missed if what was returned was over before it began. Among commits by
 * start of the write, those are a suffix.
 */
export const sampleByOrder = ({ history, groups }: Subject, key: number, take: Take): void => {
  const writerOf = writersOf(history, groups.operations(key))
  const committed = new CommittedByStart(history)
  let latest = -1
  for (const event of groups.events(key)) {
    const operation = event >> 1
    if (history.outcome[operation] !== OK) continue
    if (isWrite(history.kind[operation] as number)) {
      if ((event & 1) === 0) continue
      committed.add(operation)
      latest = operation
      continue
    }
    if ((event & 1) === 1 || history.kind[operation] !== READ) continue
    const shown = lastEnd(history, operation, writerOf)
    if (shown === null) continue
    const behind = committed.after(shown)
    const sees = latest < 0 || (history.start[latest] as number) <= shown
    take(sampleOf(history, operation, { latest, behind: behind.count, first: behind.first, sees }))
  }
}

/** Value -> its write; -1 where several wrote it. */
const writersOf = (history: History, operations: Int32Array): ReadonlyMap<number, number> => {
  const writers = new Map<number, number>()
  for (const operation of operations) {
    if (!isWrite(history.kind[operation] as number)) continue
    const value = history.value[operation] as number
    writers.set(value, writers.has(value) ? -1 : operation)
  }
  return writers
}

/**
 * Line by which the newest of the returned values was certainly written; -1 for the initial value;
 * null: cannot be told.
 */
const lastEnd = (
  history: History,
  read: number,
  writerOf: ReadonlyMap<number, number>,
): number | null => {
  const value = history.value[read] as number
  const values = value === SEVERAL ? siblingValues(history, read) : [value]
  let last = -1
  for (const each of values) {
    const writer = writerOf.get(each)
    if (writer === -1) return null
    if (writer === undefined && each !== 0) return null
    if (writer !== undefined) last = Math.max(last, history.end[writer] as number)
  }
  return last
}

/** Committed writes by their start; commits come nearly in that order. */
class CommittedByStart {
  private readonly history: History
  private readonly writes: number[] = []

  constructor(history: History) {
    this.history = history
  }

  add(write: number): void {
    let at = this.writes.length
    while (at > 0 && (this.writes[at - 1] as number) > write) at--
    this.writes.splice(at, 0, write)
  }

  /** Those that began after a line, and when the first of them was over. */
  after(line: number): { readonly count: number; readonly first: number } {
    const { start, endNanos } = this.history
    let at = this.writes.length
    let first = Infinity
    while (at > 0 && (start[this.writes[at - 1] as number] as number) > line) {
      at--
      first = Math.min(first, endNanos[this.writes[at] as number] as number)
    }
    return { count: this.writes.length - at, first }
  }
}
