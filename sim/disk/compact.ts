/**
 * A log as compaction leaves it: the latest record of each identity, and none that a deletion made
 * void. Its size follows what the node holds, not how long it has run.
 */
import { never } from '../../core/assert.js'
import type { LogRecord } from '../../core/log/record.js'

type ReapEpoch = Extract<LogRecord, { type: 'reap_epoch' }>

export class CompactLog {
  #incarnation: LogRecord | null = null
  #counterLease: LogRecord | null = null
  readonly #keys = new Map<string, LogRecord>()
  readonly #hints = new Map<string, Map<string, LogRecord>>()
  readonly #repairs = new Map<string, Map<number, LogRecord>>()
  readonly #reapEpochs = new Map<number, ReapEpoch>()

  add(record: LogRecord): void {
    switch (record.type) {
      case 'key_state':
        this.#keys.set(record.key.id, record)
        return
      case 'hint':
        inner(this.#hints, record.target).set(record.key.id, record)
        return
      case 'hint_deleted':
        remove(this.#hints, record.target, record.key.id)
        return
      case 'needs_repair':
        if (record.needed) inner(this.#repairs, record.target).set(record.partition, record)
        else remove(this.#repairs, record.target, record.partition)
        return
      case 'reap_epoch':
        this.#raise(record)
        return
      case 'key_reaped':
        this.#keys.delete(record.key.id)
        return
      case 'incarnation':
        this.#incarnation = record
        return
      case 'counter_lease':
        this.#counterLease = record
        return
      case 'snapshot_end':
        return
      default:
        never(record)
    }
  }

  /** Neither an epoch nor a stamp ever goes back. */
  #raise(record: ReapEpoch): void {
    const before = this.#reapEpochs.get(record.partition) ?? record
    const epoch = Math.max(before.epoch, record.epoch)
    const hlc = Math.max(before.hlc, record.hlc)
    this.#reapEpochs.set(record.partition, { ...record, epoch, hlc })
  }

  /** Records kept. */
  get size(): number {
    let size = this.#keys.size + this.#reapEpochs.size
    if (this.#incarnation !== null) size++
    if (this.#counterLease !== null) size++
    for (const hints of this.#hints.values()) size += hints.size
    for (const repairs of this.#repairs.values()) size += repairs.size
    return size
  }

  /** Incarnation, lease, keys, hints, repairs, reap epochs; each sorted by identity. */
  records(): LogRecord[] {
    const records: LogRecord[] = []
    if (this.#incarnation !== null) records.push(this.#incarnation)
    if (this.#counterLease !== null) records.push(this.#counterLease)
    for (const id of sortedKeys(this.#keys)) records.push(this.#keys.get(id)!)
    for (const byTarget of [this.#hints, this.#repairs]) {
      for (const target of sortedKeys(byTarget)) {
        const ofTarget = byTarget.get(target)! as Map<string | number, LogRecord>
        for (const id of sortedKeys(ofTarget)) records.push(ofTarget.get(id)!)
      }
    }
    for (const partition of sortedKeys(this.#reapEpochs)) {
      records.push(this.#reapEpochs.get(partition)!)
    }
    return records
  }
}

function inner<Id>(maps: Map<string, Map<Id, LogRecord>>, target: string): Map<Id, LogRecord> {
  let map = maps.get(target)
  if (map === undefined) {
    map = new Map()
    maps.set(target, map)
  }
  return map
}

function remove<Id>(maps: Map<string, Map<Id, LogRecord>>, target: string, id: Id): void {
  const map = maps.get(target)
  map?.delete(id)
  if (map?.size === 0) maps.delete(target)
}

/** By code units, or by value. */
function sortedKeys<Id extends string | number>(map: ReadonlyMap<Id, unknown>): Id[] {
  return [...map.keys()].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0))
}
