/**
 * Backups of a data folder, taken while its node serves, and nodes made from them again.
 *
 * A copy needs nobody's help: segments only grow, snapshots never change, and both go only when a
 * newer snapshot is there. So what is listed is copied, oldest first, each file as far as it has
 * come by then; that is a beginning of the log. If a file has gone meanwhile, a snapshot has taken
 * its place, and the copy is begun again. Whatever the copy holds is read once, as after a crash,
 * before it counts as a backup.
 *
 * A restored node has forgotten what came after the backup, and others may hold newer dots of it.
 * So it comes back as a new actor, in a life above all that it can have had: the time of the
 * restore, in seconds.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { FolderView, NodeId } from '../../core/index.js'
import {
  ByteWriter,
  crc32c,
  decodeHeader,
  decodeRecord,
  encodeContent,
  recoverFolder,
  recoverLog,
  snapshotRecords,
} from '../../core/index.js'
import { logFile, snapshotName } from '../../core/log/file.js'
import { syncAll, viewOf } from './folder.js'
import { codeOf } from './lock.js'
import { makeFolder } from './make.js'
import { FolderProblem } from './problem.js'

const manifestName = 'BACKUP.json'
const mostTries = 5

interface CopiedFile {
  readonly name: string
  readonly bytes: number
  readonly crc32c: number
}

/** BACKUP.json. */
export interface Manifest {
  readonly format: 1
  readonly clusterId: string
  readonly nodeId: NodeId
  readonly incarnation: number
  readonly keys: number
  readonly files: readonly CopiedFile[]
}

