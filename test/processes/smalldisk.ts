/**
 * A disk that is soon full: a tmpfs of some megabytes over a node's data folder, in a mount
 * namespace of the node's own. Nobody must be root for that; where the system lets nobody do it,
 * who asks is told.
 */
import { spawnSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const mebibyte = 1_048_576
/** A node takes writes while 8 MiB are free, and again when 16 are. */
const sizeMebibytes = 40
const left = mebibyte

const mounted = `mount -t tmpfs -o size=${String(sizeMebibytes)}m none "$0"`
const script = `mkdir -p "$0" && ${mounted} && exec "$@"`

/** The command of a node, with its data on such a disk. It keeps its process id. */
export const onSmallDisk = (dataFolder: string, command: readonly string[]): readonly string[] => [
  ...['unshare', '--user', '--map-root-user', '--mount'],
  ...['sh', '-c', script, dataFolder, ...command],
]

/** Null: this system lets anybody have one; else why not. */
export function whyNoSmallDisk(): string | null {
  const [program = '', ...words] = onSmallDisk('/tmp', ['true'])
  const { status, error, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  return status === 0 ? null : (error?.message ?? stderr.trim())
}

export class SmallDisk {
  readonly #filler: string
  readonly #folder: string

  /** As the process of the node sees its folder; nobody else does. */
  constructor(pid: number, dataFolder: string) {
    this.#folder = `/proc/${String(pid)}/root${dataFolder}`
    this.#filler = join(this.#folder, 'filler')
  }

  fill(): void {
    const { bavail, bsize } = statfsSync(this.#folder)
    writeFileSync(this.#filler, Buffer.alloc(Math.max(0, bavail * bsize - left), 1))
  }

  free(): void {
    rmSync(this.#filler, { force: true })
  }
}
