/**
 * Keys whose value grows: put replaces the text, append adds to its end, get returns all of it. A
 * text that was read says in which order its pieces were added, so reads make a tree of versions
 * (tree.ts) in which each version was left by one operation; the key becomes a register with
 * traceable versions (chain.ts). An append that no read shows may stand behind any block: it is
 * left as a write that nobody looked at.
 *
 * Where a piece was written twice, each way to assign the operations to the versions is tried;
 * times leave few.
 */
import { APPEND, READ, WRITE } from '../history.js'
import type { History } from '../history.js'
import { findConflict } from './chain.js'
import type { Conflict } from './chain.js'
import { blank, refused } from './compile.js'
import { ANY } from './problem.js'
import type { Problem, Stepper } from './problem.js'
import { growTree, textOf } from './tree.js'
import type { Node, Tree, TreeConflict } from './tree.js'

export type AppendDecision =
  | { readonly verdict: 'ok' }
  /**
   * Problem and conflict of the first way tried; null if reads contradict each other before any
   * question of time.
   */
  | {
      readonly verdict: 'violation'
      readonly problem: Problem
      readonly conflict: Conflict | null
      readonly tree: TreeConflict | null
      /** The read that shows what this operation left on what; -1: none does. */
      readonly witness: (index: number) => number
    }
  /** Pieces begin one another, or repeat too often: only a search can tell. */
  | { readonly verdict: 'untraceable' }

const maxWays = 4096

export const decideAppend = (history: History, operations: readonly number[]): AppendDecision => {
  for (const operation of operations) {
    const kind = history.kind[operation]
    if (kind !== READ && kind !== WRITE && kind !== APPEND) {
      throw refused(history, operation, 'a key with append')
    }
  }
  const tree = growTree(history, operations)
  if (tree === null) return { verdict: 'untraceable' }
  const problem = blank(history, operations)
  if ('kind' in tree) {
    return { verdict: 'violation', problem, conflict: null, tree, witness: () => -1 }
  }
  return new Assignment(history, tree, problem).decide()
}

class Assignment {
  private readonly history: History
  private readonly tree: Tree
  private readonly problem: Problem
  private candidates: readonly (readonly number[])[] = []
  /** Operation -> the version it left; 0: none that a read shows. */
  private readonly version: Int32Array
  private ways = 0
  private first: { problem: Problem; conflict: Conflict } | null = null

  constructor(history: History, tree: Tree, problem: Problem) {
    this.history = history
    this.tree = tree
    this.problem = problem
    this.version = new Int32Array(problem.start.length)
  }

  decide(): AppendDecision {
    if (this.attempt((node) => this.able(node))) return { verdict: 'ok' }
    if (this.ways >= maxWays) return { verdict: 'untraceable' }
    // Out of time, all of them: leave the times to chain.ts, which finds the words for what is
    // wrong.
    if (this.first === null) this.attempt((node) => node.writers)
    const found = this.first ?? { problem: this.problem, conflict: null }
    const tree = this.first === null ? this.shortage() : null
    const witness = (index: number): number =>
      this.tree.nodes[found.problem.leaves[index] as number]?.witness ?? -1
    return { verdict: 'violation', ...found, tree, witness }
  }

  /**
   * Operations that wrote this piece, began before it was seen, and ended after all before it was.
   */
  private able(node: Node): readonly number[] {
    const { start, end } = this.problem
    return node.writers.filter(
      (index) => (start[index] as number) < node.seenBy && (end[index] as number) > node.notBefore,
    )
  }

  private attempt(candidates: (node: Node) => readonly number[]): boolean {
    this.candidates = this.tree.nodes.map(candidates)
    const order = this.tree.nodes
      .map((_, id) => id)
      .slice(1)
      .sort((a, b) => this.count(a) - this.count(b) || a - b)
    return this.assign(order, 0)
  }

  private count(id: number): number {
    return (this.candidates[id] as readonly number[]).length
  }

  /** True as soon as one way to assign `order` from `at` on explains the history. */
  private assign(order: readonly number[], at: number): boolean {
    if (at === order.length) return this.explains()
    const id = order[at] as number
    for (const index of this.candidates[id] as readonly number[]) {
      if (this.version[index] !== 0) continue
      this.version[index] = id
      if (this.assign(order, at + 1)) return true
      this.version[index] = 0
      if (this.ways >= maxWays) return false
    }
    return false
  }

  private explains(): boolean {
    this.ways++
    const problem = this.traced()
    const conflict = findConflict(problem)
    if (conflict !== null) this.first ??= { problem, conflict }
    return conflict === null
  }

  /**
   * State 0 is the empty text, then the versions, then one state for each operation that nobody
   * saw.
   */
  private traced(): Problem {
    const { operation } = this.problem
    const wants = new Int32Array(operation.length).fill(ANY)
    const leaves = new Int32Array(operation.length).fill(ANY)
    let states = this.tree.nodes.length
    for (let index = 0; index < operation.length; index++) {
      const kind = this.history.kind[operation[index] as number]
      if (kind === READ) wants[index] = this.tree.read[index] as number
      else {
        const version = this.version[index] as number
        leaves[index] = version === 0 ? states++ : version
        if (version !== 0 && kind === APPEND)
          wants[index] = (this.tree.nodes[version] as Node).parent
      }
    }
    return { ...this.problem, wants, leaves, states }
  }

  /** No way at all: some piece was seen in more places than it was written. */
  private shortage(): TreeConflict {
    const nodes = this.tree.nodes
    const short = nodes.find(
      (node, id) =>
        id > 0 && nodes.filter((other) => other.text === node.text).length > node.writers.length,
    ) as Node
    const places = nodes.filter((node) => node.text === short.text)
    return { kind: 'repeated', text: short.text, indices: places.map((node) => node.witness) }
  }
}

/** For the search, where versions cannot be traced: states are texts met so far. */
export const compileText = (history: History, operations: readonly number[]): Problem =>
  blank(history, operations, new TextStepper(history, operations))

class TextStepper implements Stepper {
  private readonly kinds: readonly number[]
  private readonly texts: readonly string[]
  private readonly states: string[] = ['']
  private readonly ids = new Map<string, number>([['', 0]])
  memory = 0

  constructor(history: History, operations: readonly number[]) {
    this.kinds = operations.map((operation) => history.kind[operation] as number)
    this.texts = operations.map((operation) => textOf(history, operation))
  }

  step(state: number, index: number): number {
    const text = this.texts[index] as string
    const before = this.states[state] as string
    if (this.kinds[index] === READ) return before === text ? state : -1
    return this.idOf(this.kinds[index] === WRITE ? text : before + text)
  }

  private idOf(text: string): number {
    const known = this.ids.get(text)
    if (known !== undefined) return known
    // A string of its own, not a rope over its ancestors: about its length plus the map's entry.
    this.memory += 16 + (text.length >> 2)
    this.ids.set(text, this.states.length)
    return this.states.push(text) - 1
  }
}
