/** A data folder on a real disk: carries out the log store's operations, and reads its files. */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert, ByteWriter, encodeContent, logFile, never } from '../../core/index.js'
import type { Content, FileOperation, FolderView } from '../../core/index.js'
import type { Files } from './files.js'
import { canWriteThrough, realFiles } from './files.js'

/** Reads the files as they are now. */
export function viewOf(folder: string): FolderView {
  return {
    names: readdirSync(folder).sort((a, b) => (a < b ? -1 : 1)),
    read: (name) => readFileSync(join(folder, name)),
  }
}

/**
 * What an earlier process left may be in the cache of the system and on no disk: before anything is
 * built on it, it is brought there.
 */
export function syncAll(folder: string, files: readonly string[]): void {
  for (const name of ['.', ...files]) {
    const handle = openSync(join(folder, name), 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  }
}

interface OpenFile {
  readonly descriptor: number
  /** What is written is on the disk: one call of the system for a commit, not two. */
  readonly isThrough: boolean
  /** Of what is written whole. */
  bytes: number
}

/**
 * A write that goes through has two ways to fail. Nothing was taken, and the file has not grown:
 * that can be tried again. Or what was taken could not be synced: that is final, whatever the
 * error says, so this one has none of its codes.
 */
class NotSynced extends Error {
  constructor(cause: unknown) {
    super(`not synced: ${String(cause)}`, { cause })
  }
}

export class Folder {
  readonly #path: string
  readonly #files: Files
  readonly #through: Writing
  readonly #open = new Map<string, OpenFile>()

  constructor(path: string, files: Files = realFiles) {
    this.#path = path
    this.#files = files
    this.#through = writingThrough(files)
  }

  /**
   * Returns the number of bytes written. Rejects with the system's error; nothing is retried. A
   * write that fails leaves nothing of itself in the file, so it can be tried again.
   */
  async perform(operation: FileOperation): Promise<number> {
    switch (operation.kind) {
      case 'create': {
        await this.#close(operation.file)
        // A snapshot too: what it has written is not left for one long sync at its end.
        const isThrough = canWriteThrough && logFile(operation.file) !== null
        const how = isThrough ? 'through' : 'w'
        const descriptor = await this.#files.open(this.#at(operation.file), how)
        this.#open.set(operation.file, { descriptor, isThrough, bytes: 0 })
        return 0
      }
      case 'write':
        return this.#write(this.#file(operation.file), operation.content)
      case 'sync': {
        const { descriptor, isThrough } = this.#file(operation.file)
        if (!isThrough) await this.#files.datasync(descriptor)
        return 0
      }
      case 'rename':
        await this.#close(operation.file)
        await this.#files.rename(this.#at(operation.file), this.#at(operation.to))
        return 0
      case 'remove':
        await this.#close(operation.file)
        await this.#files.remove(this.#at(operation.file))
        return 0
      case 'sync_directory':
        await this.#syncDirectory()
        return 0
      default:
        return never(operation)
    }
  }

  async close(): Promise<void> {
    for (const name of [...this.#open.keys()]) await this.#close(name)
  }

  async #write(file: OpenFile, content: Content): Promise<number> {
    const writer = new ByteWriter(bytesToBegin(content))
    encodeContent(writer, content)
    const bytes = writer.view(0)
    try {
      const writing = file.isThrough ? this.#through : this.#files
      await writeAll(writing, file.descriptor, bytes, file.bytes)
    } catch (error) {
      if (error instanceof NotSynced) throw error
      // Half a record would be taken for a torn tail, and whatever came behind it for damage.
      await this.#files.truncate(file.descriptor, file.bytes)
      throw error
    }
    file.bytes += bytes.length
    return bytes.length
  }

  async #syncDirectory(): Promise<void> {
    const descriptor = await this.#files.open(this.#path, 'r')
    try {
      await this.#files.sync(descriptor)
    } finally {
      await this.#files.close(descriptor)
    }
  }

  async #close(name: string): Promise<void> {
    const file = this.#open.get(name)
    this.#open.delete(name)
    if (file !== undefined) await this.#files.close(file.descriptor)
  }

  #file(name: string): OpenFile {
    const file = this.#open.get(name)
    assert(file !== undefined, `${name} is not open`)
    return file
  }

  #at(name: string): string {
    return join(this.#path, name)
  }
}

const usualRecordBytes = 256

/** A writer that grows copies what it has. */
const bytesToBegin = ({ records }: Content): number => 512 + records.length * usualRecordBytes

type Writing = Pick<Files, 'write'>

function writingThrough(files: Files): Writing {
  return {
    write: async (descriptor, bytes, from, at) => {
      try {
        return await files.write(descriptor, bytes, from, at)
      } catch (error) {
        throw (await files.size(descriptor)) > at ? new NotSynced(error) : error
      }
    },
  }
}

/** To the end of the file, which is at `end`. */
export async function writeAll(
  files: Writing,
  descriptor: number,
  bytes: Uint8Array,
  end: number,
): Promise<void> {
  for (let from = 0; from < bytes.length;) {
    const taken = await files.write(descriptor, bytes, from, end + from)
    // The system promises at least one; none at all would go on for ever.
    if (taken === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' })
    from += taken
  }
}
