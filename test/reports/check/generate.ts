/**
 * Histories made up for tests: small random ones for comparison with dumb twins, long ones of a
 * store that behaves.
 */
import fc from 'fast-check'
import { historyOf } from '../../../reports/check/build.js'
import type { RawEvent } from '../../../reports/check/build.js'
import type { History } from '../../../reports/check/history.js'

/** An operation of a small random history; `at` and `until` are only compared. */
export interface SmallOperation {
  readonly f: string
  readonly value: unknown
  readonly answer: unknown
  readonly at: number
  readonly until: number
  readonly type: 'ok' | 'fail' | 'info'
}

/** Every operation runs in a process of its own. */
export const historyFrom = (operations: readonly SmallOperation[], key = 'k'): History =>
  historyOf(eventsFrom(operations, key))

export const eventsFrom = (operations: readonly SmallOperation[], key = 'k'): RawEvent[] => {
  const events: { readonly at: number; readonly event: RawEvent }[] = []
  operations.forEach((operation, process) => {
    const common = { process, f: operation.f, key }
    const at = Math.min(operation.at, operation.until)
    const until = Math.max(operation.at, operation.until)
    events.push({ at, event: { ...common, type: 'invoke', value: operation.value } })
    events.push({
      at: until + 0.5,
      event: { ...common, type: operation.type, value: operation.answer },
    })
  })
  return events.sort((a, b) => a.at - b.at).map(({ event }) => event)
}

/** `type` mostly ok. */
export const outcome: fc.Arbitrary<'ok' | 'fail' | 'info'> = fc.constantFrom(
  'ok',
  'ok',
  'ok',
  'ok',
  'ok',
  'info',
  'info',
  'fail',
)

const span = {
  at: fc.integer({ min: 0, max: 40 }),
  until: fc.integer({ min: 0, max: 40 }),
  type: outcome,
}

/** Reads, writes and (if asked) cas over few values, so that values repeat. */
export const smallRegister = (options: {
  readonly values: number
  readonly cas: boolean
  readonly most: number
}): fc.Arbitrary<SmallOperation[]> => {
  const value = fc.integer({ min: 1, max: options.values })
  const seen = fc.option(value, { freq: 6 })
  const read = fc.record({
    ...span,
    f: fc.constant('read'),
    value: fc.constant(null),
    answer: seen,
  })
  const write = fc
    .record({ ...span, f: fc.constant('write'), value })
    .map((operation) => ({ ...operation, answer: operation.value }))
  const cas = fc
    .record({ ...span, f: fc.constant('cas'), value: fc.tuple(seen, value) })
    .map((operation) => ({ ...operation, answer: operation.value }))
  return fc.array(fc.oneof(read, write, ...(options.cas ? [cas] : [])), { maxLength: options.most })
}

/** The same with writes that are all different. */
export const smallUnique = (most: number): fc.Arbitrary<SmallOperation[]> =>
  smallRegister({ values: 3, cas: true, most }).map((operations) => {
    let next = 0
    return operations.map((operation) => {
      if (operation.f === 'read') return operation
      next++
      const value = operation.f === 'cas' ? [(operation.value as unknown[])[0], next] : next
      return { ...operation, value, answer: value }
    })
  })

/**
 * Few pieces, so that some repeat; reads return some of them in some order, mostly one that was
 * possible.
 */
export const smallAppend = (most: number): fc.Arbitrary<SmallOperation[]> => {
  const piece = fc.constantFrom('a.', 'b.', 'c.', 'd.', 'e.', 'f.')
  const text = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''))
  const read = fc.record({ ...span, f: fc.constant('get'), value: fc.constant(null), answer: text })
  const write = fc
    .record({ ...span, f: fc.constantFrom('append', 'append', 'put'), value: piece })
    .map((operation) => ({ ...operation, answer: operation.value }))
  return fc.oneof(
    fc.array(fc.oneof(read, write), { maxLength: most }),
    fc.array(fc.oneof(read, write), { maxLength: most }).map(withPossibleTexts),
  )
}

/** Runs the operations in order of `at` on one string, so that many reads are right. */
const withPossibleTexts = (operations: readonly SmallOperation[]): SmallOperation[] => {
  let text = ''
  return [...operations]
    .sort((a, b) => Math.min(a.at, a.until) - Math.min(b.at, b.until))
    .map((operation) => {
      if (operation.f === 'get') return { ...operation, answer: text }
      if (operation.type !== 'fail') {
        text = operation.f === 'put' ? String(operation.value) : text + String(operation.value)
      }
      return operation
    })
}

export const smallMutex = (most: number): fc.Arbitrary<SmallOperation[]> =>
  fc.array(
    fc.record({
      ...span,
      f: fc.constantFrom('acquire', 'release'),
      value: fc.constant(null),
      answer: fc.constant(null),
    }),
    { maxLength: most },
  )

const sessionName = fc.constantFrom('c1', 'c2', 'c3')
const counter = fc.integer({ min: 1, max: 4 })
/** Vectors over two actors, entries sometimes missing. */
const vector = fc.dictionary(fc.constantFrom('a', 'b'), counter, { maxKeys: 2 })

interface Step {
  readonly session: string
  readonly isRead: boolean
  readonly vv: Record<string, number>
  readonly actor: string
  readonly type: 'ok' | 'fail' | 'info'
  /** How long the operation stays open, in steps. */
  readonly open: number
}

