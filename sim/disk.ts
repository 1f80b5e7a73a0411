/**
 * The disk of one simulated node: how long the log store's file operations take, and what a crash
 * leaves of them.
 *
 * Group commit: one write and fsync at a time; what is appended meanwhile goes together into the
 * next. Effects that wait for a record are handed back when the fsync of its batch has ended, in
 * the order of appending. Between two commits a step of a snapshot may take its turn.
 *
 * A crash is a loss of power. What was not written is gone; of the operations under way some have
 * reached the disk, any number of them from none to all, nobody having been told. That is why a
 * node must expect to find after a restart writes that it never acknowledged.
 */
import { assert } from '../core/assert.js'
import type { Effect } from '../core/effect.js'
import type { FileOperation } from '../core/log/file.js'
import type { FileDamage } from '../core/log/folder.js'
import { recoverFolder } from '../core/log/folder.js'
import type { LogRecord } from '../core/log/record.js'
import type { DurableState } from '../core/log/recover.js'
import type { LiveRecords, StoreLimits } from '../core/log/store.js'
import { LogStore } from '../core/log/store.js'
import type { Plant } from '../core/plant.js'
import type { NodeId } from '../core/types.js'
import type { DiskModel } from '../scenarios/model.js'
import type { PowerCut } from './disk/folder.js'
import { SimFolder } from './disk/folder.js'
import { forkStream } from './random.js'
import type { RandomStream } from './random.js'
import { compileLatency } from '../scenarios/sample.js'
import type { Sampler } from '../scenarios/sample.js'

/** No completion is due. */
export const idle = -1

export interface DiskOptions {
  readonly model: DiskModel
  readonly seed: number
  readonly clusterId: string
  /** Labels the disk's random streams too. */
  readonly node: NodeId
  readonly plant?: Plant | null
}

export interface Completion {
  /** The effects of each append that is durable now, first appended first. */
  readonly released: readonly (readonly Effect[])[]
  /** When to call `complete` again, or `idle`. */
  readonly nextCompletionMicros: number
  /** An fsync has failed: the node must stop, and nothing completes any more. */
  readonly hasFailed: boolean
}

/** What may have happened to the disk since the life before, worst first. */
export type DiskHistory =
  /** Emptied. */
  | 'wiped'
  /** It has said that something is safe which is not, or written to a wrong place. */
  | 'untrusted'
  /** Bits of what is stored were flipped. */
  | 'rotted'
  /** Power was lost, and later bytes of what was not synced may be there without earlier ones. */
  | 'reordered'
  | 'power_cut'

/** What a restart finds. */
export interface Restart {
  readonly history: DiskHistory
  /** Null: the disk was never used. */
  readonly state: DurableState | null
  readonly damage: readonly FileDamage[]
}

/** Of a disk that is as it should be. */
const longestWorkMicros = 500_000

/**
 * Nobody counts bytes here. Spelled out: what spreads copy is of a shape of its own each time, and
 * among a thousand disks every look into one goes the slowest way.
 */
const limitsOf = ({ segmentRecords, snapshotRecords }: DiskModel): StoreLimits => ({
  segmentRecords,
  segmentBytes: Number.MAX_SAFE_INTEGER,
  snapshotRecords,
  sliceRecords: 200,
})

/** Operations under way; they take effect when their time is over. */
interface Work {
  readonly kind: 'commit' | 'background'
  readonly operations: readonly FileOperation[]
  readonly waiting: (readonly Effect[])[]
}

interface Queue {
  readonly records: LogRecord[]
  readonly waiting: (readonly Effect[])[]
}

export class SimDisk {
  readonly #options: DiskOptions
  readonly #write: Sampler
  readonly #fsync: Sampler
  readonly #latencyStream: RandomStream
  readonly #crashStream: RandomStream
  readonly #tearStream: RandomStream
  readonly #faultStream: RandomStream
  readonly #folder = new SimFolder()
  #store: LogStore
  #work: Work | null = null
  #queue: Queue | null = null
  #slowness = 1
  /** Lives lived on disks that were wiped: see `Identity`. */
  #earlierLives = 0
  #lives = 0
  #isFull = false
  /** How many of the next fsyncs fail. */
  #failing = 0
  #history: DiskHistory = 'power_cut'
  #stalledUntilMicros = 0
  /** How long what is under way takes. */
  #workMicros = 0
  /** Whether the next slice of a snapshot may be written, or has to give way to clients. */
  #admits: (nowMicros: number) => boolean = () => true

