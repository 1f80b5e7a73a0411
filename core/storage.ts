/**
 * What a node holds: durable state overlaid with its own writes in flight.
 *
 * Every entry remembers the number of the persist that wrote it. Until that persist is durable the
 * entry is `inFlight`, and nothing of it may be told to anyone: a crash would take it back.
 */
import type { LogRecord } from './log/record.js'
import type { DurableState } from './log/recover.js'
import type { KeyRef, KeyState, Micros, NodeId } from './types.js'
import { stateBytes } from './version/siblings.js'

export interface Entry {
  readonly key: KeyRef
  readonly state: KeyState
  /** Number of the persist that wrote it; 0: recovered. */
  readonly persist: number
}

export interface HintEntry extends Entry {
  readonly bytes: number
}

export interface HintsOfTarget {
  readonly entries: Map<string, HintEntry>
  bytes: number
  /** When the first of the hints outstanding was taken. */
  sinceMicros: Micros
}

export class Storage {
  readonly #keys = new Map<string, Entry>()
  readonly #hints = new Map<NodeId, HintsOfTarget>()
  readonly #needsRepair = new Map<NodeId, Set<number>>()
  /** How often a hint for this target was refused, in this life. */
  readonly #refusals = new Map<NodeId, number>()
  #hintCount = 0
  /** Told of every key put; null where nobody keeps trees of them. */
  onPut: ((key: KeyRef) => void) | null = null

  constructor(recovered: DurableState | null) {
    if (recovered === null) return
    for (const [id, { key, state }] of recovered.keys)
      this.#keys.set(id, { key, state, persist: 0 })
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
  }

  entry(id: string): Entry | null {
    return this.#keys.get(id) ?? null
  }

  entries(): IterableIterator<Entry> {
    return this.#keys.values()
  }

  put(key: KeyRef, state: KeyState, persist: number): LogRecord {
    this.#keys.set(key.id, { key, state, persist })
    if (this.onPut !== null) this.onPut(key)
    return { type: 'key_state', key, state }
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
    const bytes = key.id.length + stateBytes(state)
    const before = hints.entries.get(key.id)
    if (before === undefined) this.#hintCount++
    hints.bytes += bytes - (before?.bytes ?? 0)
    hints.entries.set(key.id, { key, state, persist, bytes })
    return { type: 'hint', target, key, state }
  }

  deleteHint(target: NodeId, key: KeyRef): LogRecord {
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
