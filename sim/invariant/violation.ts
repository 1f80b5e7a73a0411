/** Something happened that must not: it ends the run. */
import type { KeyRef } from '../../core/index.js'
import type { InvariantName } from './name.js'

export interface Breach {
  /** One or two sentences: who did what, which must not be. */
  readonly say: string
  /** Null where it concerns no key. */
  readonly key?: KeyRef
  /** What those involved hold, a line each. */
  readonly state?: readonly string[]
}

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
  readonly invariant: InvariantName
  readonly explanation: string
  readonly key: KeyRef | null
  readonly state: readonly string[]

  constructor(invariant: InvariantName, { say, key, state }: Breach) {
    super(`${invariant}: ${say}`)
    this.invariant = invariant
    this.explanation = say
    this.key = key ?? null
    this.state = state ?? []
  }
}
