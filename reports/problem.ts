/** What is wrong with a file that a run left behind, and where. */

/**
 * `truncated`: the last line is cut short, as when the writer was killed. `unreadable`: the file
 * itself.
 */
export type LoadErrorKind = 'corrupt' | 'truncated' | 'unreadable'

export class LoadError extends Error {
  override readonly name = 'LoadError'
  readonly kind: LoadErrorKind
  readonly file: string
  /** From 1; 0 if the file as a whole is meant. */
  readonly line: number
  /** Where the line begins, from 0, in the unpacked text. */
  readonly byteOffset: number

  constructor(
    kind: LoadErrorKind,
    at: { readonly file: string; readonly line: number; readonly byteOffset: number },
    detail: string,
  ) {
    const place = at.line === 0 ? '' : `:${String(at.line)}: byte ${String(at.byteOffset)}`
    super(`${at.file}${place}: ${detail}`)
    this.kind = kind
    this.file = at.file
    this.line = at.line
    this.byteOffset = at.byteOffset
  }
}
