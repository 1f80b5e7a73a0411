/**
 * What a node finds in its data folder after a restart: the newest snapshot, and the records after
 * it (protocol.md section 10). The same code reads simulated disks, real ones and backups.
 *
 *   snapshot up to 40 | segment 35..44 | segment 45..50, torn
 *                      `-- 35..40 are skipped
 *
 * Nothing is changed here. A torn tail stays where it is: the next life writes a new segment that
 * goes on with the next seq, so a tail is torn, and no more than that, exactly if no seq is missing
 * behind it. Whatever else cannot be read is damage:
 *
 * - What can be read is kept, the file is set aside once a new snapshot holds the rest.
 * - The node may have forgotten dots that it has minted, so it becomes a new actor (DVV-1). Its
 *   epoch is the number of the life that takes it. Lives are numbered in every segment's header and
 *   every snapshot, and a damaged file counts as a life that nobody can read, so no epoch comes
 *   twice even when the record of the last one is what was lost.
 */
import type { Plant } from '../plant.js'
import type { NodeId } from '../types.js'
import { formatOf, logFormat } from './codec.js'
import type { LogFile } from './file.js'
import { logFile } from './file.js'
import type { LogRecord } from './record.js'
import type { ScannedLog } from './recover.js'
import { scanLog } from './recover.js'
import type { DurableState } from './state.js'
import { Fold } from './state.js'

/** Files as they are; nobody changes them meanwhile. */
export interface FolderView {
  readonly names: readonly string[]
  read(name: string): Uint8Array
}

export interface Identity {
  readonly clusterId: string
  readonly nodeId: NodeId
  /**
   * Lives that this node has had and the folder may not know of; 0 if none. It is for whoever lets
   * a node come back under its old id on an empty disk, from a backup, or on a disk that has lied,
   * to say a number above all of its incarnations. The folder cannot know: its end is missing
   * without a trace. A node that went on under its old name would mint old dots again, or cover
   * with new ones those it has forgotten, and either buries acknowledged writes (DVV-1, DVV-2).
   */
  readonly earlierLives: number
}

export interface FileDamage {
  readonly file: string
  /** Bytes from (inclusive) and to (exclusive); both 0 where a whole file is missing before it. */
  readonly from: number
  readonly to: number
  readonly what: string
}

export type Refusal =
  | { readonly kind: 'other_node'; readonly file: string; readonly found: string }
  | { readonly kind: 'other_cluster'; readonly file: string; readonly found: string }
  | { readonly kind: 'newer_format'; readonly file: string; readonly format: number }

/** Where a store goes on. */
export interface StoreStart {
  readonly nextSeq: number
  /** Of the life that begins. */
  readonly incarnation: number
  /** Files that hold the state, oldest first. */
  readonly files: readonly string[]
  readonly damaged: ReadonlySet<string>
  /** Of no use any more: unfinished snapshots, and what a snapshot has replaced. */
  readonly leftovers: readonly string[]
  /** Records read after the snapshot, and in it. */
  readonly tailRecords: number
  readonly snapshotRecords: number
}

export type FolderRecovery =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'recovered'
      /** Null: nothing was ever written here, and no life was lived elsewhere. */
      readonly state: DurableState | null
      readonly start: StoreStart
      readonly damage: readonly FileDamage[]
    }

export function recoverFolder(
  view: FolderView,
  identity: Identity,
  plant: Plant | null = null,
): FolderRecovery {
  const recovery = new Recovery(view, identity, plant)
  return recovery.run()
}

class Recovery {
  readonly #view: FolderView
  readonly #identity: Identity
  readonly #plant: Plant | null
  readonly #fold = new Fold()
  readonly #damage: FileDamage[] = []
  readonly #files: string[] = []
  readonly #leftovers: string[] = []
  #refusal: Refusal | null = null
  #lastSeq = 0
  #incarnation = 0
  #snapshotRecords = 0
  #tailRecords = 0

  constructor(view: FolderView, identity: Identity, plant: Plant | null) {
    this.#plant = plant
    this.#view = view
    this.#identity = identity
  }

