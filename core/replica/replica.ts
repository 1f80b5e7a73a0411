/**
 * A replica's side of reads and writes (protocol.md sections 2 to 4): stores whole states by
 * merging, acknowledges only what is durable, tells only what is durable.
 */
import type { Effect } from '../effect.js'
import type { Now } from '../input.js'
import type {
  Handoff,
  HandoffItem,
  Message,
  Read,
  ReapMark,
  Repair,
  Replicate,
} from '../message.js'
import type { RefusalCode } from '../outcome.js'
import type { LogRecord } from '../log/record.js'
import type { Shell } from '../shell.js'
import { admitAll, admits, hearEpoch } from '../reap/epoch.js'
import { barrier, conflictOf, persist } from '../shell.js'
import type { KeyRef, KeyState, NodeId } from '../types.js'
import { hintRefusal } from './hint.js'
import { mergeHint, mergeIn, readableOf } from './merge.js'

export function onReplicate(shell: Shell, now: Now, message: Replicate, out: Effect[]): void {
  if (!admits(shell, message.key.partition, message.reapEpoch, out)) {
    out.push(answer(shell, message, 'stale_reap'))
    return
  }
  const refusal = refuse(shell, now, message)
  if (refusal !== null) {
    if (refusal === 'hint_refused' && message.hintFor !== null) {
      refuseHint(shell, message.hintFor, message, out)
    } else out.push(answer(shell, message, refusal))
    return
  }
  const ack: readonly Effect[] = [answer(shell, message, null)]
  const record =
    message.hintFor === null
      ? mergeIn(shell, message.key, message.state)
      : mergeHint(shell, now, message.hintFor, message.key, message.state)
  if (record === null) barrier(shell, ack, out)
  else persist(shell, [record], ack, out)
}

function refuse(shell: Shell, now: Now, message: Replicate): RefusalCode | null {
  if (shell.isReadOnly) return 'read_only'
  if (tooFarAhead(shell, now, message.key, message.state)) return 'clock_skew'
  if (buries(shell, now, message.key, message.state)) return 'clock_skew'
  const { placement } = shell.options
  if (message.hintFor === null) {
    return placement.isOwner(message.key.partition, shell.options.id) ? null : 'not_accepted'
  }
  return hintRefusal(shell, now, message.hintFor, message.key)
}

/**
 * One fast clock would otherwise win for ever (planted bug 2). Only last-write-wins looks at
 * clocks.
 */
export function tooFarAhead(shell: Shell, now: Now, key: KeyRef, state: KeyState): boolean {
  if (conflictOf(shell, key.bucket) !== 'lww') return false
  if (shell.options.plant === 'no_drift_guard') return false
  const limit = now.wallMicros + shell.options.limits.maxSkewMicros
  // Loops, not calls of closures, here and below: every copy of a write comes through them.
  for (const { hlc } of state.siblings) if (hlc > limit) return true
  return false
}

/**
 * What this node holds would bury the write, for longer than clocks may differ: to acknowledge it
 * would be a lie. Such a stamp is from the future by this node's clock, or was made by a clock of
 * this node's own that has run ahead: others refuse what it stamped, but here it is stored.
 *
 *     n1, an hour ahead   stores (n1,1) from 14:00, alone
 *     n2                  writes (n2,1) at 13:00; n1 merges, shows (n1,1), and acknowledges
 *     a client            is told that (n2,1) is on two nodes; it can be seen on one
 */
function buries(shell: Shell, now: Now, key: KeyRef, state: KeyState): boolean {
  const { plant, limits } = shell.options
  if (conflictOf(shell, key.bucket) !== 'lww' || plant === 'no_drift_guard') return false
  const winner = shell.storage.find(key)?.state.siblings[0]
  if (winner === undefined || winner.actor === state.siblings[0]?.actor) return false
  for (const { hlc } of state.siblings) {
    if (winner.hlc <= hlc + limits.maxSkewMicros) return false
  }
  return winner.actor === shell.actor || winner.hlc > now.wallMicros + limits.maxSkewMicros
}

function refuseHint(shell: Shell, target: NodeId, message: Replicate, out: Effect[]): void {
  const refused = answer(shell, message, 'hint_refused')
  const record = shell.storage.noteRepair(target, message.key.partition)
  const note: Effect = {
    kind: 'note',
    note: { kind: 'hint_refused', target, partition: message.key.partition },
  }
  // Noted before, but perhaps not durably yet: the refusal waits for that too.
  if (record === null) barrier(shell, [refused], out)
  else persist(shell, [record], [refused, note], out)
}

