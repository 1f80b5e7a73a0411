import type { KnownMember } from '../seed.js'

/** What a configuration names and does not hold. */
export interface Surroundings {
  /** The text of a file, named as in the configuration; null: there is none. */
  readonly readFile: (name: string) => string | null
  readonly variable: (name: string) => string | undefined
  /** A path of the configuration as the process can open it. */
  readonly pathOf: (name: string) => string
  /** The operator has said that strangers may listen and talk. */
  readonly insecure: boolean
  /** What a seed has told; null: none was asked yet. */
  readonly discovered: readonly KnownMember[] | null
  /** Said on the command line; goes before what the file says. */
  readonly dataFolder: string | null
}
