/** A configuration file, and the files and variables that it names. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { KnownMember } from '../seed.js'
import type { LoadedConfig } from './load.js'
import { loadConfig } from './load.js'

export interface ReadOptions {
  readonly insecure: boolean
  readonly dataFolder: string | null
  readonly discovered?: readonly KnownMember[]
}

/** Larger than any that a person writes, and than any secret or certificate. */
const mostBytes = 1 << 20

/** Null: there is no such file. */
export function readConfig(
  file: string,
  { insecure, dataFolder, discovered }: ReadOptions,
): LoadedConfig | null {
  const text = readText(file)
  if (text === null) return null
  const folder = dirname(resolve(file))
  const pathOf = (name: string): string => resolve(folder, name)
  return loadConfig({
    text,
    file,
    surroundings: {
      readFile: (name) => readText(pathOf(name)),
      variable: (name) => process.env[name],
      pathOf,
      insecure,
      discovered: discovered ?? null,
      dataFolder: dataFolder === null ? null : resolve(dataFolder),
    },
  })
}

function readText(path: string): string | null {
  try {
    const stats = statSync(path)
    return stats.isFile() && stats.size <= mostBytes ? readFileSync(path, 'utf8') : null
  } catch {
    return null
  }
}