export function onRead(shell: Shell, now: Now, message: Read, out: Effect[]): void {
  hearEpoch(shell, message.key.partition, message.reapEpoch, out)
  const owner = shell.options.placement.isOwner(message.key.partition, shell.options.id)
  const held = readableOf(shell, message.key, owner)
  const reply: Message = {
    kind: 'read_ok',
    clusterId: shell.self.clusterId,
    from: shell.self.from,
    incarnation: shell.self.incarnation,
    ringEpoch: shell.self.ringEpoch,
    request: message.request,
    asked: message.incarnation,
    state: held === null ? null : held.state,
    owner,
    reapEpoch: shell.storage.reapEpoch(message.key.partition),
  }
  const send: Effect = { kind: 'send', to: message.from, message: reply }
  if (held === null || held.persist <= now.durablePersists) out.push(send)
  else barrier(shell, [send], out)
}

export function onRepair(shell: Shell, now: Now, message: Repair, out: Effect[]): void {
  if (!shell.options.placement.isOwner(message.key.partition, shell.options.id)) return
  if (!admits(shell, message.key.partition, message.reapEpoch, out)) return
  if (tooFarAhead(shell, now, message.key, message.state)) return
  const record = mergeIn(shell, message.key, message.state)
  if (record !== null) persist(shell, [record], [], out)
}

/**
 * The whole batch is durable before it is acknowledged: the holder deletes its hints on our word
 * (HINT-2).
 */
export function onHandoff(shell: Shell, now: Now, message: Handoff, out: Effect[]): void {
  shell.pace.learn(message.goodMicros)
  const records: LogRecord[] = []
  const [settled, doubted] = byDoubt(shell, message.items)
  const { items, stale } = admitAll(shell, settled, out)
  for (const item of items) {
    // A hint's write was admitted by its fallback's clock; refusing it here would strand it for
    // ever.
    const record = mergeIn(shell, item.key, item.state)
    if (record !== null) records.push(record)
  }
  const reply: Message = {
    kind: 'handoff_ok',
    clusterId: shell.self.clusterId,
    from: shell.self.from,
    incarnation: shell.self.incarnation,
    ringEpoch: shell.self.ringEpoch,
    request: message.request,
    asked: message.incarnation,
    stale: doubted.length === 0 ? stale : inOrder([...stale, ...doubted]),
    pace: shell.pace.told(now.monoMicros),
  }
  persist(shell, records, [{ kind: 'send', to: message.from, message: reply }], out)
}

/** What may be taken in, and the partitions in doubt, of which nothing may (core/reap/doubt.ts). */
function byDoubt(
  { storage }: Shell,
  items: readonly HandoffItem[],
): readonly [readonly HandoffItem[], readonly ReapMark[]] {
  const { doubtful } = storage
  if (doubtful.size === 0) return [items, []]
  const partitions = new Set(items.map(({ key }) => key.partition).filter((p) => doubtful.has(p)))
  // Whoever refuses for its epoch has raised it: zero is no such epoch.
  const marks = [...partitions].map((partition) => ({ partition, epoch: 0 }))
  return [items.filter(({ key }) => !doubtful.has(key.partition)), marks]
}

const inOrder = (marks: readonly ReapMark[]): readonly ReapMark[] =>
  [...marks].sort((a, b) => a.partition - b.partition)

function answer(shell: Shell, message: Replicate, code: RefusalCode | null): Effect {
  const { clusterId, from, incarnation, ringEpoch } = shell.self
  const { request } = message
  const asked = message.incarnation
  if (code !== null) {
    const reapEpoch = shell.storage.reapEpoch(message.key.partition)
    const kind = 'replicate_failed'
    const reply: Message = { kind, ...shell.self, request, asked, code, reapEpoch }
    return { kind: 'send', to: message.from, message: reply }
  }
  const { reapEpoch } = message
  // The rule, and spelled out: a spread costs several times as much.
  const reply: Message = {
    kind: 'replicate_ok',
    clusterId,
    from,
    incarnation,
    ringEpoch,
    request,
    asked,
    reapEpoch,
  }
  return { kind: 'send', to: message.from, message: reply }
}
