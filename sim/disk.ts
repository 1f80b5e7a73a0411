/**
 * The disk of one simulated node: what is durable, what is on its way, and how long that takes.
 *
 * Group commit: one write and fsync at a time; what is appended meanwhile goes together into the
 * next. Effects that wait for a record are handed back when the fsync of its batch has ended, in
 * the order of appending.
 *
 * A crash is a loss of power. What was not written is gone; of the batch being synced a prefix has
 * reached the disk, any length of it from nothing to all, perhaps with a torn record behind it,
 * nobody having been told. That is why a node must expect to find after a restart writes that it
 * never acknowledged.
 *
 * Memory: of the log only the latest record of each identity is kept, as compaction would leave it.
 */
import { assert } from '../core/assert.js'
import type { Effect } from '../core/effect.js'
import { encodeHeader, encodeRecord } from '../core/log/codec.js'
import type { LogRecord } from '../core/log/record.js'
import { recoverLog } from '../core/log/recover.js'
import { nodeId } from '../core/types.js'
import type { NodeId } from '../core/types.js'
import { ByteWriter } from '../core/wire/bytes.js'
import type { DiskModel } from '../scenarios/model.js'
import { CompactLog } from './disk/compact.js'
import { forkStream } from './random.js'
import type { RandomStream } from './random.js'
import { compileLatency } from '../scenarios/sample.js'
import type { Sampler } from '../scenarios/sample.js'

/** No completion is due. */
export const idle = -1

export interface DiskOptions {
  readonly model: DiskModel
  readonly seed: number
  /** The node's id, which labels the disk's random streams. */
  readonly node: string
}

export interface Completion {
  /** The effects of each append that is durable now, first appended first. */
  readonly released: readonly (readonly Effect[])[]
  /** When to call `complete` again, or `idle`. */
  readonly nextCompletionMicros: number
}

const noBytes = new Uint8Array(0)

interface Batch {
  readonly records: readonly LogRecord[]
  readonly waiting: (readonly Effect[])[]
}
interface OpenBatch extends Batch {
  readonly records: LogRecord[]
}

export class SimDisk {
  readonly #write: Sampler
  readonly #fsync: Sampler
  readonly #latencyStream: RandomStream
  readonly #crashStream: RandomStream
  readonly #tearStream: RandomStream
  readonly #node: NodeId
  #log = new CompactLog()
  /** The part of a record that a crash left at the end of the log. */
  #torn: Uint8Array = noBytes
  #syncing: Batch | null = null
  #queued: OpenBatch | null = null
  #slowness = 1
  #stalledUntilMicros = 0

  constructor(options: DiskOptions) {
    const { model, seed, node } = options
    this.#node = nodeId(node)
    this.#write = compileLatency(model.write)
    this.#fsync = compileLatency(model.fsync)
    this.#latencyStream = forkStream(seed, `disk/${node}`)
    this.#crashStream = forkStream(seed, `disk_crash/${node}`)
    this.#tearStream = forkStream(seed, `disk_tear/${node}`)
  }

  /**
   * When to call `complete`, if this append starts a write; `idle` if another completion is due
   * already. No records: a barrier, released with whatever is on its way.
   */
  append(records: readonly LogRecord[], then: readonly Effect[], nowMicros: number): number {
    if (this.#syncing === null) {
      this.#syncing = { records, waiting: [then] }
      return this.#start(this.#syncing, nowMicros)
    }
    if (this.#queued === null) {
      if (records.length === 0) {
        this.#syncing.waiting.push(then)
        return idle
      }
      this.#queued = { records: [], waiting: [] }
    }
    for (const record of records) this.#queued.records.push(record)
    this.#queued.waiting.push(then)
    return idle
  }

  /** To be called at the time given out last, unless the node crashed since. */
  complete(nowMicros: number): Completion {
    const done = this.#syncing
    assert(done !== null, 'a disk completes only what was started')
    if (nowMicros < this.#stalledUntilMicros) {
      return { released: [], nextCompletionMicros: this.#stalledUntilMicros }
    }
    for (const record of done.records) this.#log.add(record)
    this.#syncing = this.#queued
    this.#queued = null
    const nextCompletionMicros =
      this.#syncing === null ? idle : this.#start(this.#syncing, nowMicros)
    return { released: done.waiting, nextCompletionMicros }
  }

  /** Power is lost; no completion is due any more. */
  crash(): void {
    const records = this.#syncing?.records ?? []
    this.#syncing = null
    this.#queued = null
    if (records.length === 0) return
    const survivors = this.#crashStream.integer(records.length + 1)
    for (let index = 0; index < survivors; index++) this.#log.add(records[index]!)
    this.#torn = survivors < records.length ? this.#tear(records[survivors]!) : noBytes
  }

  /**
   * What a restart finds. The log is written out and read back as a node on a real disk would, so
   * the records are those that the checksums vouch for. Their order depends on nothing but them.
   */
  recoverRecords(): LogRecord[] {
    const kept = this.#log.records()
    const { records, tail } = recoverLog(encodeLog(this.#node, kept, this.#torn))
    assert(tail === (this.#torn.length > 0 ? 'torn' : 'clean'), `the log is ${tail}`)
    assert(records.length === kept.length, 'a restart finds all that is durable')
    this.#torn = noBytes
    this.#log = new CompactLog()
    for (const record of records) this.#log.add(record)
    return [...records]
  }

  /** As much of a record as reached the disk: none of it, or all but its last byte, or between. */
  #tear(record: LogRecord): Uint8Array {
    const writer = new ByteWriter()
    encodeRecord(writer, record, this.#log.size + 1)
    return writer.view(0).slice(0, this.#tearStream.integer(writer.length))
  }

  /** Multiplies the time of writes started from now on; 1 is the usual speed. */
  setSlowness(factor: number): void {
    assert(factor > 0, 'a slowness factor is above zero')
    this.#slowness = factor
  }

  /** Nothing completes before then. */
  stall(untilMicros: number): void {
    this.#stalledUntilMicros = Math.max(this.#stalledUntilMicros, untilMicros)
  }

  /** A batch of barriers alone has nothing to write. */
  #start(batch: Batch, nowMicros: number): number {
    if (batch.records.length === 0) return nowMicros
    const micros = this.#write(this.#latencyStream) + this.#fsync(this.#latencyStream)
    return nowMicros + Math.round(micros * this.#slowness)
  }
}

/** One segment, with its records numbered from 1, and whatever a crash left behind them. */
function encodeLog(node: NodeId, records: readonly LogRecord[], torn: Uint8Array): Uint8Array {
  const writer = new ByteWriter()
  const [first] = records
  encodeHeader(writer, {
    nodeId: node,
    incarnation: first?.type === 'incarnation' ? first.incarnation : 0,
  })
  records.forEach((record, index) => {
    encodeRecord(writer, record, index + 1)
  })
  writer.raw(torn)
  return writer.finish()
}
