/**
 * What the dots and vectors of one key say, as dense rows of numbers over the actors that the key has met. A vector covers
 * the dot (a, n) if its entry for a is at least n; entries are -1 where there is none.
 *
 * Operations come first, in order of invocation, then finals: `position` counts through both.
 */
import { ABSENT, DELETE, FAIL, INFO, NULL, isWrite } from './history.js'
import type { History } from './history.js'
import type { Groups } from './group.js'

export interface KeyCausality {
  readonly key: number
  /** Operations, then finals, as history operations. */
  readonly members: Int32Array
  /** How many of them are operations. */
  readonly operations: number
  /** Actors of the history; a local actor is an index here. */
  readonly actors: Int32Array
  /** Row `position`: the vector read, held or returned; -1 throughout if the event had none. */
  readonly vector: Float64Array
  /** Row `position`: what a write superseded. */
  readonly context: Float64Array
  /** Local actor of a write's dot, or -1. Dots of unknown writes are learned from whoever saw their value. */
  readonly dotActor: Int32Array
  readonly dotCounter: Float64Array
  /** Per local actor: positions of the writes it minted, by counter. */
  readonly minted: readonly Int32Array[]
  /** Value id -> position of the one write of it; -1: nobody's, -2: several. */
  readonly writerOf: (value: number) => number
}

/** Made once for a history; keeps the scratch space that all keys share. */
export class CausalityBuilder {
  private readonly history: History
  private readonly groups: Groups
  private readonly localActor: Int32Array
  private readonly writer: Int32Array
  /** What the key before left in the scratch space. */
  private usedActors: Int32Array = new Int32Array(0)
  private usedValues: number[] = []

  constructor(history: History, groups: Groups) {
    this.history = history
    this.groups = groups
    this.localActor = new Int32Array(history.actors.length).fill(-1)
    this.writer = new Int32Array(history.values.length).fill(-1)
  }

  /** `writerOf` of the result is good until the next call. */
  build(key: number): KeyCausality {
    const operations = this.groups.operations(key)
    const finals = this.groups.finals(key)
    const members = new Int32Array(operations.length + finals.length)
    members.set(operations)
    members.set(finals, operations.length)
    this.forget()
    const actors = this.actorsOf(members)
    this.noteWriters(operations)
    const dotActor = new Int32Array(members.length).fill(-1)
    const dotCounter = new Float64Array(members.length).fill(-1)
    this.dots(members, dotActor, dotCounter)
    const vector = this.rows(members, actors.length, 'vector')
    const context = this.rows(members, actors.length, 'context')
    const causality: KeyCausality = {
      key,
      members,
      operations: operations.length,
      actors,
      vector,
      context,
      dotActor,
      dotCounter,
      minted: mintedBy(actors.length, dotActor, dotCounter),
      writerOf: (value) => this.writer[value] as number,
    }
    this.clipContexts(causality)
    return causality
  }

  private forget(): void {
    for (const actor of this.usedActors) this.localActor[actor] = -1
    for (const value of this.usedValues) this.writer[value] = -1
    this.usedValues = []
  }

  private actorsOf(members: Int32Array): Int32Array {
    const { history } = this
    const found: number[] = []
    const meet = (actor: number): void => {
      if (actor < 0 || this.localActor[actor] !== -1) return
      this.localActor[actor] = found.length
      found.push(actor)
    }
    for (const operation of members) {
      meet(history.dotActor[operation] as number)
      eachEntry(history, 'vector', operation, meet)
      eachEntry(history, 'context', operation, meet)
      eachSibling(history, operation, (_, actor) => {
        meet(actor)
      })
    }
    this.usedActors = Int32Array.from(found)
    return this.usedActors
  }

  private noteWriters(operations: Int32Array): void {
    const { history } = this
    for (let position = 0; position < operations.length; position++) {
      const operation = operations[position] as number
      const value = history.value[operation] as number
      if (!isWrite(history.kind[operation] as number) || value === NULL) continue
      this.writer[value] = this.writer[value] === -1 ? position : -2
      this.usedValues.push(value)
    }
  }

  private dots(members: Int32Array, dotActor: Int32Array, dotCounter: Float64Array): void {
    const { history } = this
    members.forEach((operation, position) => {
      const actor = history.dotActor[operation] as number
      if (actor < 0) return
      dotActor[position] = this.localActor[actor] as number
      dotCounter[position] = history.dotCounter[operation] as number
    })
    for (const operation of members) {
      eachSibling(history, operation, (value, actor, counter) => {
        const writer = this.writer[value] as number
        if (actor < 0 || writer < 0 || dotActor[writer] !== -1) return
        if (history.outcome[members[writer] as number] !== INFO) return
        dotActor[writer] = this.localActor[actor] as number
        dotCounter[writer] = counter
      })
    }
  }

  private rows(members: Int32Array, width: number, which: 'vector' | 'context'): Float64Array {
    const rows = new Float64Array(members.length * width).fill(-1)
    members.forEach((operation, position) => {
      const base = position * width
      eachEntry(this.history, which, operation, (actor, counter) => {
        rows[base + (this.localActor[actor] as number)] = counter
      })
    })
    return rows
  }

