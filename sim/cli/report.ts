/**
 * `sim report RUN_DIR...`: writes the reports of one run again, or one page that compares several.
 */
import { writeReports, writeText, reportPage } from '../../reports/html.js'
import { aggregate } from '../../reports/aggregate.js'
import { comparePage, mostRuns } from '../../reports/compare.js'
import { LoadError } from '../../reports/load.js'
import type { CommandModule } from 'yargs'
import { BadInput } from './exit.js'

interface ReportOptions {
  readonly folders: readonly string[]
  readonly out: string | undefined
}

export const reportCommand: CommandModule<object, ReportOptions> = {
  command: 'report <folders..>',
  describe: 'write the reports of a run again, or compare several runs',
  builder: (yargs) =>
    yargs
      .positional('folders', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'one run folder; or two to six, to compare them',
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
  if (folders.length > 1) {
    const path = out ?? 'comparison.html'
    await writeText(path, await comparePage(folders))
    return [path]
  }
  if (out === undefined) {
    const { operations, summary, report: page } = await writeReports(first)
    return [operations, summary, page]
  }
  await writeText(out, await reportPage(await aggregate(first)))
  return [out]
}
