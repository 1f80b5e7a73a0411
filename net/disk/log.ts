/**
 * The durable log of a live node: core/log's store over a real data folder.
 *
 * Group commit: whatever is appended while a write and its sync run goes together into the next, so
 * many writers share one. Snapshots are written beside, a slice at a time.
 *
 * An error of the disk is final: it is told once, nothing is retried, and nothing is acknowledged
 * any more. The process must end then. After a failed fsync nobody knows what the disk holds, and a
 * second one that succeeds says nothing of what the first has lost (planted bug 31).
 *
 * All but one: a disk without room. What could not be written is taken back out of the file and
 * tried again, until there is room or the log is closed; until then nothing of it is acknowledged.
 */
import type {
  DurableState,
  FileDamage,
  FileOperation,
  Identity,
  LiveRecords,
  LogRecord,
  NodeId,
  Refusal,
  StoreLimits,
} from '../../core/index.js'
import { assert, LogStore, recoverFolder } from '../../core/index.js'
import type { Files } from './files.js'
import { isFull, realFiles } from './files.js'
import { Folder, syncAll, viewOf } from './folder.js'
import type { Lock } from './lock.js'
import { takeLock } from './lock.js'
import { makeFolder } from './make.js'
import { FolderProblem } from './problem.js'
import { liveStoreLimits, Snapshots } from './snapshot.js'
import type { SpaceLimits } from './space.js'
import { defaultSpaceLimits, Space } from './space.js'

export interface LogOptions {
  /** Made if it is not there. */
  readonly folder: string
  readonly clusterId: string
  readonly nodeId: NodeId
  /** See `Identity`; 0 unless said. */
  readonly earlierLives?: number
  readonly limits?: StoreLimits
  /** Called once, after which nothing becomes durable; without it the process ends. */
  readonly failed?: (error: Error) => void
  /** The disk is full, and why it is thought to be; null: there is room again. */
  readonly space?: (reason: string | null) => void
  readonly spaceLimits?: SpaceLimits
  /** The system's, unless said. */
  readonly files?: Files
  /** 0 to 1, for when a snapshot that is due begins. */
  readonly random?: () => number
}

export interface DurableLog {
  /**
   * `done` once these records, and all appended before, are durable; never if the disk fails. Calls
   * come in the order of appending. No records: a barrier.
   */
  append(records: readonly LogRecord[], done: () => void): void
  /** Where snapshots come from; without one the log only grows. `Node.liveRecords`. */
  snapshotFrom(live: LiveRecords, admits?: () => boolean): void
  /** Writes what was appended, and lets the folder go. */
  close(): Promise<void>
}

export interface OpenedLog {
  /** Null: a folder never used. */
  readonly recovered: DurableState | null
  /** What could not be read, if anything: the node is a new actor then. */
  readonly damage: readonly FileDamage[]
  readonly log: DurableLog
}

/** Rejects with a FolderProblem if the folder cannot be this node's. */
export function openLog(options: LogOptions): Promise<OpenedLog> {
  return new Promise((resolve) => resolve(open(options)))
}

function open(options: LogOptions): OpenedLog {
  const { folder, clusterId, nodeId, earlierLives = 0 } = options
  makeFolder(folder)
  const lock = takeLock(folder)
  try {
    const identity: Identity = { clusterId, nodeId, earlierLives }
    const found = recoverFolder(viewOf(folder), identity)
    if (found.kind === 'refused')
      throw new FolderProblem(folder, sayRefusal(found.refusal, options))
    syncAll(folder, found.start.files)
    const store = new LogStore(nodeId, found.start, options.limits ?? liveStoreLimits)
    const log = new RealLog(options, lock, store)
    return { recovered: found.state, damage: found.damage, log }
  } catch (error) {
    lock.release()
    throw error
  }
}

function sayRefusal(refusal: Refusal, { clusterId, nodeId }: LogOptions): string {
  const { kind, file } = refusal
  if (kind === 'newer_format') {
    const format = String(refusal.format)
    return `${file} has format ${format}, newer than this version knows; use the version that wrote it`
  }
  const [whose, wanted] = kind === 'other_node' ? ['node', nodeId] : ['cluster', clusterId]
  return (
    `it belongs to ${whose} ${refusal.found}, not to ${wanted} (${file}); ` +
    `name the folder of ${wanted}, or an empty one`
  )
}

