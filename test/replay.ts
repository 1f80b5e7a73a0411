/**
 * Runs every shipped scenario twice and compares the trace hashes with each other and with the
 * pinned ones: the same file and seed must do the same on every machine. Not a test file of its
 * own: it takes as long as all scenarios do.
 *
 *   node dist/test/replay.js            compares
 *   UPDATE_GOLDEN=1 node dist/test/replay.js   pins what it finds, where both runs agree
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadScenario } from '../scenarios/load.js'
import { formatProblem } from '../scenarios/problem.js'
import { noSink } from '../sim/sink.js'
import { World } from '../sim/world.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const goldenPath = join(root, 'test/golden/trace-hashes.json')

/** Of longer runs the first part is compared. */
const mostEvents = 1_000_000

type Hashes = Record<string, string>

function scenarioFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort((a, b) => (a < b ? -1 : 1))
}

function traceHash(file: string): string {
  const text = readFileSync(join(root, file), 'utf8')
  const { scenario, problems } = loadScenario({ text, file })
  if (problems !== undefined) throw new Error(problems.map(formatProblem).join('\n'))
  const world = new World({ scenario, sink: noSink })
  // The longest would take minutes, and their second half is no other than the first.
  while (world.events < mostEvents && world.advance(100_000));
  return world.report.traceHash
}

function readGolden(): Hashes {
  try {
    return JSON.parse(readFileSync(goldenPath, 'utf8')) as Hashes
  } catch {
    return {}
  }
}

function judge(file: string, golden: Hashes, found: Hashes): string | null {
  const first = traceHash(file)
  const second = traceHash(file)
  found[file] = first
  if (first !== second) return `two runs differ: ${first}, ${second}`
  if (process.env['UPDATE_GOLDEN'] === '1') return null
  const pinned = golden[file]
  if (pinned === undefined) return `no pinned hash; UPDATE_GOLDEN=1 pins ${first}`
  return pinned === first ? null : `pinned ${pinned}, found ${first}`
}

const golden = readGolden()
const found: Hashes = {}
let failed = 0
const files = scenarioFiles('scenarios')
for (const file of files) {
  let problem: string | null
  try {
    problem = judge(file, golden, found)
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error)
  }
  if (problem !== null) failed++
  process.stdout.write(
    `${problem === null ? 'ok  ' : 'FAIL'} ${file}  ${problem ?? found[file] ?? ''}\n`,
  )
}
for (const file of Object.keys(golden)) {
  if (files.includes(file) || process.env['UPDATE_GOLDEN'] === '1') continue
  failed++
  process.stdout.write(`FAIL ${file}  is pinned but does not exist\n`)
}
if (process.env['UPDATE_GOLDEN'] === '1' && failed === 0) {
  writeFileSync(goldenPath, `${JSON.stringify(found, null, 2)}\n`)
}
process.stdout.write(`${String(files.length - failed)} passed, ${String(failed)} failed\n`)
if (files.length === 0 || failed > 0) process.exitCode = 1
