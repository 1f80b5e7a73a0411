/**
 * What is long and comes after a run: checks and reports. The run itself is whole by then, so who
 * stops them is told what there is and how to go on.
 */
import { exitCodes } from './exit.js'

export async function leavable<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const leave = (): void => {
    process.stderr.write(
      `stopped: ${folder} holds the whole run, but no verdict or reports yet; ` +
        `sim report ${folder} judges it and writes them\n`,
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