class RealLog implements DurableLog {
  readonly #folder: Folder
  readonly #lock: Lock
  readonly #store: LogStore
  readonly #space: Space
  readonly #failed: (error: Error) => void
  #records: LogRecord[] = []
  #waiting: (() => void)[] = []
  #committing: Promise<void> | null = null
  #isClosing = false
  #hasFailed = false
  readonly #snapshots: Snapshots

  constructor(options: LogOptions, lock: Lock, store: LogStore) {
    const { folder, files = realFiles, spaceLimits = defaultSpaceLimits, space } = options
    this.#folder = new Folder(folder, files)
    this.#lock = lock
    this.#store = store
    this.#space = new Space({
      folder,
      files,
      limits: spaceLimits,
      changed: (reason) => {
        store.isFull = reason !== null
        space?.(reason)
      },
    })
    this.#failed = options.failed ?? endProcess
    this.#snapshots = new Snapshots({
      store,
      queued: () => this.#records.length,
      carryOut: (operations) => this.#carryOut(operations),
      failed: (error) => {
        // An unfinished snapshot is of no use to anybody, and none is missed.
        if (!isFull(error) || !this.#isClosing) this.#fail(error)
      },
      random: options.random ?? Math.random,
    })
  }

  append(records: readonly LogRecord[], done: () => void): void {
    assert(!this.#isClosing, 'a log that is being closed takes nothing more')
    for (const record of records) this.#records.push(record)
    this.#waiting.push(done)
    this.#committing ??= this.#commitAll()
  }

  snapshotFrom(live: LiveRecords, admits: () => boolean = () => true): void {
    this.#store.live = live
    this.#snapshots.begin(admits)
  }

  async close(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#snapshots.stop()
    await this.#space.close()
    await this.#committing
    await this.#snapshots.ended()
    await this.#folder.close()
    this.#lock.release()
  }

  /** One commit after the other, until nothing is left that was appended meanwhile. */
  async #commitAll(): Promise<void> {
    try {
      await this.#gather()
      while (this.#waiting.length > 0 && !this.#hasFailed) {
        const records = this.#records
        const waiting = this.#waiting
        this.#records = []
        this.#waiting = []
        const bytes = await this.#carryOut(this.#store.commit(records))
        this.#store.wrote(bytes)
        this.#store.committed()
        for (const done of waiting) done()
        this.#snapshots.more()
        await this.#gather()
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#committing = null
  }

  /**
   * A turn of the event loop reads all there is to read: who comes in it is in the commit. A few
   * writers only, and it waits for two turns more. Where there is nothing to do they take no time;
   * a busy node has more writers to share the commit with, and needs no timer to tell.
   */
  async #gather(): Promise<void> {
    await nextTurn()
    for (let turns = 1; turns < mostTurns && this.#waiting.length < enoughWriters; turns++) {
      await nextTurn()
    }
  }

  async #carryOut(operations: readonly FileOperation[]): Promise<number> {
    let bytes = 0
    for (const operation of operations) bytes += await this.#perform(operation)
    return bytes
  }

  /** Where there is no room, again and again. */
  async #perform(operation: FileOperation): Promise<number> {
    try {
      return await this.#folder.perform(operation)
    } catch (error) {
      if (!this.#canWait(operation, error)) throw error
      this.#space.stuck()
      try {
        return await this.#performWithin(operation, error as Error)
      } finally {
        this.#space.unstuck()
      }
    }
  }

  async #performWithin(operation: FileOperation, first: Error): Promise<number> {
    let failure = first
    for (;;) {
      await this.#space.exhausted(failure)
      try {
        return await this.#folder.perform(operation)
      } catch (error) {
        if (!this.#canWait(operation, error)) throw error
        failure = error as Error
      }
    }
  }

  /** A sync that fails is final, whatever it says: what it has lost is not known. */
  #canWait({ kind }: FileOperation, error: unknown): boolean {
    return isFull(error) && kind !== 'sync' && kind !== 'sync_directory' && !this.#isClosing
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#snapshots.stop()
    this.#failed(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Nobody has said what else to do: the process ends as from any error that nobody catches. */
function endProcess(error: Error): void {
  setImmediate(() => {
    throw error
  })
}

const mostTurns = 3
const enoughWriters = 12

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
