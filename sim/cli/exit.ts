/** Exit codes (a contract: see scenarios.md) and the error that means "your input, not our bug". */
export const exitCodes = { ok: 0, violation: 1, unknown: 2, badInput: 3, interrupted: 130 } as const

/** Its message is for the user, whole: one problem a line, no stack. */
export class BadInput extends Error {
  override readonly name = 'BadInput'
}
