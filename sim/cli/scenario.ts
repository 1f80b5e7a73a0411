/** Reads a scenario file, or says everything that is wrong with it. */
import { readFileSync, statSync } from 'node:fs'
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
  const text = readFileSync(file, 'utf8')
  const loaded = loadScenario({ text, file, ...(seed !== undefined && { seed }) })
  if (loaded.problems !== undefined) {
    throw new BadInput(loaded.problems.map((problem) => formatProblem(problem)).join('\n'))
  }
  return loaded.scenario
}

/** yargs turns `--seed abc` into NaN without a word. */
export function checkedSeed(seed: number | undefined): number | undefined {
  if (seed === undefined) return undefined
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new BadInput('--seed: give a whole number from 0 to 9007199254740991, such as --seed 7')
  }
  return seed
}
