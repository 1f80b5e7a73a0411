/**
 * Depth-first search for one order of the operations that explains them all (Wing and Gong 1993,
 * with Lowe's memoisation): an operation may come next if no other that has not had its turn ended
 * before it began. A set of operations taken together with the state they leave is visited once.
 *
 * What keeps it fast: the visited set is one flat pool with an incremental Zobrist hash and exact
 * comparison; a key holds only the window from the first operation that has not had its turn, so
 * long histories stay linear; an observation that finds its state is taken at once, without an
 * alternative; crashed operations are tried class by class, in order, and only where they change
 * the state and somebody looks at it; a state that comes only once is not left while somebody waits
 * for it; the search ends when the completed operations are in.
 */
import { NEVER } from '../history.js'
import type { Limits } from './justintime.js'
import { ANY, crashedClasses, isObservation, onceOnly, stepOf } from './problem.js'
import type { CrashedClass, Decision, Mode, Problem, Reason } from './problem.js'

export const search = (problem: Problem, limits: Limits, mode: Mode = 'quick'): Decision =>
  new Search(problem, limits, mode).run()

/** Frame fields: what was done, the state before, and where to go on after it. */
const frameSize = 3
/** Operations taken without an alternative go on here. */
const noAlternative = 0x7fffffff

class Search {
  private readonly problem: Problem
  private readonly limits: Limits
  /**
   * Completed operations (problem indices) by start; the search counts in positions of this list.
   */
  private readonly completed: Int32Array
  private readonly classes: readonly CrashedClass[]
  private readonly used: Int32Array
  /** Per state: 1 if it comes only once; null where the search does not look ahead. */
  private readonly once: Uint8Array | null
  /** Per state: completed operations that want it and have not had their turn. */
  private readonly waiting: Int32Array

  private readonly taken: Int32Array
  private base = 0
  private remaining: number
  private state: number
  private hash = 0

  private readonly frames: number[] = []
  private visited: Int32Array
  private visitedEnd = 1
  private table = new Int32Array(128)
  /** Of each entry: its hash, and where it stands in `visited`. */
  private readonly hashes: number[] = []
  private readonly positions: number[] = []

  /**
   * First end among the operations not taken, and the position behind the last that may come next.
   */
  private deadline = 0
  private horizon = 0
  private steps = 0
  private latest = -1
  private blocked = -1

  constructor(problem: Problem, limits: Limits, mode: Mode) {
    this.problem = problem
    this.limits = limits
    const completed: number[] = []
    problem.end.forEach((end, index) => {
      if (end !== NEVER) completed.push(index)
    })
    this.completed = Int32Array.from(completed)
    this.classes = crashedClasses(problem)
    this.used = new Int32Array(this.classes.length)
    this.once = mode === 'quick' && problem.stepper === null ? onceOnly(problem) : null
    this.waiting = new Int32Array(problem.states)
    for (const index of completed) this.wait(index, 1)
    this.taken = new Int32Array((completed.length >> 5) + 2)
    this.remaining = completed.length
    this.state = problem.initial
    this.visited = new Int32Array(1024)
  }

  run(): Decision {
    let cursor = 0
    while (this.remaining > 0) {
      if (this.steps > this.limits.steps) return this.unknown('steps')
      const memory = this.visited.length + (this.problem.stepper?.memory ?? 0)
      if (memory > this.limits.memory) return this.unknown('memory')
      this.look()
      const forced = cursor === 0 ? this.observation() : -1
      if (forced >= 0) {
        this.take(forced, this.state, noAlternative)
        continue
      }
      if (this.advance(cursor)) {
        cursor = 0
        continue
      }
      cursor = this.back()
      if (cursor < 0) return { verdict: 'violation', steps: this.steps, blocked: this.blocked }
    }
    return { verdict: 'ok', steps: this.steps }
  }

  private unknown(reason: Reason): Decision {
    return { verdict: 'unknown', steps: this.steps, reason }
  }

