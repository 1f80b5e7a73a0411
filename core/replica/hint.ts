/**
 * Hinted handoff (protocol.md section 4; Dynamo 4.6): a fallback keeps a write for an owner,
 * durably, and delivers it when the owner lives. A hint is deleted only after the owner's durable
 * acknowledgement of a state that descends it (planted bug 15).
 */
import type { Effect, Step } from '../effect.js'
import { noEffects } from '../effect.js'
import type { Now } from '../input.js'
import type { HandoffItem, ReapMark } from '../message.js'
import type { LogRecord } from '../log/record.js'
import type { Shell } from '../shell.js'
import { hearEpoch } from '../reap/epoch.js'
import { persist } from '../shell.js'
import type { HintEntry } from '../storage.js'
import type { KeyRef, KeyState, Micros, NodeId } from '../types.js'
import { forgetHint, mergeHint } from './merge.js'

/** Over its caps a fallback refuses, rather than keep a hint that it cannot promise to deliver. */
export function hintRefusal(
  shell: Shell,
  now: Now,
  target: NodeId,
  key: KeyRef,
): 'hint_refused' | null {
  if (!shell.options.handoff || shell.isReadOnly) return 'hint_refused'
  if (target === shell.options.id) return 'hint_refused'
  const hints = shell.storage.hints.get(target)
  if (hints === undefined || hints.entries.has(key.id)) return null
  const { hintBytesPerTarget, hintWindowMicros } = shell.options.limits
  if (hints.bytes >= hintBytesPerTarget) return 'hint_refused'
  if (now.monoMicros - hints.sinceMicros > hintWindowMicros) return 'hint_refused'
  return null
}

/**
 * A coordinator's own hint, for an owner that nobody else stands in for; over the caps, the note
 * that it needs repair (HINT-4).
 */
export function keepHint(
  shell: Shell,
  now: Now,
  target: NodeId,
  key: KeyRef,
  state: KeyState,
): LogRecord | null {
  return hintRefusal(shell, now, target, key) === null
    ? mergeHint(shell, now, target, key, state)
    : shell.storage.noteRepair(target, key.partition)
}

/** The delivery to one target. Batches go one at a time: the next one after the target's word. */
export interface HandoffState {
  readonly target: NodeId
  /** null: nothing is under way. */
  readonly batch: readonly HintEntry[] | null
  readonly request: number
  readonly sentMicros: Micros
  /** Since the target was last without hints. */
  readonly delivered: number
  /** Partitions that the target is in doubt of: nothing of them before these times. */
  readonly putOff: ReadonlyMap<number, Micros>
}

export const idleHandoff = (target: NodeId): HandoffState => ({
  target,
  batch: null,
  request: 0,
  sentMicros: 0,
  delivered: 0,
  putOff: new Map(),
})

/** None is under way, or the last one is overdue. */
export function handoffIsDue(shell: Shell, { batch, sentMicros }: HandoffState, now: Now): boolean {
  return batch === null || now.monoMicros - sentMicros >= shell.options.timing.handoffRetryMicros
}

/**
 * Sends a batch if one is due. `share`: of a full one (core/pace.ts); were batches only spaced out,
 * each would stand in the way of clients for as long as ever.
 */
export function handoffTick(
  shell: Shell,
  state: HandoffState,
  now: Now,
  share = 1,
): Step<HandoffState> {
  if (!handoffIsDue(shell, state, now)) return [state, noEffects]
  const batch = durableHints(shell, state, now, share)
  if (batch.length === 0) return [{ ...state, batch: null }, noEffects]
  const items: HandoffItem[] = []
  for (const { key, state: hint } of batch) {
    items.push({ key, state: hint, reapEpoch: shell.storage.reapEpoch(key.partition) })
  }
  const request = state.request + 1
  const next = { ...state, batch, request, sentMicros: now.monoMicros }
  const forgotten =
    shell.options.plant === 'hint_deleted_early' ? forgetSent(shell, state, batch) : []
  return [
    next,
    [
      {
        kind: 'send',
        to: state.target,
        message: {
          kind: 'handoff',
          clusterId: shell.self.clusterId,
          from: shell.self.from,
          incarnation: shell.self.incarnation,
          ringEpoch: shell.self.ringEpoch,
          request,
          items,
          goodMicros: shell.pace.progress.goodMicros,
        },
      },
      ...forgotten,
    ],
  ]
}

/** Planted bug 15: sent is taken for stored. */
function forgetSent(
  shell: Shell,
  { target }: HandoffState,
  batch: readonly HintEntry[],
): readonly Effect[] {
  const records: LogRecord[] = []
  for (const { key, state } of batch) forgetHint(shell, target, key, state, records)
  const effects: Effect[] = []
  persist(shell, records, [], effects)
  return effects
}

/**
 * A hint that has grown since it was sent stays: the target does not hold the new part. So does one
 * that was refused, to be read again under the newer epoch.
 */
export function handoffAnswered(
  shell: Shell,
  state: HandoffState,
  request: number,
  now: Now,
  stale: readonly ReapMark[] = [],
): Step<HandoffState> {
  if (state.batch === null || request !== state.request) return [state, noEffects]
  const effects: Effect[] = []
  const putOff = putOffBy(shell, state, now, stale)
  for (const { partition, epoch } of stale) hearEpoch(shell, partition, epoch, effects)
  const refused = new Set(stale.map(({ partition }) => partition))
  const records: LogRecord[] = []
  let count = 0
  for (const sent of state.batch) {
    if (refused.has(sent.key.partition)) continue
    if (shell.storage.hint(state.target, sent.key.id)?.state !== sent.state) continue
    forgetHint(shell, state.target, sent.key, sent.state, records)
    count++
  }
  if (records.length > 0) persist(shell, records, [], effects)
  shell.counters.hintsDelivered += count
  const delivered = state.delivered + count
  const drained = shell.storage.hints.get(state.target) === undefined
  if (drained) {
    effects.push({
      kind: 'note',
      note: { kind: 'handoff_done', target: state.target, hints: delivered },
    })
  }
  return [{ ...state, batch: null, delivered: drained ? 0 : delivered, putOff }, effects]
}

/** No epoch that it could have raised: the target is in doubt, and would refuse again at once. */
function putOffBy(
  { options }: Shell,
  { putOff }: HandoffState,
  now: Now,
  stale: readonly ReapMark[],
): ReadonlyMap<number, Micros> {
  if (putOff.size === 0 && !stale.some(({ epoch }) => epoch === 0)) return putOff
  const next = new Map([...putOff].filter(([, until]) => until > now.monoMicros))
  const until = now.monoMicros + options.timing.handoffRetryMicros
  for (const { partition, epoch } of stale) if (epoch === 0) next.set(partition, until)
  return next
}

function durableHints(
  shell: Shell,
  { target, putOff }: HandoffState,
  now: Now,
  share: number,
): readonly HintEntry[] {
  const { doubtful } = shell.storage
  const hints = shell.storage.hints.get(target)
  if (hints === undefined) return []
  const batch: HintEntry[] = []
  const { handoffBatch, handoffBatchBytes } = shell.options.limits
  const mostBytes = handoffBatchBytes * share
  let bytes = 0
  for (const entry of hints.entries.values()) {
    if (entry.persist > now.durablePersists || doubtful.has(entry.key.partition)) continue
    if ((putOff.get(entry.key.partition) ?? 0) > now.monoMicros) continue
    batch.push(entry)
    bytes += entry.bytes
    if (batch.length >= handoffBatch * share || bytes >= mostBytes) break
  }
  return batch
}
