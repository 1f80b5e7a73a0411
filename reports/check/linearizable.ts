/**
 * Linearizability, per key: is there one order of the operations, in keeping with real time, in
 * which every read returns what was written last? Keys whose writes are all different are decided
 * outright (linearize/chain.ts), the others by two searches with budgets that grow round by round
 * over all undecided keys, so that one hard key does not hide an easy violation. A read that
 * returns siblings is a violation of itself.
 */
import { NEVER } from './history.js'
import type { History, Value } from './history.js'
import type { Groups } from './group.js'
import { compileText, decideAppend } from './linearize/append.js'
import { findConflict, isTraceable } from './linearize/chain.js'
import {
  StateNames,
  compileMutex,
  compileRegister,
  siblingRead,
  telling,
} from './linearize/compile.js'
import { decide } from './linearize/decide.js'
import {
  explainConflict,
  explainCore,
  explainCut,
  explainTree,
  operationsOf,
} from './linearize/explain.js'
import { justInTime } from './linearize/justintime.js'
import type { Limits } from './linearize/justintime.js'
import { compileMultiRegister } from './linearize/multi.js'
import type { Problem } from './linearize/problem.js'
import { proofOf } from './linearize/proof.js'
import { shrink } from './linearize/shrink.js'
import type { Subject } from './subject.js'
import type { Counterexample, Finding } from './verdict.js'
import { counterexampleOf, operationText, plural, startText } from './words.js'

export const linearizableModels = [
  'register',
  'cas-register',
  'mutex',
  'kv-append',
  'multi-register',
] as const
export type LinearizableModel = (typeof linearizableModels)[number]

export interface LinearizableOptions {
  readonly model: LinearizableModel
  /** What a register holds before the first write. */
  readonly initial?: Value
  /** Model steps over all keys; about 20 million a second. */
  readonly steps?: number
  /** Integers of 4 bytes that one search may hold. */
  readonly memory?: number
  /** Violating keys that get a counterexample. */
  readonly examples?: number
}

const defaults = { initial: null, steps: 50_000_000, memory: 1 << 26, examples: 3 } as const

/** @throws ModelError if an operation means nothing to the model. */
export const checkLinearizable = (
  { history, groups }: Subject,
  options: LinearizableOptions,
): Finding => new Linearizability(history, groups, options).run()

interface Undecided {
  readonly key: number
  readonly problem: Problem
}

class Linearizability {
  private readonly history: History
  private readonly groups: Groups
  private readonly options: Required<LinearizableOptions>
  private readonly names: StateNames
  private readonly examples: Counterexample[] = []
  private undecided: Undecided[] = []
  /** Keys that ran out of room: more steps are of no use to them. */
  private givenUp = 0
  private violations = 0
  private operations = 0
  private keys = 0
  private steps = 0

  constructor(history: History, groups: Groups, options: LinearizableOptions) {
    this.history = history
    this.groups = groups
    this.options = { ...defaults, ...options }
    this.names = new StateNames(history, this.options.initial)
  }

  run(): Finding {
    for (let key = 0; key < this.history.keys.length; key++) {
      const operations = telling(this.history, this.groups.operations(key))
      if (operations.length === 0) continue
      this.keys++
      this.operations += operations.length
      this.start(key, operations)
    }
    for (let share = 20_000; this.undecided.length > 0; share *= 8) {
      if (!this.round(share)) break
    }
    return this.finding()
  }

  /** Decides the key where that takes no search. */
  private start(key: number, operations: readonly number[]): void {
    const siblings = siblingRead(this.history, operations)
    if (siblings !== null) {
      this.violation([siblings], () => this.explainSiblings(siblings))
      return
    }
    if (this.options.model === 'kv-append') {
      this.append(key, operations)
      return
    }
    const problem = this.compile(operations)
    if (!isTraceable(problem)) {
      this.undecided.push({ key, problem })
      return
    }
    const conflict = findConflict(problem)
    if (conflict === null) return
    this.violation(operationsOf(this.history, problem, conflict), () =>
      explainConflict(this.history, problem, conflict),
    )
  }

  private explainSiblings(read: number): string {
    const what = operationText(this.history, read)
    return `${what} at ${startText(this.history, read)}: a register holds one value at a time.`
  }

