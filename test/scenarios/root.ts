/** Where the repository is, for tests that read its files. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Compiled (below dist) or run as it is. */
const here = resolve(fileURLToPath(import.meta.url), '../../..')

export const root = here.replace(/[\\/]dist$/, '')
