/** The two disks behind one face: files of a log, carried out, read back, damaged, left alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileOperation } from '../../core/index.js'
import type { FolderView } from '../../core/log/folder.js'
import { Folder, viewOf } from '../../net/disk/folder.js'
import { SimFolder } from '../../sim/disk/folder.js'
import { RandomStream } from '../../sim/random.js'

export interface Disk {
  readonly name: string
  carryOut(operation: FileOperation): Promise<void>
  view(): FolderView
  /** As if the medium had changed. */
  overwrite(file: string, bytes: Uint8Array): void
  /** The process is gone, and all that it had synced is there. */
  stop(): Promise<void>
  remove(): Promise<void>
}

export function simulated(): Disk {
  const folder = new SimFolder()
  const stream = new RandomStream('conform')
  return {
    name: 'simulated',
    carryOut: (operation) => {
      folder.carryOut(operation, stream)
      return Promise.resolve()
    },
    view: () => ({ names: [...folder.names], read: (file) => folder.read(file) }),
    overwrite: (file, bytes) => folder.replace(file, bytes),
    stop: () => {
      folder.crash('unsynced_lost', stream)
      return Promise.resolve()
    },
    remove: () => Promise.resolve(),
  }
}

export function real(): Disk {
  const path = mkdtempSync(join(tmpdir(), 'dynamo-sim-conform-'))
  let folder = new Folder(path)
  return {
    name: 'real',
    carryOut: async (operation) => {
      await folder.perform(operation)
    },
    view: () => {
      const view = viewOf(path)
      return { names: view.names, read: (file) => readFileSync(join(path, file)) }
    },
    overwrite: (file, bytes) => writeFileSync(join(path, file), bytes),
    stop: async () => {
      await folder.close()
      folder = new Folder(path)
    },
    remove: async () => {
      await folder.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}
