/**
 * Both searches in turn, each with a growing share of the steps: what is hard for one is often easy
 * for the other.
 */
import { justInTime } from './justintime.js'
import type { Limits } from './justintime.js'
import type { Decision, Problem, Reason } from './problem.js'
import { search } from './search.js'

/** Spends about `limits.steps` steps in all. */
export const decide = (problem: Problem, limits: Limits): Decision => {
  let spent = 0
  let deciders: readonly Decider[] = [search, justInTime]
  let reason: Reason = 'steps'
  for (let share = 2_000; spent < limits.steps && deciders.length > 0; share *= 8) {
    const left: Decider[] = []
    for (const decider of deciders) {
      const steps = Math.min(share, limits.steps - spent)
      if (steps <= 0) break
      const decision = decider(problem, { steps, memory: limits.memory })
      spent += decision.steps
      if (decision.verdict !== 'unknown') return { ...decision, steps: spent }
      reason = decision.reason
      // More steps are of no use to one that ran out of room.
      if (reason === 'steps') left.push(decider)
    }
    deciders = left
  }
  return { verdict: 'unknown', steps: spent, reason: deciders.length > 0 ? 'steps' : reason }
}

type Decider = (problem: Problem, limits: Limits) => Decision
