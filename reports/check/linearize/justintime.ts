/**
 * Just-in-time linearization (Lowe, "Testing for linearizability", 2017, section 5), breadth first:
 * walk the events and keep every configuration the register can be in: its state, which of the
 * operations now open have already taken effect, and how many of each class of crashed operations.
 * At the end of an operation, only configurations survive in which it has taken effect. Of two that
 * differ only in crashed operations used, the one that used fewer can do all that the other can, so
 * only Pareto-minimal counts are kept.
 *
 * Best where many operations crash; hopeless where many succeed side by side, since it must carry
 * every order: search.ts covers that end. Its violation names the earliest end that cannot be.
 */
import { NEVER } from '../history.js'
import { ANY, crashedClasses, isObservation, onceOnly, stepOf } from './problem.js'
import type { CrashedClass, Decision, Mode, Problem, Reason } from './problem.js'

/** Open operations are bits of one integer. */
const maxOpen = 31

export interface Limits {
  readonly steps: number
  /** Integers held, 4 bytes each. */
  readonly memory: number
}

/** A moment at which the past is one known state and no open operation has taken effect yet. */
export interface Cut {
  /**
   * Problem indices not yet taken effect then, ascending; with the `rest` of the problem they are
   * the window.
   */
  readonly pending: readonly number[]
  /** Every operation with this index or later began after it. */
  readonly next: number
  readonly state: number
  /** The line after which it holds. */
  readonly line: number
}

export type JustInTimeDecision = Decision & { readonly cut: Cut | null }

export const justInTime = (
  problem: Problem,
  limits: Limits,
  mode: Mode = 'quick',
): JustInTimeDecision => new JustInTime(problem, limits, mode).run()

class JustInTime {
  private readonly problem: Problem
  private readonly limits: Limits
  private readonly classes: readonly CrashedClass[]
  private readonly classOf: Int32Array
  /** A configuration is [state, mask, used count of each class...]. */
  private readonly stride: number
  private pool: Int32Array
  private count = 0
  private readonly dead: boolean[] = []
  private readonly current: number[] = []

  /**
   * Open-addressed: configuration + 1 of the first with this state and mask; `follow` links the
   * others.
   */
  private table = new Int32Array(64)
  private follow: number[] = []

  /** Crashed operations of each class begun so far. */
  private readonly begun: Int32Array
  private readonly slotOf: Int32Array
  private readonly slots: number[] = []
  private open = 0
  /** Per state: the open observations that want it. */
  private readonly watchers: Int32Array | null
  /** What looking ahead takes; null where it is not wanted. */
  private readonly ahead: Ahead | null
  private line = -1
  private steps = 0
  private cutNext = 0
  private cutLine = -1
  private cutState: number
  private readonly cutUsed: Int32Array

  constructor(problem: Problem, limits: Limits, mode: Mode) {
    this.problem = problem
    this.limits = limits
    this.classes = crashedClasses(problem)
    this.classOf = new Int32Array(problem.start.length).fill(-1)
    this.classes.forEach((each, index) => {
      for (const member of each.members) this.classOf[member] = index
    })
    this.stride = 2 + this.classes.length
    this.pool = new Int32Array(this.stride * 64)
    this.begun = new Int32Array(this.classes.length)
    this.slotOf = new Int32Array(problem.start.length).fill(-1)
    this.watchers = problem.stepper === null ? new Int32Array(problem.states) : null
    this.ahead = mode === 'quick' && problem.stepper === null ? lookAhead(problem) : null
    this.cutState = problem.initial
    this.cutUsed = new Int32Array(this.classes.length)
  }

  run(): JustInTimeDecision {
    this.pool[0] = this.problem.initial
    this.count = 1
    this.dead.push(false)
    this.current.push(0)
    const { start, end } = this.problem
    const ends = byEnd(end)
    let next = 0
    for (const ending of ends) {
      const line = end[ending] as number
      this.line = line
      for (; next < start.length && (start[next] as number) < line; next++) {
        if (!this.begin(next)) return this.unknown('width')
      }
      this.finish(ending)
      if (this.isOver()) return this.unknown(this.isFull() ? 'memory' : 'steps')
      if (this.current.length === 0) {
        return { verdict: 'violation', steps: this.steps, blocked: ending, cut: this.cut() }
      }
      this.remember(next, line)
    }
    return { verdict: 'ok', steps: this.steps, cut: null }
  }

  private isOver(): boolean {
    return this.steps > this.limits.steps || this.isFull()
  }

  private isFull(): boolean {
    return this.pool.length + (this.problem.stepper?.memory ?? 0) > this.limits.memory
  }

  private unknown(reason: Reason): JustInTimeDecision {
    return { verdict: 'unknown', steps: this.steps, reason, cut: null }
  }

