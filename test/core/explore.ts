/**
 * Every order of events, of any length, for a machine and its dumb twin side by side: from each
 * pair of states ever reached, each event. A pair that was seen before is not followed again, so
 * the search ends, and leaves no order out.
 */
import * as assert from 'uvu/assert'
import type { Effect, Outcome, Step } from '../../core/index.js'

/** What a twin says must follow from an event. */
export interface Expected<Twin> {
  /** The same object where nothing changes. */
  readonly twin: Twin
  /** The one answer that must be given now; null: none. */
  readonly reply: Outcome | null
}

export interface Exploration<State, Twin, Event> {
  readonly start: readonly [State, Twin]
  readonly events: (state: State, twin: Twin) => readonly Event[]
  readonly step: (state: State, event: Event) => Step<State>
  readonly expect: (twin: Twin, event: Event) => Expected<Twin>
  /** What tells two machine states apart; time and constants left out. */
  readonly view: (state: State) => unknown
  /** More to check of a step. */
  readonly check?: (before: State, event: Event, after: Step<State>, twin: Twin) => void
}

const twice = 'answers differently the second time'

/** Returns the number of steps taken. Every step is run twice, on frozen arguments. */
export function explore<State extends object, Twin, Event>(
  exploration: Exploration<State, Twin, Event>,
): number {
  const { start, events, step, expect, view, check } = exploration
  const seen = new Set<string>()
  const open: (readonly [State, Twin, readonly Event[]])[] = [[...start, []]]
  let steps = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [state, twin, path] = next
    freeze(state)
    const itself = JSON.stringify(view(state))
    for (const event of events(state, twin)) {
      steps++
      const after = step(state, event)
      const way = [...path, event]
      const seenAs = after[0] === state ? itself : JSON.stringify(view(after[0]))
      const again = step(state, event)
      if (again[0] !== after[0] && JSON.stringify(view(again[0])) !== seenAs) fail(twice, way)
      if (JSON.stringify(again[1]) !== JSON.stringify(after[1])) fail(twice, way)
      const expected = expect(twin, event)
      compare(state, after, expected, expected.twin === twin, way)
      check?.(state, event, after, expected.twin)
      if (after[0] === state && expected.twin === twin) continue
      const name = `${seenAs} ${JSON.stringify(expected.twin)}`
      if (seen.has(name)) continue
      seen.add(name)
      open.push([after[0], expected.twin, way])
    }
  }
  return steps
}

function compare<State, Twin>(
  before: State,
  [state, effects]: Step<State>,
  { reply }: Expected<Twin>,
  unchanged: boolean,
  way: readonly unknown[],
): void {
  const replies = repliesOf(effects)
  if (replies.length > 1) fail('more than one answer', way)
  if (JSON.stringify(replies[0] ?? null) !== JSON.stringify(reply)) {
    assert.equal(replies[0] ?? null, reply, `after ${JSON.stringify(way)}`)
  }
  if (unchanged && state !== before) fail('a refusal returns the same state object', way)
}

const fail = (what: string, way: readonly unknown[]): never =>
  assert.unreachable(`${what}, after ${JSON.stringify(way)}`) as never

export const repliesOf = (effects: readonly Effect[]): readonly Outcome[] =>
  effects.flatMap((effect) => (effect.kind === 'reply' ? [effect.outcome] : []))

/** What is frozen is frozen all the way down. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value) as unknown[]) freeze(part)
}
