/** Words that travel as one byte. Numbers are never used again for another word: append only. */
import type { MemberState } from '../member/standing.js'
import { memberStates } from '../member/standing.js'
import { messageKinds } from '../message.js'
import type { MessageKind } from '../message.js'
import type { OutcomeCode, RefusalCode } from '../outcome.js'

/** The first of every message. */
export const wireFormat = 1

const refusalNumbers: Readonly<Record<RefusalCode, number>> = {
  not_ready: 0,
  not_accepted: 1,
  stale_epoch: 2,
  hint_refused: 3,
  clock_skew: 4,
  too_many_siblings: 5,
  read_only: 6,
  overloaded: 7,
  stale_reap: 8,
}

const outcomeNumbers: Readonly<Record<OutcomeCode, number>> = {
  ...refusalNumbers,
  bad_context: 64,
  bad_quorum: 65,
  no_such_bucket: 66,
  no_reachable_owner: 67,
  unreachable: 68,
  expired: 69,
  timeout: 70,
  r_unsatisfied: 71,
  pr_unsatisfied: 72,
  w_unsatisfied: 73,
  pw_unsatisfied: 74,
  minimum_unsatisfied: 75,
}

const refusals = byNumber(refusalNumbers)
const outcomes = byNumber(outcomeNumbers)
const kindNumbers = new Map(messageKinds.map((kind, number) => [kind, number]))

/** All of them, for tests and tables. */
export const refusalCodes = [...refusals.values()]
export const outcomeCodes = [...outcomes.values()]

export const kindNumber = (kind: MessageKind): number => kindNumbers.get(kind) as number
export const kindOf = (number: number): MessageKind | null => messageKinds[number] ?? null

export const refusalNumber = (code: RefusalCode): number => refusalNumbers[code]
export const refusalOf = (number: number): RefusalCode | null => refusals.get(number) ?? null

/** The place in `memberStates`. */
export const memberStateNumber = (state: MemberState): number => memberStates.indexOf(state)
export const memberStateOf = (number: number): MemberState | null => memberStates[number] ?? null

export const outcomeNumber = (code: OutcomeCode): number => outcomeNumbers[code]
export const outcomeOf = (number: number): OutcomeCode | null => outcomes.get(number) ?? null

function byNumber<Code extends string>(
  numbers: Readonly<Record<Code, number>>,
): ReadonlyMap<number, Code> {
  return new Map(Object.entries<number>(numbers).map(([code, number]) => [number, code as Code]))
}
