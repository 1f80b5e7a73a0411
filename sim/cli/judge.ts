/**
 * After a run: checks it, records the messages around what was found, writes the reports. All from
 * the folder alone.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkRunInTurns } from '../../reports/check/index.js'
import type { Counterexample, VerdictFile } from '../../reports/check/verdict.js'
import { writeReports } from '../../reports/html.js'
import { readRunFolder } from '../../reports/load.js'
import { writeSeals } from '../../reports/seal.js'
import type { Watch } from '../sink.js'
import { World } from '../world.js'
import { MessageSink } from './folder.js'
import { leavable } from './leave.js'
import { nextTurn } from './turn.js'
import type { RunFile } from '../../reports/load.js'

export interface Judgement {
  readonly verdict: VerdictFile
  readonly paths: readonly string[]
}

/** Room around a counterexample in its diagram. */
const marginMicros = 50_000
/** Diagrams of longer spans cannot be read. */
const longestMicros = 5_000_000
const mostWatches = 3

/** Who stops it is told how to go on; with the seals the folder is complete. */
export function judge(folder: string, run: RunFile): Promise<Judgement> {
  return leavable(folder, run, async () => {
    const judged = await checkedAndReported(folder, run)
    await writeSeals(folder)
    return judged
  })
}

async function checkedAndReported(folder: string, run: RunFile): Promise<Judgement> {
  const verdict = await checkRunInTurns(await readRunFolder(folder), nextTurn)
  writeFileSync(join(folder, 'verdict.json'), `${JSON.stringify(verdict, null, 2)}\n`)
  const watches = watchesOf(verdict)
  if (watches.length > 0 && !run.interrupted) recordMessages(folder, run, watches)
  const paths = await writeReports(folder)
  return { verdict, paths: [paths.report, paths.operations, paths.summary] }
}

/** One per violated check, up to a few: its first counterexample. */
function watchesOf(verdict: VerdictFile): readonly Watch[] {
  const first: Counterexample[] = []
  for (const check of verdict.checks) {
    const example = check.counterexamples[0]
    if (check.verdict === 'violation' && example !== undefined) first.push(example)
  }
  return first.slice(0, mostWatches).map(({ key, fromMicros, toMicros }) => ({
    key,
    fromMicros: fromMicros - marginMicros,
    toMicros: Math.min(toMicros, fromMicros + longestMicros) + marginMicros,
  }))
}

/**
 * The run again, which is the same run, this time with eyes on some keys. Stops when the last span
 * is over.
 */
function recordMessages(folder: string, run: RunFile, watches: readonly Watch[]): void {
  const sink = new MessageSink(folder)
  const world = new World({ scenario: run.scenario, sink, watches, plant: run.plant })
  const endMicros = Math.max(...watches.map((watch) => watch.toMicros))
  while (world.nowMicros <= endMicros && world.advance(5_000));
  sink.close()
}
