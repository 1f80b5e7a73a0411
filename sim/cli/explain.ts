/**
 * Turns whatever went wrong into lines for the user and an exit code. A stack is shown for our own
 * bugs only.
 */
import { LoadError } from '../../reports/problem.js'
import { BadInput, exitCodes } from './exit.js'

/** Yargs takes the empty value of a variable that is not set for 0, or for a path. */
export function refuseEmptyValues(words: readonly string[]): void {
  const empty = words.find(
    (word, i) => /^--[\w-]+=$/.test(word) || (/^--[\w-]+$/.test(word) && words[i + 1] === ''),
  )
  // A value of `sim kv put` may be empty.
  if (empty === undefined || words[0] === 'kv') return
  throw new BadInput(`${empty.replace(/=$/, '')}: its value is empty; say one, or leave it out`)
}

/** These may stand there more than once: each adds to the others. */
const repeatable: ReadonlySet<string> = new Set(['vary', 'fault', 'target', 'node'])

/** Yargs makes a list of an option that stands there twice; which one is meant nobody can know. */
export function refuseRepeated(words: readonly string[]): void {
  const seen = new Set<string>()
  for (const word of words) {
    if (word === '--') return
    const name = /^--([\w-]+)/.exec(word)?.[1]
    if (name === undefined || repeatable.has(name)) continue
    if (seen.has(name)) throw new BadInput(`--${name}: give it once`)
    seen.add(name)
  }
}

/** yargs counts "non-option arguments"; a user wants to know what is missing. */
export function usage(message: string): string {
  const command = process.argv[2] ?? ''
  const missing = /^Not enough non-option arguments/.test(message)
  const needs: Readonly<Record<string, string>> = {
    run: 'sim run <file> needs a scenario file, such as scenarios/partition.yaml.',
    replay: 'sim replay <target> needs a run folder or a scenario file.',
    check: 'sim check <history> needs a history file or a run folder.',
    sweep: 'sim sweep <file> --seeds A..B needs a scenario file, such as scenarios/partition.yaml.',
    merge: 'sim merge <folders..> needs the folders of the shards.',
    shrink: 'sim shrink <target> needs a run folder or a scenario file.',
    backup: 'sim backup <folder> --out DIR needs the data folder of a node.',
    restore: 'sim restore <backup> --into FOLDER needs the folder of a backup.',
    report: 'sim report <folders..> needs at least one run folder.',
    faults: 'sim faults <file> needs a scenario file, such as scenarios/partition.yaml.',
    ring: 'sim ring <file> needs a scenario file, such as scenarios/partition.yaml.',
    kv: 'sim kv needs what to do: sim kv get KEY, sim kv put KEY VALUE or sim kv delete KEY.',
  }
  if (message === `Unknown argument: ${command}`) {
    return `${command}: there is no such command.\nsim --help shows the commands.`
  }
  const text = missing ? (needs[command] ?? message) : message
  return `${text}\nsim --help shows the commands.`
}

export function explain(error: unknown): { code: number; text: string } {
  if (error instanceof BadInput) return { code: exitCodes.badInput, text: error.message }
  const problem = systemProblem(error)
  if (problem !== null) return { code: exitCodes.badInput, text: problem }
  if (error instanceof Error) {
    // Ours: a broken assumption. The stack is what a bug report needs.
    const text = `sim has a bug: ${error.message}\n${error.stack ?? ''}\nPlease report it with the command that you ran.`
    return { code: exitCodes.badInput, text }
  }
  return { code: exitCodes.badInput, text: String(error) }
}

/** A line, if it is no fault of ours: of a file that cannot be read or written. */
export function systemProblem(error: unknown): string | null {
  if (error instanceof LoadError) return error.message
  if (!(error instanceof Error)) return null
  const { code, path } = error as NodeJS.ErrnoException
  const known = code === undefined ? undefined : systemErrors[code]
  return known === undefined ? null : `${path ?? 'the output'}: ${known}`
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
