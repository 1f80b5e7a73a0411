/**
 * One process a data folder. The lock is a file with the process's id and the moment it began,
 * which tells it from a later process of the same id. A lock whose process is gone is taken over.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FolderProblem } from './problem.js'

const lockName = 'LOCK'

export interface Lock {
  release(): void
}

export function takeLock(folder: string): Lock {
  const path = join(folder, lockName)
  const own = `${String(process.pid)} ${beganAt(process.pid)}\n`
  const draft = `${path}.${String(process.pid)}`
  writeFileSync(draft, own)
  try {
    // A link is made whole or not at all, by one process of all that try.
    for (let tries = 0; tries < 3; tries++) {
      if (linked(draft, path)) return { release: () => release(path, own) }
      const holder = readOrEmpty(path)
      if (isAlive(holder)) throw inUse(folder, holder)
      putAside(path, holder)
    }
    throw inUse(folder, readOrEmpty(path))
  } finally {
    rmSync(draft, { force: true })
  }
}

function inUse(folder: string, holder: string): FolderProblem {
  const pid = holder.split(' ')[0] ?? ''
  const by = pid === String(process.pid) ? 'this process' : `process ${pid}`
  return new FolderProblem(
    folder,
    `in use by ${by}; stop it first, or give this node a folder of its own`,
  )
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Another process may have done the same just now, and taken the lock: then it is put back. */
function putAside(path: string, stale: string): void {
  const aside = `${path}.stale.${String(process.pid)}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if (readOrEmpty(aside) !== stale) linked(aside, path)
  rmSync(aside, { force: true })
}

function isAlive(holder: string): boolean {
  const [pid, began] = holder.trim().split(' ')
  const number = Number(pid)
  if (!Number.isSafeInteger(number) || number <= 0) return false
  try {
    process.kill(number, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
  }
  const now = beganAt(number)
  return now === '' || began === undefined || began === now
}

/** In clock ticks since the machine's start; empty where the system does not say. */
function beganAt(pid: number): string {
  const stat = readOrEmpty(`/proc/${String(pid)}/stat`)
  // The second field is a name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[19] ?? ''
}

function release(path: string, own: string): void {
  if (readOrEmpty(path) === own) rmSync(path, { force: true })
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
