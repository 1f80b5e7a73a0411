/**
 * The data folder of one simulated node: files, and their names, which are a matter of their own. A
 * file that was created, renamed or removed is so for the system at once, and for the disk when the
 * directory has been synced.
 *
 * A power cut takes what was not synced: of each file's bytes and of the changes of names, in the
 * order they were made, some beginning survives, any length of it. `PowerCut` says what else may
 * happen.
 */
import { decodeHeader, endOfRecord } from '../../core/log/codec.js'
import { encodeContent, logFile } from '../../core/log/file.js'
import type { FileOperation } from '../../core/log/file.js'
import type { FolderView } from '../../core/log/folder.js'
import { never } from '../../core/assert.js'
import { ByteWriter } from '../../core/wire/bytes.js'
import type { RandomStream } from '../random.js'
import { SimFile } from './file.js'

type NameChange = FileOperation & { readonly kind: 'create' | 'rename' | 'remove' }

interface Change {
  readonly change: NameChange
  readonly file: SimFile | null
}

const isRemoval = ({ change }: Change): boolean => change.kind === 'remove'

/** What becomes of bytes that were written and not synced. */
export type PowerCut = 'prefix' | 'unsynced_lost' | 'torn' | 'reordered'

const sectorBytes = 512

/** A byte of a file. */
interface Place {
  readonly file: SimFile
  readonly bytes: Uint8Array
  readonly at: number
}

export class SimFolder implements FolderView {
  #names = new Map<string, SimFile>()
  /** As the directory is on the disk. */
  readonly #durable = new Map<string, SimFile>()
  /** Syncs are claimed, not done. */
  isLying = false
  /** A power cut takes every name given and not synced, though removals of names stand. */
  losesNames = false
  /** How many of the next writes go to a wrong place. */
  misdirected = 0
  #hasLied = false
  /** Made to `#names` since, not yet to `#durable`. */
  #changes: Change[] = []
  /** What `#file` found last; null once a name has changed. */
  #lastName = ''
  #lastFile: SimFile | null = null

  /** It says that things are safe which are not, or will write to a wrong place. */
  get isUntrusted(): boolean {
    return this.isLying || this.misdirected > 0
  }

  get names(): readonly string[] {
    return [...this.#names.keys()].sort((a, b) => (a < b ? -1 : 1))
  }

  read(name: string): Uint8Array {
    return this.#file(name).bytes()
  }

  /** As if the medium had changed: these are its bytes, safe or not as those before. */
  replace(name: string, bytes: Uint8Array): void {
    this.#file(name).become(bytes)
  }

  carryOut(operation: FileOperation, stream: RandomStream): void {
    switch (operation.kind) {
      case 'write':
        this.#write(operation, stream)
        return
      case 'sync':
        this.#sync(this.#file(operation.file))
        return
      case 'create':
        this.#change(operation, new SimFile())
        return
      case 'rename':
      case 'remove':
        this.#change(operation, null)
        return
      case 'sync_directory':
        if (!this.isLying) this.#settle(this.#changes.length)
        return
      default:
        never(operation)
    }
  }

  crash(cut: PowerCut, stream: RandomStream): void {
    if (this.losesNames) this.#changes = this.#changes.filter(isRemoval)
    if (this.#changes.length > 0) {
      const count = this.losesNames ? this.#changes.length : kept(cut, stream, this.#changes.length)
      this.#settle(count)
    }
    this.#changes = []
    this.#names = new Map(this.#durable)
    this.#lastFile = null
    for (const name of this.names) {
      const file = this.#file(name)
      if (!file.isSafe) file.become(survivors(file, cut, stream))
    }
  }

  /**
   * Flips so many bits, anywhere in what is stored but for the last record of the log: damage there
   * looks like a torn write, and nobody can tell them apart.
   */
  rot(count: number, stream: RandomStream): void {
    // Bounded: a log may be nothing but its last record.
    for (let left = count, tries = 16 * count; left > 0 && tries > 0; tries--) {
      const place = this.#anywhere(stream)
      if (place === null) return
      if (this.#isLast(place)) continue
      left--
      const { file, bytes, at } = place
      bytes[at] = (bytes[at] as number) ^ (1 << stream.integer(8))
      file.overwrite(bytes)
    }
  }

  /** The sync of this file fails: what it was to make safe never will be. */
  failSync(name: string): void {
    this.#file(name).failSync()
  }

  #write(operation: FileOperation & { readonly kind: 'write' }, stream: RandomStream): void {
    const file = this.#file(operation.file)
    const place = this.misdirected > 0 ? this.#anywhere(stream) : null
    if (place === null) {
      file.write(operation.content)
      return
    }
    this.misdirected--
    const writer = new ByteWriter()
    encodeContent(writer, operation.content)
    const lost = writer.finish()
    // It ends up where it overwrites something else, and its own place stays as it was: empty.
    const { bytes, at } = place
    bytes.set(lost.subarray(0, bytes.length - at), at)
    place.file.overwrite(bytes)
    file.write(new Uint8Array(lost.length))
  }

  #isLast({ file, bytes, at }: Place): boolean {
    const last = this.names.findLast((name) => logFile(name)?.kind === 'segment')
    if (last === undefined || this.#names.get(last) !== file) return false
    let lastFrom = 0
    for (
      let from = decodeHeader(bytes)?.to ?? 0;
      from < bytes.length;
      from = endOfRecord(bytes, from)
    ) {
      if (from < 0) return true
      lastFrom = from
    }
    return at >= lastFrom
  }

  #anywhere(stream: RandomStream): Place | null {
    const files = this.names
      .map((name) => this.#file(name))
      .map((file) => {
        return { file, bytes: file.bytes() }
      })
    const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0)
    if (total === 0) return null
    let at = stream.integer(total)
    for (const { file, bytes } of files) {
      if (at < bytes.length) return { file, bytes, at }
      at -= bytes.length
    }
    return null
  }