/**
 * Sessions that read and write one key, with vectors that mean nothing. A session may have several
 * operations open. Dots are unique; contexts are made up too.
 */
export const smallVersions = (most: number): fc.Arbitrary<RawEvent[]> =>
  fc
    .array(
      fc.record({
        session: sessionName,
        isRead: fc.boolean(),
        vv: vector,
        actor: fc.constantFrom('a', 'b'),
        type: outcome,
        open: fc.integer({ min: 0, max: 3 }),
      }),
      { maxLength: most },
    )
    .map((steps) => interleave(steps, versionEvents(steps)))

const versionEvents = (steps: readonly Step[]): readonly (readonly [RawEvent, RawEvent])[] => {
  const minted: Record<string, number> = {}
  return steps.map(({ session, isRead, vv, actor, type }, process) => {
    const head = { process, session, key: 'k', f: isRead ? 'read' : 'write' }
    if (isRead) {
      const answer = type === 'ok' ? { vv, dots: [] } : {}
      return [
        { ...head, type: 'invoke' },
        { ...head, type, ...answer },
      ]
    }
    const value = `x${String(process)}`
    minted[actor] = (minted[actor] ?? 0) + 1
    const dot = type === 'fail' ? {} : { dot: `${actor}#${String(minted[actor])}` }
    return [
      { ...head, type: 'invoke', value, context: vv },
      { ...head, type, value, ...dot },
    ]
  })
}

/** Invocations in order; each completion `open` steps later. */
const interleave = (
  steps: readonly { readonly open: number }[],
  events: readonly (readonly [RawEvent, RawEvent])[],
): RawEvent[] => {
  const placed = events.flatMap(([invoke, complete], index) => [
    { at: index, event: invoke },
    { at: index + 0.5 + (steps[index]?.open ?? 0), event: complete },
  ])
  return placed.sort((a, b) => a.at - b.at).map(({ event }) => event)
}

/** Sessions, one operation at a time, that read and write one key by value only. */
export const sessionHistory = (most: number): fc.Arbitrary<RawEvent[]> =>
  fc
    .array(
      fc.record({ session: sessionName, isRead: fc.boolean(), pick: fc.nat(5), type: outcome }),
      { maxLength: most },
    )
    .map((steps) => {
      const values = steps.filter(({ isRead }) => !isRead).map((_, index) => `x${String(index)}`)
      let writes = 0
      const processes = new Map<string, number>()
      let process = 0
      return steps.flatMap(({ session, isRead, pick, type }): RawEvent[] => {
        const own = processes.get(session) ?? process++
        processes.set(session, own)
        const head = { process: own, session, key: 'k', f: isRead ? 'read' : 'write' }
        if (type === 'info') processes.delete(session)
        // Reads may even see what is written later: only then can a write not follow its reads.
        const value = isRead ? (values[pick] ?? null) : values[writes++]
        return [
          { ...head, type: 'invoke', value: isRead ? null : value },
          { ...head, type, value: isRead && type !== 'ok' ? null : value },
        ]
      })
    })

/**
 * Writes of one key with contexts that mean nothing (but never cover themselves), all with dots;
 * then states with made-up vectors that show some of the dots they cover.
 */
export const smallStates = (most: number): fc.Arbitrary<RawEvent[]> =>
  fc
    .tuple(
      fc.array(
        fc.record({ actor: fc.constantFrom('a', 'b'), context: vector, isOk: fc.boolean() }),
        { minLength: 1, maxLength: most },
      ),
      fc.array(fc.record({ vv: vector, omit: fc.nat(12), isFinal: fc.boolean() }), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([writes, states]) => stateEvents(writes, states))

const stateEvents = (
  writes: readonly {
    readonly actor: string
    readonly context: Record<string, number>
    readonly isOk: boolean
  }[],
  states: readonly {
    readonly vv: Record<string, number>
    readonly omit: number
    readonly isFinal: boolean
  }[],
): RawEvent[] => {
  const minted: Record<string, number> = { a: 0, b: 0 }
  const dots: { readonly actor: string; readonly n: number; readonly value: string }[] = []
  const events = writes.flatMap(({ actor, context, isOk }, process): RawEvent[] => {
    const n = (minted[actor] as number) + 1
    minted[actor] = n
    const value = `x${String(process)}`
    dots.push({ actor, n, value })
    const head = { process, key: 'k', f: 'write', value }
    const own = Math.min(context[actor] ?? 0, n - 1)
    return [
      { ...head, type: 'invoke', context: { ...context, [actor]: own } },
      { ...head, type: isOk ? 'ok' : 'info', dot: `${actor}#${String(n)}` },
    ]
  })
  states.forEach(({ vv, omit, isFinal }, index) => {
    const covered = dots.filter(({ actor, n }) => (vv[actor] ?? 0) >= n)
    const picked = covered.filter((_, at) => at !== omit)
    const shown = {
      value: picked.map(({ value }) => value),
      dots: picked.map(({ actor, n }) => `${actor}#${String(n)}`),
      vv,
    }
    const head = { process: 100 + index, key: 'k', f: isFinal ? 'final' : 'read' }
    if (!isFinal) events.push({ ...head, type: 'invoke', value: null })
    events.push({ ...head, type: 'ok', ...shown })
  })
  return events
}
