/**
 * `sim report RUN_DIR...`: writes the reports of one run again, or one page that compares several.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeReports, writeText, reportPage } from '../../reports/html.js'
import { aggregate } from '../../reports/aggregate.js'
import { isBench, readBenchData, writeBench } from '../../reports/bench.js'
import { compareBenches } from '../../reports/bench/compare.js'
import { comparePage, mostRuns } from '../../reports/compare.js'
import { LoadError, readRun } from '../../reports/load.js'
import { benchPage } from '../../reports/page/bench.js'
import type { CommandModule } from 'yargs'
import { BadInput } from './exit.js'
import { ifStopped } from './interrupt.js'
import { judge } from './judge.js'
import { quoted } from './quoted.js'
import { version } from './version.js'

interface ReportOptions {
  readonly folders: readonly string[]
  readonly out: string | undefined
}

export const reportCommand: CommandModule<object, ReportOptions> = {
  command: 'report <folders..>',
  describe: 'write the reports of a run or benchmark again, or compare several',
  builder: (yargs) =>
    yargs
      .positional('folders', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'one folder of a run or a benchmark; or two to six alike, to compare them',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'the HTML file; report.html in the folder, or comparison.html here',
      })
      .example('$0 report runs/partition-1', 'report.html and the CSV files again')
      .example('$0 report runs/partition-1 runs/partition-2 --out seeds.html', 'side by side'),
  handler: report,
}

async function report({ folders, out }: ReportOptions): Promise<void> {
  if (folders.length > mostRuns) {
    throw new BadInput(
      `sim report compares at most ${String(mostRuns)} runs, not ${String(folders.length)}`,
    )
  }
  const again = [
    'sim report',
    ...folders.map(quoted),
    ...(out === undefined ? [] : [`--out ${quoted(out)}`]),
  ]
  ifStopped(`stopped before the reports were written; ${again.join(' ')} writes them`)
  try {
    for (const path of await written(folders, out)) process.stdout.write(`${path}\n`)
  } catch (error) {
    throw error instanceof LoadError ? new BadInput(error.message) : error
  }
}

async function written(
  folders: readonly string[],
  out: string | undefined,
): Promise<readonly string[]> {
  const [first] = folders
  if (first === undefined) throw new BadInput('name a run folder: sim report runs/partition-1')
  for (const folder of folders) {
    if (statSync(folder, { throwIfNoEntry: false })?.isFile() !== true) continue
    throw new BadInput(
      `${folder}: is a file; sim report takes run folders, such as runs/partition-1`,
    )
  }
  const benches = folders.filter(isBench)
  if (folders.length > 1) {
    const path = out ?? 'comparison.html'
    if (benches.length > 0 && benches.length < folders.length) {
      const [bench = ''] = benches
      throw new BadInput(
        `${bench} is a benchmark: compare runs with runs, and those with each other`,
      )
    }
    const text = benches.length > 0 ? compareBenches(folders) : comparePage(folders)
    await writeText(path, await text)
    return [path]
  }
  if (benches.length === 1) return writtenBench(first, out)
  if (out === undefined) {
    const judged = await judgedNow(first)
    if (judged !== null) return judged
    const { operations, summary, report: page } = await writeReports(first)
    return [operations, summary, page]
  }
  await writeText(out, await reportPage(await aggregate(first)))
  return [out]
}

/** Of a run that ended, but was stopped before all was judged and written: that is done now. */
async function judgedNow(folder: string): Promise<readonly string[] | null> {
  // They come last.
  if (existsSync(join(folder, 'checksums.json'))) return null
  const run = await readRun(folder)
  // The messages around a violation come from a second run, which is the same in this version only.
  if (run.version !== version) return null
  const [page = '', ...tables] = (await judge(folder, run)).paths
  return [...tables, page]
}

async function writtenBench(folder: string, out: string | undefined): Promise<readonly string[]> {
  if (out === undefined) return Object.values((await writeBench(folder)).paths) as string[]
  await writeText(out, await benchPage(await readBenchData(folder)))
  return [out]
}