  private begin(index: number): boolean {
    const crashed = this.classOf[index] as number
    if (crashed >= 0) {
      this.begun[crashed] = (this.begun[crashed] as number) + 1
      return true
    }
    const slot = freeSlot(this.open)
    if (slot < 0) return false
    this.slotOf[index] = slot
    this.slots[slot] = index
    this.open |= 1 << slot
    const wants = this.problem.wants[index] as number
    if (this.ahead !== null && wants >= 0) {
      this.ahead.waiting[wants] = (this.ahead.waiting[wants] as number) | (1 << slot)
    }
    if (isObservation(this.problem, index)) this.watch(index, slot)
    return true
  }

  /** An observation that finds its state takes effect at once, everywhere. */
  private watch(index: number, slot: number): void {
    const state = this.problem.wants[index] as number
    if (this.watchers === null || state < 0) return
    this.watchers[state] = (this.watchers[state] as number) | (1 << slot)
    for (const configuration of this.current) {
      const at = configuration * this.stride
      if (this.pool[at] === state) this.pool[at + 1] = (this.pool[at + 1] as number) | (1 << slot)
    }
  }

  /** Keeps the configurations in which `index` has taken effect, and those that can make it. */
  private finish(index: number): void {
    const bit = 1 << (this.slotOf[index] as number)
    this.gather()
    for (let at = 0; at < this.count; at++) {
      if (this.dead[at] === true) continue
      if (((this.pool[at * this.stride + 1] as number) & bit) === 0) this.expand(at)
      if (this.isOver()) return
    }
    this.current.length = 0
    for (let at = 0; at < this.count; at++) {
      const mask = at * this.stride + 1
      if (this.dead[at] === true || ((this.pool[mask] as number) & bit) === 0) continue
      this.pool[mask] = (this.pool[mask] as number) & ~bit
      this.current.push(at)
    }
    this.open &= ~bit
    const wants = this.problem.wants[index] as number
    if (this.watchers !== null && wants >= 0) {
      this.watchers[wants] = (this.watchers[wants] as number) & ~bit
    }
    if (this.ahead !== null && wants >= 0) {
      this.ahead.waiting[wants] = (this.ahead.waiting[wants] as number) & ~bit
    }
  }

  /** The survivors move to the front of the pool, and into a fresh table. */
  private gather(): void {
    this.current.forEach((from, to) => {
      if (from !== to) {
        this.pool.copyWithin(to * this.stride, from * this.stride, (from + 1) * this.stride)
      }
    })
    this.count = this.current.length
    this.dead.length = 0
    this.follow.length = 0
    this.table.fill(0)
    if (this.table.length > 64 && this.count * 8 < this.table.length) {
      this.table = new Int32Array(64)
    }
    for (let at = 0; at < this.count; at++) this.enter(at)
  }

  /**
   * One more step from configuration `at`, by each open operation and each class of crashed ones.
   */
  private expand(at: number): void {
    const base = at * this.stride
    const state = this.pool[base] as number
    const mask = this.pool[base + 1] as number
    for (let left = this.open & ~mask; left !== 0; left &= left - 1) {
      const bit = left & -left
      const index = this.slots[31 - Math.clz32(bit)] as number
      if (isObservation(this.problem, index)) continue
      this.steps++
      const after = stepOf(this.problem, state, index)
      if (after < 0 || this.isTooSoon(state, after, mask | bit)) continue
      this.offer(at, after, mask | bit, -1)
    }
    for (let crashed = 0; crashed < this.classes.length; crashed++) {
      const used = this.pool[base + 2 + crashed] as number
      if (used >= (this.begun[crashed] as number)) continue
      const each = this.classes[crashed] as CrashedClass
      if (!this.wanted(each, mask)) continue
      this.steps++
      const after = stepOf(this.problem, state, each.members[used] as number)
      if (after < 0 || after === state || this.isTooSoon(state, after, mask)) continue
      this.offer(at, after, mask, crashed)
    }
  }

  /** A state that does not come back, and for which others still wait, or will. */
  private isTooSoon(state: number, after: number, mask: number): boolean {
    if (this.ahead === null || after === state || this.ahead.once[state] === 0) return false
    if ((this.ahead.lastStart[state] as number) > this.line) return true
    return ((this.ahead.waiting[state] as number) & ~mask) !== 0
  }

  /** A crashed write that nobody looks at before the next write might as well not have happened. */
  private wanted(crashed: CrashedClass, mask: number): boolean {
    if (this.problem.stepper !== null || crashed.wants !== ANY) return true
    const state = crashed.leaves
    for (let left = this.open & ~mask; left !== 0; left &= left - 1) {
      const index = this.slots[31 - Math.clz32(left & -left)] as number
      if (this.problem.wants[index] === state) return true
    }
    for (let other = 0; other < this.classes.length; other++) {
      if (this.classes[other]?.wants === state && (this.begun[other] as number) > 0) return true
    }
    return false
  }

