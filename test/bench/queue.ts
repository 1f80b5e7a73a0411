/**
 * The event queue against a plain binary heap of event objects, at several numbers of pending
 * events.
 *
 * The hold model (Jones, CACM 1986): with a fixed number pending, pop one and schedule one. Delays
 * are exponential with a mean that makes the simulated world dense (a million events a second) or
 * sparse (a thousand).
 *
 *   npx tsx test/bench/queue.ts
 */
import { pathToFileURL } from 'node:url'
import { forkStream } from '../../sim/random.js'
import { EventQueue } from '../../sim/queue.js'

interface HeapEvent {
  atMicros: number
  sequence: number
  kind: number
  target: number
  payload: unknown
}

/** What one would write first: an array of objects, sifted by time, then sequence. */
export class BinaryHeap {
  readonly #events: HeapEvent[] = []
  #sequence = 0

  schedule(atMicros: number, kind: number, target: number, payload: unknown): HeapEvent {
    const event = { atMicros, sequence: this.#sequence++, kind, target, payload }
    const events = this.#events
    let index = events.length
    events.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = events[parent]!
      if (above.atMicros <= atMicros) break
      events[index] = above
      index = parent
    }
    events[index] = event
    return event
  }

  pop(): HeapEvent | null {
    const events = this.#events
    const first = events[0]
    if (first === undefined) return null
    const last = events.pop()!
    if (events.length > 0) this.#sift(last)
    return first
  }

  #sift(event: HeapEvent): void {
    const events = this.#events
    const count = events.length
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= count) break
      if (child + 1 < count && before(events[child + 1]!, events[child]!)) child++
      if (before(event, events[child]!)) break
      events[index] = events[child]!
      index = child
    }
    events[index] = event
  }
}

const before = (left: HeapEvent, right: HeapEvent): boolean =>
  left.atMicros < right.atMicros ||
  (left.atMicros === right.atMicros && left.sequence < right.sequence)

interface Queue {
  schedule(atMicros: number, kind: number, target: number, payload: unknown): unknown
  pop(): { readonly atMicros: number; readonly payload: unknown } | null
}

export interface QueueFigure {
  readonly pending: number
  readonly eventsPerSimulatedSecond: number
  readonly heapNanos: number
  readonly queueNanos: number
}

/** Nanoseconds per pop and schedule. */
function hold(queue: Queue, delays: Int32Array, pending: number, operations: number): number {
  const mask = delays.length - 1
  const payload = {}
  for (let index = 0; index < pending; index++) queue.schedule(delays[index & mask]!, 1, 2, payload)
  let at = pending
  const step = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const event = queue.pop()!
      queue.schedule(event.atMicros + delays[at++ & mask]!, 1, 2, event.payload)
    }
  }
  step(Math.max(pending, operations >> 2))
  const start = process.hrtime.bigint()
  step(operations)
  return Number(process.hrtime.bigint() - start) / operations
}

export function runQueue(pending: number, eventsPerSimulatedSecond: number): QueueFigure {
  const operations = 1_000_000
  const meanMicros = (pending * 1_000_000) / eventsPerSimulatedSecond
  const random = forkStream(1, 'bench')
  const delays = Int32Array.from({ length: 1 << 20 }, () =>
    Math.min(2 ** 31 - 1, -meanMicros * Math.log(1 - random.next())),
  )
  const heapNanos = hold(new BinaryHeap(), delays, pending, operations)
  const queueNanos = hold(new EventQueue(), delays, pending, operations)
  return { pending, eventsPerSimulatedSecond, heapNanos, queueNanos }
}

/** One line a figure, for people. */
export function queueTable(): string {
  const lines = ['   pending  events/sim s    heap ns   queue ns   times faster']
  for (const eventsPerSecond of [1_000_000, 50_000, 1_000]) {
    for (const pending of [100, 10_000, 100_000, 1_000_000]) {
      if (pending / eventsPerSecond > 100) continue
      const { heapNanos, queueNanos } = runQueue(pending, eventsPerSecond)
      const cells = [
        pending.toLocaleString('en').padStart(10),
        eventsPerSecond.toLocaleString('en').padStart(13),
        heapNanos.toFixed(0).padStart(10),
        queueNanos.toFixed(0).padStart(10),
        (heapNanos / queueNanos).toFixed(1).padStart(14),
      ]
      lines.push(cells.join(' '))
    }
  }
  return lines.join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(queueTable())
