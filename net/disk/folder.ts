/** A data folder on a real disk: carries out the log store's operations, and reads its files. */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, ByteWriter, encodeContent, never } from '../../core/index.js'
import type { FileOperation, FolderView } from '../../core/index.js'

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

export class Folder {
  readonly #path: string
  readonly #handles = new Map<string, FileHandle>()

  constructor(path: string) {
    this.#path = path
  }

  /** Returns the number of bytes written. Rejects with the system's error; nothing is retried. */
  async perform(operation: FileOperation): Promise<number> {
    switch (operation.kind) {
      case 'create':
        await this.#close(operation.file)
        this.#handles.set(operation.file, await open(this.#at(operation.file), 'w'))
        return 0
      case 'write': {
        const writer = new ByteWriter(4_096)
        encodeContent(writer, operation.content)
        await writeAll(this.#handle(operation.file), writer.view(0))
        return writer.length
      }
      case 'sync':
        await this.#handle(operation.file).datasync()
        return 0
      case 'rename':
        await this.#close(operation.file)
        await rename(this.#at(operation.file), this.#at(operation.to))
        return 0
      case 'remove':
        await this.#close(operation.file)
        await rm(this.#at(operation.file), { force: true })
        return 0
      case 'sync_directory':
        await this.#syncDirectory()
        return 0
      default:
        return never(operation)
    }
  }

  async close(): Promise<void> {
    for (const name of [...this.#handles.keys()]) await this.#close(name)
  }

  async #syncDirectory(): Promise<void> {
    const handle = await open(this.#path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async #close(name: string): Promise<void> {
    const handle = this.#handles.get(name)
    this.#handles.delete(name)
    await handle?.close()
  }

  #handle(name: string): FileHandle {
    const handle = this.#handles.get(name)
    assert(handle !== undefined, `${name} is not open`)
    return handle
  }

  #at(name: string): string {
    return join(this.#path, name)
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, from, bytes.length - from)
    from += bytesWritten
  }
}
