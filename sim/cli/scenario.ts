/** Reads a scenario file, or says everything that is wrong with it. */
import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { loadScenario } from '../../scenarios/load.js'
import { formatProblem } from '../../scenarios/problem.js'
import type { Scenario } from '../../scenarios/model.js'
import { BadInput } from './exit.js'

/** Larger than any scenario a person writes. */
const mostBytes = 1 << 20

export function readScenario(file: string, seed: number | undefined): Scenario {
  let bytes: number
  try {
    const stats = statSync(file)
    if (stats.isDirectory()) {
      throw new BadInput(
        `${file}: is a directory; name a scenario file, such as ${file}/partition.yaml`,
      )
    }
    bytes = stats.size
  } catch (error) {
    if (error instanceof BadInput) throw error
    throw new BadInput(`${file}: no such file; the scenarios that ship are in scenarios/`)
  }
  if (bytes > mostBytes) {
    throw new BadInput(
      `${file}: ${String(bytes)} bytes; a scenario has at most ${String(mostBytes)}`,
    )
  }
  const text = readBounded(file)
  const loaded = loadScenario({ text, file, ...(seed !== undefined && { seed }) })
  if (loaded.problems !== undefined) {
    throw new BadInput(loaded.problems.map((problem) => formatProblem(problem)).join('\n'))
  }
  return loaded.scenario
}

/** What is no file, such as a pipe, has no size that could be asked before. */
function readBounded(file: string): string {
  const bytes = Buffer.alloc(mostBytes + 1)
  const descriptor = openSync(file, 'r')
  let end = 0
  try {
    for (;;) {
      const read = readSync(descriptor, bytes, end, bytes.length - end, null)
      if (read === 0) return textOf(bytes.subarray(0, end), file)
      end += read
      if (end > mostBytes) break
    }
  } finally {
    closeSync(descriptor)
  }
  throw new BadInput(`${file}: it does not end; a scenario has at most ${String(mostBytes)} bytes`)
}

/** A letter of another encoding would become a mark that nobody wrote. */
function textOf(bytes: Buffer, file: string): string {
  const text = bytes.toString('utf8')
  if (isUtf8(bytes)) return text
  const lines = text.slice(0, Math.max(0, text.indexOf('\ufffd'))).split('\n')
  const place = `${file}:${String(lines.length)}:${String((lines.at(-1) ?? '').length + 1)}`
  throw new BadInput(`${place}: not UTF-8 text: save the file as UTF-8`)
}

/** yargs turns `--seed abc` into NaN without a word. */
export function checkedSeed(seed: number | undefined): number | undefined {
  if (seed === undefined) return undefined
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new BadInput('--seed: give a whole number from 0 to 9007199254740991, such as --seed 7')
  }
  return seed
}
