/**
 * Runs the compiled test files (`*.test.js` below `dist/test`), each in a process of its own, as
 * many at once as there are processors. Arguments are parts of file names: a file runs if its name
 * contains one of them. Without arguments all run but the slow ones (`*.slow.test.js`); with
 * `--slow` those alone.
 *
 * uvu alone is not enough: it exits 0 when a `before` hook throws, when `test.run()` was forgotten
 * and when nothing matched, and it waits for ever on an open handle. Here a file passes only if it
 * ended by itself in time with exit code 0, said how many cases it ran, ran at least one, and all
 * of them passed.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, stripVTControlCharacters } from 'node:util'

interface Finished {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why the file as a whole failed; null if it passed. */
  readonly problem: string | null
  readonly output: string
  readonly millis: number
}

/** How a test process ended. `code` is null when it was killed. */
interface Ended {
  readonly code: number | null
  readonly late: boolean
  readonly output: string
}

/** Compiled or run as it is, this file is somewhere below the repository's root. */
const root = resolve(fileURLToPath(import.meta.url), '../..').replace(/[\\/]dist$/, '')
const compiled = join(root, 'dist', 'test')
const shownOutput = 64 * 1024
const shownSlowest = 5

const running = new Set<ChildProcess>()

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      dir: { type: 'string', default: compiled },
      'limit-seconds': { type: 'string', default: '120' },
      slow: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  const files = testFiles(resolve(values.dir), positionals).filter(
    (file) => positionals.length > 0 || isSlow(file) === values.slow,
  )
  if (files.length === 0) {
    console.log(`no test file in ${values.dir} matches ${positionals.join(', ') || '*.test.js'}`)
    console.log('0 passed, 1 failed')
    return 1
  }
  const limitMillis = Number(values['limit-seconds']) * 1000
  const finished = await runAll(resolve(values.dir), files, limitMillis)
  return summarize(finished)
}

const isSlow = (file: string): boolean => file.endsWith('.slow.test.js')

function testFiles(dir: string, filters: readonly string[]): string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.test.js') && !isStale(dir, file))
    .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
    .sort((a, b) => (a < b ? -1 : 1))
}

/** The compiler leaves its output behind when a source file is renamed or deleted. */
function isStale(dir: string, file: string): boolean {
  return dir === compiled && !existsSync(join(root, 'test', file.replace(/js$/, 'ts')))
}

async function runAll(
  dir: string,
  files: readonly string[],
  limitMillis: number,
): Promise<Finished[]> {
  const finished: Finished[] = []
  const waiting = [...files]
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const result = await runFile(dir, file, limitMillis)
      print(result)
      finished.push(result)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return finished
}

async function runFile(dir: string, file: string, limitMillis: number): Promise<Finished> {
  const started = performance.now()
  const ended = await runProcess(join(dir, file), limitMillis)
  return judge(file, ended, performance.now() - started, limitMillis)
}

function runProcess(path: string, limitMillis: number): Promise<Ended> {
  return new Promise((done) => {
    // Detached: the leader of its own process group, so that what it started can be ended with it.
    const child = spawn(process.execPath, ['--enable-source-maps', path], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    let output = ''
    let late = false
    const collect = (text: string): void => void (output += text)
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    const alarm = setTimeout(() => {
      late = true
      end(child)
      // A process that it started and that left its group may still hold the pipes open.
      child.stdout.destroy()
      child.stderr.destroy()
    }, limitMillis)
    child.on('error', (error) => (output += String(error)))
    child.on('close', (code) => {
      clearTimeout(alarm)
      running.delete(child)
      done({ code, late, output: stripVTControlCharacters(output) })
    })
  })
}

function end(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // No process group of that number (it just ended, or this is Windows): the process itself,
    // then.
    child.kill('SIGKILL')
  }
}

function judge(file: string, ended: Ended, millis: number, limitMillis: number): Finished {
  const total = lastCount(ended.output, 'Total')
  const passed = lastCount(ended.output, 'Passed') ?? 0
  const skipped = lastCount(ended.output, 'Skipped') ?? 0
  const problem = problemOf(ended, total, passed, limitMillis)
  const failed = problem === null ? 0 : Math.max(1, (total ?? 0) - passed)
  return { file, passed, failed, skipped, problem, output: ended.output, millis }
}

function problemOf(
  ended: Ended,
  total: number | null,
  passed: number,
  limitMillis: number,
): string | null {
  if (ended.late && total === null) return `not finished after ${limitMillis / 1000} s`
  if (ended.late) return `finished, but still open after ${limitMillis / 1000} s`
  if (total === null && ended.code === 0) return 'has no result: is test.run() missing?'
  if (total === null) return `ended with code ${ended.code} before any result`
  if (total === 0) return 'has no test case'
  if (passed !== total) return `${total - passed} of ${total} failed, or a hook threw`
  if (ended.code !== 0) return `ended with code ${ended.code}`
  return null
}

/**
 * uvu's closing lines: `Total: 3`. The last one counts, for a test may print such a line itself.
 */
function lastCount(output: string, label: string): number | null {
  const found = [...output.matchAll(new RegExp(`^  ${label}: +(\\d+)$`, 'gm'))].at(-1)
  return found === undefined ? null : Number(found[1])
}

function print(result: Finished): void {
  const seconds = `${(result.millis / 1000).toFixed(1)} s`
  if (result.problem === null) {
    console.log(`ok    ${result.file} (${result.passed}, ${seconds})`)
    return
  }
  console.log(`FAIL  ${result.file} (${seconds}): ${result.problem}`)
  console.log(result.output.slice(-shownOutput).trimEnd())
}

function summarize(finished: readonly Finished[]): number {
  const slowest = [...finished].sort((a, b) => b.millis - a.millis).slice(0, shownSlowest)
  console.log('\nslowest:')
  for (const { file, millis } of slowest) console.log(`  ${(millis / 1000).toFixed(1)} s  ${file}`)
  const broken = finished.filter((result) => result.problem !== null)
  if (broken.length > 0) console.log('\nfailed:')
  for (const { file, problem } of broken) console.log(`  ${file}: ${problem}`)
  const sum = (pick: (result: Finished) => number): number =>
    finished.reduce((total, result) => total + pick(result), 0)
  const skipped = sum((result) => result.skipped)
  if (skipped > 0) console.log(`\n${skipped} skipped`)
  console.log(
    `\n${sum((result) => result.passed)} passed, ${sum((result) => result.failed)} failed`,
  )
  return broken.length === 0 ? 0 : 1
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of running) end(child)
    process.exit(130)
  })
}

process.exitCode = await main()
