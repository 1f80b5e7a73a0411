/** A new write at its coordinator (protocol.md section 2): merge, mint a dot, and what must be durable before it is told. */
import type { Now } from '../input.js'
import type { PutRequest } from '../request.js'
import type { LogRecord } from '../log/record.js'
import { hintRefusal, keepHint } from '../replica/hint.js'
import type { Shell } from '../shell.js'
import { nextPersist } from '../shell.js'
import type {
  Context,
  Dot,
  Hlc,
  KeyRef,
  KeyState,
  Micros,
  NodeId,
  VersionVector,
} from '../types.js'
import { covers, emptyVector, withDot } from '../version/dotted.js'
import { receiveHlc, tickHlc } from '../version/hlc.js'
import { emptyState, writeState } from '../version/siblings.js'

/** One durable counter for the whole node, leased in blocks: the bound is logged before any dot below it is used. */
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
  readonly held: KeyState | null
  /** Set where this node stands in for an owner. */
  readonly hintFor: NodeId | null
  /** Owners that nobody else keeps a hint for. */
  readonly uncovered: readonly NodeId[]
}

/** Above this node's last stamp and above all that it holds of the key, what a fast clock left far ahead aside. */
function stamp(last: Hlc, held: KeyState, wallMicros: Micros, maxSkewMicros: Micros): Hlc {
  let clock = last
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
  const conflict = shell.options.buckets.get(operation.bucket)?.conflict ?? 'siblings'
  const held = write.held ?? emptyState
  const seen = operation.context?.vv ?? emptyVector
  const dot: Dot = { actor: shell.actor, n: minter.n + 1 }
  const { siblings: mostSiblings, maxSkewMicros } = shell.options.limits
  const hlc = stamp(minter.hlc, held, now.wallMicros, maxSkewMicros)
  const state = writeState(held, seen, dot, operation.value, hlc, conflict)
  if (state.siblings.length > mostSiblings) return 'too_many_siblings'
  if (conflict === 'lww') {
    // The other replicas would refuse it, or this one holds what would shadow it: better to say so than to lose it.
    const loses = state.siblings[0]?.n !== dot.n || state.siblings[0].actor !== dot.actor
    if (loses || hlc > now.wallMicros + maxSkewMicros) return 'clock_skew'
  }
  minter.n = dot.n
  minter.hlc = hlc
  const records: LogRecord[] = []
  if (dot.n > minter.leaseUpTo) {
    minter.leaseUpTo = dot.n + shell.options.limits.leaseBlock - 1
    // In the same batch and before the state: both are durable, or neither is.
    records.push({ type: 'counter_lease', upTo: minter.leaseUpTo })
  }
  const number = nextPersist(shell)
  records.push(
    hintFor === null
      ? shell.storage.put(key, state, number)
      : shell.storage.putHint(hintFor, key, state, number, now.monoMicros),
  )
  for (const owner of write.uncovered) {
    const record = owner === hintFor ? null : keepHint(shell, now, owner, key, state)
    if (record !== null) records.push(record)
  }
  return { state, dot, context: { keyHash: key.hash, vv: contextAfter(state, seen, dot) }, records }
}

/**
 * What the client may say it has seen, now that it has written `dot`. Where siblings remain that it never saw, the whole vector
 * would let its next write bury them unread: it gets what it had and its own dot. A vector that covers (a, n) covers a's earlier dots as
 * well, so the own dot is left out where one of those is an unseen sibling:
 *
 *   {(a,1) x, (a,2) y} and the writer of y saw nothing: {a:2} would bury x, so it gets {}, and its next write joins both.
 *
 * Of a's earlier dots that are no siblings here none is alive anywhere that matters: a, who minted them, has seen them replaced.
 */
function contextAfter(state: KeyState, seen: VersionVector, dot: Dot): VersionVector {
  if (state.siblings.length === 1) return state.vv
  for (const sibling of state.siblings) {
    const unseen = sibling.n !== dot.n && !covers(seen, sibling.actor, sibling.n)
    if (unseen && sibling.actor === dot.actor) return seen
  }
  return withDot(seen, dot)
}
