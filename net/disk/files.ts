/**
 * What the log asks of a file system. The real one is Node's; tests give one that is full, short of
 * breath or broken. By callbacks, not by file handles and their promises: a commit is made a
 * thousand times a second.
 */
import {
  close,
  constants,
  fdatasync,
  fstat,
  fsync,
  ftruncate,
  open,
  rename,
  rm,
  statfs,
  write,
} from 'node:fs'
import type { Stats } from 'node:fs'

export interface Files {
  /**
   * `w`: an empty file, made or emptied. `through`: the same, and what a write has taken is on the
   * disk as after `datasync`. `r`: to be read, or a folder to be synced.
   */
  open(path: string, how: 'w' | 'through' | 'r'): Promise<number>
  /**
   * The bytes from `from` on, to that place of the file; returns how many of them were taken, which
   * may be fewer.
   */
  write(descriptor: number, bytes: Uint8Array, from: number, at: number): Promise<number>
  truncate(descriptor: number, bytes: number): Promise<void>
  size(descriptor: number): Promise<number>
  /** What was written is on the disk. */
  datasync(descriptor: number): Promise<void>
  /** And the names in a folder. */
  sync(descriptor: number): Promise<void>
  close(descriptor: number): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** No error where there is none of that name. */
  remove(path: string): Promise<void>
  /** Room that this process may still take. */
  freeBytes(path: string): Promise<number>
}

type Failure = NodeJS.ErrnoException | null

function called<T>(start: (done: (failure: Failure, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((failure, value) => {
      if (failure === null) resolve(value)
      else reject(failure)
    })
  })
}

function ended(start: (done: (failure: Failure) => void) => void): Promise<void> {
  return called<undefined>((done) => start((failure) => done(failure, undefined)))
}

const { O_WRONLY, O_CREAT, O_TRUNC, O_DSYNC } = constants
const throughFlags = O_WRONLY | O_CREAT | O_TRUNC | O_DSYNC

/**
 * Elsewhere the flag is not there, or means less than `datasync`: macOS leaves what it has said to
 * be written in the cache of the disk.
 */
export const canWriteThrough = process.platform === 'linux'

export const realFiles: Files = {
  open: (path, how) => called((done) => open(path, how === 'through' ? throughFlags : how, done)),
  write: (descriptor, bytes, from, at) =>
    called((done) => write(descriptor, bytes, from, bytes.length - from, at, done)),
  truncate: (descriptor, bytes) => ended((done) => ftruncate(descriptor, bytes, done)),
  size: async (descriptor) => (await called<Stats>((done) => fstat(descriptor, done))).size,
  datasync: (descriptor) => ended((done) => fdatasync(descriptor, done)),
  sync: (descriptor) => ended((done) => fsync(descriptor, done)),
  close: (descriptor) => ended((done) => close(descriptor, done)),
  rename: (from, to) => ended((done) => rename(from, to, done)),
  remove: (path) => ended((done) => rm(path, { force: true }, done)),
  freeBytes: async (path) => {
    const { bavail, bsize } = await called<{ bavail: number; bsize: number }>((done) =>
      statfs(path, done),
    )
    return bavail * bsize
  },
}

/** No room for more: the one error of a disk that goes away again. */
export function isFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ENOSPC' || code === 'EDQUOT'
}