  private compile(operations: readonly number[]): Problem {
    switch (this.options.model) {
      case 'mutex':
        return compileMutex(this.history, operations)
      case 'multi-register':
        return compileMultiRegister(this.history, operations, this.options.initial)
      case 'register':
      case 'cas-register':
      case 'kv-append':
        return compileRegister(this.history, operations, this.names)
    }
  }

  private append(key: number, operations: readonly number[]): void {
    const decision = decideAppend(this.history, operations)
    if (decision.verdict === 'ok') return
    if (decision.verdict === 'untraceable') {
      this.undecided.push({ key, problem: compileText(this.history, operations) })
      return
    }
    const { problem, conflict, tree } = decision
    if (conflict !== null) {
      this.violation(operationsOf(this.history, problem, conflict), () =>
        explainConflict(this.history, problem, conflict),
      )
    } else if (tree !== null) {
      const shown = tree.indices.map((index) => problem.operation[index] as number)
      this.violation(shown, () => explainTree(this.history, problem, tree))
    }
  }

  /** One more try at each undecided key; false when the budget is spent. */
  private round(share: number): boolean {
    const left: Undecided[] = []
    for (const item of this.undecided) {
      const steps = Math.min(share, this.options.steps - this.steps)
      if (steps <= 0) {
        left.push(item)
        continue
      }
      const decision = decide(item.problem, { steps, memory: this.options.memory })
      this.steps += decision.steps
      if (decision.verdict === 'unknown') {
        if (decision.reason === 'steps') left.push(item)
        else this.givenUp++
      }
      if (decision.verdict === 'violation') this.searched(item.problem)
    }
    this.undecided = left
    return this.steps < this.options.steps
  }

  private searched(problem: Problem): void {
    if (this.examples.length >= this.options.examples) {
      this.violations++
      return
    }
    const limits: Limits = { steps: 2_000_000, memory: this.options.memory }
    const core = shrink(problem, limits)
    const conflict = isTraceable(core.problem) ? findConflict(core.problem) : null
    if (conflict !== null && core.cut === null) {
      this.violation(this.proven(problem, operationsOf(this.history, core.problem, conflict)), () =>
        explainConflict(this.history, core.problem, conflict),
      )
      return
    }
    const start = core.cut === null ? null : explainCut(this.history, problem, core.cut)
    const shown = this.proven(problem, [...core.problem.operation])
    const from = start?.operation ?? null
    const decision = justInTime(core.problem, limits, 'earliest')
    const blocked = core.problem.operation[decision.verdict === 'violation' ? decision.blocked : 0]
    this.violation(from === null ? shown : [...new Set([...shown, from])], () =>
      explainCore(this.history, problem, {
        shown,
        blocked: problem.operation.indexOf(blocked as number),
        certainty: start?.text ?? null,
      }),
    )
  }

  /** With those who saw what crashed ones left, where these are taken to have happened. */
  private proven(problem: Problem, operations: readonly number[]): readonly number[] {
    const indices = operations.map((operation) => problem.operation.indexOf(operation))
    const proofs = indices
      .filter((index) => problem.end[index] !== NEVER)
      .flatMap((index) => proofOf(this.history, problem, index))
    const all = new Set([...indices, ...proofs])
    return [...all].map((index) => problem.operation[index] as number)
  }

  private violation(operations: readonly number[], explain: () => string): void {
    this.violations++
    if (this.examples.length >= this.options.examples) return
    this.examples.push(counterexampleOf(this.history, operations, explain()))
  }

  private finding(): Finding {
    const first = this.examples[0]
    const name = first === undefined || first.key === '' ? '' : `${first.key}: `
    const told = `${name}${first?.explanation ?? ''}`
    const undecided = this.undecided.length + this.givenUp
    const verdict = this.violations > 0 ? 'violation' : undecided > 0 ? 'unknown' : 'ok'
    const summary = {
      violation: `${String(this.violations)} of ${plural(this.keys, 'key')}. ${told}`,
      unknown: `${plural(undecided, 'key')} undecided after ${String(this.steps)} steps`,
      ok: `${plural(this.keys, 'key')}, ${plural(this.operations, 'operation')}`,
    }[verdict]
    const figures = {
      keys: this.keys,
      operations: this.operations,
      violatingKeys: this.violations,
      undecidedKeys: undecided,
      steps: this.steps,
    }
    return { check: 'linearizable', verdict, summary, figures, counterexamples: this.examples }
  }
}
