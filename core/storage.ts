/**
 * What a node holds: durable state overlaid with its own writes in flight.
 *
 * Every entry remembers the number of the persist that wrote it. Until that persist is durable the
 * entry is `inFlight`, and nothing of it may be told to anyone: a crash would take it back.
 */
import type { LogRecord } from './log/record.js'
import type { DoubtPhase } from './log/record.js'
import type { ReapMark } from './message.js'
import type { DurableState } from './log/recover.js'
import type { Entry } from './shelf.js'
import { Shelf } from './shelf.js'
import type { Hlc, KeyRef, KeyState, Micros, NodeId } from './types.js'
import { noHlc } from './version/hlc.js'
import { isReapable, stateBytes } from './version/siblings.js'

export type { Entry } from './shelf.js'

export interface HintEntry extends Entry {
  readonly bytes: number
}

export interface HintsOfTarget {
  readonly entries: Map<string, HintEntry>
  bytes: number
  /** When the first of the hints outstanding was taken. */
  sinceMicros: Micros
}

/** How far the reaping of a partition has come here; core/reap says what for. */
export interface Raise {
  readonly epoch: number
  /** Number of the persist that raised it; 0: recovered. */
  readonly persist: number
  /** A hint of this partition has come or gone since; of a recovered one nobody can say. */
  hintsMoved: boolean
}

/**
 * What every message asks is said by fields that stand side by side, in front: the maps behind them
 * are mostly empty, and in a simulation of a thousand nodes each is two more places in no cache.
 */
export class Storage {
  readonly #keys = new Shelf()
  #lastRaise = 0
  #hasReaped = false
  #isSure = true
  readonly #hints = new Map<NodeId, HintsOfTarget>()
  readonly #needsRepair = new Map<NodeId, Set<number>>()
  /** How often a hint for this target was refused, in this life. */
  readonly #refusals = new Map<NodeId, number>()
  /** Partitions of which nothing may be told yet: see core/reap/doubt. */
  readonly doubtful = new Set<number>()
  readonly #raises = new Map<number, Raise>()
  readonly #tombstones = new Set<string>()
  #hintCount = 0
  #reapedHlc: Hlc = noHlc
  /**
   * Told of every key put, and the number of the persist that had put it before; 0: none in this
   * life, or nobody looked. Null where nobody keeps trees of them.
   */
  onPut: ((key: KeyRef, before: number) => void) | null = null
  /** Told of every key of which nothing but tombstones is left; null where nobody reaps. */
  onTombstone: ((key: KeyRef) => void) | null = null

  constructor(recovered: DurableState | null) {
    if (recovered === null) return
    for (const [id, { key, state }] of recovered.keys) {
      this.#keys.set({ key, state, persist: 0 })
      if (isReapable(state)) this.#tombstones.add(id)
    }
    for (const [partition, epoch] of recovered.reapEpochs) {
      this.#setRaise(partition, { epoch, persist: 0, hintsMoved: true })
    }
    this.#reapedHlc = recovered.reapedHlc
    this.#addDoubts([...recovered.doubtful])
    for (const [target, hints] of recovered.hints) {
      for (const { key, state } of hints.values()) this.putHint(target, key, state, 0, 0)
    }
    for (const [target, partitions] of recovered.needsRepair) {
      this.#needsRepair.set(target, new Set(partitions))
    }
  }

  get hintCount(): number {
    return this.#hintCount
  }

  get keyCount(): number {
    return this.#keys.size
  }

  /** Keys of which nothing but tombstones is left. */
  get tombstoneCount(): number {
    return this.#tombstones.size
  }

  /** The latest stamp of a tombstone that this node has agreed to reap. */
  get reapedHlc(): Hlc {
    return this.#reapedHlc
  }

  /** Number of the persist that raised a reap epoch last; 0: none in this life. */
  get lastRaise(): number {
    return this.#lastRaise
  }

  get hints(): ReadonlyMap<NodeId, HintsOfTarget> {
    return this.#hints
  }

  get needsRepair(): ReadonlyMap<NodeId, ReadonlySet<number>> {
    return this.#needsRepair
  }

