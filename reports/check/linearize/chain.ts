/**
 * Registers whose writes are all different need no search. Every value is one version; a cas (or an
 * append whose place is known) continues the version it saw, so versions form chains that begin
 * with a blind write or with the initial state. In any order that explains the history a chain
 * stands together as one block, its versions one after another with their reads behind them. What
 * remains is to put the blocks in order:
 *
 * A block must cover the time from its first end f to its last start s. If f < s (a forward zone)
 * it covers that time alone; otherwise any moment in s..f will do (a backward zone). The history is
 * linearizable exactly if no two forward zones overlap and no backward zone lies inside a forward
 * one (Gibbons and Korach, "Testing shared memories", 1997, section 4.2; the argument needs only f
 * and s of a block, so it holds for chains too). n log n.
 */
import { NEVER } from '../history.js'
import type { Problem } from './problem.js'

/**
 * The operations (problem indices) that cannot all be explained, in the order a reader should meet
 * them.
 */
export type Conflict =
  | { readonly kind: 'unwritten'; readonly read: number }
  /** Two operations continue the same state. */
  | { readonly kind: 'forked'; readonly one: number; readonly other: number }
  /** cas operations that each need another first. */
  | { readonly kind: 'circular'; readonly operations: readonly number[] }
  /** `later` must come after `earlier` by what they saw, but ended before it began. */
  | { readonly kind: 'inverted'; readonly earlier: number; readonly later: number }
  /** The state of `first` was there, then that of `between`, then the first again. */
  | {
      readonly kind: 'returned'
      /** Ended first; -1: the initial state. */
      readonly first: number
      /** Began after `first` ended. */
      readonly betweenStart: number
      /** Ended before `again` began. */
      readonly betweenEnd: number
      readonly again: number
    }

/** Every state but the initial one is left by at most one operation, and that one by none. */
export const isTraceable = (problem: Problem): boolean => {
  if (problem.stepper !== null) return false
  const left = new Uint8Array(problem.states)
  left[problem.initial] = 1
  for (const state of problem.leaves) {
    if (state < 0) continue
    if (left[state] === 1) return false
    left[state] = 1
  }
  return true
}

/** null: linearizable. Only for traceable problems. */
export const findConflict = (problem: Problem): Conflict | null => new Chains(problem).conflict()

const NONE = -1

class Chains {
  private readonly problem: Problem
  /**
   * Per state: the operation that leaves it, the one that continues it, and its first observation
   * (then `link`).
   */
  private readonly producer: Int32Array
  private readonly successor: Int32Array
  private readonly observation: Int32Array
  /** Observation -> next observation of the same state. */
  private readonly link: Int32Array
  /** Operations that continue a chain which began at a root. */
  private readonly reached: Uint8Array

  constructor(problem: Problem) {
    this.problem = problem
    this.producer = new Int32Array(problem.states).fill(NONE)
    this.successor = new Int32Array(problem.states).fill(NONE)
    this.observation = new Int32Array(problem.states).fill(NONE)
    this.link = new Int32Array(problem.start.length).fill(NONE)
    this.reached = new Uint8Array(problem.start.length)
  }

  conflict(): Conflict | null {
    return this.connect() ?? this.order()
  }

  /** Finds out who produces, continues and observes each state. */
  private connect(): Conflict | null {
    const { wants, leaves } = this.problem
    const effective = this.effective()
    for (let index = 0; index < wants.length; index++) {
      if (effective[index] === 0) continue
      const wanted = wants[index] as number
      const left = leaves[index] as number
      if (left >= 0) this.producer[left] = index
      else if (wanted >= 0) {
        this.link[index] = this.observation[wanted] as number
        this.observation[wanted] = index
      }
      if (left < 0 || wanted < 0) continue
      const other = this.successor[wanted] as number
      if (other !== NONE) return { kind: 'forked', one: other, other: index }
      this.successor[wanted] = index
    }
    return null
  }

  /** Crashed operations whose result nobody saw did not happen, as far as anyone can tell. */
  private effective(): Uint8Array {
    const { wants, leaves, end, states } = this.problem
    const effective = new Uint8Array(wants.length)
    const crashed = new Int32Array(states).fill(NONE)
    let any = false
    for (let index = 0; index < wants.length; index++) {
      if (end[index] !== NEVER) effective[index] = 1
      else if ((leaves[index] as number) >= 0) {
        crashed[leaves[index] as number] = index
        any = true
      }
    }
    if (!any) return effective
    // Whoever saw a crashed operation's state proves it; a proven cas proves the one before it in
    // turn.
    for (let index = 0; index < wants.length; index++) {
      if (end[index] === NEVER) continue
      let wanted = wants[index] as number
      while (wanted >= 0) {
        const proven = crashed[wanted] as number
        if (proven === NONE || effective[proven] === 1) break
        effective[proven] = 1
        wanted = wants[proven] as number
      }
    }
    return effective
  }

