/** Why a data folder cannot be used: for people, with what to do about it. */
export class FolderProblem extends Error {
  override readonly name = 'FolderProblem'

  constructor(folder: string, what: string) {
    super(`data folder ${folder}: ${what}`)
  }
}
