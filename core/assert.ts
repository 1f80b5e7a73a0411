/** A broken assumption of ours: never a client's, a peer's or a disk's fault. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** The last case of every exhaustive switch. */
export function never(value: never): never {
  throw new AssertionError(`unhandled case: ${JSON.stringify(value)}`)
}
