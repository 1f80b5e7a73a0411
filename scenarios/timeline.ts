/**
 * The faults of one run, in time: what the scenario fixes as it stands, what it leaves to
 * chance drawn from the streams passed in. Milestones stay milestones: only the run knows when
 * they are reached.
 */
import { assert } from '../core/assert.js'
import { Busy, randomAction } from './chance.js'
import { describe } from './describe.js'
import type { FaultAction, FaultModel, FaultTrigger, Latency, Scenario } from './model.js'
import { compileLatency } from './sample.js'
import { drawExponential, drawIndex, type RandomStream } from './stream.js'

export interface TimelineEntry {
  /** When it starts; 0 for a milestone, which starts when it is reached. */
  readonly atMicros: number
  /**
   * When it ends; null: not before all faults are healed. Of a milestone always null: see
   * `durationMicros`.
   */
  readonly untilMicros: number | null
  /** How long it lasts; null: until all faults are healed. */
  readonly durationMicros: number | null
  readonly action: FaultAction
  /** For people: `partition n1 n2 | n3 n4 n5`. */
  readonly label: string
  readonly trigger: Exclude<FaultTrigger, { kind: 'every' }>
  /** Index into the scenario's faults. */
  readonly fault: number
  /** What the fault atlas made of it: scenarios/atlas.ts. Held back, it does not happen. */
  readonly atlas: 'moved' | 'held_back' | null
  /** Of one that was moved, what was drawn, as a label. */
  readonly instead: string | null
}

/**
 * Sorted by start, then by the order of the file; milestones first. `streamOf` gives each fault
 * a stream of its own, so that a change of one fault moves no other.
 */
export function expandTimeline(
  scenario: Scenario,
  streamOf: (fault: number) => RandomStream,
): readonly TimelineEntry[] {
  const { faults, durationMicros } = scenario
  const entries: TimelineEntry[] = []
  for (const [fault, model] of faults.entries()) {
    if (model.trigger.kind === 'every') continue
    entries.push(fixedEntry(model, fault, durationMicros, streamOf(fault)))
  }
  // Random faults come after: they keep out of the way of those that are fixed.
  const busy = new Busy(scenario, entries)
  for (const [fault, model] of faults.entries()) {
    if (model.trigger.kind !== 'every') continue
    entries.push(...randomEntries(model, fault, { busy, durationMicros, stream: streamOf(fault) }))
  }
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort((left, right) => left.entry.atMicros - right.entry.atMicros || left.index - right.index)
    .map(({ entry }) => entry)
}

function fixedEntry(
  model: FaultModel,
  fault: number,
  durationMicros: number,
  stream: RandomStream,
): TimelineEntry {
  const { trigger, action } = model
  assert(trigger.kind !== 'every' && action !== null, 'a fixed fault has an action')
  const lasts = model.duration === null ? null : Math.max(1, compileLatency(model.duration)(stream))
  const label = describe(action)
  if (trigger.kind !== 'at') {
    return {
      atMicros: 0,
      untilMicros: null,
      durationMicros: lasts,
      action,
      label,
      trigger,
      fault,
      atlas: null,
      instead: null,
    }
  }
  return placed(trigger.atMicros, lasts, durationMicros, action, fault)
}

interface Chance {
  readonly busy: Busy
  readonly durationMicros: number
  readonly stream: RandomStream
}

/**
 * A Poisson process: exponential gaps, from the start of the run to the end of the clients'
 * time.
 */
function randomEntries(model: FaultModel, fault: number, chance: Chance): readonly TimelineEntry[] {
  const { trigger, duration } = model
  assert(trigger.kind === 'every' && duration !== null, 'a random fault has a duration')
  const { stream, busy, durationMicros } = chance
  const entries: TimelineEntry[] = []
  let exact = 0
  // An action that is written down may come while it holds: its time is passed over.
  let freeMicros = 0
  for (;;) {
    exact += trigger.everyMicros * drawExponential(stream)
    const atMicros = Math.round(exact)
    if (atMicros >= durationMicros) return entries
    const entry = randomEntry(model, fault, atMicros, duration, chance)
    if (entry === null || (model.action !== null && atMicros < freeMicros)) continue
    if (entry.atlas !== 'held_back') {
      busy.add(entry)
      freeMicros = entry.untilMicros ?? durationMicros
    }
    entries.push(entry)
  }
}

/** null where no victim is left: as many are down already as may be. */
function randomEntry(
  model: FaultModel,
  fault: number,
  atMicros: number,
  duration: Latency,
  { busy, durationMicros, stream }: Chance,
): TimelineEntry | null {
  const kind = model.pick[drawIndex(stream, Math.max(1, model.pick.length))]
  const lasts = Math.max(1, compileLatency(duration)(stream))
  const until = Math.min(durationMicros, atMicros + lasts)
  const action = model.action ?? randomAction(kind ?? 'crash', { atMicros, until, busy, stream })
  if (action === null || (model.action !== null && busy.hinders(action, atMicros, until)))
    return null
  const left = busy.leaving(action, atMicros, until, stream)
  const isFixed = model.action !== null && left !== action
  const atlas = left === null || isFixed ? 'held_back' : left === action ? null : 'moved'
  const happens = atlas === 'moved' && left !== null ? left : action
  const instead = atlas === 'moved' ? describe(action) : null
  return { ...placed(atMicros, lasts, durationMicros, happens, fault), atlas, instead }
}

function placed(
  atMicros: number,
  lasts: number | null,
  endMicros: number,
  action: FaultAction,
  fault: number,
): TimelineEntry {
  const untilMicros = lasts === null ? null : Math.min(endMicros, atMicros + lasts)
  return {
    atMicros,
    untilMicros,
    durationMicros: untilMicros === null ? null : untilMicros - atMicros,
    action,
    label: describe(action),
    trigger: { kind: 'at', atMicros },
    fault,
    atlas: null,
    instead: null,
  }
}
