/**
 * Commands and flags that the design names and this version does not have: refused by name, never
 * ignored.
 */
import type { CommandModule } from 'yargs'
import { BadInput } from './exit.js'

const laterCommands: Readonly<Record<string, string>> = {
  bench: 'load on a live cluster',
}

export const laterModules: readonly CommandModule[] = Object.entries(laterCommands).map(
  ([command, what]) => ({
    command: `${command} [words..]`,
    describe: false as const,
    builder: (yargs) => yargs.strict(false),
    handler: () => {
      throw new BadInput(
        `sim ${command} (${what}) is not there yet; sim --help shows the commands that are.`,
      )
    },
  }),
)

/** `--live` of `sim run`. */
export function refuseLaterFlags(options: { readonly live: boolean | undefined }): void {
  if (options.live === true) {
    throw new BadInput('--live is not there yet: scenarios run in the simulated world only.')
  }
}
