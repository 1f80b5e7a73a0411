/** A folder whose files are not what was written is refused before anything is made of it. */
import { LoadError } from '../../reports/load.js'
import { checkSeals } from '../../reports/seal.js'
import { BadInput } from './exit.js'

export async function refuseDamaged(folder: string): Promise<void> {
  try {
    await checkSeals(folder)
  } catch (error) {
    throw error instanceof LoadError ? new BadInput(error.message) : error
  }
}