  run(): FolderRecovery {
    const found = this.#view.names.map(logFile).filter((file) => file !== null)
    found.sort((a, b) => a.seq - b.seq)
    for (const file of found) if (file.kind === 'unfinished') this.#leftovers.push(file.name)
    this.#readSnapshot(found.filter((file) => file.kind === 'snapshot'))
    const segments = found.filter((file) => file.kind === 'segment')
    segments.forEach((file, index) => {
      const next = segments[index + 1]
      // All of it is in the snapshot: a crash came before it was removed.
      if (next !== undefined && next.seq <= this.#lastSeq + 1 && this.#tailRecords === 0) {
        this.#leftovers.push(file.name)
      } else this.#readSegment(file)
    })
    if (this.#refusal !== null) return { kind: 'refused', refusal: this.#refusal }
    return this.#recovered()
  }

  /** The newest; older ones are left only where a crash came before their removal. */
  #readSnapshot(snapshots: readonly LogFile[]): void {
    const newest = snapshots.at(-1)
    for (const file of snapshots) if (file !== newest) this.#leftovers.push(file.name)
    if (newest === undefined) return
    const last: { record: LogRecord | null } = { record: null }
    let count = 0
    const scanned = this.#scan(newest, (record) => {
      this.#fold.add(record)
      last.record = record
      count++
    })
    if (scanned === null) return
    this.#snapshotRecords = count
    this.#lastSeq = newest.seq
    if (scanned.tail === 'clean' && endsWell(last.record, newest.seq, count)) return
    if (scanned.tail !== 'corrupt') {
      const bytes = this.#view.read(newest.name).length
      this.#note(newest.name, scanned.validBytes, bytes, 'a snapshot without its end')
    }
  }

  #readSegment(file: LogFile): void {
    const before = this.#lastSeq
    let first = 0
    const scanned = this.#scan(file, (record, seq) => {
      if (first === 0) first = seq
      if (seq <= before) return
      this.#fold.add(record)
      this.#tailRecords++
    })
    if (scanned === null || first === 0) return
    if (first > before + 1) {
      const what = `records ${String(before + 1)} to ${String(first - 1)} are missing before it`
      this.#note(file.name, 0, 0, what)
    }
    this.#lastSeq = Math.max(before, scanned.lastSeq)
  }

  /** Null: refused. */
  #scan(file: LogFile, keep: (record: LogRecord, seq: number) => void): ScannedLog | null {
    const whole = this.#view.read(file.name)
    const bytes = this.#plant === 'corruption_truncated' ? truncated(whole) : whole
    const scanned = scanLog(bytes, (record, seq) => {
      if (record.type === 'incarnation') this.#compare(file.name, record)
      keep(record, seq)
    })
    const format = formatOf(bytes)
    if (scanned.lastSeq === 0 && format !== null && format > logFormat) {
      this.#refusal ??= { kind: 'newer_format', file: file.name, format }
    }
    if (scanned.header !== null) {
      const { nodeId, incarnation } = scanned.header
      this.#incarnation = Math.max(this.#incarnation, incarnation)
      if (nodeId !== this.#identity.nodeId) {
        this.#refusal ??= { kind: 'other_node', file: file.name, found: nodeId }
      }
    }
    if (this.#refusal !== null) return null
    this.#files.push(file.name)
    for (const { from, to } of scanned.damage) {
      this.#note(file.name, from, to, 'bytes that are no records')
    }
    return scanned
  }

  #compare(file: string, record: LogRecord & { readonly type: 'incarnation' }): void {
    const { clusterId, nodeId } = this.#identity
    if (record.nodeId !== nodeId) {
      this.#refusal ??= { kind: 'other_node', file, found: record.nodeId }
    } else if (record.clusterId !== clusterId) {
      this.#refusal ??= { kind: 'other_cluster', file, found: record.clusterId }
    }
  }

  #note(file: string, from: number, to: number, what: string): void {
    if (this.#plant === 'corruption_truncated') return
    this.#damage.push({ file, from, to, what })
  }

  #recovered(): FolderRecovery {
    const { earlierLives, clusterId, nodeId } = this.#identity
    const folded = this.#fold.state
    const damaged = new Set(this.#damage.map(({ file }) => file))
    const known = Math.max(this.#incarnation, folded.incarnation)
    const incarnation = Math.max(known + damaged.size, earlierLives)
    const isNewActor = damaged.size > 0 || earlierLives > known
    const state: DurableState = {
      ...folded,
      clusterId,
      nodeId,
      incarnation,
      actorEpoch: isNewActor ? incarnation + 1 : folded.actorEpoch,
      damaged: isNewActor,
    }
    return {
      kind: 'recovered',
      state: incarnation === 0 ? null : state,
      damage: this.#damage,
      start: {
        nextSeq: 1 + this.#lastTaken(damaged),
        incarnation: incarnation + 1,
        files: this.#files,
        damaged,
        leftovers: this.#leftovers,
        tailRecords: this.#tailRecords,
        snapshotRecords: this.#snapshotRecords,
      },
    }
  }

  /** A file that is set aside must not be written over, so its name is not given out again. */
  #lastTaken(damaged: ReadonlySet<string>): number {
    let last = this.#lastSeq
    if (damaged.size === 0) return last
    for (const name of this.#files) last = Math.max(last, logFile(name)?.seq ?? 0)
    return last
  }
}

/** Planted bug 32: whatever follows a bad record is cut off, as if the tail were torn. */
function truncated(bytes: Uint8Array): Uint8Array {
  const { damage } = scanLog(bytes, () => undefined)
  return bytes.subarray(0, damage[0]?.from ?? bytes.length)
}

function endsWell(end: LogRecord | null, upTo: number, count: number): boolean {
  return end?.type === 'snapshot_end' && end.upTo === upTo && end.records === count - 1
}
