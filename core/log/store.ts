/**
 * The log of one node, without its disk: turns "keep these records" into file operations, and what
 * the files have become into fewer of them.
 *
 * Two threads of operations, each carried out in order, one step at a time:
 *
 * - `commit` makes records durable. Group commit: whoever drives it collects what comes in
 *   meanwhile for the next.
 * - `background` writes snapshots, and drops what they replace. It may go on beside commits.
 *
 * Snapshots are fuzzy. They take slices of the node's live records, so the node never stops for
 * one, and what changes meanwhile may be in it or not:
 *
 *   upTo        slice 1      slice 2       finish
 *    |--- k := 5 ---|--- j := 6 ---|          |        seq ->
 *
 * Every record after `upTo` is replayed over the snapshot, and the latest of an identity wins, so
 * both are right. What a slice has seen may not be durable yet; therefore the snapshot gets its
 * name only when everything its slices can have seen is. Were it named before, a crash could bring
 * back a write without those before it (WAL-2).
 */
import type { Plant } from '../plant.js'
import type { NodeId } from '../types.js'
import type { FileOperation } from './file.js'
import { damagedName, segmentName, snapshotName, unfinishedName } from './file.js'
import type { StoreStart } from './folder.js'
import type { LogRecord } from './record.js'

export interface StoreLimits {
  /** A segment that holds so many, or so much, is followed by a new one. */
  readonly segmentRecords: number
  readonly segmentBytes: number
  /** A snapshot is due after so many records, or twice as many as the last one held. */
  readonly snapshotRecords: number
  /** Live records written along with one commit. */
  readonly sliceRecords: number
}

export const defaultStoreLimits: StoreLimits = {
  segmentRecords: 1_000_000,
  segmentBytes: 64 * 1024 * 1024,
  snapshotRecords: 250_000,
  sliceRecords: 2_000,
}

/** All that a node must find again, in any order; it may change between two calls of `next`. */
export type LiveRecords = () => Iterator<LogRecord>

interface Snapshot {
  readonly upTo: number
  readonly file: string
  readonly source: Iterator<LogRecord>
  /** Records written to it. */
  written: number
  /** It holds all live records, and says so. */
  isWhole: boolean
  /** What its slices have seen was logged up to here. */
  sawSeq: number
  /** What it replaces. */
  readonly replaces: readonly string[]
}

const noOperations: readonly FileOperation[] = []

export class LogStore {
  readonly #nodeId: NodeId
  readonly #incarnation: number
  readonly #limits: StoreLimits
  readonly #plant: Plant | null
  readonly #damaged: ReadonlySet<string>
  #leftovers: readonly string[]
  /** That hold the state, oldest first; the last is written to if `#open`. */
  #files: readonly string[]
  #nextSeq: number
  #durableSeq: number
  #isOpen = false
  #openRecords = 0
  #openBytes = 0
  #tailRecords: number
  #snapshotRecords: number
  #snapshot: Snapshot | null = null
  /** None is begun while set: a disk that is full has no room for one. */
  isFull = false
  /** Where snapshots come from; without it there are none. */
  live: LiveRecords | null = null

  constructor(
    nodeId: NodeId,
    start: StoreStart,
    limits = defaultStoreLimits,
    plant: Plant | null = null,
  ) {
    this.#plant = plant
    this.#nodeId = nodeId
    this.#incarnation = start.incarnation
    this.#limits = limits
    this.#damaged = start.damaged
    this.#leftovers = start.leftovers
    this.#files = start.files
    this.#nextSeq = start.nextSeq
    this.#durableSeq = start.nextSeq - 1
    this.#tailRecords = start.tailRecords
    this.#snapshotRecords = start.snapshotRecords
  }

  /** There is work for `background`; it may have to wait for a commit to end. */
  get isBehind(): boolean {
    return this.#snapshot !== null || this.#isDue()
  }

  /** The last commit, and so each before it, has been carried out. */
  committed(): void {
    this.#durableSeq = this.#nextSeq - 1
  }