  constructor(options: DiskOptions) {
    const { model, seed, node } = options
    this.#options = options
    this.#write = compileLatency(model.write)
    this.#fsync = compileLatency(model.fsync)
    this.#latencyStream = forkStream(seed, `disk/${node}`)
    this.#crashStream = forkStream(seed, `disk_crash/${node}`)
    this.#tearStream = forkStream(seed, `disk_tear/${node}`)
    this.#faultStream = forkStream(seed, `disk_fault/${node}`)
    this.#store = this.#open().store
  }

  /** Where snapshots come from, in the life that has begun. */
  snapshotFrom(live: LiveRecords, admits: (nowMicros: number) => boolean): void {
    this.#store.live = live
    this.#admits = admits
  }

  /**
   * When to call `complete`, if this append starts a write; `idle` if another completion is due
   * already. No records: a barrier, released with whatever is on its way.
   */
  append(records: readonly LogRecord[], then: readonly Effect[], nowMicros: number): number {
    if (this.#work === null) {
      const operations = this.#store.commit(records)
      return this.#begin({ kind: 'commit', operations, waiting: [then] }, nowMicros)
    }
    if (this.#queue === null) {
      if (records.length === 0) {
        this.#work.waiting.push(then)
        return idle
      }
      // One record is the rule, and a list that grows from nothing has room for many.
      this.#queue = { records: records.slice(), waiting: [then] }
      return idle
    }
    for (let i = 0; i < records.length; i++) this.#queue.records.push(records[i] as LogRecord)
    this.#queue.waiting.push(then)
    return idle
  }

  /** To be called at the time given out last, unless the node crashed since. */
  complete(nowMicros: number): Completion {
    const done = this.#work
    assert(done !== null, 'a disk completes only what was started')
    if (nowMicros < this.#stalledUntilMicros) {
      return { released: [], nextCompletionMicros: this.#stalledUntilMicros, hasFailed: false }
    }
    if (!this.#carryOut(done.operations)) {
      // The node stops here: a crash does none of it again, nor what was to come after the fsync.
      this.#work = null
      return { released: [], nextCompletionMicros: idle, hasFailed: true }
    }
    if (done.kind === 'commit') this.#store.committed()
    const next = this.#next(done, nowMicros)
    this.#work = next
    const nextCompletionMicros = next === null ? idle : this.#begin(next, nowMicros)
    return { released: done.waiting, nextCompletionMicros, hasFailed: false }
  }

  /** False: an fsync has failed, and what it and those after it were to do is not done. */
  #carryOut(operations: readonly FileOperation[]): boolean {
    for (let index = 0; index < operations.length; index++) {
      const operation = operations[index] as FileOperation
      if (this.#failing > 0 && operation.kind === 'sync') {
        this.#failing--
        this.#folder.failSync(operation.file)
        // Planted bug 31: tried again it "succeeds", for the system takes the pages for clean.
        if (this.#options.plant !== 'fsync_retried') return false
      }
      this.#folder.carryOut(operation, this.#faultStream)
    }
    return true
  }

  /** Commits and steps of a snapshot take turns. */
  #next(done: Work, nowMicros: number): Work | null {
    const queue = this.#queue
    const isTurn = this.#store.isBehind && (done.kind === 'commit' || queue === null)
    if (isTurn && this.#admits(nowMicros)) {
      const operations = this.#store.background(queue?.records.length ?? 0)
      if (operations.length > 0) return { kind: 'background', operations, waiting: [] }
    }
    if (queue === null) return null
    this.#queue = null
    const { records } = queue
    // They stay on the disk, without the room that a list has after it has grown.
    const operations = this.#store.commit(records.length > 1 ? records.slice() : records)
    return { kind: 'commit', operations, waiting: queue.waiting }
  }

  /** Power is lost; no completion is due any more. */
  crash(cut: PowerCut = 'prefix'): void {
    const operations = this.#work?.operations ?? []
    this.#work = null
    this.#queue = null
    if (operations.length > 0) {
      const done = this.#crashStream.integer(operations.length + 1)
      for (let index = 0; index < done; index++) {
        this.#folder.carryOut(operations[index]!, this.#faultStream)
      }
    }
    this.#folder.crash(cut, this.#tearStream)
    if (cut === 'reordered') this.#remember(cut)
  }

