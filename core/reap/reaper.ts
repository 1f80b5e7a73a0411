/**
 * The reaping of one node: which tombstones have aged, and one round after the other for the
 * partitions that it is the first owner of. It holds the machine and routes to it.
 *
 * Age is for economy alone: a young tombstone is still on its way to some owner, and a round would
 * come to nothing. No rule of safety looks at a clock.
 */
import type { ReapOptions } from '../config.js'
import type { Effect, Step } from '../effect.js'
import type { Now, TimerId } from '../input.js'
import type { LogRecord } from '../log/record.js'
import type { ReapCheckOk, ReapDeleteOk, ReapItem } from '../message.js'
import type { Shell } from '../shell.js'
import { persist } from '../shell.js'
import type { KeyRef, Micros } from '../types.js'
import { isReapable, stateBytes } from '../version/siblings.js'
import { deleteReaped } from './answer.js'
import type { RoundState } from './round.js'
import { roundAnswered, roundStart, roundTimer } from './round.js'

/** Far below those of anti-entropy, which count down by peer. */
const tickTimer: TimerId = -1_000_000
const roundTimerId: TimerId = -1_000_001

/** A tombstone that waits for its time. */
interface Waiting {
  readonly key: KeyRef
  dueMicros: Micros
  /** Rounds in a row that somebody has objected in. */
  objections: number
}

const mostDoublings = 2
const leastBetweenMicros = 10_000

export class Reaper {
  readonly #shell: Shell
  readonly #options: ReapOptions
  readonly #led: readonly number[]
  readonly #betweenMicros: Micros
  readonly #waiting = new Map<number, Map<string, Waiting>>()
  #fresh: KeyRef[] = []
  #next = 0
  #round: RoundState | null = null
  #lastRequest = 0

  constructor(shell: Shell, options: ReapOptions) {
    this.#shell = shell
    this.#options = options
    const { placement, id, plant } = shell.options
    // Planted bug 13: every owner for itself.
    const everybody = plant === 'reap_by_clock'
    this.#led = placement
      .partitionsOf(id)
      .filter((partition) => everybody || placement.owners(partition)[0] === id)
    const perPartition = Math.floor(options.everyMicros / Math.max(1, this.#led.length))
    this.#betweenMicros = Math.max(leastBetweenMicros, perPartition)
    for (const partition of this.#led) this.#waiting.set(partition, new Map())
    for (const { key, state } of shell.storage.entries()) {
      if (isReapable(state)) this.#fresh.push(key)
    }
    shell.storage.onTombstone = (key) => {
      if (this.#waiting.has(key.partition)) this.#fresh.push(key)
    }
  }

  start(now: Now, out: Effect[]): void {
    if (this.#led.length === 0) return
    // When it begins differs by node, or all would ask all at once.
    const { placement, id } = this.#shell.options
    const { members } = placement.ring
    const place = members.findIndex((member) => member.id === id)
    const offset = Math.floor((this.#betweenMicros * (place + 1)) / members.length)
    out.push({ kind: 'arm', timer: tickTimer, atMicros: now.monoMicros + offset })
  }

  /** False: none of this part's timers. */
  onTimer(now: Now, timer: TimerId, out: Effect[]): boolean {
    if (timer > tickTimer) return false
    if (timer === tickTimer) this.#tick(now, out)
    else if (this.#round !== null) {
      this.#keep(now, roundTimer(this.#shell, now, this.#round), out)
    }
    return true
  }

  onAnswer(now: Now, message: ReapCheckOk | ReapDeleteOk, out: Effect[]): void {
    if (message.asked !== this.#shell.self.incarnation) {
      this.#shell.counters.otherIncarnation++
      return
    }
    if (this.#round === null) return
    this.#keep(now, roundAnswered(this.#shell, now, this.#round, message), out)
  }

  #tick(now: Now, out: Effect[]): void {
    out.push({ kind: 'arm', timer: tickTimer, atMicros: now.monoMicros + this.#betweenMicros })
    this.#takeUp(now)
    const partition = this.#led[this.#next] as number
    this.#next = (this.#next + 1) % this.#led.length
    if (this.#shell.options.plant === 'reap_by_clock') this.#reapAlone(now, partition, out)
    // Somebody seems unreachable, and without everybody's word there is no reaping.
    else if (this.#round === null && !this.#shell.peers.anySuspected) {
      this.#begin(now, partition, out)
    }
  }

  #takeUp(now: Now): void {
    const dueMicros = now.monoMicros + this.#options.afterMicros
    for (const key of this.#fresh) {
      this.#waiting.get(key.partition)?.set(key.id, { key, dueMicros, objections: 0 })
    }
    this.#fresh = []
  }

  #begin(now: Now, partition: number, out: Effect[]): void {
    const items = this.#due(now, partition)
    if (items.length === 0 || this.#shell.storage.doubtful.has(partition)) return
    const request = ++this.#lastRequest
    const start = { partition, timer: roundTimerId, request, items }
    this.#keep(now, roundStart(this.#shell, now, start), out)
  }

  /** A bounded batch; what is no tombstone any more is forgotten. */
  #due(now: Now, partition: number): readonly ReapItem[] {
    const { storage, options } = this.#shell
    const { reapBatch, reapBatchBytes } = options.limits
    const waiting = this.#waiting.get(partition) ?? new Map<string, Waiting>()
    const items: ReapItem[] = []
    let bytes = 0
    for (const [id, { key, dueMicros }] of waiting) {
      if (items.length >= reapBatch || bytes >= reapBatchBytes) break
      const entry = storage.entry(id)
      if (entry === null || !isReapable(entry.state)) waiting.delete(id)
      else if (dueMicros <= now.monoMicros && entry.persist <= now.durablePersists) {
        items.push({ key, state: entry.state })
        bytes += key.id.length + stateBytes(entry.state)
      }
    }
    return items.sort((a, b) => (a.key.id < b.key.id ? -1 : 1))
  }

  #keep(now: Now, [state, effects]: Step<RoundState>, out: Effect[]): void {
    for (const effect of effects) out.push(effect)
    this.#round = state.phase === 'done' ? null : state
    if (state.phase !== 'done') return
    this.#settle(now, state)
    // There may be more than one batch of them.
    if (state.reaped) this.#begin(now, state.partition, out)
  }

  /** What somebody objected to is asked about again, but less and less often. */
  #settle(now: Now, { partition, items, free, reaped }: RoundState): void {
    const waiting = this.#waiting.get(partition)
    if (waiting === undefined) return
    const wasFree = new Set(free)
    items.forEach(({ key }, index) => {
      const one = waiting.get(key.id)
      if (one === undefined) return
      if (reaped && wasFree.has(index)) waiting.delete(key.id)
      else {
        const doublings = wasFree.has(index) ? 0 : Math.min(mostDoublings, ++one.objections)
        one.dueMicros = now.monoMicros + this.#options.afterMicros * 2 ** doublings
        // Behind those that have not been asked about yet.
        waiting.delete(key.id)
        waiting.set(key.id, one)
      }
    })
  }

  #reapAlone(now: Now, partition: number, out: Effect[]): void {
    const records: LogRecord[] = []
    for (const item of this.#due(now, partition)) deleteReaped(this.#shell, item, records)
    if (records.length > 0) persist(this.#shell, records, [], out)
  }
}