  #sync(file: SimFile): void {
    if (this.isLying) {
      file.claim()
      this.#hasLied = true
      return
    }
    file.sync()
    if (!this.#hasLied) return
    this.#hasLied = false
    for (const other of this.#names.values()) other.flush()
  }

  /** A disk never used. */
  wipe(): void {
    this.#lastFile = null
    this.#names.clear()
    this.#durable.clear()
    this.#changes = []
  }

  #change(change: NameChange, file: SimFile | null): void {
    this.#lastFile = null
    rename(this.#names, change, file)
    this.#changes.push({ change, file })
  }

  /** The first `count` changes of names reach the disk. */
  #settle(count: number): void {
    for (const { change, file } of this.#changes.splice(0, count)) {
      rename(this.#durable, change, file)
    }
  }

  /** A commit asks twice for the same one. */
  #file(name: string): SimFile {
    if (name === this.#lastName && this.#lastFile !== null) return this.#lastFile
    const file = this.#names.get(name)
    if (file === undefined) throw new Error(`no file ${name}`)
    this.#lastName = name
    this.#lastFile = file
    return file
  }
}

function rename(names: Map<string, SimFile>, change: NameChange, created: SimFile | null): void {
  if (change.kind === 'create') {
    if (created !== null) names.set(change.file, created)
    return
  }
  const file = names.get(change.file)
  names.delete(change.file)
  if (change.kind === 'rename' && file !== undefined) names.set(change.to, file)
}

const kept = (cut: PowerCut, stream: RandomStream, count: number): number =>
  cut === 'unsynced_lost' ? 0 : stream.integer(count + 1)

function survivors(file: SimFile, cut: PowerCut, stream: RandomStream): Uint8Array {
  const { bytes, safeBytes: from } = file.onDisk()
  switch (cut) {
    case 'unsynced_lost':
      return bytes.slice(0, from)
    case 'prefix':
      return bytes.slice(0, from + stream.integer(bytes.length - from + 1))
    case 'torn': {
      const end = from + stream.integer(bytes.length - from + 1)
      return bytes.slice(0, Math.max(from, end - (end % sectorBytes)))
    }
    case 'reordered':
      return reordered(bytes, from, stream)
    default:
      return never(cut)
  }
}

/** Of each sector the disk has the new bytes or the old ones, which are zeros. */
function reordered(bytes: Uint8Array, from: number, stream: RandomStream): Uint8Array {
  const found = bytes.slice()
  let length = from
  for (let at = from - (from % sectorBytes); at < bytes.length; at += sectorBytes) {
    const end = Math.min(at + sectorBytes, bytes.length)
    if (stream.integer(2) === 1) length = end
    else found.fill(0, Math.max(at, from), end)
  }
  return found.slice(0, length)
}
