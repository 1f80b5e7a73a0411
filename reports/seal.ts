/**
 * checksums.json: what the files of a folder were when they were written, block by block, so that a
 * damaged one is a clear error and never another verdict. A folder without it, such as one from an
 * earlier version, is read as it is.
 */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LoadError } from './problem.js'

/** Of a file: its length, and eight hexadecimal digits for each block of 64 KiB. */
interface Seal {
  readonly bytes: number
  readonly blocks: readonly string[]
}

const blockBytes = 65_536
const sealFile = 'checksums.json'

/** What is read again. Reports are only looked at, and `sim report` writes them anew. */
const sealed: ReadonlySet<string> = new Set([
  ...['run.json', 'history.jsonl', 'events.jsonl', 'metrics.csv', 'trace.bin'],
  ...['verdict.json', 'messages.jsonl', 'sweep.json', 'swarm.json'],
])

/** To be called when all of them are written. */
export async function writeSeals(folder: string): Promise<void> {
  const names = readdirSync(folder)
    .filter((name) => sealed.has(name))
    .sort((a, b) => (a < b ? -1 : 1))
  const lines: string[] = []
  for (const name of names)
    lines.push(`"${name}": ${JSON.stringify(await sealOf(join(folder, name)))}`)
  const body = `{ ${lines.join(',\n')},\n`
  writeFileSync(join(folder, sealFile), `${body}"checksum": "${digest(body)}" }\n`)
}

/**
 * A missing file is said by name: who reads the folder next may not need it, and would call less
 * than what was written sound. @throws LoadError if one is missing, or not what was written
 */
export async function checkSeals(folder: string): Promise<void> {
  const seals = readSeals(join(folder, sealFile))
  for (const [name, seal] of Object.entries(seals)) {
    const file = join(folder, name)
    if (!existsSync(file)) throw missing(file)
    await checkSeal(file, seal)
  }
}

const ending = /"checksum": "([0-9a-f]{8})" \}\n$/

function readSeals(file: string): Readonly<Record<string, Seal>> {
  if (!existsSync(file)) return {}
  const text = readFileSync(file, 'latin1')
  const match = ending.exec(text)
  if (match === null) {
    throw corrupt(file, text.length, 'it is cut short, or damaged at its end')
  }
  const body = text.slice(0, match.index)
  if (digest(body) !== match[1])
    throw corrupt(file, 0, 'not what was written: its checksum differs')
  const { checksum: _, ...seals } = JSON.parse(text) as Record<string, Seal>
  return seals
}

async function checkSeal(file: string, seal: Seal): Promise<void> {
  const found = await sealOf(file)
  const shared = Math.min(found.blocks.length, seal.blocks.length)
  for (let index = 0; index < shared; index++) {
    const isLast = index === shared - 1
    if (found.blocks[index] === seal.blocks[index] || (isLast && found.bytes !== seal.bytes))
      continue
    const to = Math.min(found.bytes, (index + 1) * blockBytes) - 1
    const where = `somewhere up to byte ${String(to)}`
    throw corrupt(file, index * blockBytes, `damaged ${where}: its checksum differs`)
  }
  if (found.bytes === seal.bytes) return
  const lengths = `${String(found.bytes)} bytes, but ${String(seal.bytes)} were written`
  throw corrupt(file, Math.min(found.bytes, seal.bytes), `damaged: ${lengths}`)
}

async function sealOf(file: string): Promise<Seal> {
  const blocks: string[] = []
  let bytes = 0
  for await (const chunk of createReadStream(file, { highWaterMark: blockBytes })) {
    const block = chunk as Buffer
    blocks.push(digest(block))
    bytes += block.length
  }
  return { bytes, blocks }
}

function digest(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 8)
}

function missing(file: string): LoadError {
  const detail = `no such file, although ${sealFile} says that it was written`
  return new LoadError('unreadable', { file, line: 0, byteOffset: 0 }, detail)
}

function corrupt(file: string, byteOffset: number, detail: string): LoadError {
  const message = `byte ${String(byteOffset)}: ${detail}`
  return new LoadError('corrupt', { file, line: 0, byteOffset }, message)
}
