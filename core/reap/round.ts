/**
 * One round of reaping, at the first owner of a partition (protocol.md section 5).
 *
 *   raising --own epoch durable--> asking --every member confirms--> deleting --all done--> done
 *
 * All or nothing, key by key: a key that one member objects to stays. Whoever is silent ends the
 * round. The own copies go last: while another owner may still hold a tombstone this one does, and
 * the next round takes it up again. Nothing of a round has to survive a crash: an epoch that came
 * to nothing does no harm.
 */
import type { Effect, Step } from '../effect.js'
import { noEffects } from '../effect.js'
import type { Now, TimerId } from '../input.js'
import type { LogRecord } from '../log/record.js'
import type { Message, ReapCheckOk, ReapDeleteOk, ReapItem } from '../message.js'
import type { Shell } from '../shell.js'
import { persist } from '../shell.js'
import type { NodeId } from '../types.js'
import { deleteReaped } from './answer.js'
import { hearEpoch } from './epoch.js'

export interface RoundState {
  readonly partition: number
  readonly epoch: number
  readonly timer: TimerId
  readonly request: number
  readonly phase: 'raising' | 'asking' | 'deleting' | 'done'
  /** As they were asked about. */
  readonly items: readonly ReapItem[]
  /** Those of them, by place, that nobody has objected to so far. */
  readonly free: readonly number[]
  readonly waiting: readonly NodeId[]
  readonly tries: number
  /** They are gone from every owner. */
  readonly reaped: boolean
}

export interface RoundStart {
  readonly partition: number
  readonly timer: TimerId
  readonly request: number
  readonly items: readonly ReapItem[]
}

export function roundStart(shell: Shell, now: Now, start: RoundStart): Step<RoundState> {
  // This node is a member like the others. It is asked first: were its own raise lost in a crash,
  // two rounds could have one number.
  return ask(shell, now, {
    ...start,
    epoch: shell.storage.reapEpoch(start.partition) + 1,
    phase: 'raising',
    free: start.items.map((_, index) => index),
    waiting: [shell.options.id],
    tries: 0,
    reaped: false,
  })
}

/** Any answer but one that is waited for changes nothing. */
export function roundAnswered(
  shell: Shell,
  now: Now,
  state: RoundState,
  message: ReapCheckOk | ReapDeleteOk,
): Step<RoundState> {
  const { phase, request } = state
  const ofDelete = message.kind === 'reap_delete_ok'
  if (phase === 'done' || ofDelete !== (phase === 'deleting')) return [state, noEffects]
  if (message.request !== request || !state.waiting.includes(message.from)) {
    return [state, noEffects]
  }
  const waiting = state.waiting.filter((node) => node !== message.from)
  if (ofDelete) return proceed(shell, now, { ...state, waiting })
  const effects: Effect[] = []
  if (message.epoch !== state.epoch) {
    // Somebody has been further: with the next number then.
    hearEpoch(shell, state.partition, message.epoch, effects)
    return end(state, effects)
  }
  const confirmed = new Set(message.confirmed)
  const free = state.free.filter((index) => confirmed.has(index))
  return proceed(shell, now, { ...state, waiting, free })
}

/** An answer is overdue: asked again, and given up in the end. */
export function roundTimer(shell: Shell, now: Now, state: RoundState): Step<RoundState> {
  if (state.phase === 'done') return [state, noEffects]
  if (state.tries >= shell.options.limits.reapTries) return end(state, [])
  return ask(shell, now, state)
}

function proceed(shell: Shell, now: Now, state: RoundState): Step<RoundState> {
  const { phase, free, waiting, partition } = state
  if (free.length === 0) return end(state, [])
  if (waiting.length > 0) return [state, noEffects]
  const { placement, id } = shell.options
  const others = (nodes: readonly NodeId[]) => nodes.filter((node) => node !== id)
  if (phase === 'raising') {
    const members = others(placement.ring.members.map((member) => member.id))
    return step(shell, now, { ...state, phase: 'asking', waiting: members })
  }
  if (phase === 'asking') {
    return step(shell, now, {
      ...state,
      phase: 'deleting',
      waiting: others(placement.owners(partition)),
    })
  }
  return finish(shell, state)
}

/** On with the next phase, or through it where nobody is left to ask. */
function step(shell: Shell, now: Now, state: RoundState): Step<RoundState> {
  const next = { ...state, tries: 0 }
  return next.waiting.length === 0 ? proceed(shell, now, next) : ask(shell, now, next)
}

function ask(shell: Shell, now: Now, state: RoundState): Step<RoundState> {
  const { timer, request, partition, epoch, waiting, phase } = state
  const head = { ...shell.self, request, partition, epoch }
  const message: Message =
    phase === 'deleting'
      ? { kind: 'reap_delete', ...head, items: freeItems(state) }
      : { kind: 'reap_check', ...head, items: state.items }
  const effects: Effect[] = waiting.map((to) => ({ kind: 'send', to, message }))
  const atMicros = now.monoMicros + shell.options.timing.reapRetryMicros
  effects.push({ kind: 'arm', timer, atMicros })
  return [{ ...state, tries: state.tries + 1 }, effects]
}

const freeItems = ({ items, free }: RoundState): readonly ReapItem[] =>
  free.map((index) => items[index] as ReapItem)

function finish(shell: Shell, state: RoundState): Step<RoundState> {
  const records: LogRecord[] = []
  for (const item of freeItems(state)) deleteReaped(shell, item, records)
  const effects: Effect[] = []
  if (records.length > 0) persist(shell, records, [], effects)
  const { partition, free } = state
  effects.push({ kind: 'note', note: { kind: 'reaped', partition, keys: free.length } })
  return end({ ...state, reaped: true }, effects)
}

function end(state: RoundState, effects: Effect[]): Step<RoundState> {
  effects.push({ kind: 'disarm', timer: state.timer })
  return [{ ...state, phase: 'done' }, effects]
}