  /** Adds the configuration unless one that can do as much is there. */
  private offer(parent: number, state: number, mask: number, crashed: number): void {
    if ((this.count + 1) * this.stride > this.pool.length) this.grow()
    const from = parent * this.stride
    const base = this.count * this.stride
    this.pool.copyWithin(base, from, from + this.stride)
    this.pool[base] = state
    this.pool[base + 1] = mask | (this.watchers === null ? 0 : (this.watchers[state] as number))
    if (crashed >= 0) {
      this.pool[base + 2 + crashed] = (this.pool[base + 2 + crashed] as number) + 1
    }
    if (this.enter(this.count)) this.count++
  }

  private grow(): void {
    const wider = new Int32Array(this.pool.length * 2)
    wider.set(this.pool)
    this.pool = wider
  }

  /** False if dominated; kills those that it dominates. */
  private enter(at: number): boolean {
    if (this.count * 2 >= this.table.length) this.rehash()
    const slot = this.slot(at)
    const head = (this.table[slot] as number) - 1
    for (let other = head; other >= 0; other = this.follow[other] as number) {
      if (this.dead[other] === true) continue
      this.steps++
      if (this.usesNoMore(other, at)) return false
      if (this.usesNoMore(at, other)) this.dead[other] = true
    }
    this.dead[at] = false
    this.follow[at] = head
    this.table[slot] = at + 1
    return true
  }

  private slot(at: number): number {
    const state = this.pool[at * this.stride] as number
    const mask = this.pool[at * this.stride + 1] as number
    let slot = mix(state, mask) & (this.table.length - 1)
    for (;;) {
      const head = (this.table[slot] as number) - 1
      if (head < 0) return slot
      const base = head * this.stride
      if (this.pool[base] === state && this.pool[base + 1] === mask) return slot
      slot = (slot + 1) & (this.table.length - 1)
    }
  }

  private rehash(): void {
    this.table = new Int32Array(this.table.length * 4)
    const entered = this.follow.length
    for (let at = 0; at < entered; at++) {
      const slot = this.slot(at)
      this.follow[at] = (this.table[slot] as number) - 1
      this.table[slot] = at + 1
    }
  }

  private usesNoMore(one: number, other: number): boolean {
    const a = one * this.stride
    const b = other * this.stride
    for (let at = 2; at < this.stride; at++) {
      if ((this.pool[a + at] as number) > (this.pool[b + at] as number)) return false
    }
    return true
  }

  /** Notes the latest moment at which everything before it may be forgotten. */
  private remember(next: number, line: number): void {
    if (this.current.length !== 1) return
    const base = (this.current[0] as number) * this.stride
    if ((this.pool[base + 1] as number) !== 0) return
    this.cutNext = next
    this.cutLine = line
    this.cutState = this.pool[base] as number
    this.cutUsed.set(this.pool.subarray(base + 2, base + this.stride))
  }

  private cut(): Cut {
    const pending: number[] = []
    for (let index = 0; index < this.cutNext; index++) {
      const end = this.problem.end[index] as number
      if (end !== NEVER && end > this.cutLine) pending.push(index)
    }
    this.classes.forEach((each, index) => {
      pending.push(...each.members.slice(this.cutUsed[index]).filter((at) => at < this.cutNext))
    })
    pending.sort((a, b) => a - b)
    return { pending, next: this.cutNext, state: this.cutState, line: this.cutLine }
  }
}

interface Ahead {
  /** Per state: 1 if it comes only once. */
  readonly once: Uint8Array
  /** Per state: when the last completed operation that wants it begins; -1: there is none. */
  readonly lastStart: Int32Array
  /** Per state: the open operations that want it. */
  readonly waiting: Int32Array
}

const lookAhead = (problem: Problem): Ahead => {
  const lastStart = new Int32Array(problem.states).fill(-1)
  for (let index = 0; index < problem.start.length; index++) {
    const wants = problem.wants[index] as number
    if (wants < 0 || problem.end[index] === NEVER) continue
    lastStart[wants] = problem.start[index] as number
  }
  return { once: onceOnly(problem), lastStart, waiting: new Int32Array(problem.states) }
}

const freeSlot = (open: number): number => {
  for (let slot = 0; slot < maxOpen; slot++) if ((open & (1 << slot)) === 0) return slot
  return -1
}

const mix = (state: number, mask: number): number => {
  let hash = Math.imul(state, 0x9e3779b1) ^ Math.imul(mask, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

/** Problem indices of the operations that end, by their end. */
export const byEnd = (end: Int32Array): Int32Array => {
  const order: number[] = []
  for (let index = 0; index < end.length; index++) if (end[index] !== NEVER) order.push(index)
  return Int32Array.from(order).sort((a, b) => (end[a] as number) - (end[b] as number))
}
