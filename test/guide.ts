/**
 * Plays the guide: runs the commands on its pages and compares what they print with what the pages
 * show. Not a test file of its own: it takes as long as all these runs do.
 *
 *   node dist/test/guide.js                   compares
 *   UPDATE_GOLDEN=1 node dist/test/guide.js   writes down what is printed now: read the change, for
 *                                             the text around it may need one too
 */
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { excerpt, parsePage, rewritePage } from './guide/page.js'

const root = resolve(fileURLToPath(import.meta.url), '../../..')
const guide = join(root, 'docs', 'guide')

/** A folder like a reader's: the scenarios, and an `npx` that finds `sim`. */
function makeFolder(): string {
  mkdirSync(join(root, '.tmp'), { recursive: true })
  const folder = mkdtempSync(join(root, '.tmp', 'guide-'))
  symlinkSync(join(root, 'scenarios'), join(folder, 'scenarios'))
  mkdirSync(join(folder, 'bin'))
  const npx = `#!/bin/sh\nshift\nexec '${process.execPath}' '${root}/dist/sim/cli/main.js' "$@"\n`
  writeFileSync(join(folder, 'bin', 'npx'), npx, { mode: 0o755 })
  return folder
}

/** Runs commands in one folder. A shipped scenario prints the same each time, so it runs once. */
class Shell {
  readonly #folder: string
  readonly #printed = new Map<string, string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Both streams; an exit code other than 0 is for the page to show. */
  run(command: string): string {
    const before = this.#printed.get(command)
    if (before !== undefined) return before
    const path = `${join(this.#folder, 'bin')}:${process.env['PATH'] ?? ''}`
    const ended = spawnSync('bash', ['-c', `{ ${command}\n} 2>&1`], {
      cwd: this.#folder,
      // With CI set, programs colour what they print even where nobody looks.
      env: { ...process.env, PATH: path, NO_COLOR: '1' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (command.startsWith('npx sim run scenarios/')) this.#printed.set(command, ended.stdout)
    return ended.stdout
  }
}

/** The page as it should be now. */
function play(shell: Shell, folder: string, page: string): string {
  const shown: string[] = []
  let printed = ''
  for (const block of parsePage(page)) {
    if (block.kind === 'file') {
      writeFileSync(join(folder, block.name), block.text)
      continue
    }
    for (const command of block.commands) printed = shell.run(command)
    shown.push(block.shows === null ? '' : excerpt(printed, block.shows))
  }
  return rewritePage(page, shown)
}

/** Null if the page is true, or has been made so. */
function problemOf(shell: Shell, folder: string, name: string): string | null {
  const path = join(guide, name)
  const page = readFileSync(path, 'utf8')
  let now: string
  try {
    now = play(shell, folder, page)
  } catch (error) {
    return `docs/guide/${name}: ${error instanceof Error ? error.message : String(error)}`
  }
  if (page === now) return null
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(path, now)
    return null
  }
  const [shown, printed] = [page.split('\n'), now.split('\n')]
  const at = shown.findIndex((line, index) => line !== printed[index])
  return `docs/guide/${name}:${at + 1}: shown: ${shown[at]}\nprinted: ${printed[at]}`
}

function main(): number {
  const folder = makeFolder()
  const shell = new Shell(folder)
  const names = readdirSync(guide)
    .filter((name) => name.endsWith('.md'))
    .sort((a, b) => (a < b ? -1 : 1))
  let failed = 0
  try {
    for (const name of names) {
      const problem = problemOf(shell, folder, name)
      if (problem !== null) failed++
      console.log(problem ?? `ok    docs/guide/${name}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(`\n${names.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

process.exitCode = main()
