#!/usr/bin/env node
/**
 * The `sim` command. Each subcommand is a file of its own; this one only names them and turns
 * failures into exit codes.
 */
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { addCommands } from './commands.js'
import { BadInput } from './exit.js'
import { explain, refuseEmptyValues, refuseRepeated, usage } from './explain.js'
import { listenForInterrupts } from './interrupt.js'
import { version } from './version.js'

const bare = yargs(hideBin(process.argv))
const cli = (await addCommands(bare, process.argv[2]))
  .scriptName('sim')
  .usage('$0 <command>\n\nA Dynamo-style store, replayed exactly by a deterministic simulator.')
  .example('$0 run scenarios/partition.yaml', 'a network that splits for fifteen seconds')
  .example('$0 run scenarios/known-bad/stale-read.yaml', 'a broken promise, found')
  .example('$0 replay runs/partition-1', 'the same run again, event for event')
  .example('$0 sweep scenarios/partition.yaml --seeds 1..200', 'two hundred seeds of it')
  .epilogue(
    'Exit codes: 0 all expectations hold, 1 a violation or a failed replay, 2 unknown, ' +
      '3 bad usage or input, 130 interrupted.',
  )
  .demandCommand(1, 'Name a command: sim run scenarios/partition.yaml')
  .strict()
  .recommendCommands()
  .version(version)
  .help()
  .alias('help', 'h')
  .wrap(Math.min(100, yargs().terminalWidth()))
  .exitProcess(false)
  .fail((message: string | null, error: Error | undefined) => {
    // A flag without its argument comes as an error of yargs's own.
    const isOurs = error !== undefined && error.name !== 'YError'
    throw isOurs ? error : new BadInput(usage(message ?? error?.message ?? 'bad usage'))
  })

// `sim run ... | head`: the reader has gone, which is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

try {
  refuseEmptyValues(hideBin(process.argv))
  refuseRepeated(hideBin(process.argv))
  // Loaded: what bin.mjs says of an interrupted start is no longer so. The next listener first: an
  // interrupt that waits for this thread to turn would be lost with the last one.
  const loading = process.listeners('SIGINT')
  listenForInterrupts()
  for (const listener of loading) process.removeListener('SIGINT', listener)
  await cli.parseAsync()
} catch (error) {
  const { code, text } = explain(error)
  process.stderr.write(`${text}\n`)
  process.exitCode = code
}
