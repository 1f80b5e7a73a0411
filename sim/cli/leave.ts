/**
 * What is long and comes after a run: checks and reports. The run itself is over by then, so who
 * stops them is told what there is and how to go on.
 */
import { exitCodes } from './exit.js'
import { quoted } from './quoted.js'

export async function leavable<T>(
  folder: string,
  { interrupted }: { readonly interrupted: boolean },
  work: () => Promise<T>,
): Promise<T> {
  const run = interrupted ? 'the run up to where it was interrupted' : 'the whole run'
  const leave = (): void => {
    process.stderr.write(
      `stopped: ${folder} holds ${run}, but not all of its verdict and reports; ` +
        `sim report ${quoted(folder)} judges it and writes them\n`,
    )
    process.exit(exitCodes.interrupted)
  }
  process.once('SIGINT', leave)
  process.once('SIGTERM', leave)
  try {
    return await work()
  } finally {
    process.removeListener('SIGINT', leave)
    process.removeListener('SIGTERM', leave)
  }
}
