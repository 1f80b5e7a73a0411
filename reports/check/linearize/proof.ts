/**
 * A crashed operation may never have happened. Where a conflict needs it to have happened, somebody
 * saw what it left, and belongs to the evidence.
 */
import { NEVER } from '../history.js'
import type { History } from '../history.js'
import type { Problem } from './problem.js'

/** Or it was still open where its history was cut off. */
export const isCrashed = (history: History, problem: Problem, index: number): boolean =>
  problem.end[index] === NEVER || history.end[problem.operation[index] as number] === NEVER

/**
 * Who saw what a crashed operation left, up to one that completed: often one read; several where
 * only another crashed cas saw it. Empty where nobody did, or where nothing has to be proven.
 */
export const proofOf = (history: History, problem: Problem, index: number): readonly number[] =>
  isCrashed(history, problem, index) ? (proofFrom(history, problem, index, new Set()) ?? []) : []

/** null: none of those who saw it, other than by way of `met`, leads to one that completed. */
const proofFrom = (
  history: History,
  problem: Problem,
  index: number,
  met: Set<number>,
): readonly number[] | null => {
  met.add(index)
  for (const witness of witnessesOf(history, problem, index)) {
    if (met.has(witness)) continue
    if (!isCrashed(history, problem, witness)) return [witness]
    const rest = proofFrom(history, problem, witness, met)
    if (rest !== null) return [witness, ...rest]
  }
  return null
}

/** The completed one that ended first; if there is none, every crashed cas. */
const witnessesOf = (history: History, problem: Problem, index: number): readonly number[] => {
  const state = problem.leaves[index] as number
  if (state < 0) return []
  const crashed: number[] = []
  let first = -1
  let firstEnd = NEVER
  for (let other = 0; other < problem.wants.length; other++) {
    if (other === index || problem.wants[other] !== state) continue
    const end = problem.end[other] as number
    if (isCrashed(history, problem, other)) crashed.push(other)
    else if (end < firstEnd) {
      first = other
      firstEnd = end
    }
  }
  return first >= 0 ? [first] : crashed
}