  /**
   * The next step of a snapshot, to be carried out before this is called again; none while there
   * is nothing to do, or a commit to wait for. `queued`: records that the node has given out and no
   * commit has taken yet. Never called in the middle of a node's step.
   */
  background(queued: number): readonly FileOperation[] {
    const operations: FileOperation[] = []
    const { live } = this
    if (this.#snapshot === null && live !== null && this.#isDue()) this.#begin(live, operations)
    const snapshot = this.#snapshot
    if (snapshot === null) return noOperations
    if (!snapshot.isWhole) {
      this.#slice(snapshot, operations)
      snapshot.sawSeq = this.#nextSeq - 1 + queued
    } else if (this.#durableSeq >= snapshot.sawSeq) this.#finish(snapshot, operations)
    return operations
  }

  /** How large the last commit has made the segment; only where somebody encodes. */
  wrote(bytes: number): void {
    this.#openBytes += bytes
  }

  /**
   * The operations that make these records durable; all before them are by then. To be carried out
   * before the next commit, and `committed` called.
   */
  commit(records: readonly LogRecord[]): readonly FileOperation[] {
    if (records.length === 0) return noOperations
    const { segmentRecords, segmentBytes } = this.#limits
    if (this.#openRecords >= segmentRecords || this.#openBytes >= segmentBytes) this.#close()
    const isNew = !this.#isOpen
    const firstSeq = this.#nextSeq
    if (isNew) this.#openSegment()
    const file = this.#files.at(-1) as string
    this.#nextSeq += records.length
    this.#openRecords += records.length
    this.#tailRecords += records.length
    const sync: FileOperation = { kind: 'sync', file }
    if (!isNew) return [{ kind: 'write', file, content: { header: null, records, firstSeq } }, sync]
    const header = { nodeId: this.#nodeId, incarnation: this.#incarnation }
    return [
      { kind: 'create', file },
      { kind: 'write', file, content: { header, records, firstSeq } },
      sync,
      { kind: 'sync_directory' },
    ]
  }

  #openSegment(): void {
    const file = segmentName(this.#nextSeq)
    // A crash may have left one of that name with nothing whole in it.
    this.#files = [...this.#files.filter((name) => name !== file), file]
    this.#isOpen = true
    this.#openRecords = 0
    this.#openBytes = 0
  }

  #close(): void {
    this.#isOpen = false
  }

  #isDue(): boolean {
    if (this.live === null || this.isFull || this.#tailRecords === 0) return false
    if (this.#damaged.size > 0 && this.#files.some((file) => this.#damaged.has(file))) return true
    const { snapshotRecords } = this.#limits
    return this.#tailRecords >= Math.max(snapshotRecords, 2 * this.#snapshotRecords)
  }

  #begin(live: LiveRecords, out: FileOperation[]): void {
    const upTo = this.#nextSeq - 1
    for (const file of this.#leftovers) out.push({ kind: 'remove', file })
    this.#leftovers = []
    // What comes now goes to a new segment, so that the ones before can be dropped whole.
    this.#close()
    const file = unfinishedName(upTo)
    out.push({ kind: 'create', file })
    const source = live()
    const replaces = this.#files
    this.#snapshot = { upTo, file, source, written: 0, isWhole: false, sawSeq: upTo, replaces }
    this.#tailRecords = 0
  }

  #slice(snapshot: Snapshot, out: FileOperation[]): void {
    const { file, source, written, upTo } = snapshot
    const records: LogRecord[] = []
    while (records.length < this.#limits.sliceRecords) {
      const next = source.next()
      if (next.done === true) {
        records.push({ type: 'snapshot_end', upTo, records: written + records.length })
        snapshot.isWhole = true
        break
      }
      records.push(next.value)
    }
    const header = written > 0 ? null : { nodeId: this.#nodeId, incarnation: this.#incarnation }
    out.push({ kind: 'write', file, content: { header, records, firstSeq: written + 1 } })
    snapshot.written += records.length
  }

  /** Older files go only when the snapshot has its name for good (planted bug 33). */
  #finish(snapshot: Snapshot, out: FileOperation[]): void {
    const { file, upTo, replaces, written } = snapshot
    const to = snapshotName(upTo)
    out.push({ kind: 'sync', file })
    out.push({ kind: 'rename', file, to })
    if (this.#plant !== 'rename_unsynced') out.push({ kind: 'sync_directory' })
    let isSetAside = false
    for (const old of replaces) {
      isSetAside ||= this.#damaged.has(old)
      if (!this.#damaged.has(old)) out.push({ kind: 'remove', file: old })
      else out.push({ kind: 'rename', file: old, to: damagedName(this.#incarnation, old) })
    }
    if (isSetAside) out.push({ kind: 'sync_directory' })
    const added = this.#files.filter((name) => !replaces.includes(name))
    this.#files = [to, ...added]
    this.#snapshotRecords = written
    this.#snapshot = null
  }
}
