/** `sim restore BACKUP --into FOLDER`: a data folder from a backup. */
import type { CommandModule } from 'yargs'
import { restore } from '../../net/disk/backup.js'
import { orBadInput } from './backup.js'

interface RestoreOptions {
  readonly backup: string
  readonly into: string
}

export const restoreCommand: CommandModule<object, RestoreOptions> = {
  command: 'restore <backup>',
  describe: "make a node's data folder from a backup",
  builder: (yargs) =>
    yargs
      .positional('backup', {
        type: 'string',
        demandOption: true,
        describe: 'a folder that sim backup has written',
      })
      .option('into', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'the data folder: a new or empty one',
      })
      .example('$0 restore backups/n1 --into data/n1', 'the node as it was, as a new actor'),
  handler: ({ backup, into }) => {
    // Above all lives that the node can have had since the backup: see net/disk/backup.ts.
    const life = Math.floor(Date.now() / 1_000)
    const { nodeId, clusterId, keys } = orBadInput(() => restore(backup, into, life))
    process.stdout.write(
      `node ${nodeId} of ${clusterId} with ${String(keys)} keys in ${into}\n` +
        'It comes back as a new actor, for others may hold newer writes of its own; anti-entropy ' +
        'brings them to it. The old folder must not be started any more.\n',
    )
  },
}
