/**
 * Sibling truth (protocol.md section 2, DVV-1, DVV-4 and RW-4). A read, or what an owner holds at
 * the end, carries a vector and the dots of its values. The contexts that clients sent say what
 * each write replaced; so the vector alone determines which values must be there:
 *
 * alive = dots that the vector covers, less those in the context of a write that the vector covers
 * too.
 *
 * Missing: a value that nobody replaced has vanished. Too many: a replaced value came back.
 * Besides: nobody's value, a rejected write's value, one write under two dots, one dot given to two
 * writes, another value than the dot's write wrote.
 *
 * A write whose outcome and dot nobody knows may or may not be behind a vector: what its context
 * names is not demanded. In a last-write-wins bucket one value hides the others, and only the
 * second half of the rules applies.
 */
import { Cumulated, coveredCount, isBareDelete, isUnseen } from './causal.js'
import type { KeyCausality } from './causal.js'
import type { RuleOf } from './bucket.js'
import { ABSENT, DELETE, FAIL, FINAL, INFO, OK, dotName, isWrite } from './history.js'
import type { History } from './history.js'
import type { Subject } from './subject.js'
import type { Counterexample, Finding } from './verdict.js'
import { counterexampleOf, endText, operationText, plural, startText, valueText } from './words.js'

const examples = 3

/** `reaps`: what a delete has seen may be covered after its tombstone is gone, and not be shown. */
export const checkSiblings = (subject: Subject, ruleOf: RuleOf, reaps = false): Finding =>
  new SiblingTruth(subject, ruleOf, reaps).run()

type Fault =
  | 'vanished'
  | 'resurrected'
  | 'unwritten'
  | 'rejected'
  | 'twice'
  | 'misplaced'
  | 'dot_reused'
  | 'siblings_in_lww'

class SiblingTruth {
  private readonly history: History
  private readonly ruleOf: RuleOf
  readonly reaps: boolean
  private readonly subject: Subject
  private readonly counts = new Map<Fault, number>()
  private readonly shown: Counterexample[] = []
  private states = 0
  private most = 0

  constructor(subject: Subject, ruleOf: RuleOf, reaps: boolean) {
    this.reaps = reaps
    this.history = subject.history
    this.subject = subject
    this.ruleOf = ruleOf
  }

  run(): Finding {
    const { groups } = this.subject
    for (let key = 0; key < this.history.keys.length; key++) {
      if (!this.hasState(groups.operations(key)) && !this.hasState(groups.finals(key))) continue
      const isLatest = this.ruleOf(key) === 'lww'
      new KeyTruth(this.history, this.subject.causality(key), isLatest, this).run()
    }
    return this.finding()
  }

  /** It shows values with their dots, and the vector they belong to. */
  private hasState(operations: Int32Array): boolean {
    for (const operation of operations) if (this.isState(operation)) return true
    return false
  }

  isState(operation: number): boolean {
    const { outcome, vectorCount, kind } = this.history
    if (outcome[operation] !== OK || vectorCount[operation] === ABSENT) return false
    return kind[operation] === FINAL || !isWrite(kind[operation] as number)
  }

  sawState(siblings: number): void {
    this.states++
    this.most = Math.max(this.most, siblings)
  }

  tell(fault: Fault, operations: readonly number[], explain: () => string): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
    if (this.shown.length >= examples) return
    this.shown.push(counterexampleOf(this.history, operations, explain()))
  }

  private finding(): Finding {
    const violations = [...this.counts.values()].reduce((sum, count) => sum + count, 0)
    const figures: Record<string, number> = {
      states: this.states,
      mostSiblings: this.most,
      violations,
    }
    for (const [fault, count] of this.counts) figures[fault] = count
    const base = { check: 'siblings', figures, counterexamples: this.shown }
    const first = this.shown[0]
    if (first !== undefined) {
      const summary = `${String(violations)} in ${String(this.states)} states. ${first.key}: ${first.explanation}`
      return { ...base, verdict: 'violation', summary }
    }
    if (this.states === 0) {
      return { ...base, verdict: 'unknown', summary: 'the history carries no dots' }
    }
    const summary = `${plural(this.states, 'state')}, at most ${plural(this.most, 'sibling')}`
    return { ...base, verdict: 'ok', summary }
  }
}

class KeyTruth {
  private readonly history: History
  private readonly causality: KeyCausality
  private readonly isLww: boolean
  private readonly truth: SiblingTruth
  private readonly width: number
  private readonly replaced: Cumulated
  /** Per actor: counters up to this may have been replaced by writes that nobody can place. */
  private readonly doubtful: Float64Array
  private readonly dead: Int32Array
  /** Last state seen to be right; most states repeat the one before. */
  private lastRight = -1
  /** Writes already reported for what does not depend on the state that shows it. */
  private readonly told = new Set<string>()

