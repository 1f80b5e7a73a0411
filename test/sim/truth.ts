/**
 * A small checker of histories, written for tests only and from the lines alone: durability,
 * sibling truth, unique dots. It goes through all pairs where reports/ is clever.
 */
import type { HistoryEvent } from '../../core/index.js'

type Vector = Readonly<Record<string, number>>

interface Write {
  readonly op: string
  readonly value: string | null
  readonly context: Vector | null
  readonly invokedNanos: number
  readonly type: 'ok' | 'fail' | 'info' | 'open'
  readonly dot: string | null
  readonly endedNanos: number
}

/** Sentences; none: all is well. `converged`: the replicas had time to become equal. */
export function problemsOf(
  history: readonly HistoryEvent[],
  converged: boolean,
  siblings = true,
): readonly string[] {
  const problems: string[] = []
  const byKey = new Map<string, HistoryEvent[]>()
  for (const event of history) {
    const lines = byKey.get(event.key)
    if (lines === undefined) byKey.set(event.key, [event])
    else lines.push(event)
  }
  for (const [key, events] of byKey) {
    for (const problem of problemsOfKey(events, converged, siblings)) {
      problems.push(`${key}: ${problem}`)
    }
  }
  return problems
}

function problemsOfKey(
  events: readonly HistoryEvent[],
  converged: boolean,
  siblings: boolean,
): readonly string[] {
  const writes = writesOf(events)
  const finals = events.filter(({ f }) => f === 'final')
  const seen = sightings(events)
  const problems = [...badDots(writes, seen)]
  if (finals.length === 0) {
    if (writes.some(({ type }) => type === 'ok')) problems.push('written, and no node has it')
    return problems
  }
  if (converged && new Set(finals.map(shownAs)).size > 1) {
    problems.push(`replicas differ: ${finals.map(shownAs).join(' / ')}`)
  }
  if (siblings) problems.push(...siblingProblems(writes, finals))
  return problems
}

const shownAs = ({ dots, vv }: HistoryEvent): string =>
  `${JSON.stringify(dots)} ${JSON.stringify(vv)}`

function writesOf(events: readonly HistoryEvent[]): readonly Write[] {
  const ends = new Map<string, HistoryEvent>()
  for (const event of events) {
    if (event.type !== 'invoke' && event.op !== undefined) ends.set(event.op, event)
  }
  return events
    .filter(({ type, f }) => type === 'invoke' && f !== 'read')
    .map((event): Write => {
      const op = event.op ?? ''
      const end = ends.get(op)
      const type = end === undefined || end.type === 'invoke' ? 'open' : end.type
      return {
        op,
        value: typeof event.value === 'string' ? event.value : null,
        context: event.context ?? null,
        invokedNanos: event.time,
        type,
        dot: end?.dot ?? null,
        endedNanos: end?.time ?? Infinity,
      }
    })
}

/** dot -> the values it was seen with, in reads, finals and answers. */
function sightings(events: readonly HistoryEvent[]): ReadonlyMap<string, ReadonlySet<string>> {
  const seen = new Map<string, Set<string>>()
  const note = (dot: string, value: string): void => {
    const values = seen.get(dot)
    if (values === undefined) seen.set(dot, new Set([value]))
    else values.add(value)
  }
  for (const { type, f, value, dots, dot } of events) {
    if (dot !== undefined && typeof value === 'string') note(dot, value)
    if (type !== 'ok' || (f !== 'read' && f !== 'final')) continue
    const values = value === null ? [] : typeof value === 'string' ? [value] : value
    values.forEach((one, i) => {
      note(dots?.[i] ?? '', one)
    })
  }
  return seen
}

/** DVV-1, and RW-4: one dot a value, and none for what was rejected. */
function badDots(
  writes: readonly Write[],
  seen: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  const problems: string[] = []
  const dotsOf = new Map<string, string[]>()
  for (const [dot, values] of seen) {
    if (values.size > 1) problems.push(`DVV-1: ${dot} is ${[...values].join(' and ')}`)
    for (const value of values) dotsOf.set(value, [...(dotsOf.get(value) ?? []), dot])
  }
  for (const { value, type, op } of writes) {
    const dots = value === null ? [] : (dotsOf.get(value) ?? [])
    if (dots.length > 1) problems.push(`RW-4: ${op} has the dots ${dots.join(' and ')}`)
    if (type === 'fail' && dots.length > 0) problems.push(`RW-4: ${op} was rejected and appears`)
  }
  return problems
}

function covers(context: Vector | null, dot: string): boolean {
  const [actor = '', n = ''] = dot.split('#')
  return context !== null && (context[actor] ?? 0) >= Number(n)
}

/**
 * DVV-4: what was acknowledged is there, or something that replaced it is or was; what was replaced
 * is not.
 */
function siblingProblems(
  writes: readonly Write[],
  finals: readonly HistoryEvent[],
): readonly string[] {
  const problems: string[] = []
  const present = new Set(finals.flatMap(({ dots }) => dots ?? []))
  const known = (dot: string): boolean => finals.some(({ vv }) => covers(vv ?? null, dot))
  for (const write of writes) {
    const { dot, type, op, value } = write
    if (type !== 'ok' || dot === null) continue
    if (!known(dot)) problems.push(`lost: ${op} (${dot}) is known to no owner`)
    else if (value !== null && !present.has(dot) && !writes.some((one) => mayReplace(one, write))) {
      problems.push(`DVV-4: ${op} (${dot}) vanished, and nobody replaced it`)
    }
    for (const { dots, vv, node } of finals) {
      if (!covers(vv ?? null, dot)) continue
      for (const gone of dots ?? []) {
        if (gone === dot || !covers(write.context, gone)) continue
        problems.push(`DVV-4: ${gone} is at ${node ?? ''}, though ${op} (${dot}) replaced it`)
      }
    }
  }
  return problems
}

function mayReplace(later: Write, earlier: Write): boolean {
  if (later === earlier || later.type === 'fail' || earlier.dot === null) return false
  if (covers(later.context, earlier.dot)) return true
  // A delete without context takes what its coordinator reads: anything begun before it ended.
  const reads = later.value === null && later.context === null
  return reads && earlier.invokedNanos < later.endedNanos
}