  /**
   * A delete without a context covers what its coordinator read first. If it was ok, the vector it returned says what that was,
   * with its own dot on top. No write covers its own dot.
   */
  private clipContexts(causality: KeyCausality): void {
    const { members, vector, context, dotActor, dotCounter } = causality
    const width = causality.actors.length
    for (let position = 0; position < causality.operations; position++) {
      const actor = dotActor[position] as number
      if (actor < 0) continue
      const base = position * width
      if (isBareDelete(this.history, members[position] as number)) {
        for (let at = base; at < base + width; at++) context[at] = vector[at] as number
      }
      const own = (dotCounter[position] as number) - 1
      if ((context[base + actor] as number) > own) context[base + actor] = own
    }
  }
}

/** A delete that named no context: what it covered was up to its coordinator. */
export const isBareDelete = (history: History, operation: number): boolean =>
  history.kind[operation] === DELETE && (history.contextCount[operation] as number) <= 0

const mintedBy = (
  width: number,
  dotActor: Int32Array,
  dotCounter: Float64Array,
): readonly Int32Array[] => {
  const lists: number[][] = Array.from({ length: width }, () => [])
  dotActor.forEach((actor, position) => {
    if (actor >= 0) lists[actor]?.push(position)
  })
  return lists.map((list) =>
    Int32Array.from(
      list.sort((a, b) => (dotCounter[a] as number) - (dotCounter[b] as number) || a - b),
    ),
  )
}

const eachEntry = (
  history: History,
  which: 'vector' | 'context',
  operation: number,
  visit: (actor: number, counter: number) => void,
): void => {
  const isVector = which === 'vector'
  const from = (isVector ? history.vectorStart : history.contextStart)[operation] as number
  const count = (isVector ? history.vectorCount : history.contextCount)[operation] as number
  if (count === ABSENT) return
  for (let at = from; at < from + count; at++) {
    visit(history.vectorActor[at] as number, history.vectorCounter[at] as number)
  }
}

/** Every value of a read or final: value id, actor (-1 without dots), counter. */
export const eachSibling = (
  history: History,
  operation: number,
  visit: (value: number, actor: number, counter: number) => void,
): void => {
  const from = history.siblingStart[operation] as number
  const to = from + (history.siblingCount[operation] as number)
  for (let at = from; at < to; at++) {
    visit(
      history.siblingValue[at] as number,
      history.siblingActor[at] as number,
      history.siblingCounter[at] as number,
    )
  }
}

/** It may have happened, with a dot that nobody saw. */
export const isUnseen = (history: History, causality: KeyCausality, position: number): boolean => {
  const operation = causality.members[position] as number
  return history.outcome[operation] !== FAIL && (causality.dotActor[position] as number) < 0
}

/**
 * Rows that writes carry, taken together: for a vector, the pointwise maximum of the rows of all writes whose dots it covers.
 * Since a vector covers the counters of an actor up to some number, it is enough to keep running maxima per actor.
 */
export class Cumulated {
  private readonly causality: KeyCausality
  private readonly width: number
  /** Per local actor, in the order of `minted`: the running maxima. */
  private readonly rows: readonly Float64Array[]

  /** `rows`: one row of the key's width per position. */
  constructor(causality: KeyCausality, rows: Float64Array) {
    this.causality = causality
    this.width = causality.actors.length
    this.rows = causality.minted.map((positions) => this.runningMaxima(positions, rows))
  }

  private runningMaxima(positions: Int32Array, rows: Float64Array): Float64Array {
    const { width } = this
    const maxima = new Float64Array(positions.length * width)
    positions.forEach((position, index) => {
      for (let at = 0; at < width; at++) {
        const before = index === 0 ? -1 : (maxima[(index - 1) * width + at] as number)
        maxima[index * width + at] = Math.max(before, rows[position * width + at] as number)
      }
    })
    return maxima
  }

  /** Raises `into` (one row) to the maxima under the vector that stands at `base` of `vectors`. */
  raise(vectors: Float64Array, base: number, into: Float64Array): void {
    for (let actor = 0; actor < this.width; actor++) {
      const covered = coveredCount(this.causality, actor, vectors[base + actor] as number)
      if (covered === 0) continue
      const rows = this.rows[actor] as Float64Array
      const from = (covered - 1) * this.width
      for (let at = 0; at < this.width; at++) {
        const raised = rows[from + at] as number
        if (raised > (into[at] as number)) into[at] = raised
      }
    }
  }
}

/** How many of the writes that a local actor minted have a counter of at most `counter`. */
export const coveredCount = (causality: KeyCausality, actor: number, counter: number): number => {
  const positions = causality.minted[actor] as Int32Array
  const { dotCounter } = causality
  let high = positions.length
  if (high === 0 || counter < (dotCounter[positions[0] as number] as number)) return 0
  if ((dotCounter[positions[high - 1] as number] as number) <= counter) return high
  let low = 0
  while (low < high) {
    const middle = (low + high) >> 1
    if ((dotCounter[positions[middle] as number] as number) <= counter) low = middle + 1
    else high = middle
  }
  return low
}

/** The write with this dot: its position, or -1. */
export const writeAt = (causality: KeyCausality, actor: number, counter: number): number => {
  const index = coveredCount(causality, actor, counter) - 1
  const position = index < 0 ? -1 : (causality.minted[actor]?.[index] as number)
  return position >= 0 && causality.dotCounter[position] === counter ? position : -1
}