export function backUp(folder: string, out: string): Manifest {
  refuseFull(out)
  const copied = copyLog(folder)
  const view: FolderView = {
    names: [...copied.keys()],
    read: (name) => copied.get(name) ?? new Uint8Array(0),
  }
  const { state, identity } = readable(folder, view, 0)
  makeFolder(out)
  for (const [name, bytes] of copied) writeFileSync(join(out, name), bytes)
  const manifest: Manifest = {
    format: 1,
    ...identity,
    incarnation: state.incarnation,
    keys: state.keys.size,
    files: [...copied].map(([name, bytes]) => {
      return { name, bytes: bytes.length, crc32c: crc32c(bytes) }
    }),
  }
  // Last: a folder without it is no backup.
  syncAll(out, [...copied.keys()])
  writeFileSync(join(out, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
  syncAll(out, [manifestName])
  return manifest
}

/** `life`: above all incarnations that the node can have had. */
export function restore(backup: string, folder: string, life: number): Manifest {
  refuseFull(folder)
  const manifest = readManifest(backup)
  const view = checkedView(backup, manifest)
  const { state, identity } = readable(backup, view, life)
  refuseOther(backup, manifest, { ...identity, keys: state.keys.size })
  const records = snapshotRecords(state)
  const upTo = Math.max(1, records.length)
  const end = { type: 'snapshot_end' as const, upTo, records: records.length }
  const writer = new ByteWriter(1 << 20)
  const header = { nodeId: manifest.nodeId, incarnation: state.incarnation }
  encodeContent(writer, { header, records: [...records, end], firstSeq: 1 })
  makeFolder(folder)
  const handle = openSync(join(folder, snapshotName(upTo)), 'wx')
  try {
    writeFileSync(handle, writer.view(0))
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  syncAll(folder, [])
  return manifest
}

function copyLog(folder: string): ReadonlyMap<string, Uint8Array> {
  for (let tries = 0; tries < mostTries; tries++) {
    const files = namesOf(folder)
      .map(logFile)
      .filter((file) => file !== null)
      .filter(({ kind }) => kind !== 'unfinished')
      .sort((a, b) => a.seq - b.seq)
    if (files.length === 0) throw new FolderProblem(folder, 'it holds no log: nothing to back up')
    try {
      return new Map(files.map(({ name }) => [name, readFileSync(join(folder, name))]))
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }
  throw new FolderProblem(folder, 'its files change faster than they can be copied; try again')
}

function readable(folder: string, view: FolderView, earlierLives: number) {
  const identity = identityOf(view)
  if (identity === null) throw new FolderProblem(folder, 'no file in it begins with a life')
  const found = recoverFolder(view, { ...identity, earlierLives })
  if (found.kind === 'refused') {
    const { file, kind } = found.refusal
    throw new FolderProblem(folder, `${file} does not belong to the others (${kind})`)
  }
  const [first] = found.damage
  if (first !== undefined) {
    const place = `${first.file} at byte ${String(first.from)}`
    throw new FolderProblem(folder, `${place}: ${first.what}; it cannot be trusted`)
  }
  if (found.state === null) throw new FolderProblem(folder, 'it holds no log')
  return { state: found.state, identity }
}

/** Every segment and snapshot begins with the life that wrote it. */
function identityOf(view: FolderView) {
  for (const name of view.names) {
    const bytes = view.read(name)
    const start = decodeHeader(bytes)
    const first = start === null ? null : decodeRecord(bytes, start.to)
    if (first?.record.type !== 'incarnation') continue
    const { clusterId, nodeId: node } = first.record
    return { clusterId, nodeId: node }
  }
  return null
}

function readManifest(backup: string): Manifest {
  const path = join(backup, manifestName)
  if (!existsSync(path)) throw new FolderProblem(backup, `no backup: it has no ${manifestName}`)
  let manifest: Partial<Manifest> | null
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest> | null
  } catch (error) {
    throw new FolderProblem(backup, `${manifestName} is damaged (${(error as Error).message})`)
  }
  if (manifest?.format !== 1) {
    const format = String(manifest?.format)
    throw new FolderProblem(backup, `${manifestName}: format is ${format}; this version reads 1`)
  }
  if (!isSound(manifest)) {
    throw new FolderProblem(backup, `${manifestName} is damaged: a field of it makes no sense`)
  }
  return manifest
}

function isSound(manifest: Partial<Manifest>): manifest is Manifest {
  const { clusterId, nodeId: node, keys, files } = manifest
  if (typeof clusterId !== 'string' || typeof node !== 'string' || !Array.isArray(files)) {
    return false
  }
  return (
    typeof keys === 'number' &&
    (files as readonly (Partial<CopiedFile> | null)[]).every((file) => {
      return typeof file?.name === 'string' && typeof file.bytes === 'number'
    })
  )
}

/** Whose log it is, the log says itself; under another name it would be another node's. */
function refuseOther(
  backup: string,
  told: Manifest,
  found: Pick<Manifest, 'clusterId' | 'nodeId' | 'keys'>,
): void {
  for (const what of ['clusterId', 'nodeId', 'keys'] as const) {
    if (told[what] === found[what]) continue
    const both = `says ${String(told[what])}, the log ${String(found[what])}`
    throw new FolderProblem(backup, `${manifestName} is damaged: its ${what} ${both}`)
  }
}

function checkedView(backup: string, { files }: Manifest): FolderView {
  const view = viewOf(backup)
  for (const { name, bytes, crc32c: sum } of files) {
    if (!view.names.includes(name)) throw new FolderProblem(backup, `${name} is missing`)
    const found = view.read(name)
    if (found.length === bytes && crc32c(found) === sum) continue
    const { damage, validBytes } = recoverLog(found)
    const at = Math.min(damage[0]?.from ?? validBytes, bytes, found.length)
    const size = `${String(found.length)} bytes of ${String(bytes)}`
    throw new FolderProblem(
      backup,
      `${name} is not what was backed up: wrong from byte ${String(at)} on, or near (${size})`,
    )
  }
  return { names: files.map(({ name }) => name), read: (name) => view.read(name) }
}

function namesOf(folder: string): readonly string[] {
  if (!existsSync(folder)) throw new FolderProblem(folder, 'there is no such folder')
  return readdirSync(folder)
}

function refuseFull(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return
  throw new FolderProblem(folder, 'it is not empty; name a new folder, nothing is written over')
}
