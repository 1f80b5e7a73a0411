/** Both searches in turn, each with a growing share of the steps: what is hard for one is often easy for the other. */
import { justInTime } from './justintime.js'
import type { Limits } from './justintime.js'
import type { Decision, Problem } from './problem.js'
import { search } from './search.js'

/** Spends about `limits.steps` steps in all. */
export const decide = (problem: Problem, limits: Limits): Decision => {
  let spent = 0
  let reason = 'no steps allowed'
  for (let share = 2_000; spent < limits.steps; share *= 8) {
    for (const decider of [justInTime, search]) {
      const steps = Math.min(share, limits.steps - spent)
      if (steps <= 0) break
      const decision = decider(problem, { steps, memory: limits.memory })
      spent += decision.steps
      if (decision.verdict !== 'unknown') return { ...decision, steps: spent }
      reason = decision.reason
    }
  }
  return { verdict: 'unknown', steps: spent, reason }
}
