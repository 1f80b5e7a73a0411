/**
 * The smallest part of an illegal history that is still illegal, so that a person can follow it.
 * Not every part will do: without the write that a read saw, any history looks wrong. Two cuts are
 * sound, since a legal history stays legal under them: leaving out an operation that only looks,
 * and leaving out a write whose value nobody left wants. So are cutting off what happens after the
 * blocked operation ended, and everything before a moment when the state was certain.
 */
import { NEVER } from '../history.js'
import { decide } from './decide.js'
import { justInTime } from './justintime.js'
import type { Cut, Limits } from './justintime.js'
import { subset } from './problem.js'
import type { Problem } from './problem.js'

export interface Core {
  readonly problem: Problem
  /**
   * Where it starts from a state that is not the history's first: everything before left exactly
   * that.
   */
  readonly cut: Cut | null
}

/**
 * A core of so few operations is shown whole; a longer one only from the last moment of certainty.
 */
const readable = 6

/** Of a problem that is illegal. */
export const shrink = (problem: Problem, limits: Limits): Core => {
  const traced = justInTime(problem, limits, 'earliest')
  const isTraced = traced.verdict === 'violation'
  const end = isTraced ? (problem.end[traced.blocked] as number) : NEVER
  const whole = shrunk(before(problem, [], 0, end, problem.initial), limits)
  const cut = isTraced ? traced.cut : null
  if (whole.start.length <= readable || cut === null || cut.next === 0) {
    return { problem: whole, cut: null }
  }
  const part = shrunk(before(problem, cut.pending, cut.next, end, cut.state), limits)
  return part.start.length < whole.start.length
    ? { problem: part, cut }
    : { problem: whole, cut: null }
}

/** A stepper's operations cannot be told apart by what they want and leave. */
const shrunk = (problem: Problem, limits: Limits): Problem =>
  problem.stepper === null ? new Shrinker(problem, limits).run() : problem

/**
 * Those pending, and what began from `next` on and before `end`. An operation still open at `end`
 * may take effect after it, or see what is written after it: nothing is asked of it any more.
 */
const before = (
  problem: Problem,
  pending: readonly number[],
  next: number,
  end: number,
  state: number,
): Problem => {
  const kept = [...pending]
  for (let index = next; index < problem.start.length; index++) {
    if ((problem.start[index] as number) < end) kept.push(index)
  }
  return cutOff(subset(problem, kept, state), end)
}

export const cutOff = (problem: Problem, line: number): Problem => ({
  ...problem,
  end: problem.end.map((each) => (each > line ? NEVER : each)),
})

/** The line at which the last of these operations that completed at all had completed. */
export const lastEnd = ({ operation, end }: Problem, shown: readonly number[]): number =>
  shown.reduce((last, each) => {
    const at = end[operation.indexOf(each)] ?? NEVER
    return at === NEVER ? last : Math.max(last, at)
  }, -1)

/**
 * Operations, and all of the problem that began by `line` and may have left what one of them wants,
 * by start. Without these anything looks as if nobody had written it.
 */
export const withWriters = (
  problem: Problem,
  operations: readonly number[],
  line: number,
): readonly number[] => {
  const taken = new Set(operations.map((operation) => problem.operation.indexOf(operation)))
  for (const index of taken) {
    const wanted = problem.wants[index] as number
    if (wanted < 0) continue
    problem.leaves.forEach((left, writer) => {
      if (left === wanted && (problem.start[writer] as number) < line) taken.add(writer)
    })
  }
  return [...taken].sort((a, b) => a - b).map((index) => problem.operation[index] as number)
}

/** It only looks, or nobody else wants what it leaves: without it a legal history stays legal. */
export const canBeSpared = (problem: Problem, index: number): boolean =>
  (problem.leaves[index] as number) < 0 || isUnwanted(problem, index)

const isUnwanted = ({ wants, leaves }: Problem, index: number): boolean => {
  const left = leaves[index] as number
  return left >= 0 && !wants.some((wanted, other) => wanted === left && other !== index)
}

class Shrinker {
  private problem: Problem
  private readonly limits: Limits
  private spent = 0

  constructor(problem: Problem, limits: Limits) {
    this.problem = problem
    this.limits = limits
  }

  run(): Problem {
    for (let before = -1; before !== this.problem.start.length;) {
      before = this.problem.start.length
      this.removeFrom((index) => (this.problem.leaves[index] as number) < 0)
      this.removeFrom((index) => isUnwanted(this.problem, index))
    }
    return this.problem
  }

  /** Tries to leave out ever smaller groups of the operations that qualify, until none can go. */
  private removeFrom(qualifies: (index: number) => boolean): void {
    const size = this.problem.start.length
    for (let group = size; group >= 1; group = group === 1 ? 0 : Math.ceil(group / 2)) {
      for (let from = 0; from < this.problem.start.length;) {
        from = this.removeGroup(qualifies, from, group)
        if (this.spent > this.limits.steps) return
      }
    }
  }

  /** Tries up to `group` operations from `from` on; returns where to go on. */
  private removeGroup(qualifies: (index: number) => boolean, from: number, group: number): number {
    const out = new Set<number>()
    let at = from
    for (; at < this.problem.start.length && out.size < group; at++) {
      if (qualifies(at)) out.add(at)
    }
    if (out.size === 0) return at
    const kept: number[] = []
    for (let index = 0; index < this.problem.start.length; index++) {
      if (!out.has(index)) kept.push(index)
    }
    const smaller = subset(this.problem, kept, this.problem.initial)
    const decision = decide(smaller, { ...this.limits, steps: this.limits.steps - this.spent })
    // A check is never free, or a long history could be tried for ever.
    this.spent += decision.steps + kept.length
    if (decision.verdict !== 'violation') return at
    this.problem = smaller
    return at - out.size
  }
}
