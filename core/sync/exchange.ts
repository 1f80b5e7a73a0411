/**
 * One exchange between two owners, at the one that began it (protocol.md section 5; Dynamo 4.7;
 * riak_kv's exchange_fsm): which keys differ, and the states of those that do, both ways.
 *
 *   roots -> segments -> keys --difference--> waiting --2 s--> again --still--> states -> done
 *
 * What differs once may be a write in flight, so all of it is looked at again after a while. A key
 * is repaired if it differs twice and at least one side stood still in between: where both moved,
 * writes are on their way, and the states they carry are whole (planted bug 23).
 *
 * The other side keeps nothing, so that a restart of either ends an exchange without a trace, and a
 * question may be asked again. Everything is bounded: what one exchange leaves is found by the
 * next.
 */
import type { Effect, Step } from '../effect.js'
import { noEffects } from '../effect.js'
import type { Now, TimerId } from '../input.js'
import type { LogRecord } from '../log/record.js'
import type {
  HandoffItem,
  SyncKeys,
  SyncKeysOk,
  SyncPart,
  SyncRoots,
  SyncRootsOk,
  SyncSegments,
  SyncSegmentsOk,
  SyncStates,
  SyncStatesOk,
  SyncSums,
} from '../message.js'
import { admitAll, hearEpoch } from '../reap/epoch.js'
import { mergeIn } from '../replica/merge.js'
import { tooFarAhead } from '../replica/replica.js'
import type { Shell } from '../shell.js'
import { persist } from '../shell.js'
import type { KeyRef, NodeId } from '../types.js'
import { stateBytes } from '../version/siblings.js'
import type { Difference } from './compare.js'
import { differences, partsOf, type Place } from './compare.js'
import type { Forest } from './forest.js'
import { sameSums } from './hash.js'
import { firstLeafOf, leavesPerSegment, segmentCount } from './merkle.js'

/**
 * What an exchange may look at. Trees are a cache of storage: looking changes what they hold, not
 * what they say.
 */
export interface Ground {
  readonly shell: Shell
  readonly forest: Forest
}

type Question = SyncRoots | SyncSegments | SyncKeys | SyncStates
type AnswerMessage = SyncRootsOk | SyncSegmentsOk | SyncKeysOk | SyncStatesOk

export interface ExchangeState {
  readonly peer: NodeId
  readonly timer: TimerId
  readonly phase: 'roots' | 'segments' | 'keys' | 'waiting' | 'again' | 'states' | 'done'
  /** The last question; null while none is under way. */
  readonly question: Question | null
  readonly request: number
  readonly tries: number
  /**
   * Still to be asked about: partitions in `roots` and `segments`; segments in `keys`, leaves in
   * `again`.
   */
  readonly partitions: readonly number[]
  readonly places: readonly Place[]
  /** Partitions whose roots differ. */
  readonly differing: readonly number[]
  /** Keys that differ: once, and then those that still do and are not yet sent. */
  readonly suspects: readonly Difference[]
  readonly confirmed: readonly KeyRef[]
  readonly repairedKeys: number
  readonly repairedPartitions: readonly number[]
}

export interface ExchangeStart {
  readonly peer: NodeId
  /** Its own, apart from those of other exchanges. */
  readonly timer: TimerId
  /** Number of the last question to this peer; the next ones count on from there. */
  readonly lastRequest: number
  /** Owned by both. */
  readonly partitions: readonly number[]
}

export function exchangeStart(
  ground: Ground,
  now: Now,
  { peer, timer, lastRequest, partitions }: ExchangeStart,
): Step<ExchangeState> {
  return advance(ground, now, {
    peer,
    timer,
    phase: 'roots',
    question: null,
    request: lastRequest,
    tries: 0,
    partitions,
    places: [],
    differing: [],
    suspects: [],
    confirmed: [],
    repairedKeys: 0,
    repairedPartitions: [],
  })
}

/** Any answer but the one that is waited for changes nothing. */
export function exchangeAnswered(
  ground: Ground,
  now: Now,
  state: ExchangeState,
  message: AnswerMessage,
): Step<ExchangeState> {
  const { question } = state
  if (!answers(state, message)) return [state, noEffects]
  const next: ExchangeState = { ...state, question: null }
  if (question?.kind === 'sync_roots' && message.kind === 'sync_roots_ok') {
    const asked = new Set(question.roots.map(({ index }) => index))
    const differing = message.partitions.filter((partition) => asked.has(partition))
    return advance(ground, now, { ...next, differing: [...state.differing, ...differing] })
  }
  if (question?.kind === 'sync_segments' && message.kind === 'sync_segments_ok') {
    const places = [...state.places, ...segmentsOf(question, message)]
    return advance(ground, now, { ...next, places })
  }
  if (question?.kind === 'sync_keys' && message.kind === 'sync_keys_ok') {
    const found = differences(ground, now, question, message)
    if (state.phase === 'keys') {
      return advance(ground, now, { ...next, suspects: [...state.suspects, ...found] })
    }
    const confirmed = [...state.confirmed, ...stillDiffering(state.suspects, found)]
    return advance(ground, now, { ...next, confirmed })
  }
  if (question?.kind === 'sync_states' && message.kind === 'sync_states_ok') {
    return statesAnswered(ground, now, next, question, message)
  }
  return [state, noEffects]
}

