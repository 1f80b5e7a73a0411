/**
 * What a client throws. Two kinds that a program must not confuse: `Rejected`, nothing has
 * happened, and `Unknown`, it may have happened, once, or may yet.
 */

export interface Failure {
  /**
   * A word of docs/api.md, or of the client's own: `connection_refused`,
   * `unreachable`, `timeout`, `lost`, `silent` (lost, and nothing else was answered either).
   */
  readonly code: string
  readonly message: string
  /** Of the last answer; null where none came. */
  readonly status: number | null
  readonly need: number | null
  readonly got: number | null
  /** Whom the last attempt was sent to. */
  readonly url: string | null
  readonly requestId: string | null
  readonly attempts: number
  /** Of an unknown write that was begun: the event that it became, or may become. */
  readonly dot: string | null
}

export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  readonly code: string
  readonly status: number | null
  readonly need: number | null
  readonly got: number | null
  readonly url: string | null
  readonly requestId: string | null
  readonly attempts: number
  readonly dot: string | null

  constructor(failure: Failure) {
    super(`${failure.code}: ${failure.message}`)
    this.code = failure.code
    this.status = failure.status
    this.need = failure.need
    this.got = failure.got
    this.url = failure.url
    this.requestId = failure.requestId
    this.attempts = failure.attempts
    this.dot = failure.dot
  }
}

/** Provably nothing has happened; what could be tried elsewhere has been. */
export class Rejected extends StoreError {
  override readonly name: string = 'Rejected'
}

/** The request itself is at fault: the same again will be refused again. */
export class BadRequest extends Rejected {
  override readonly name = 'BadRequest'
}

/** A write that may have happened. Read the key before you write it again. */
export class Unknown extends StoreError {
  override readonly name = 'Unknown'
}
