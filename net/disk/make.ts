/**
 * Makes a folder, and those above it. One by one: where a file system takes no folders, Node's own
 * way to do this names the wrong reason, or tries for ever.
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

export function makeFolder(path: string, mode = 0o777): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  const above = dirname(path)
  if (above !== path) makeFolder(above, mode)
  try {
    mkdirSync(path, mode)
  } catch (error) {
    // Somebody else has made it meanwhile.
    const isThere = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    if (!isThere) throw error
  }
}
