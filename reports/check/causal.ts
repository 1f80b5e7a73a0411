/**
 * What the dots and vectors of one key say, as dense rows of numbers over the actors that the key
 * has met. A vector covers the dot (a, n) if its entry for a is at least n; entries are -1 where
 * there is none.
 *
 * Operations come first, in order of invocation, then finals: `position` counts through both.
 */
import { DELETE, FAIL, INFO, NULL, isWrite } from './history.js'
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
  readonly vector: Int32Array
  /** Row `position`: what a write superseded. */
  readonly context: Int32Array
  /**
   * Local actor of a write's dot, or -1. Dots of unknown writes are learned from whoever saw their
   * value.
   */
  readonly dotActor: Int32Array
  readonly dotCounter: Int32Array
  /** Per local actor: positions of the writes it minted, by counter. */
  readonly minted: readonly Int32Array[]
  /**
   * Index into the history's sibling pool -> position of the one write of that value; -1: nobody's,
   * -2: several.
   */
  readonly writers: Int32Array
}

/** Makes them for one history; keeps the scratch space that all keys share. */
export class CausalityBuilder {
  private readonly history: History
  private readonly groups: Groups
  private readonly localActor: Int32Array
  private readonly writerOf: Int32Array
  private readonly writers: Int32Array

  constructor(history: History, groups: Groups) {
    this.history = history
    this.groups = groups
    this.localActor = new Int32Array(history.actors.length).fill(-1)
    this.writerOf = new Int32Array(history.values.length).fill(-1)
    this.writers = new Int32Array(history.siblingValue.length).fill(-1)
  }

  build(key: number): KeyCausality {
    const operations = this.groups.operations(key)
    const finals = this.groups.finals(key)
    const members = new Int32Array(operations.length + finals.length)
    members.set(operations)
    members.set(finals, operations.length)
    const actors = this.findActors(members)
    this.findWriters(operations, members)
    const dotActor = new Int32Array(members.length).fill(-1)
    const dotCounter = new Int32Array(members.length).fill(-1)
    this.findDots(members, dotActor, dotCounter)
    const { history } = this
    const causality: KeyCausality = {
      key,
      members,
      operations: operations.length,
      actors,
      vector: this.rows(members, actors.length, history.vectorStart, history.vectorCount),
      context: this.rows(members, actors.length, history.contextStart, history.contextCount),
      dotActor,
      dotCounter,
      minted: mintedBy(actors.length, dotActor, dotCounter),
      writers: this.writers,
    }
    this.clipContexts(causality)
    for (const actor of actors) this.localActor[actor] = -1
    return causality
  }

  /** Every actor that a dot or a vector of the key names gets a local number. */
  private findActors(members: Int32Array): Int32Array {
    const { history } = this
    const found: number[] = []
    for (const operation of members) {
      this.meet(history.dotActor[operation] as number, found)
      this.meetAll(history.vectorActor, history.vectorStart, history.vectorCount, operation, found)
      this.meetAll(
        history.vectorActor,
        history.contextStart,
        history.contextCount,
        operation,
        found,
      )
      this.meetAll(
        history.siblingActor,
        history.siblingStart,
        history.siblingCount,
        operation,
        found,
      )
    }
    return Int32Array.from(found)
  }

  private meetAll(
    pool: Int32Array,
    start: Int32Array,
    count: Int32Array,
    operation: number,
    found: number[],
  ): void {
    const from = start[operation] as number
    const to = from + (count[operation] as number)
    for (let at = from; at < to; at++) this.meet(pool[at] as number, found)
  }

  private meet(actor: number, found: number[]): void {
    if (actor < 0 || this.localActor[actor] !== -1) return
    this.localActor[actor] = found.length
    found.push(actor)
  }

  /** Who wrote each value that was seen. */
  private findWriters(operations: Int32Array, members: Int32Array): void {
    const { history, writerOf } = this
    const used: number[] = []
    for (let position = 0; position < operations.length; position++) {
      const operation = operations[position] as number
      const value = history.value[operation] as number
      if (!isWrite(history.kind[operation] as number) || value === NULL) continue
      writerOf[value] = writerOf[value] === -1 ? position : -2
      used.push(value)
    }
    for (const operation of members) {
      const from = history.siblingStart[operation] as number
      const to = from + (history.siblingCount[operation] as number)
      for (let at = from; at < to; at++) {
        this.writers[at] = writerOf[history.siblingValue[at] as number] as number
      }
    }
    for (const value of used) writerOf[value] = -1
  }