  /** All that a crash must not take, in flight included; it may change while it is read. */
  *records(): Generator<LogRecord> {
    for (const { key, state } of this.#keys.values()) yield { type: 'key_state', key, state }
    for (const [target, { entries }] of this.#hints) {
      for (const { key, state } of entries.values()) yield { type: 'hint', target, key, state }
    }
    for (const [target, partitions] of this.#needsRepair) {
      for (const partition of partitions) {
        yield { type: 'needs_repair', target, partition, needed: true }
      }
    }
    for (const partition of this.#raises.keys()) yield this.raiseRecord(partition)
    const isStampLost = !this.#hasReaped && this.#reapedHlc > noHlc
    if (this.doubtful.size > 0 || isStampLost)
      yield this.doubtRecord('begun', [...this.doubtful].map(atZero))
  }

  entry(id: string): Entry | null {
    return this.#keys.get(id)
  }

  /** As `entry`, for who has the key at hand: that is faster. */
  find(key: KeyRef): Entry | null {
    return this.#keys.find(key)
  }

  /** For a look that will not be followed by others soon. */
  peek(id: string): Entry | null {
    return this.#keys.peek(id)
  }

  entries(): IterableIterator<Entry> {
    return this.#keys.values()
  }

  /** Which keys there are, and of which partition. */
  eachPlace(visit: (id: string, partition: number) => void): void {
    this.#keys.eachPlace(visit)
  }

  put(key: KeyRef, state: KeyState, persist: number): LogRecord {
    this.#keys.set({ key, state, persist })
    if (!isReapable(state)) this.#tombstones.delete(key.id)
    else if (!this.#tombstones.has(key.id)) {
      this.#tombstones.add(key.id)
      if (this.onTombstone !== null) this.onTombstone(key)
    }
    if (this.onPut !== null) this.onPut(key, 0)
    return { type: 'key_state', key, state }
  }

  /** As `put`, of a key that is held: `held` is what `entry` has just said. */
  replace(held: Entry, state: KeyState, persist: number): LogRecord {
    const { key, persist: before } = held
    // Neither was a tombstone nor is: no list of them needs to be looked at.
    if (isReapable(held.state) || isReapable(state)) return this.put(key, state, persist)
    this.#keys.replace(held, state, persist)
    if (this.onPut !== null) this.onPut(key, before)
    return { type: 'key_state', key, state }
  }

  /** Only for what the whole cluster has agreed to forget. */
  remove(key: KeyRef): LogRecord {
    this.#keys.delete(key)
    this.#tombstones.delete(key.id)
    if (this.onPut !== null) this.onPut(key, 0)
    return { type: 'key_reaped', key }
  }

  /** In some partition, as far as this node knows. */
  get hasReaped(): boolean {
    return this.#hasReaped
  }

  /** No partition is in doubt. */
  get isSure(): boolean {
    return this.#isSure
  }

  #setRaise(partition: number, raise: Raise): void {
    this.#raises.set(partition, raise)
    this.#hasReaped = true
  }

  #addDoubts(partitions: readonly number[]): void {
    for (const partition of partitions) this.doubtful.add(partition)
    this.#isSure = this.doubtful.size === 0
  }

  /** 0 where nothing was ever reaped. */
  reapEpoch(partition: number): number {
    return this.#hasReaped ? (this.#raises.get(partition)?.epoch ?? 0) : 0
  }

  raised(partition: number): Raise | null {
    return this.#raises.get(partition) ?? null
  }

  /** Up only. */
  raise(partition: number, epoch: number, persist: number): LogRecord {
    this.#setRaise(partition, { epoch, persist, hintsMoved: false })
    this.#lastRaise = persist
    return this.raiseRecord(partition)
  }

