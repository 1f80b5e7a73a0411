/**
 * What a node holds of a key, as owner and in hints, and how it takes more in: always by merging
 * whole states.
 */
import type { Now } from '../input.js'
import type { LogRecord } from '../log/record.js'
import type { Shell } from '../shell.js'
import { conflictOf, nextPersist } from '../shell.js'
import type { Entry } from '../storage.js'
import type { KeyRef, KeyState, NodeId } from '../types.js'
import { covers } from '../version/dotted.js'
import { mergeStates } from '../version/siblings.js'

/** Null where the state held already descends what came. */
export function mergeIn(shell: Shell, key: KeyRef, state: KeyState): LogRecord | null {
  const held = shell.storage.find(key)
  if (held === null) return shell.storage.put(key, state, nextPersist(shell))
  const merged = mergeStates(held.state, state, conflictOf(shell, key.bucket))
  if (merged === held.state) return null
  return shell.storage.replace(held, merged, nextPersist(shell))
}

export function mergeHint(
  shell: Shell,
  now: Now,
  target: NodeId,
  key: KeyRef,
  state: KeyState,
): LogRecord | null {
  const held = shell.storage.hint(target, key.id)
  const merged =
    held === null ? state : mergeStates(held.state, state, conflictOf(shell, key.bucket))
  if (held !== null && merged === held.state) return null
  shell.counters.hintsTaken++
  return shell.storage.putHint(target, key, merged, nextPersist(shell), now.monoMicros)
}

/**
 * A hint is delivered and may go, unless this node coordinated what is in it: then the state stays,
 * as a memory of what was minted here. A vector covers all dots of an actor up to the n-th, so
 * whoever mints the next one must know those before:
 *
 *     fallback   mints (f,1) for a blind put, hands it to owner X, forgets it
 *     X          { f:1; (f,1) }
 *     fallback   mints (f,2) for another blind put: { f:2; (f,2) }, were it to know nothing
 *     X merges   (f,1) counts as replaced: an acknowledged write is gone, and nobody has read it
 */
export function forgetHint(
  shell: Shell,
  target: NodeId,
  key: KeyRef,
  state: KeyState,
  records: LogRecord[],
): void {
  if (covers(state.vv, shell.actor, 1)) {
    const record = mergeIn(shell, key, state)
    if (record !== null) records.push(record)
  }
  records.push(shell.storage.deleteHint(target, key))
}

/** All that this node knows of a key: its own copy and every hint it keeps for others. */
export function heldOf(shell: Shell, key: KeyRef): Entry | null {
  return withHints(shell, key, shell.storage.find(key))
}

/**
 * What a read may be told: of a node that is no owner only the hints, not its memory of what it
 * once coordinated.
 */
export function readableOf(shell: Shell, key: KeyRef, owner: boolean): Entry | null {
  return withHints(shell, key, owner ? shell.storage.find(key) : null)
}

function withHints(shell: Shell, key: KeyRef, own: Entry | null): Entry | null {
  if (shell.storage.hintCount === 0) return own
  let held = own
  for (const hints of shell.storage.hints.values()) {
    const hint = hints.entries.get(key.id)
    if (hint === undefined) continue
    if (held === null) held = hint
    else {
      const state = mergeStates(held.state, hint.state, conflictOf(shell, key.bucket))
      held = { key: held.key, state, persist: Math.max(held.persist, hint.persist) }
    }
  }
  return held
}
