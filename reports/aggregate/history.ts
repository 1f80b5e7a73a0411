/**
 * Pairs the lines of a history into operations while it streams by: memory is that of the
 * operations still open.
 */
import type { EventType, HistoryEvent } from '../../core/history.js'
import { corrupt, eachObject } from './line.js'
import type { Settle } from './line.js'

/** Told of every operation as it completes; at the end of those that never did. */
export interface HistoryVisitor {
  /** `completion` is null for an operation that nobody knows the end of. */
  readonly operation: (invoke: HistoryEvent, completion: HistoryEvent | null) => void
  /** What one owner held after the run. */
  readonly final?: (event: HistoryEvent) => void
  readonly settle?: Settle
}

const types: ReadonlySet<unknown> = new Set<EventType>(['invoke', 'ok', 'fail', 'info'])

/** @throws LoadError naming the line that is not an event, or that fits no operation */
export async function scanHistory(
  file: string,
  allowCutTail: boolean,
  visitor: HistoryVisitor,
): Promise<void> {
  const open = new Map<number, HistoryEvent>()
  const take = (value: Readonly<Record<string, unknown>>, line: number): void => {
    const event = eventOf(file, line, value)
    if (event.f === 'final') {
      visitor.final?.(event)
      return
    }
    const invoke = open.get(event.process)
    if (event.type === 'invoke') {
      if (invoke !== undefined) {
        throw corrupt(file, line, `process ${String(event.process)} has an operation open already`)
      }
      open.set(event.process, event)
      return
    }
    if (invoke === undefined) {
      throw corrupt(file, line, `process ${String(event.process)} completes what it never invoked`)
    }
    open.delete(event.process)
    visitor.operation(invoke, event)
  }
  await eachObject(file, allowCutTail, take, visitor.settle)
  for (const invoke of open.values()) visitor.operation(invoke, null)
}

function eventOf(
  file: string,
  line: number,
  value: Readonly<Record<string, unknown>>,
): HistoryEvent {
  if (!types.has(value['type'])) throw corrupt(file, line, 'type is not invoke, ok, fail or info')
  for (const field of ['time', 'process', 'index'] as const) {
    if (typeof value[field] !== 'number') throw corrupt(file, line, `${field} is not a number`)
  }
  for (const field of ['f', 'key'] as const) {
    if (typeof value[field] !== 'string') throw corrupt(file, line, `${field} is not text`)
  }
  return value as unknown as HistoryEvent
}

/** How many values an ok read returned. */
export function siblingCount(event: HistoryEvent): number {
  if (event.value === null) return 0
  return typeof event.value === 'string' ? 1 : event.value.length
}