  raiseRecord(partition: number): LogRecord {
    const epoch = this.reapEpoch(partition)
    return { type: 'reap_epoch', partition, epoch, hlc: this.#reapedHlc }
  }

  doubtRecord(phase: DoubtPhase, marks: readonly ReapMark[]): LogRecord {
    return { type: 'doubt', phase, marks, hlc: this.#reapedHlc }
  }

  beginDoubt(partitions: readonly number[]): LogRecord {
    this.#addDoubts(partitions)
    return this.doubtRecord('begun', partitions.map(atZero))
  }

  /**
   * Such an epoch counts as recovered: an earlier life may have told things under it, so the round
   * of its number has this node's word no more.
   */
  settleDoubt(phase: 'kept' | 'forgotten', marks: readonly ReapMark[], persist: number): LogRecord {
    for (const { partition, epoch } of marks) {
      this.doubtful.delete(partition)
      if (epoch > 0) this.#setRaise(partition, { epoch, persist: 0, hintsMoved: true })
    }
    this.#isSure = this.doubtful.size === 0
    this.#lastRaise = persist
    if (phase === 'forgotten') this.#forget(new Set(marks.map(({ partition }) => partition)))
    return this.doubtRecord(phase, marks)
  }

  #forget(partitions: ReadonlySet<number>): void {
    for (const { key } of [...this.#keys.values()]) {
      if (partitions.has(key.partition)) this.remove(key)
    }
    for (const [target, { entries }] of [...this.#hints]) {
      for (const { key } of [...entries.values()]) {
        if (partitions.has(key.partition)) this.deleteHint(target, key)
      }
    }
  }

  /** False: a later stamp, or this one, is known. It is durable with the next `reap_epoch`. */
  noteReaped(hlc: Hlc): boolean {
    if (hlc <= this.#reapedHlc) return false
    this.#reapedHlc = hlc
    return true
  }

  #hintMoved(partition: number): void {
    const raise = this.#raises.get(partition)
    if (raise !== undefined) raise.hintsMoved = true
  }

  hint(target: NodeId, id: string): HintEntry | null {
    return this.#hints.get(target)?.entries.get(id) ?? null
  }

  putHint(
    target: NodeId,
    key: KeyRef,
    state: KeyState,
    persist: number,
    nowMicros: Micros,
  ): LogRecord {
    let hints = this.#hints.get(target)
    if (hints === undefined) {
      hints = { entries: new Map(), bytes: 0, sinceMicros: nowMicros }
      this.#hints.set(target, hints)
    }
    if (hints.entries.size === 0) hints.sinceMicros = nowMicros
    this.#hintMoved(key.partition)
    const bytes = key.id.length + stateBytes(state)
    const before = hints.entries.get(key.id)
    if (before === undefined) this.#hintCount++
    hints.bytes += bytes - (before?.bytes ?? 0)
    hints.entries.set(key.id, { key, state, persist, bytes })
    return { type: 'hint', target, key, state }
  }

  deleteHint(target: NodeId, key: KeyRef): LogRecord {
    this.#hintMoved(key.partition)
    const hints = this.#hints.get(target)
    const entry = hints?.entries.get(key.id)
    if (hints !== undefined && entry !== undefined) {
      hints.entries.delete(key.id)
      hints.bytes -= entry.bytes
      this.#hintCount--
      if (hints.entries.size === 0) this.#hints.delete(target)
    }
    return { type: 'hint_deleted', target, key }
  }

  /** Is a hint for this key kept, for whomever? */
  hasHint(id: string): boolean {
    if (this.#hintCount === 0) return false
    for (const { entries } of this.#hints.values()) if (entries.has(id)) return true
    return false
  }

  /** Null if it is noted already. */
  noteRepair(target: NodeId, partition: number): LogRecord | null {
    this.#refusals.set(target, this.refusals(target) + 1)
    let partitions = this.#needsRepair.get(target)
    if (partitions === undefined) {
      partitions = new Set()
      this.#needsRepair.set(target, partitions)
    }
    if (partitions.has(partition)) return null
    partitions.add(partition)
    return { type: 'needs_repair', target, partition, needed: true }
  }

  refusals(target: NodeId): number {
    return this.#refusals.get(target) ?? 0
  }

  /** Null if it was not noted. */
  clearRepair(target: NodeId, partition: number): LogRecord | null {
    const partitions = this.#needsRepair.get(target)
    if (partitions?.delete(partition) !== true) return null
    if (partitions.size === 0) this.#needsRepair.delete(target)
    return { type: 'needs_repair', target, partition, needed: false }
  }
}

const atZero = (partition: number): ReapMark => ({ partition, epoch: 0 })
