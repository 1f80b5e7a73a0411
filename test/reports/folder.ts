/** Folders for tests, below the project's own .tmp, gone when the test process ends. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Compiled or run as it is, this file is two folders below the root (and dist). */
const root = resolve(fileURLToPath(import.meta.url), '../../..').replace(/[\\/]dist$/, '')

mkdirSync(join(root, '.tmp'), { recursive: true })
const own = mkdtempSync(join(root, '.tmp', 'reports-'))
process.on('exit', () => rmSync(own, { recursive: true, force: true }))

export const freshFolder = (): string => mkdtempSync(join(own, 'folder-'))
