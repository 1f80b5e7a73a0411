/**
 * A new write at its coordinator (protocol.md section 2): merge, mint a dot, and what must be
 * durable before it is told.
 */
import type { Now } from '../input.js'
import type { PutRequest } from '../request.js'
import type { LogRecord } from '../log/record.js'
import type { Plant } from '../plant.js'
import { hintRefusal, keepHint } from '../replica/hint.js'
import type { Shell } from '../shell.js'
import { conflictOf, nextPersist } from '../shell.js'
import type { Entry } from '../storage.js'
import type {
  Actor,
  Context,
  Dot,
  Hlc,
  KeyRef,
  KeyState,
  Micros,
  NodeId,
  VersionVector,
} from '../types.js'
import { descends, emptyVector } from '../version/dotted.js'
import { receiveHlc, tickHlc } from '../version/hlc.js'
import { emptyState, writeState } from '../version/siblings.js'

/**
 * One durable counter for the whole node, leased in blocks: the bound is logged before any dot
 * below it is used.
 */
export interface Minter {
  n: number
  leaseUpTo: number
  hlc: Hlc
}

export interface Minted {
  readonly state: KeyState
  readonly dot: Dot
  readonly context: Context
  readonly records: readonly LogRecord[]
}

interface Write {
  readonly operation: PutRequest
  readonly key: KeyRef
  readonly held: Entry | null
  /** False: this node coordinates for others and keeps no copy. */
  readonly keeps: boolean
  /** Set where this node stands in for an owner. */
  readonly hintFor: NodeId | null
  /** Owners that nobody else keeps a hint for. */
  readonly uncovered: readonly NodeId[]
}

/**
 * Above this node's last stamp, above all that it holds of the key and above every tombstone that
 * it has helped to reap, what a fast clock left far ahead aside.
 */
function stamp(
  last: Hlc,
  reaped: Hlc,
  held: KeyState,
  wallMicros: Micros,
  maxSkewMicros: Micros,
): Hlc {
  let clock = receiveHlc(last, reaped, wallMicros, maxSkewMicros) ?? last
  for (const { hlc } of held.siblings) {
    clock = receiveHlc(clock, hlc, wallMicros, maxSkewMicros) ?? clock
  }
  return tickHlc(clock, wallMicros)
}

/** A code: refused, and nothing has changed. */
export function mint(
  shell: Shell,
  minter: Minter,
  now: Now,
  write: Write,
): Minted | 'too_many_siblings' | 'clock_skew' | 'hint_refused' {
  const { operation, key, hintFor } = write
  if (hintFor !== null && hintRefusal(shell, now, hintFor, key) !== null) return 'hint_refused'
  const { plant } = shell.options
  const conflict = conflictOf(shell, operation.bucket)
  const held = write.held?.state ?? emptyState
  const seen = seenBy(operation.context?.vv ?? emptyVector, held, plant)
  const dot: Dot = { actor: shell.actor, n: minter.n + 1 }
  const { siblings: mostSiblings, maxSkewMicros } = shell.options.limits
  const hlc = stamp(minter.hlc, shell.storage.reapedHlc, held, now.wallMicros, maxSkewMicros)
  const written = writeState(held, seen, dot, operation.value, hlc, conflict)
  const state = plant === 'vector_pruning' ? pruned(written) : written
  if (state.siblings.length > mostSiblings) return 'too_many_siblings'
  if (conflict === 'lww' && plant !== 'no_drift_guard') {
    // The other replicas would refuse it, or this one holds what would shadow it: better to say so
    // than to lose it.
    const loses = state.siblings[0]?.n !== dot.n || state.siblings[0].actor !== dot.actor
    if (loses || hlc > now.wallMicros + maxSkewMicros) return 'clock_skew'
  }
  minter.n = dot.n
  minter.hlc = hlc
  const records = recordsOf(shell, minter, now, write, state)
  return { state, dot, context: { keyHash: key.hash, vv: contextAfter(state, seen) }, records }
}

/** The dot's lease before the state: both are durable, or neither is. */
function recordsOf(
  shell: Shell,
  minter: Minter,
  now: Now,
  write: Write,
  state: KeyState,
): readonly LogRecord[] {
  const { key, hintFor, held, keeps, uncovered } = write
  const { storage, options } = shell
  const number = nextPersist(shell)
  const isLeased = minter.n <= minter.leaseUpTo
  // One record is the rule, and a list that grows from nothing has room for many.
  if (isLeased && hintFor === null && keeps && uncovered.length === 0) {
    return [keep(shell, key, held, state, number)]
  }
  const records: LogRecord[] = []
  if (!isLeased) {
    minter.leaseUpTo = minter.n + options.limits.leaseBlock - 1
    records.push({ type: 'counter_lease', upTo: minter.leaseUpTo })
  }
  if (hintFor !== null) records.push(storage.putHint(hintFor, key, state, number, now.monoMicros))
  else if (keeps) records.push(keep(shell, key, held, state, number))
  for (const owner of uncovered) {
    const record = owner === hintFor ? null : keepHint(shell, now, owner, key, state)
    if (record !== null) records.push(record)
  }
  return records
}

/** `held`: what is held of the key, hints included. */
function keep(
  { storage }: Shell,
  key: KeyRef,
  held: Entry | null,
  state: KeyState,
  persist: number,
): LogRecord {
  const own = storage.hintCount === 0 ? held : storage.find(key)
  return own === null ? storage.put(key, state, persist) : storage.replace(own, state, persist)
}

/** Planted bug 3: one vector for the whole value; who has not seen all of it has seen nothing. */
function seenBy(context: VersionVector, held: KeyState, plant: Plant | null): VersionVector {
  if (plant !== 'plain_vectors' || descends(context, held.vv)) return context
  return emptyVector
}

/** Planted bug 4: of what is dead the vector keeps one entry, the newest. */
function pruned({ vv, siblings }: KeyState): KeyState {
  const isAlive = (actor: Actor): boolean => siblings.some((one) => one.actor === actor)
  const newest = Math.max(...vv.map(({ actor, n }) => (isAlive(actor) ? 0 : n)))
  return { vv: vv.filter(({ actor, n }) => isAlive(actor) || n === newest), siblings }
}

/**
 * What the client may say it has seen, now that it has written `dot`. Alone, its write has replaced
 * all there was. Where siblings remain that it never saw, it keeps what it had, and what it wrote
 * becomes one more sibling until it reads:
 *
 *   {(a,1) x, (a,2) y} and the writer of y saw nothing: {a:2} would bury x.
 *
 * Not even where no such x is left may it get its own dot on top. {a:2} claims (a,1) too, and that
 * may be a write which had replaced a third one, z; the next coordinator would take the claim over
 * without having seen z go, and z would come back.
 */
function contextAfter(state: KeyState, seen: VersionVector): VersionVector {
  return state.siblings.length === 1 ? state.vv : seen
}