/** Is this message the answer to the question under way? */
export function answers(state: ExchangeState, message: AnswerMessage): boolean {
  return (
    state.question !== null &&
    message.from === state.peer &&
    message.request === state.request &&
    message.kind === `${state.question.kind}_ok`
  )
}

/** The wait is over; or an answer is overdue: asked again, and given up in the end. */
export function exchangeTimer(ground: Ground, now: Now, state: ExchangeState): Step<ExchangeState> {
  if (state.phase === 'waiting') {
    return advance(ground, now, { ...state, phase: 'again', places: leavesOf(state.suspects) })
  }
  if (state.question === null) return [state, noEffects]
  const { syncTries } = ground.shell.options.limits
  if (state.tries >= syncTries) return finish(state)
  return ask(ground, now, state, state.question)
}

/** The next question of this phase, or of the next one. */
function advance(ground: Ground, now: Now, state: ExchangeState): Step<ExchangeState> {
  const { limits, timing } = ground.shell.options
  const { partitions, places, suspects } = state
  switch (state.phase) {
    case 'roots':
      if (partitions.length > 0) return askRoots(ground, now, state)
      return advance(ground, now, { ...state, phase: 'segments', partitions: state.differing })
    case 'segments':
      if (partitions.length > 0 && places.length < limits.syncSums) {
        return askSegments(ground, now, state)
      }
      return advance(ground, now, { ...state, phase: 'keys' })
    case 'keys':
      if (places.length > 0 && suspects.length < limits.syncSuspects) {
        return askKeys(ground, now, state)
      }
      if (suspects.length === 0) return finish(state)
      // Planted bug 23: what differs once may be a write in flight.
      if (ground.shell.options.plant === 'repair_at_first_sight') {
        const confirmed = suspects.map(({ key }) => key)
        return advance(ground, now, { ...state, phase: 'states', confirmed })
      }
      return [
        { ...state, phase: 'waiting', places: [] },
        [
          {
            kind: 'arm',
            timer: state.timer,
            atMicros: now.monoMicros + timing.syncConfirmMicros,
          },
        ],
      ]
    case 'again':
      if (places.length > 0) return askAgain(ground, now, state)
      return advance(ground, now, { ...state, phase: 'states' })
    case 'states':
      return sendStates(ground, now, state)
    case 'waiting':
    case 'done':
      return [state, noEffects]
  }
}

function finish(state: ExchangeState): Step<ExchangeState> {
  const { peer, repairedKeys, repairedPartitions } = state
  const effects: Effect[] = [{ kind: 'disarm', timer: state.timer }]
  if (repairedKeys > 0) {
    const partitions = repairedPartitions.length
    effects.push({
      kind: 'note',
      note: { kind: 'sync_done', peer, partitions, keys: repairedKeys },
    })
  }
  return [{ ...state, phase: 'done', question: null }, effects]
}

// --- questions

function ask(
  ground: Ground,
  now: Now,
  state: ExchangeState,
  question: Question,
): Step<ExchangeState> {
  const { request } = question
  const tries = request === state.request ? state.tries + 1 : 1
  const atMicros = now.monoMicros + ground.shell.options.timing.syncRetryMicros
  return [
    { ...state, question, request, tries },
    [
      { kind: 'send', to: state.peer, message: question },
      { kind: 'arm', timer: state.timer, atMicros },
    ],
  ]
}

/** All trees made in one step, and every request would wait. The other side has as much to hash. */
function askRoots(ground: Ground, now: Now, state: ExchangeState): Step<ExchangeState> {
  const { shell, forest } = ground
  const roots: SyncSums[] = []
  let asked = 0
  let count = 0
  for (const index of state.partitions) {
    count += 1 + forest.waiting(index)
    if (asked > 0 && count > shell.options.limits.syncSums) break
    asked++
    const root = forest.tree(index, now.durablePersists)?.root
    if (root !== undefined) roots.push({ index, a: root.a, b: root.b })
  }
  const rest = { ...state, partitions: state.partitions.slice(asked) }
  const request = state.request + 1
  return ask(ground, now, rest, { kind: 'sync_roots', ...shell.self, request, roots })
}

/**
 * As many partitions as fit; each is told whole, so that what is not listed is known to be empty.
 */
function askSegments(ground: Ground, now: Now, state: ExchangeState): Step<ExchangeState> {
  const { shell, forest } = ground
  const parts: SyncPart[] = []
  let count = 0
  for (const partition of state.partitions) {
    const segments = forest.tree(partition, now.durablePersists)?.segments() ?? []
    if (count > 0 && count + segments.length > shell.options.limits.syncSums) break
    const sums = segments.map(([index, { a, b }]) => ({ index, a, b }))
    parts.push({ partition, sums })
    // An empty partition counts too, or a question could have any number of them.
    count += segments.length + 1
  }
  const rest = { ...state, partitions: state.partitions.slice(parts.length) }
  const request = state.request + 1
  return ask(ground, now, rest, { kind: 'sync_segments', ...shell.self, request, parts })
}