  private wait(index: number, change: number): void {
    const wants = this.problem.wants[index] as number
    if (wants >= 0) this.waiting[wants] = (this.waiting[wants] as number) + change
  }

  /**
   * Operation `index` would end a state that does not come back, and for which others still wait.
   */
  private isTooSoon(index: number, after: number): boolean {
    if (this.once === null || after === this.state || this.once[this.state] === 0) return false
    const isCompleted = this.problem.end[index] !== NEVER
    const own = isCompleted && this.problem.wants[index] === this.state ? 1 : 0
    return (this.waiting[this.state] as number) > own
  }

  private isTaken(position: number): boolean {
    return ((this.taken[position >> 5] as number) & (1 << (position & 31))) !== 0
  }

  /** Finds the deadline and the horizon. */
  private look(): void {
    const { start, end } = this.problem
    const { completed } = this
    let deadline = NEVER
    let first = -1
    let position = this.base
    for (; position < completed.length; position++) {
      const index = completed[position] as number
      if ((start[index] as number) > deadline) break
      if (this.isTaken(position) || (end[index] as number) >= deadline) continue
      deadline = end[index] as number
      first = index
    }
    this.deadline = deadline
    this.horizon = position
    if (deadline > this.latest && deadline !== NEVER) {
      this.latest = deadline
      this.blocked = first
    }
  }

  /** An operation that only looks, and finds what it wants. */
  private observation(): number {
    for (let position = this.base; position < this.horizon; position++) {
      if (this.isTaken(position)) continue
      const index = this.completed[position] as number
      if (!isObservation(this.problem, index)) continue
      this.steps++
      if (stepOf(this.problem, this.state, index) >= 0) return position
    }
    return -1
  }

  /**
   * Takes the first operation at or after `cursor` that leads somewhere new: positions, then
   * crashed classes.
   */
  private advance(cursor: number): boolean {
    for (let at = Math.max(cursor, this.base); at < this.horizon; at++) {
      if (this.isTaken(at)) continue
      const index = this.completed[at] as number
      if (isObservation(this.problem, index)) continue
      this.steps++
      const after = stepOf(this.problem, this.state, index)
      if (after < 0 || this.isTooSoon(index, after)) continue
      if (this.tryTake(at, after, at + 1)) return true
    }
    const offset = this.completed.length
    for (let crashed = Math.max(0, cursor - offset); crashed < this.classes.length; crashed++) {
      const after = this.crash(crashed)
      if (after >= 0 && this.tryTake(offset + crashed, after, offset + crashed + 1)) return true
    }
    return false
  }

  /** The state after the next of a crashed class; -1 if there is none or it is of no use. */
  private crash(crashed: number): number {
    const each = this.classes[crashed] as CrashedClass
    const index = each.members[this.used[crashed] as number]
    if (index === undefined || (this.problem.start[index] as number) > this.deadline) return -1
    if (!this.wanted(each)) return -1
    this.steps++
    const after = stepOf(this.problem, this.state, index)
    return after === this.state || this.isTooSoon(index, after) ? -1 : after
  }

  /** A crashed write that nobody looks at before the next write might as well not have happened. */
  private wanted(crashed: CrashedClass): boolean {
    if (this.problem.stepper !== null || crashed.wants !== ANY) return true
    const state = crashed.leaves
    for (let position = this.base; position < this.horizon; position++) {
      if (this.isTaken(position)) continue
      if (this.problem.wants[this.completed[position] as number] === state) return true
    }
    return this.classes.some((other) => other.wants === state)
  }

  /** False if the search has been there. */
  private tryTake(move: number, after: number, next: number): boolean {
    const before = this.state
    this.take(move, after, next)
    if (this.enter()) return true
    this.frames.length -= frameSize
    this.undo(move, before)
    return false
  }

