/** Flags that the design names and this version does not have: refused by name, never ignored. */
import { BadInput } from './exit.js'

/** `--live` of `sim run`. */
export function refuseLaterFlags(options: { readonly live: boolean | undefined }): void {
  if (options.live === true) {
    throw new BadInput('--live is not there yet: scenarios run in the simulated world only.')
  }
}
