/** Lines in, columns out (see history.ts): what belongs together becomes one row. */
import type { HistoryEvent } from '../../core/history.js'
import { IntegerColumn } from './column.js'
import { FINAL, INFO, NULL, OK, READ, SEVERAL, TRANSACTION } from './history.js'
import type { History } from './history.js'
import { decode, kinds } from './ingest/decode.js'
import type { RawEvent } from './ingest/decode.js'
import { EventError, INVOKE, Line, Scratch, UNSAID, Vocabulary } from './ingest/line.js'
import { LineScanner } from './ingest/scan.js'
import { OperationTable } from './ingest/table.js'

export { EventError }
export type { RawEvent }

export class HistoryBuilder {
  private readonly table = new OperationTable()
  private readonly events = new IntegerColumn(2048)
  private readonly siblingValue = new IntegerColumn(1024)
  private readonly siblingActor = new IntegerColumn(1024)
  private readonly siblingCounter = new IntegerColumn(1024)
  private readonly vectorActor = new IntegerColumn(1024)
  private readonly vectorCounter = new IntegerColumn(1024)

  private readonly words = new Vocabulary()
  private readonly line = new Line()
  private readonly scanner = new LineScanner(this.words, this.line)

  /** Process -> its operation that has not completed. */
  private readonly open = new Map<number, number>()
  private finals = 0
  private skipped = 0
  private timed: boolean | null = null
  private lastTime = -Infinity
  private outOfOrder = 0

  /** @throws EventError if the event is malformed, or contradicts an earlier one. */
  add(event: RawEvent): void {
    decode(event, this.line, this.words)
    this.take()
  }

  /**
   * The same from the text of a line, if it is of the plain form that our own recorder writes;
   * false if it has to be parsed.
   * @throws EventError if it contradicts an earlier one.
   */
  addPlain(bytes: Uint8Array, from: number, to: number): boolean {
    if (!this.scanner.scan(bytes, from, to)) return false
    this.take()
    return true
  }

  private take(): void {
    const { line } = this
    if (line.isNobody) {
      this.skipped++
      this.events.push(-1)
      return
    }
    const time = this.time(line.time)
    if (line.type === INVOKE) this.invoke(time)
    else if (line.kind === FINAL) this.final(time)
    else this.complete(time)
  }

  private time(time: number): number {
    const isTimed = !Number.isNaN(time)
    this.timed ??= isTimed
    if (isTimed !== this.timed) throw new EventError('some events carry a time and some do not')
    if (!isTimed) return this.events.length
    if (time < this.lastTime) this.outOfOrder++
    else this.lastTime = time
    return time
  }

  private invoke(time: number): void {
    const { line } = this
    if (line.kind === FINAL) throw new EventError('a final is not invoked, it is only ok')
    const { integer } = this.table
    const open = this.open.get(line.process)
    if (open !== undefined && integer.completion.at(open) < 0) {
      const at = String(integer.start.at(open) + 1)
      throw new EventError(
        `process ${String(line.process)} invokes while its operation of line ${at} has not completed`,
      )
    }
    const row = this.row(time)
    this.open.set(line.process, row)
    if (line.value !== UNSAID) integer.value.set(row, line.value)
    if (line.swap !== UNSAID) integer.swap.set(row, line.swap)
    if (line.hasContext) {
      integer.contextStart.set(row, this.vectorActor.length)
      integer.contextCount.set(row, this.vector(line.contextActors, line.contextCounters))
    }
    this.events.push(row * 2)
  }

  /** A row with everything unknown but who, what and when. */
  private row(time: number): number {
    const { line } = this
    const row = this.table.append(line.name)
    const { integer, number } = this.table
    const session =
      line.session === UNSAID
        ? this.words.sessions.of(`process ${String(line.process)}`)
        : line.session
    integer.kind.set(row, line.kind)
    integer.process.set(row, line.process)
    integer.session.set(row, session)
    integer.key.set(row, line.key)
    integer.node.set(row, line.node)
    integer.start.set(row, this.events.length)
    number.startNanos.set(row, time)
    return row
  }

  private vector(actors: Scratch, counters: Scratch): number {
    for (let at = 0; at < actors.length; at++) {
      this.vectorActor.push(actors.at(at))
      this.vectorCounter.push(counters.at(at))
    }
    return actors.length
  }

