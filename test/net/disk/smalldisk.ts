/** A disk of a few bytes, over the real one: full is full, and short writes come before it. */
import { realFiles } from '../../../net/disk/files.js'
import type { Files } from '../../../net/disk/files.js'

export class SmallDisk {
  /** How much it holds; may be changed at any time. */
  capacityBytes: number
  /** At most so many bytes are taken at once. */
  mostAtOnce = Infinity
  /** How often something did not fit. */
  refusals = 0
  /** Says so of the next sync. */
  failsSync: string | null = null
  /** What the system tells of free room, where that is not the truth: a quota. */
  claimsFreeBytes: number | null = null
  readonly #sizes = new Map<string, number>()
  readonly #paths = new Map<number, string>()
  /** Descriptors whose writes are syncs too. */
  readonly #through = new Set<number>()

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes
  }

  get usedBytes(): number {
    let used = 0
    for (const size of this.#sizes.values()) used += size
    return used
  }

  readonly files: Files = {
    ...realFiles,
    open: async (path, how) => {
      const descriptor = await realFiles.open(path, how)
      if (how !== 'r') {
        if (how === 'through') this.#through.add(descriptor)
        this.#sizes.set(path, 0)
        this.#paths.set(descriptor, path)
      }
      return descriptor
    },
    write: async (descriptor, bytes, from, at) => {
      const room = Math.max(0, this.capacityBytes - this.usedBytes)
      const count = Math.min(bytes.length - from, room, this.mostAtOnce)
      if (count === 0) {
        this.refusals++
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      }
      const taken = await realFiles.write(descriptor, bytes.subarray(0, from + count), from, at)
      this.#sizes.set(this.#paths.get(descriptor) as string, at + taken)
      if (this.#through.has(descriptor)) this.#sync()
      return taken
    },
    truncate: async (descriptor, bytes) => {
      await realFiles.truncate(descriptor, bytes)
      this.#sizes.set(this.#paths.get(descriptor) as string, bytes)
    },
    datasync: async (descriptor) => {
      this.#sync()
      await realFiles.datasync(descriptor)
    },
    remove: async (path) => {
      await realFiles.remove(path)
      this.#sizes.delete(path)
    },
    freeBytes: () =>
      Promise.resolve(this.claimsFreeBytes ?? Math.max(0, this.capacityBytes - this.usedBytes)),
  }

  #sync(): void {
    const code = this.failsSync
    if (code !== null) throw Object.assign(new Error(`${code}: a sync failed`), { code })
  }
}
