import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EventQueue } from '../../sim/queue.js'
import type { SimEvent } from '../../sim/queue.js'

interface Planned {
  readonly atMicros: number
  readonly payload: number
}

/**
 * The dumb twin: an array, sorted by time; the sort is stable, so ties stay in the order of
 * scheduling.
 */
class SortedQueue {
  #events: Planned[] = []

  schedule(atMicros: number, payload: number): void {
    this.#events.push({ atMicros, payload })
    this.#events.sort((left, right) => left.atMicros - right.atMicros)
  }

  cancel(payload: number): boolean {
    const before = this.#events.length
    this.#events = this.#events.filter((event) => event.payload !== payload)
    return this.#events.length < before
  }

  pop(): Planned | null {
    return this.#events.shift() ?? null
  }

  get size(): number {
    return this.#events.length
  }
}

const millisecond = 1_000
const wheelMicros = 1 << 30

/**
 * Delays around every boundary of the wheel: same time, same slot, next slot, each level, beyond
 * it, far beyond.
 */
const delays = fc.oneof(
  fc.constantFrom(0, 1, 1023, 1024, 1025, 1_048_575, 1_048_576, wheelMicros - 1, wheelMicros),
  fc.nat(3),
  fc.nat(5 * millisecond),
  fc.nat(3_000 * millisecond),
  fc.nat(5 * wheelMicros),
)
const actions = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('schedule' as const), value: delays }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pop' as const), value: fc.nat(4) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), value: fc.nat() }) },
  ),
  { maxLength: 200 },
)

test('queue: any mix of schedule, pop and cancel behaves as a sorted array does', () => {
  fc.assert(
    fc.property(actions, fc.nat(3 * wheelMicros), (script, startMicros) => {
      const queue = new EventQueue()
      const twin = new SortedQueue()
      const handles = new Map<number, { event: SimEvent; sequence: number }>()
      let nowMicros = 0
      let payload = 0

      const schedule = (atMicros: number): void => {
        const event = queue.schedule(atMicros, payload % 7, payload % 11, payload)
        handles.set(payload, { event, sequence: event.sequence })
        twin.schedule(atMicros, payload++)
      }
      const pop = (): boolean => {
        const event = queue.pop()
        const expected = twin.pop()
        assert.is(event?.atMicros, expected?.atMicros)
        assert.is(event?.payload, expected?.payload)
        if (event !== null && expected !== null) {
          assert.is(event.kind, expected.payload % 7)
          assert.is(event.target, expected.payload % 11)
          nowMicros = event.atMicros
        }
        return event !== null
      }

      schedule(startMicros)
      for (const { kind, value } of script) {
        if (kind === 'schedule') schedule(nowMicros + value)
        else if (kind === 'pop') for (let count = 0; count <= value; count++) pop()
        else {
          const victim = value % payload
          const { event, sequence } = handles.get(victim)!
          assert.is(queue.cancel(event, sequence), twin.cancel(victim))
        }
        assert.is(queue.size, twin.size)
      }
      while (pop()) assert.is(queue.size, twin.size)
    }),
    { seed: 1, numRuns: 2_000 },
  )
})

test('queue: events scheduled for now while that moment drains come last', () => {
  const queue = new EventQueue()
  for (const payload of ['a', 'b', 'c']) queue.schedule(5_000, 0, 0, payload)
  const seen: unknown[] = []
  for (let event = queue.pop(); event !== null; event = queue.pop()) {
    seen.push(event.payload)
    if (event.payload === 'a') queue.schedule(5_000, 0, 0, 'd')
    if (event.payload === 'd') queue.schedule(5_000, 0, 0, 'e')
  }
  assert.equal(seen, ['a', 'b', 'c', 'd', 'e'])
})

test('queue: ties are in order of scheduling, whatever level each went through', () => {
  const queue = new EventQueue()
  const atMicros = 3 * wheelMicros + 1_500_000
  queue.schedule(atMicros, 0, 0, 'far')
  queue.schedule(atMicros - 1_000_000, 0, 0, 'second before')
  queue.schedule(atMicros - 900, 0, 0, 'just before')
  const seen: unknown[] = []
  for (let event = queue.pop(); event !== null; event = queue.pop()) {
    seen.push(event.payload)
    if (event.payload === 'second before') queue.schedule(atMicros, 0, 0, 'near')
    if (event.payload === 'just before') queue.schedule(atMicros, 0, 0, 'nearest')
  }
  assert.equal(seen, ['second before', 'just before', 'far', 'near', 'nearest'])
})

test('queue: the handle of a fired event cancels nothing, its object in use again or not', () => {
  const queue = new EventQueue()
  const first = queue.schedule(10, 0, 0, 'first')
  const { sequence } = first
  queue.pop()
  assert.not.ok(queue.cancel(first, sequence), 'fired')
  assert.is(queue.pop(), null)
  const second = queue.schedule(20, 0, 0, 'second')
  assert.is(second, first, 'the object is recycled')
  assert.not.ok(queue.cancel(first, sequence), 'another life')
  assert.is(queue.size, 1)
  assert.ok(queue.cancel(second))
  assert.not.ok(queue.cancel(second), 'twice')
  assert.is(queue.size, 0)
  assert.is(queue.pop(), null)
})

test('queue: the event in hand stays readable while others are scheduled and cancelled', () => {
  const queue = new EventQueue()
  queue.schedule(10, 1, 2, 'in hand')
  const event = queue.pop()!
  for (let count = 0; count < 5_000; count++) queue.cancel(queue.schedule(11, 3, 4, 'other'))
  assert.equal([event.atMicros, event.kind, event.target, event.payload], [10, 1, 2, 'in hand'])
})

test('queue: a recycled event keeps no payload alive', () => {
  const queue = new EventQueue()
  const fired = queue.schedule(1, 0, 0, {})
  const cancelled = queue.schedule(2, 0, 0, {})
  queue.cancel(cancelled)
  assert.is(cancelled.payload, null)
  queue.pop()
  queue.pop()
  assert.is(fired.payload, null)
})

test('queue: the past, a fraction of a microsecond and no time at all are assertion errors', () => {
  const queue = new EventQueue()
  queue.schedule(2_000, 0, 0, null)
  queue.pop()
  for (const atMicros of [
    1_999,
    -1,
    2_000.5,
    wheelMicros - 0.5,
    wheelMicros * 2 + 0.5,
    NaN,
    Infinity,
    -Infinity,
  ])
    assert.throws(() => queue.schedule(atMicros, 0, 0, null), /an event is scheduled/)
  queue.schedule(2_000, 0, 0, null)
  assert.is(queue.size, 1)
  assert.is(queue.pop()?.atMicros, 2_000)
  assert.is(queue.pop(), null)
})

test.run()