  private complete(time: number): void {
    const { line } = this
    const { integer, number } = this.table
    const row = this.open.get(line.process)
    if (row === undefined || integer.completion.at(row) >= 0) {
      throw new EventError(`process ${String(line.process)} completes what it never invoked`)
    }
    const at = String(integer.start.at(row) + 1)
    if (integer.kind.at(row) !== line.kind) {
      throw new EventError(`completes as ${kindName(line.kind)} the operation of line ${at}`)
    }
    if (line.key !== UNSAID && line.key !== integer.key.at(row)) {
      throw new EventError(`completes with another key the operation of line ${at}`)
    }
    integer.outcome.set(row, line.type)
    integer.completion.set(row, this.events.length)
    if (line.type !== INFO) integer.end.set(row, this.events.length)
    number.endNanos.set(row, time)
    if (line.type === OK) this.answer(row)
    integer.code.set(row, line.code)
    integer.need.set(row, line.need)
    integer.got.set(row, line.got)
    integer.dotActor.set(row, line.dotActor)
    integer.dotCounter.set(row, line.dotCounter)
    this.events.push(row * 2 + 1)
  }

  /** What an ok tells: the values read, the vector. */
  private answer(row: number): void {
    const { line } = this
    const { integer } = this.table
    if (line.kind === READ || line.kind === FINAL) this.shown(row)
    if (line.kind === TRANSACTION) integer.value.set(row, line.value)
    if (!line.hasVector) return
    integer.vectorStart.set(row, this.vectorActor.length)
    integer.vectorCount.set(row, this.vector(line.vectorActors, line.vectorCounters))
  }

  private shown(row: number): void {
    const { line } = this
    const { integer } = this.table
    const count = line.values.length
    integer.siblingStart.set(row, this.siblingValue.length)
    integer.siblingCount.set(row, count)
    for (let at = 0; at < count; at++) {
      this.siblingValue.push(line.values.at(at))
      this.siblingActor.push(line.hasDots ? line.dotActors.at(at) : -1)
      this.siblingCounter.push(line.hasDots ? line.dotCounters.at(at) : -1)
    }
    integer.value.set(row, count === 0 ? NULL : count === 1 ? line.values.at(0) : SEVERAL)
  }

  private final(time: number): void {
    if (this.line.type !== OK) throw new EventError('a final can only be ok')
    const row = this.row(time)
    const { integer, number } = this.table
    this.finals++
    integer.outcome.set(row, OK)
    integer.end.set(row, this.events.length)
    integer.completion.set(row, this.events.length)
    number.endNanos.set(row, time)
    this.answer(row)
    this.events.push(-1)
  }

  private noteList(extra: readonly string[]): readonly string[] {
    if (this.outOfOrder === 0) return extra
    const lines = this.outOfOrder === 1 ? '1 line is' : `${String(this.outOfOrder)} lines are`
    return [...extra, `${lines} out of time order; the order of the lines was taken`]
  }

  /** The builder must not be used afterwards. */
  finish(source: string, notes: readonly string[] = []): History {
    const columns = this.table.finish()
    const { words } = this
    // Each column by name: copies made by a spread may differ in shape, and what is compiled for
    // one history would have to be compiled anew for the next.
    return {
      process: columns.process,
      session: columns.session,
      key: columns.key,
      node: columns.node,
      value: columns.value,
      swap: columns.swap,
      start: columns.start,
      end: columns.end,
      completion: columns.completion,
      startNanos: columns.startNanos,
      endNanos: columns.endNanos,
      siblingStart: columns.siblingStart,
      siblingCount: columns.siblingCount,
      vectorStart: columns.vectorStart,
      vectorCount: columns.vectorCount,
      contextStart: columns.contextStart,
      contextCount: columns.contextCount,
      dotActor: columns.dotActor,
      dotCounter: columns.dotCounter,
      code: columns.code,
      need: columns.need,
      got: columns.got,
      kind: Uint8Array.from(columns.kind),
      outcome: Uint8Array.from(columns.outcome),
      source,
      size: this.table.size,
      finals: this.finals,
      lines: this.events.length,
      timed: this.timed ?? false,
      skipped: this.skipped,
      notes: this.noteList(notes),
      names: this.table.names,
      events: this.events.finish(),
      values: words.values.list,
      keys: words.keys,
      sessions: words.sessions.list,
      nodes: words.nodes.list,
      actors: words.actors.list,
      codes: words.codes.list,
      siblingValue: this.siblingValue.finish(),
      siblingActor: this.siblingActor.finish(),
      siblingCounter: this.siblingCounter.finish(),
      vectorActor: this.vectorActor.finish(),
      vectorCounter: this.vectorCounter.finish(),
    }
  }
}

/** Of events in memory, our own or foreign. @throws EventError naming the event. */
export const historyOf = (
  events: readonly (HistoryEvent | RawEvent)[],
  source = 'history',
): History => {
  const builder = new HistoryBuilder()
  events.forEach((event, index) => {
    try {
      builder.add(event as RawEvent)
    } catch (error) {
      if (!(error instanceof EventError)) throw error
      throw new EventError(`${source}:${String(index + 1)}: ${error.message}`)
    }
  })
  return builder.finish(source)
}

const kindName = (kind: number): string => {
  for (const [name, of] of kinds) if (of === kind) return String(name)
  return 'nothing known'
}