  private findDots(members: Int32Array, dotActor: Int32Array, dotCounter: Int32Array): void {
    const { history } = this
    for (let position = 0; position < members.length; position++) {
      const operation = members[position] as number
      const actor = history.dotActor[operation] as number
      if (actor < 0) continue
      dotActor[position] = this.localActor[actor] as number
      dotCounter[position] = history.dotCounter[operation] as number
    }
    for (const operation of members) {
      const from = history.siblingStart[operation] as number
      const to = from + (history.siblingCount[operation] as number)
      for (let at = from; at < to; at++) {
        const writer = this.writers[at] as number
        const actor = history.siblingActor[at] as number
        if (actor < 0 || writer < 0 || dotActor[writer] !== -1) continue
        if (history.outcome[members[writer] as number] !== INFO) continue
        dotActor[writer] = this.localActor[actor] as number
        dotCounter[writer] = history.siblingCounter[at] as number
      }
    }
  }

  private rows(
    members: Int32Array,
    width: number,
    start: Int32Array,
    count: Int32Array,
  ): Int32Array {
    const { vectorActor, vectorCounter } = this.history
    const rows = new Int32Array(members.length * width).fill(-1)
    for (let position = 0; position < members.length; position++) {
      const operation = members[position] as number
      const from = start[operation] as number
      const to = from + (count[operation] as number)
      const base = position * width
      for (let at = from; at < to; at++) {
        const actor = this.localActor[vectorActor[at] as number] as number
        rows[base + actor] = vectorCounter[at] as number
      }
    }
    return rows
  }

  /**
   * A delete without a context covers what its coordinator read first. If it was ok, the vector it
   * returned says what that was, with its own dot on top. No write covers its own dot.
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
  dotCounter: Int32Array,
): readonly Int32Array[] => {
  const lists: number[][] = Array.from({ length: width }, () => [])
  for (let position = 0; position < dotActor.length; position++) {
    lists[dotActor[position] as number]?.push(position)
  }
  return lists.map((list) => byCounter(list, dotCounter))
}

/** One actor's writes of a key mostly come in the order of their dots. */
const byCounter = (list: number[], dotCounter: Int32Array): Int32Array => {
  for (let index = 1; index < list.length; index++) {
    const before = dotCounter[list[index - 1] as number] as number
    if (before <= (dotCounter[list[index] as number] as number)) continue
    list.sort((a, b) => (dotCounter[a] as number) - (dotCounter[b] as number) || a - b)
    break
  }
  return Int32Array.from(list)
}

/** It may have happened, with a dot that nobody saw. */
export const isUnseen = (history: History, causality: KeyCausality, position: number): boolean => {
  const operation = causality.members[position] as number
  return history.outcome[operation] !== FAIL && (causality.dotActor[position] as number) < 0
}

/**
 * Rows that writes carry, taken together: for a vector, the pointwise maximum of the rows of all
 * writes whose dots it covers. Since a vector covers the counters of an actor up to some number, it
 * is enough to keep running maxima per actor.
 */
export class Cumulated {
  private readonly causality: KeyCausality
  private readonly width: number
  /** Per local actor, in the order of `minted`: the running maxima. */
  private readonly rows: readonly Int32Array[]

  /** `rows`: one row of the key's width per position. */
  constructor(causality: KeyCausality, rows: Int32Array) {
    this.causality = causality
    this.width = causality.actors.length
    this.rows = causality.minted.map((positions) => this.runningMaxima(positions, rows))
  }

  private runningMaxima(positions: Int32Array, rows: Int32Array): Int32Array {
    const { width } = this
    const maxima = new Int32Array(positions.length * width)
    for (let index = 0; index < positions.length; index++) {
      const position = positions[index] as number
      for (let at = 0; at < width; at++) {
        const before = index === 0 ? -1 : (maxima[(index - 1) * width + at] as number)
        maxima[index * width + at] = Math.max(before, rows[position * width + at] as number)
      }
    }
    return maxima
  }

  /** Raises `into` (one row) to the maxima under the vector that stands at `base` of `vectors`. */
  raise(vectors: Int32Array, base: number, into: Int32Array): void {
    for (let actor = 0; actor < this.width; actor++) {
      const covered = coveredCount(this.causality, actor, vectors[base + actor] as number)
      if (covered === 0) continue
      const rows = this.rows[actor] as Int32Array
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