  constructor(history: History, causality: KeyCausality, isLww: boolean, truth: SiblingTruth) {
    this.history = history
    this.causality = causality
    this.isLww = isLww
    this.truth = truth
    this.width = causality.actors.length
    this.replaced = new Cumulated(causality, causality.context)
    this.doubtful = new Float64Array(this.width).fill(-1)
    this.dead = new Int32Array(this.width)
  }

  run(): void {
    this.reusedDots()
    const { members } = this.causality
    for (let position = 0; position < members.length; position++) {
      const operation = members[position] as number
      if (isWrite(this.history.kind[operation] as number)) this.doubt(position)
    }
    for (let position = 0; position < members.length; position++) {
      const operation = members[position] as number
      if (!this.truth.isState(operation)) continue
      this.truth.sawState(this.history.siblingCount[operation] as number)
      if (this.sameAsLast(position)) continue
      if (this.judge(position)) this.lastRight = position
    }
  }

  /** What an unseen write names in its context is not demanded of anyone. */
  private doubt(position: number): void {
    const operation = this.causality.members[position] as number
    const { kind, outcome } = this.history
    const isReaped = this.truth.reaps && kind[operation] === DELETE && outcome[operation] !== FAIL
    const bare = isBareDelete(this.history, operation)
    // A delete without context whose answer went astray may have a dot, and no vector with it.
    const untold = bare && outcome[operation] === INFO
    const isUntraced = untold || isUnseen(this.history, this.causality, position)
    if (!isReaped && !isUntraced) return
    const all = bare && isUntraced
    for (let actor = 0; actor < this.width; actor++) {
      const named = all
        ? Infinity
        : (this.causality.context[position * this.width + actor] as number)
      if (named > (this.doubtful[actor] as number)) this.doubtful[actor] = named
    }
  }

  private reusedDots(): void {
    const { minted, dotCounter, members } = this.causality
    for (const positions of minted) {
      for (let index = 1; index < positions.length; index++) {
        const one = positions[index - 1] as number
        const other = positions[index] as number
        if (dotCounter[one] !== dotCounter[other]) continue
        const pair = [members[one] as number, members[other] as number]
        this.truth.tell('dot_reused', pair, () => {
          const names = pair.map((each) => operationText(this.history, each))
          return `${names.join(' and ')} were given the same dot ${this.dotText(one)}.`
        })
      }
    }
  }

  private dotText(position: number): string {
    const actor = this.causality.actors[this.causality.dotActor[position] as number] as number
    return dotName(this.history, actor, this.causality.dotCounter[position] as number)
  }

  private sameAsLast(position: number): boolean {
    if (this.lastRight < 0) return false
    const { vector, members } = this.causality
    const { width, history } = this
    for (let at = 0; at < width; at++) {
      if (vector[position * width + at] !== vector[this.lastRight * width + at]) return false
    }
    const one = members[position] as number
    const other = members[this.lastRight] as number
    const count = history.siblingCount[one] as number
    if (count !== history.siblingCount[other]) return false
    const a = history.siblingStart[one] as number
    const b = history.siblingStart[other] as number
    for (let at = 0; at < count; at++) {
      if (history.siblingValue[a + at] !== history.siblingValue[b + at]) return false
      if (history.siblingActor[a + at] !== history.siblingActor[b + at]) return false
      if (history.siblingCounter[a + at] !== history.siblingCounter[b + at]) return false
    }
    return true
  }

  private judge(position: number): boolean {
    const present = this.present(position)
    if (present === null) return false
    if (this.isLww) return this.oneAtMost(position)
    this.dead.fill(-1)
    this.replaced.raise(this.causality.vector, position * this.width, this.dead)
    return this.nothingReturned(position, present) && this.nothingVanished(position, present)
  }

  /** Positions of the writes whose values are shown; null if one of them has no business there. */
  private present(position: number): ReadonlySet<number> | null {
    const present = new Set<number>()
    let right = true
    const state = this.causality.members[position] as number
    const from = this.history.siblingStart[state] as number
    const to = from + (this.history.siblingCount[state] as number)
    for (let at = from; at < to; at++) {
      const writer = this.causality.writers[at] as number
      if (writer >= 0) present.add(writer)
      if (!this.belongs(state, at, writer)) right = false
    }
    return right ? present : null
  }

