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
import type { Conflict } from './linearize/chain.js'
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
import { canBeSpared, cutOff, lastEnd, shrink, withWriters } from './linearize/shrink.js'
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

/** Counterexamples of more operations are not tried again with fewer. */
const mostTriedAgain = 40
const triedAgain: Limits = { steps: 100_000, memory: 1 << 20 }

/** Operations of the history, and what is wrong with them. */
interface Example {
  readonly shown: readonly number[]
  readonly words: string
  /** By this line they are illegal by themselves; null: only after what came before them. */
  readonly until: number | null
}

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
      const words = this.explainSiblings(siblings)
      this.violation(() => ({ shown: [siblings], words, until: null }))
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
    if (conflict !== null) this.violation(() => this.smallest(problem, conflict))
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
    const { problem, conflict, tree, witness } = decision
    if (conflict !== null) {
      this.violation(() => {
        const example = this.conflicting(problem, conflict)
        const seen = example.shown.map((each) => witness(problem.operation.indexOf(each)))
        const reads = seen.filter((at) => at >= 0).map((at) => problem.operation[at] as number)
        return { ...example, shown: [...new Set([...example.shown, ...reads])] }
      })
    } else if (tree !== null) {
      const shown = tree.indices.map((index) => problem.operation[index] as number)
      const words = explainTree(this.history, problem, tree)
      this.violation(() => ({ shown, words, until: null }))
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
      if (decision.verdict === 'violation') {
        this.violation(() => this.smallest(item.problem, null))
      }
    }
    this.undecided = left
    return this.steps < this.options.steps
  }

  private conflicting(problem: Problem, conflict: Conflict): Example {
    const shown = operationsOf(this.history, problem, conflict)
    const words = explainConflict(this.history, problem, conflict)
    return { shown, words, until: lastEnd(problem, shown) }
  }

  /** What is illegal in the problem, told so that none of the operations shown can be spared. */
  private smallest(problem: Problem, conflict: Conflict | null): Example {
    const example = conflict === null ? this.searched(problem) : this.conflicting(problem, conflict)
    const core = example.until === null ? null : this.minimal(problem, example.shown, example.until)
    if (core === null) return example
    const why = isTraceable(core) ? findConflict(core) : null
    const words =
      why === null ? this.blocked(core, core, null) : explainConflict(this.history, core, why)
    return { shown: [...core.operation], words, until: example.until }
  }

  /**
   * Of operations that no order explains, and all who may have written what they saw: so many that
   * none can be left out. null: too many for that.
   */
  private minimal(problem: Problem, shown: readonly number[], until: number): Problem | null {
    if (problem.stepper !== null) return null
    const all = withWriters(problem, shown, until)
    let core = all.length > mostTriedAgain ? null : this.illegal(all, until)
    for (let less = core; less !== null; less = this.withoutOne(less, until)) core = less
    // Who was still open then has an end too, and there it may need fewer to be impossible.
    const later = core === null ? until : lastEnd(problem, [...core.operation])
    if (core === null || later <= until) return core
    const wider = this.minimal(problem, [...core.operation], later)
    return wider !== null && wider.start.length < core.start.length ? wider : core
  }

  private withoutOne(problem: Problem, until: number): Problem | null {
    for (let index = 0; index < problem.start.length; index++) {
      if (!canBeSpared(problem, index)) continue
      const kept = [...problem.operation].filter((_, at) => at !== index)
      const less = this.illegal(kept, until)
      if (less !== null) return less
    }
    return null
  }

  /** The operations as a problem of their own that ends at a line; null if an order explains it. */
  private illegal(operations: readonly number[], until: number): Problem | null {
    const problem = cutOff(this.compile(operations), until)
    return decide(problem, triedAgain).verdict === 'violation' ? problem : null
  }

  private searched(problem: Problem): Example {
    const limits: Limits = { steps: 2_000_000, memory: this.options.memory }
    const core = shrink(problem, limits)
    const conflict = isTraceable(core.problem) ? findConflict(core.problem) : null
    const shown = this.proven(problem, [...core.problem.operation], core.cut !== null)
    if (conflict !== null && core.cut === null) {
      const words = explainConflict(this.history, core.problem, conflict)
      return { shown, words, until: lastEnd(core.problem, shown) }
    }
    const start = core.cut === null ? null : explainCut(this.history, problem, core.cut)
    const from = start?.operation ?? null
    const words = this.blocked(problem, core.problem, start?.text ?? null, shown)
    const all = from === null ? shown : [...new Set([...shown, from])]
    const until = start === null ? lastEnd(core.problem, shown) : null
    return { shown: all, words, until }
  }

  /** Whose end comes too soon in the core, for an order of the operations shown to explain it. */
  private blocked(
    problem: Problem,
    core: Problem,
    certainty: string | null,
    shown: readonly number[] = [...core.operation],
  ): string {
    const limits: Limits = { steps: 2_000_000, memory: this.options.memory }
    const decision = justInTime(core, limits, 'earliest')
    const blocked = core.operation[decision.verdict === 'violation' ? decision.blocked : 0]
    return explainCore(this.history, problem, {
      shown,
      blocked: problem.operation.indexOf(blocked as number),
      certainty,
    })
  }

  /**
   * With those who saw what crashed ones left. In a window only where these must have happened:
   * there, nobody tries afterwards whether all are needed.
   */
  private proven(
    problem: Problem,
    operations: readonly number[],
    isWindow: boolean,
  ): readonly number[] {
    const indices = operations.map((operation) => problem.operation.indexOf(operation))
    const happened = indices.filter((index) => !isWindow || problem.end[index] !== NEVER)
    const proofs = happened.flatMap((index) => proofOf(this.history, problem, index))
    const all = new Set([...indices, ...proofs])
    return [...all].map((index) => problem.operation[index] as number)
  }

  private violation(example: () => Example): void {
    this.violations++
    if (this.examples.length >= this.options.examples) return
    const { shown, words } = example()
    this.examples.push(counterexampleOf(this.history, shown, words))
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