function askKeys(ground: Ground, now: Now, state: ExchangeState): Step<ExchangeState> {
  const most = Math.max(1, Math.floor(ground.shell.options.limits.syncSums / leavesPerSegment))
  const leaves = state.places.slice(0, most).flatMap(({ partition, index }) =>
    Array.from({ length: leavesPerSegment }, (_, i) => {
      return { partition, index: firstLeafOf(index) + i }
    }),
  )
  return askLeaves(ground, now, { ...state, places: state.places.slice(most) }, leaves)
}

function askAgain(ground: Ground, now: Now, state: ExchangeState): Step<ExchangeState> {
  const most = ground.shell.options.limits.syncSums
  const rest = { ...state, places: state.places.slice(most) }
  return askLeaves(ground, now, rest, state.places.slice(0, most))
}

function askLeaves(
  ground: Ground,
  now: Now,
  state: ExchangeState,
  leaves: readonly Place[],
): Step<ExchangeState> {
  const parts = partsOf(ground.forest, now, leaves)
  const request = state.request + 1
  return ask(ground, now, state, { kind: 'sync_keys', ...ground.shell.self, request, parts })
}

/** The next batch of states. What is in flight by now is left to the next exchange. */
function sendStates(ground: Ground, now: Now, state: ExchangeState): Step<ExchangeState> {
  const { shell } = ground
  const { syncBatch, syncBatchBytes } = shell.options.limits
  const { share } = shell.pace.progress
  const items: HandoffItem[] = []
  const wanted: KeyRef[] = []
  let taken = 0
  let bytes = 0
  for (const key of state.confirmed) {
    const count = items.length + wanted.length
    if (count >= syncBatch * share || bytes >= syncBatchBytes * share) break
    taken++
    const entry = shell.storage.find(key)
    if (entry === null) wanted.push(key)
    else if (entry.persist <= now.durablePersists) {
      const reapEpoch = shell.storage.reapEpoch(key.partition)
      items.push({ key: entry.key, state: entry.state, reapEpoch })
      bytes += stateBytes(entry.state)
    }
  }
  if (items.length + wanted.length === 0) return finish(state)
  const rest = { ...state, confirmed: state.confirmed.slice(taken) }
  const request = state.request + 1
  return ask(ground, now, rest, { kind: 'sync_states', ...shell.self, request, items, wanted })
}

// --- answers

function segmentsOf(question: SyncSegments, message: SyncSegmentsOk): readonly Place[] {
  const asked = new Set(question.parts.map(({ partition }) => partition))
  return message.parts.flatMap(({ partition, indexes }) =>
    asked.has(partition)
      ? indexes.filter((index) => index < segmentCount).map((index) => ({ partition, index }))
      : [],
  )
}

/** Each leaf once, in the order in which they were found. */
function leavesOf(suspects: readonly Difference[]): readonly Place[] {
  const leaves: Place[] = []
  for (const { key, leaf } of suspects) {
    const last = leaves[leaves.length - 1]
    if (last?.partition === key.partition && last.index === leaf) continue
    leaves.push({ partition: key.partition, index: leaf })
  }
  return leaves
}

/** Of what differs now: what differed before, too, with one side as it was then. */
function stillDiffering(
  suspects: readonly Difference[],
  found: readonly Difference[],
): readonly KeyRef[] {
  const before = new Map(suspects.map((suspect) => [suspect.key.id, suspect]))
  return found
    .filter(({ key, own, peer }) => {
      const suspect = before.get(key.id)
      return suspect !== undefined && (sameSums(suspect.own, own) || sameSums(suspect.peer, peer))
    })
    .map(({ key }) => key)
}

/** What the peer has more of is merged here; what it lacked is durable there. */
function statesAnswered(
  ground: Ground,
  now: Now,
  state: ExchangeState,
  question: SyncStates,
  message: SyncStatesOk,
): Step<ExchangeState> {
  const { shell } = ground
  const keys = [...question.items.map(({ key }) => key), ...question.wanted]
  const asked = new Set(keys.map(({ id }) => id))
  const effects: Effect[] = []
  for (const { partition, epoch } of message.stale) hearEpoch(shell, partition, epoch, effects)
  const records: LogRecord[] = []
  for (const { key, state: theirs } of admitAll(shell, message.items, effects).items) {
    if (shell.isReadOnly || !asked.has(key.id) || tooFarAhead(shell, now, key, theirs)) continue
    const record = mergeIn(shell, key, theirs)
    if (record !== null) records.push(record)
  }
  if (records.length > 0) persist(shell, records, [], effects)
  shell.counters.syncedKeys += keys.length
  const partitions = new Set([...state.repairedPartitions, ...keys.map((key) => key.partition)])
  const [next, more] = advance(ground, now, {
    ...state,
    repairedKeys: state.repairedKeys + keys.length,
    repairedPartitions: [...partitions],
  })
  return [next, [...effects, ...more]]
}