  /** Has the value that stands there in this state any business there? */
  private belongs(state: number, at: number, writer: number): boolean {
    const value = this.history.siblingValue[at] as number
    const actor = this.history.siblingActor[at] as number
    const counter = this.history.siblingCounter[at] as number
    if (writer === -1) return this.wrong('unwritten', [state], value, 'nobody wrote')
    if (writer < 0) return true
    const operation = this.causality.members[writer] as number
    if (this.history.outcome[operation] === FAIL) {
      return this.wrong('rejected', [operation, state], value, 'was rejected')
    }
    const own = this.causality.dotActor[writer] as number
    if (actor < 0 || own < 0) return true
    const isSame = this.causality.dotCounter[writer] === counter
    if (isSame && this.causality.actors[own] === actor) return true
    const dot = dotName(this.history, actor, counter)
    const words = `has the dot ${this.dotText(writer)} but stands under ${dot}`
    return this.wrong('twice', [operation, state], value, words)
  }

  private wrong(fault: Fault, operations: readonly number[], value: number, why: string): false {
    const name = `${fault} ${String(value)}`
    if (this.told.has(name)) return false
    this.told.add(name)
    const state = operations.at(-1) as number
    this.truth.tell(fault, operations, () => {
      const what = operationText(this.history, state)
      return `${what} at ${startText(this.history, state)} shows ${valueText(this.history, value)}, which ${why}.`
    })
    return false
  }

  private oneAtMost(position: number): boolean {
    const state = this.causality.members[position] as number
    if ((this.history.siblingCount[state] as number) < 2) return true
    this.truth.tell('siblings_in_lww', [state], () => {
      const what = operationText(this.history, state)
      return `${what}: a last-write-wins bucket holds one value.`
    })
    return false
  }

  private nothingReturned(position: number, present: ReadonlySet<number>): boolean {
    const { dotActor, dotCounter, members, vector } = this.causality
    let right = true
    for (const write of present) {
      const actor = dotActor[write] as number
      if (actor < 0) continue
      const state = members[position] as number
      const counter = dotCounter[write] as number
      const value = this.history.value[members[write] as number] as number
      if (counter > (vector[position * this.width + actor] as number)) {
        right = this.wrong(
          'misplaced',
          [members[write] as number, state],
          value,
          'its vector lacks',
        )
      } else if (counter <= (this.dead[actor] as number)) {
        const by = this.replacer(position, actor, counter)
        const operations = [members[write] as number, by, state]
        const words = `${operationText(this.history, by)} had replaced and which came back`
        right = this.wrong('resurrected', operations, value, words)
      }
    }
    return right
  }

  /** A write that the state covers and whose context names the dot. */
  private replacer(position: number, actor: number, counter: number): number {
    const { minted, context, members, vector } = this.causality
    for (let minter = 0; minter < this.width; minter++) {
      const covered = coveredCount(
        this.causality,
        minter,
        vector[position * this.width + minter] as number,
      )
      for (let index = 0; index < covered; index++) {
        const write = minted[minter]?.[index] as number
        if ((context[write * this.width + actor] as number) >= counter)
          return members[write] as number
      }
    }
    return members[position] as number
  }

  /** Walks down from the vector's entry to the newest dead dot: what lies between must be there. */
  private nothingVanished(position: number, present: ReadonlySet<number>): boolean {
    const { minted, dotCounter, members, vector } = this.causality
    let right = true
    for (let actor = 0; actor < this.width; actor++) {
      const spared = Math.max(this.dead[actor] as number, this.doubtful[actor] as number)
      const covered = coveredCount(
        this.causality,
        actor,
        vector[position * this.width + actor] as number,
      )
      for (let index = covered - 1; index >= 0; index--) {
        const write = minted[actor]?.[index] as number
        if ((dotCounter[write] as number) <= spared) break
        const operation = members[write] as number
        if (present.has(write) || this.history.kind[operation] === DELETE) continue
        right = this.vanished(operation, members[position] as number)
      }
    }
    return right
  }

  private vanished(write: number, state: number): false {
    const name = `vanished ${String(write)}`
    if (this.told.has(name)) return false
    this.told.add(name)
    this.truth.tell('vanished', [write, state], () => {
      const acknowledged = this.history.outcome[write] === OK
      const when = acknowledged
        ? `acknowledged at ${endText(this.history, write)}`
        : 'of unknown outcome'
      const shown = `${operationText(this.history, state)} at ${startText(this.history, state)}`
      const lacking = `${operationText(this.history, write)} (${when})`
      return `${shown} covers ${lacking}, which nobody had replaced, but does not show it.`
    })
    return false
  }
}
