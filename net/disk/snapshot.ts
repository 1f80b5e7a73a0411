/**
 * When a live node writes its snapshots, and how fast: beside everything else, so that nobody who
 * waits for an answer notices.
 *
 * - Nodes that hold the same keys have logged as much as each other, so their snapshots are due at
 *   the same moment. Each waits for a time of its own, or none of them would answer quickly then.
 * - A slice is encoded in one go, and nobody is served meanwhile: it is small, and what it took is
 *   followed by a rest of several times as long.
 * - A slice is on the disk when it is written. One long sync at the end would be one that all
 *   commits wait behind.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { FileOperation, LogStore, StoreLimits } from '../../core/index.js'
import { defaultStoreLimits } from '../../core/index.js'

/** Of a live node, unless said. */
export const liveStoreLimits: StoreLimits = { ...defaultStoreLimits, sliceRecords: 250 }

export interface SnapshotOptions {
  readonly store: LogStore
  /** Records that no commit has taken yet. */
  readonly queued: () => number
  readonly carryOut: (operations: readonly FileOperation[]) => Promise<unknown>
  /** It could not be carried out, and not because the log was being closed. */
  readonly failed: (error: unknown) => void
  /** 0 to 1. */
  readonly random: () => number
}

/** A slice gives way to clients, but not for ever: the log would grow. */
const waitMillis = 25
const longestWaitMillis = 125
const restFactor = 4
const mostRestMillis = 50
const mostApartMillis = 60_000

/** `share`: 0 to 1. How long one that is due waits; they are further apart where they are rare. */
export const apartMillis = (share: number, sinceLastMillis: number): number =>
  share * Math.min(mostApartMillis, sinceLastMillis / 2)

export class Snapshots {
  readonly #options: SnapshotOptions
  #admits: () => boolean = () => true
  #writing: Promise<void> | null = null
  /** One has begun, and has not got its name yet. */
  #isMidway = false
  /** One is due, and has not begun yet. */
  #beginning: NodeJS.Timeout | null = null
  #lastMillis = performance.now()
  #isOver = false

  constructor(options: SnapshotOptions) {
    this.#options = options
  }

  /** `admits`: there is time for more than what clients want. */
  begin(admits: () => boolean): void {
    this.#admits = admits
    this.more()
  }

  /** There may be something to write. */
  more(): void {
    if (this.#writing !== null || this.#beginning !== null || this.#isOver) return
    const { store, random } = this.#options
    if (!store.isBehind) return
    if (this.#isMidway) {
      this.#goOn()
      return
    }
    const sinceLastMillis = performance.now() - this.#lastMillis
    this.#beginning = setTimeout(
      () => {
        this.#beginning = null
        this.#goOn()
      },
      apartMillis(random(), sinceLastMillis),
    ).unref()
  }

  /** Begins nothing more. */
  stop(): void {
    this.#isOver = true
    if (this.#beginning !== null) clearTimeout(this.#beginning)
    this.#beginning = null
  }

  /** What is being written ends. */
  async ended(): Promise<void> {
    await this.#writing
  }

  #goOn(): void {
    // It may end in this very call, with a commit to wait for: what it leaves is cleared later.
    this.#writing = this.#writeAll().finally(() => (this.#writing = null))
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#options.store.isBehind && !this.#isOver) {
        await this.#giveWay()
        if (!(await this.#step())) return
      }
    } catch (error) {
      this.stop()
      this.#options.failed(error)
    }
  }

  async #giveWay(): Promise<void> {
    for (let waited = 0; waited < longestWaitMillis && !this.#admits(); waited += waitMillis) {
      await pause(waitMillis)
    }
  }

  /** False: it has its name, or a commit to wait for. */
  async #step(): Promise<boolean> {
    const { store, queued, carryOut } = this.#options
    const beganMillis = performance.now()
    const operations = store.background(queued())
    if (operations.length === 0) return false
    this.#isMidway = !operations.some(({ kind }) => kind === 'rename')
    await carryOut(operations)
    const nowMillis = performance.now()
    if (!this.#isMidway) {
      this.#lastMillis = nowMillis
      return false
    }
    await pause(Math.min(mostRestMillis, restFactor * (nowMillis - beganMillis)))
    return true
  }
}
