/**
 * Two owners may compare with each other at the same time, each on its own account. What one sends
 * is merged, and the answer tells what it lacks: then both have it, and the other need not send it
 * once more. So it leaves out what has come from the peer; were the answer lost, the next exchange
 * would find it.
 */
import type { KeyRef } from '../types.js'
import type { ExchangeState } from './exchange.js'

/** `isHeld`: its last question has not gone out yet. */
export function mendedMeanwhile(
  state: ExchangeState,
  keys: ReadonlySet<string>,
  isHeld: boolean,
): ExchangeState {
  const { suspects, confirmed, question } = state
  const isLeft = (key: KeyRef): boolean => !keys.has(key.id)
  const rest = {
    ...state,
    suspects: suspects.filter(({ key }) => isLeft(key)),
    confirmed: confirmed.filter(isLeft),
  }
  if (!isHeld || question?.kind !== 'sync_states') return rest
  const items = question.items.filter(({ key }) => isLeft(key))
  return { ...rest, question: { ...question, items, wanted: question.wanted.filter(isLeft) } }
}
