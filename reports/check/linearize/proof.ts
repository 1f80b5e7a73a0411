/**
 * A crashed operation may never have happened. Where a conflict needs it to have happened, somebody
 * saw what it left, and belongs to the evidence.
 */
import { NEVER } from '../history.js'
import type { History } from '../history.js'
import type { Problem } from './problem.js'

export const isCrashed = (history: History, problem: Problem, index: number): boolean =>
  history.end[problem.operation[index] as number] === NEVER

/**
 * Who saw what a crashed operation left, up to one that completed: often one read; several where
 * only another crashed cas saw it. Empty where nobody did, or where nothing has to be proven.
 */
export const proofOf = (history: History, problem: Problem, index: number): readonly number[] => {
  const proof: number[] = []
  for (let at = index; isCrashed(history, problem, at);) {
    const witness = witnessOf(history, problem, at)
    if (witness < 0 || witness === index || proof.includes(witness)) return []
    proof.push(witness)
    at = witness
  }
  return proof
}

/** The completed one that ended first; if there is none, a crashed cas. */
const witnessOf = (history: History, problem: Problem, index: number): number => {
  const state = problem.leaves[index] as number
  let found = -1
  let foundEnd = Infinity
  for (let other = 0; other < problem.wants.length; other++) {
    if (state < 0 || other === index || problem.wants[other] !== state) continue
    const end = history.end[problem.operation[other] as number] as number
    if (end >= foundEnd) continue
    found = other
    foundEnd = end
  }
  return found
}