  private take(move: number, after: number, next: number): void {
    this.frames.push(move, this.state, next)
    this.hash ^= zobrist(move, this.used[move - this.completed.length] ?? 0)
    this.state = after
    if (move >= this.completed.length) {
      const crashed = move - this.completed.length
      this.used[crashed] = (this.used[crashed] as number) + 1
      return
    }
    this.taken[move >> 5] = (this.taken[move >> 5] as number) | (1 << (move & 31))
    this.remaining--
    this.wait(this.completed[move] as number, -1)
    while (this.base < this.completed.length && this.isTaken(this.base)) this.base++
  }

  private undo(move: number, before: number): void {
    this.state = before
    if (move >= this.completed.length) {
      const crashed = move - this.completed.length
      this.used[crashed] = (this.used[crashed] as number) - 1
      this.hash ^= zobrist(move, this.used[crashed])
      return
    }
    this.hash ^= zobrist(move, 0)
    this.taken[move >> 5] = (this.taken[move >> 5] as number) & ~(1 << (move & 31))
    this.remaining++
    this.wait(this.completed[move] as number, 1)
    if (move < this.base) this.base = move
  }

  /**
   * Undoes moves up to the last with an alternative left; returns where to go on, -1 if there is
   * none.
   */
  private back(): number {
    while (this.frames.length > 0) {
      const next = this.frames.pop() as number
      const before = this.frames.pop() as number
      this.undo(this.frames.pop() as number, before)
      if (next !== noAlternative) return next
    }
    return -1
  }

  /**
   * Remembers where the search stands: [length, state, first word, used..., window words...]. False
   * if known.
   */
  private enter(): boolean {
    const end = this.write()
    const length = end - this.visitedEnd
    const words = this.visited
    let slot = scramble(this.hash ^ Math.imul(this.state, 0x9e3779b1)) & (this.table.length - 1)
    for (let known = this.table[slot] as number; known !== 0; known = this.table[slot] as number) {
      this.steps++
      if (words[known] === length && same(words, known, this.visitedEnd, length)) return false
      slot = (slot + 1) & (this.table.length - 1)
    }
    this.table[slot] = this.visitedEnd
    this.hashes.push(this.hash ^ Math.imul(this.state, 0x9e3779b1))
    this.positions.push(this.visitedEnd)
    this.visitedEnd = end
    if (this.positions.length * 2 > this.table.length) this.rehash()
    return true
  }

  private rehash(): void {
    this.table = new Int32Array(this.table.length * 4)
    this.positions.forEach((position, entry) => {
      let slot = scramble(this.hashes[entry] as number) & (this.table.length - 1)
      while (this.table[slot] !== 0) slot = (slot + 1) & (this.table.length - 1)
      this.table[slot] = position
    })
  }

  /**
   * Writes the key behind the pool; returns where it ends. Everything taken lies before the
   * horizon.
   */
  private write(): number {
    const first = this.base >> 5
    let last = this.horizon >> 5
    while (last > first && this.taken[last] === 0) last--
    const needed = this.visitedEnd + 4 + this.used.length + last - first
    if (needed > this.visited.length) {
      const wider = new Int32Array(Math.max(needed, this.visited.length * 2))
      wider.set(this.visited)
      this.visited = wider
    }
    let at = this.visitedEnd + 1
    this.visited[at++] = this.state
    this.visited[at++] = first
    for (let crashed = 0; crashed < this.used.length; crashed++) {
      this.visited[at++] = this.used[crashed] as number
    }
    for (let word = first; word <= last; word++) this.visited[at++] = this.taken[word] as number
    this.visited[this.visitedEnd] = at - this.visitedEnd
    return at
  }
}

const same = (words: Int32Array, one: number, other: number, length: number): boolean => {
  for (let at = 1; at < length; at++) if (words[one + at] !== words[other + at]) return false
  return true
}

const scramble = (value: number): number => {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** One random-looking word per move; a crashed class has one for each time it is used. */
const zobrist = (move: number, time: number): number =>
  scramble(Math.imul(move + 1, 0x9e3779b1) + Math.imul(time, 0x7f4a7c15))