  /** Reads the disk back, as a node on a real one would, and begins a life. */
  restart(): Restart {
    const { store, state, damage, history } = this.#open()
    this.#store = store
    // The life that begins has been told; the next one hears of what happens from now on. Told at
    // every restart that its disk had lied once, a node would each time forget what it cannot vouch
    // for, while all others count on it again.
    // What cannot be read is there until a snapshot sets it aside, and will be found again.
    const isLeft = damage.length > 0
    const isRotten = history === 'untrusted' || history === 'rotted'
    this.#history = 'power_cut'
    if (isLeft && (isRotten || history === 'reordered'))
      this.#remember(isRotten ? 'rotted' : history)
    // What goes on is still so.
    if (this.#folder.isUntrusted) this.#remember('untrusted')
    store.isFull = this.#isFull
    this.#lives = Math.max(this.#lives, state?.incarnation ?? 0) + 1
    // Planted bug 6: the old name for a node that has forgotten what it did under it.
    const isReused = this.#options.plant === 'actor_reused' && state?.damaged === true
    return { state: isReused ? { ...state, actorEpoch: 0 } : state, damage, history }
  }

  /** Nothing is left. Whoever does this must know of the lives that were lived here. */
  wipe(): void {
    this.#folder.wipe()
    this.#earlierLives = this.#lives
    this.#history = 'wiped'
  }

  #remember(event: DiskHistory): void {
    const worst: readonly DiskHistory[] = ['wiped', 'untrusted', 'rotted', 'reordered', 'power_cut']
    if (worst.indexOf(event) < worst.indexOf(this.#history)) this.#history = event
  }

  /** What a restart would find now; nothing changes. */
  look(): Restart {
    const { state, damage, history } = this.#open()
    return { state, damage, history }
  }

  #open(): Restart & { readonly store: LogStore } {
    const { node, clusterId, model, plant = null } = this.#options
    // Who knows that a disk has lied knows that its end may be missing.
    const isTold = this.#history === 'untrusted'
    const earlierLives = isTold ? this.#lives + 1 : this.#earlierLives
    const identity = { clusterId, nodeId: node, earlierLives }
    const found = recoverFolder(this.#folder, identity, plant)
    assert(found.kind === 'recovered', 'nobody else writes to a simulated disk')
    const { state, damage, start } = found
    const store = new LogStore(node, start, limitsOf(model), plant)
    return { store, state, damage, history: this.#history }
  }

  /** Multiplies the time of operations started from now on; 1 is the usual speed. */
  setSlowness(factor: number): void {
    assert(factor > 0, 'a slowness factor is above zero')
    this.#slowness = factor
  }

  /** Flips bits in what is stored; a restart will read them. */
  rot(count: number): void {
    this.#remember('rotted')
    this.#folder.rot(count, this.#faultStream)
  }

  /** So many more of the next writes go to a wrong place. */
  misdirect(count: number): void {
    this.#remember('untrusted')
    this.#folder.misdirected += count
  }

  setLying(isLying: boolean): void {
    if (isLying) this.#remember('untrusted')
    this.#folder.isLying = isLying
  }

  setLosesNames(losesNames: boolean): void {
    this.#folder.losesNames = losesNames
  }

  get files(): readonly string[] {
    return this.#folder.names
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** Only no snapshot is begun: what a node that knows it writes yet has a reserve. */
  setFull(isFull: boolean): void {
    this.#isFull = isFull
    this.#store.isFull = isFull
  }

  /** So many of the next fsyncs fail. */
  setFailing(count: number): void {
    this.#failing = count
  }

  /** It is slower than usual, nothing completes, or what is under way takes its time. */
  isSlow(nowMicros: number): boolean {
    if (this.#slowness !== 1 || nowMicros < this.#stalledUntilMicros) return true
    return this.#work !== null && this.#workMicros > longestWorkMicros
  }

  /** Nothing completes before then. */
  stall(untilMicros: number): void {
    this.#stalledUntilMicros = Math.max(this.#stalledUntilMicros, untilMicros)
  }

  /** When it ends. A batch of barriers alone has nothing to write. */
  #begin(work: Work, nowMicros: number): number {
    this.#work = work
    let micros = 0
    for (let index = 0; index < work.operations.length; index++) {
      const { kind } = work.operations[index] as FileOperation
      if (kind === 'write') micros += this.#write(this.#latencyStream)
      else if (kind === 'sync' || kind === 'sync_directory') {
        micros += this.#fsync(this.#latencyStream)
      }
    }
    this.#workMicros = Math.round(micros * this.#slowness)
    return nowMicros + this.#workMicros
  }
}