  private order(): Conflict | null {
    const zones: Zone[] = []
    for (let state = 0; state < this.problem.states; state++) {
      const producer = this.producer[state] as number
      const isRoot =
        state === this.problem.initial ||
        (producer !== NONE && (this.problem.wants[producer] as number) < 0)
      if (!isRoot) {
        if (producer === NONE && this.isSeen(state)) return this.unwritten(state)
        continue
      }
      const zone = this.zone(state)
      if ('kind' in zone) return zone
      zones.push(zone)
    }
    return this.circle() ?? placeZones(this.problem, zones)
  }

  private isSeen(state: number): boolean {
    return this.observation[state] !== NONE || this.successor[state] !== NONE
  }

  private unwritten(state: number): Conflict {
    const read = this.observation[state] as number
    return { kind: 'unwritten', read: read === NONE ? (this.successor[state] as number) : read }
  }

  /** Walks the chain from its root: its zone, or the first place where its own order cannot be. */
  private zone(root: number): Zone | Conflict {
    const { start, end } = this.problem
    const isInitial = root === this.problem.initial
    const zone: Zone = {
      first: NONE,
      firstEnd: isInitial ? -1 : NEVER,
      last: NONE,
      lastStart: -1,
    }
    /** Operation of the versions walked so far that began last. */
    const visit = (index: number): Conflict | null => {
      if (zone.last !== NONE && (end[index] as number) < zone.lastStart) {
        return { kind: 'inverted', earlier: zone.last, later: index }
      }
      // A crashed write has the end of whoever saw it first, and that one is who ended.
      if ((end[index] as number) <= zone.firstEnd) {
        zone.first = index
        zone.firstEnd = end[index] as number
      }
      return null
    }
    const began = (index: number): void => {
      if ((start[index] as number) <= zone.lastStart) return
      zone.last = index
      zone.lastStart = start[index] as number
    }
    let state = root
    let producer = this.producer[root] as number
    for (;;) {
      if (producer !== NONE) {
        const conflict = visit(producer)
        if (conflict !== null) return conflict
        began(producer)
      }
      const reads = this.readsOf(state)
      for (const read of reads) {
        const conflict = visit(read)
        if (conflict !== null) return conflict
      }
      for (const read of reads) began(read)
      producer = this.successor[state] as number
      if (producer === NONE) return zone
      this.reached[producer] = 1
      state = this.problem.leaves[producer] as number
    }
  }

  private readsOf(state: number): readonly number[] {
    const reads: number[] = []
    for (
      let read = this.observation[state] as number;
      read !== NONE;
      read = this.link[read] as number
    ) {
      reads.push(read)
    }
    return reads
  }

  /**
   * cas operations that no chain from a root reached stand in a circle: nothing seen here is
   * unwritten.
   */
  private circle(): Conflict | null {
    const { wants } = this.problem
    for (const first of this.successor) {
      if (first === NONE || this.reached[first] === 1) continue
      const operations = new Set<number>()
      let at = first
      for (; !operations.has(at); at = this.producer[wants[at] as number] as number)
        operations.add(at)
      const walked = [...operations]
      return { kind: 'circular', operations: walked.slice(walked.indexOf(at)) }
    }
    return null
  }
}

interface Zone {
  /** The operation that ended first (-1: the initial state, there before all), and when. */
  first: number
  firstEnd: number
  /** The operation that began last, and when. */
  last: number
  lastStart: number
}

const placeZones = (problem: Problem, zones: readonly Zone[]): Conflict | null => {
  const forward = zones
    .filter((zone) => zone.firstEnd < zone.lastStart)
    .sort((a, b) => a.firstEnd - b.firstEnd)
  for (let at = 1; at < forward.length; at++) {
    const one = forward[at - 1] as Zone
    const other = forward[at] as Zone
    if (other.firstEnd < one.lastStart) return returned(problem, one, other)
  }
  for (const zone of zones) {
    if (zone.firstEnd < zone.lastStart || zone.last === NONE) continue
    const around = lastBefore(forward, zone.lastStart)
    if (around !== null && zone.firstEnd < around.lastStart) return returned(problem, around, zone)
  }
  return null
}

/** One operation in between says it best, if there is one that ran there whole. */
const returned = ({ start, end }: Problem, around: Zone, between: Zone): Conflict => {
  const ranAfter = (start[between.first] as number) > around.firstEnd
  const ranBefore = (end[between.last] as number) < around.lastStart
  return {
    kind: 'returned',
    first: around.first,
    betweenStart: ranAfter ? between.first : between.last,
    betweenEnd: !ranAfter && ranBefore ? between.last : between.first,
    again: around.last,
  }
}

/** Of disjoint zones by first end, the last that had its first end before `position`. */
const lastBefore = (zones: readonly Zone[], position: number): Zone | null => {
  let low = 0
  let high = zones.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((zones[middle] as Zone).firstEnd < position) low = middle + 1
    else high = middle
  }
  return zones[low - 1] ?? null
}
