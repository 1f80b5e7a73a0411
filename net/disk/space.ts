/**
 * Room on the disk. A node that has none left goes on reading, and says so; it takes writes again
 * when there is room again.
 *
 * What a full disk must not stop, it has a reserve for: a file that holds nothing and is removed
 * when the disk is full. What was under way goes there, so nobody who has been let in is left
 * without an answer, and hints can be given back. That the reserve could be made again is the proof
 * that there is room again; the system's figures alone say nothing of a quota.
 */
import { join } from 'node:path'
import type { Files } from './files.js'
import { isFull } from './files.js'
import { writeAll } from './folder.js'

export interface SpaceLimits {
  /** Fewer free than this: the node writes no more. */
  readonly leastFreeBytes: number
  /** As many as this: it writes again. */
  readonly enoughFreeBytes: number
  readonly reserveBytes: number
  readonly lookMillis: number
}

export const defaultSpaceLimits: SpaceLimits = {
  leastFreeBytes: 8 * 1024 * 1024,
  enoughFreeBytes: 16 * 1024 * 1024,
  reserveBytes: 1024 * 1024,
  lookMillis: 1_000,
}

export interface SpaceOptions {
  readonly folder: string
  readonly files: Files
  readonly limits: SpaceLimits
  /** Why nothing new is to be written; null: there is room again. */
  readonly changed: (reason: string | null) => void
}

export const reserveName = 'reserve'

export class Space {
  readonly #options: SpaceOptions
  readonly #path: string
  readonly #timer: NodeJS.Timeout
  #reason: string | null = null
  #hasReserve = false
  #looking: Promise<void> | null = null
  #isClosed = false
  /** Operations that have failed for want of room, and not succeeded since. */
  #stuck = 0
  /** Those who could not write, and want to try again. */
  #waiting: (() => void)[] = []

  constructor(options: SpaceOptions) {
    this.#options = options
    this.#path = join(options.folder, reserveName)
    this.#timer = setInterval(() => this.#lookNow(), options.limits.lookMillis).unref()
    this.#lookNow()
  }

  get isFull(): boolean {
    return this.#reason !== null
  }

  /** An operation cannot go on for want of room; `unstuck` must follow. */
  stuck(): void {
    this.#stuck++
  }

  unstuck(): void {
    this.#stuck--
  }

  /** One that is stuck has failed again: ends when another try is worth it, or at the end. */
  async exhausted(error: Error): Promise<void> {
    await this.#looking
    this.#turn(`no room on the disk: ${error.message}`)
    if (this.#hasReserve) {
      this.#hasReserve = false
      await this.#options.files.remove(this.#path)
      return
    }
    if (!this.#isClosed) await new Promise<void>((retry) => this.#waiting.push(retry))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#retry()
    await this.#looking
  }

  #lookNow(): void {
    this.#looking ??= this.#look().finally(() => (this.#looking = null))
  }

  /** An error here is for those to tell who have something to write. */
  async #look(): Promise<void> {
    const { files, folder, limits } = this.#options
    try {
      const free = await files.freeBytes(folder)
      const wanted = this.isFull ? limits.enoughFreeBytes : limits.leastFreeBytes
      if (free < wanted) this.#turn(`${String(free >> 20)} MiB left on the disk`)
      // Who is stuck goes first: there is room when nobody is.
      else if (this.#stuck === 0 && (await this.#keepReserve())) this.#turn(null)
    } catch {
      return
    } finally {
      this.#retry()
    }
  }

  /** False: there is no room for it. */
  async #keepReserve(): Promise<boolean> {
    if (this.#hasReserve) return true
    const { files, limits } = this.#options
    try {
      const descriptor = await files.open(this.#path, 'w')
      try {
        // Twice as much: what the last reserve has left free is not room to go on in.
        await writeAll(files, descriptor, new Uint8Array(2 * limits.reserveBytes), 0)
        await files.truncate(descriptor, limits.reserveBytes)
        await files.datasync(descriptor)
      } finally {
        await files.close(descriptor)
      }
    } catch (error) {
      await files.remove(this.#path)
      if (!isFull(error)) throw error
      this.#turn('no room on the disk for a reserve')
      return false
    }
    this.#hasReserve = true
    return true
  }

  #retry(): void {
    for (const retry of this.#waiting.splice(0)) retry()
  }

  #turn(reason: string | null): void {
    const before = this.#reason
    this.#reason = reason
    // What it says may change with every look; that it is full is told once.
    if ((before === null) !== (reason === null)) this.#options.changed(reason)
  }
}
