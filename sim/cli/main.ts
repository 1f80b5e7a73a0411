#!/usr/bin/env node
/** The `sim` command. Each subcommand is a file of its own; this one only names them and turns failures into exit codes. */
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { checkCommand } from './check.js'
import { BadInput, exitCodes } from './exit.js'
import { laterModules } from './later.js'
import { replayCommand } from './replay.js'
import { reportCommand } from './report.js'
import { runCommand } from './run.js'
import { version } from './version.js'

const cli = yargs(hideBin(process.argv))
  .scriptName('sim')
  .usage('$0 <command>\n\nA Dynamo-style store, replayed exactly by a deterministic simulator.')
  .command(runCommand)
  .command(replayCommand)
  .command(checkCommand)
  .command(reportCommand)
  .command([...laterModules])
  .example('$0 run scenarios/partition.yaml', 'a network that splits for fifteen seconds')
  .example('$0 run scenarios/known-bad/stale-read.yaml', 'a broken promise, found')
  .example('$0 replay runs/partition-1', 'the same run again, event for event')
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
    throw error ?? new BadInput(`${message ?? 'bad usage'}\nsim --help shows the commands.`)
  })

// `sim run ... | head`: the reader has gone, which is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

try {
  await cli.parseAsync()
} catch (error) {
  const { code, text } = explain(error)
  process.stderr.write(`${text}\n`)
  process.exitCode = code
}

function explain(error: unknown): { code: number; text: string } {
  if (error instanceof BadInput) return { code: exitCodes.badInput, text: error.message }
  if (error instanceof Error) {
    const { code, path } = error as NodeJS.ErrnoException
    const known = code === undefined ? undefined : systemErrors[code]
    if (known !== undefined) {
      return { code: exitCodes.badInput, text: `${path ?? 'the output'}: ${known}` }
    }
    // Ours: a broken assumption. The stack is what a bug report needs.
    const text = `sim has a bug: ${error.message}\n${error.stack ?? ''}\nPlease report it with the command that you ran.`
    return { code: exitCodes.badInput, text }
  }
  return { code: exitCodes.badInput, text: String(error) }
}

const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EISDIR: 'is a directory, not a file',
  ENOTDIR: 'a part of this path is a file, not a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full; what was written so far is kept',
  EDQUOT: 'the disk quota is used up; what was written so far is kept',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  EFBIG: 'the file has grown larger than the system allows; what was written so far is kept',
  ELOOP: 'too many symbolic links',
}
