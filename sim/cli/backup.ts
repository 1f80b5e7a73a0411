/** `sim backup FOLDER --out DIR`: a copy of a node's data, taken while it serves. */
import type { CommandModule } from 'yargs'
import { backUp } from '../../net/disk/backup.js'
import { FolderProblem } from '../../net/disk/problem.js'
import { BadInput } from './exit.js'

interface BackupOptions {
  readonly folder: string
  readonly out: string
}

export const backupCommand: CommandModule<object, BackupOptions> = {
  command: 'backup <folder>',
  describe: "copy a node's data folder, also while the node serves",
  builder: (yargs) =>
    yargs
      .positional('folder', {
        type: 'string',
        demandOption: true,
        describe: "the node's data folder",
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'where the copy goes: a new or empty folder',
      })
      .example('$0 backup data/n1 --out backups/n1', 'the log as it is now'),
  handler: ({ folder, out }) => {
    const { nodeId, clusterId, incarnation, keys, files } = orBadInput(() => backUp(folder, out))
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    process.stdout.write(
      `node ${nodeId} of ${clusterId}, life ${String(incarnation)}: ${String(keys)} keys, ` +
        `${String(files.length)} files, ${String(bytes)} bytes in ${out}\n` +
        `sim restore ${out} --into FOLDER makes a node of it again\n`,
    )
  },
}

/** What is wrong with a folder is the user's to mend. */
export function orBadInput<Value>(work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    throw error instanceof FolderProblem ? new BadInput(error.message) : error
  }
}
