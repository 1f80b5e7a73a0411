/**
 * No acknowledged write is lost: after the run some owner still holds it, or it was rightly
 * replaced.
 *
 * - Where the bucket keeps siblings, replaced means: named by the context of another write that was
 *   not rejected.
 * - Where the last write wins, replaced means: another write began after this one was acknowledged.
 *   A write that lost against one that ran at the same time is no loss, but counted as
 *   `lwwDropped`; one that a store discarded in favour of a write that was over before this one
 *   began is counted as `lwwShadowed` even where a later write covers the trace.
 */
import type { RuleOf } from './bucket.js'
import { isBareDelete } from './causal.js'
import type { KeyCausality } from './causal.js'
import { ABSENT, DELETE, FAIL, NULL, OK, READ } from './history.js'
import { answersOf, eachSibling, isAnswered, isTold, isWrite } from './history.js'
import type { History } from './history.js'
import type { Subject } from './subject.js'
import type { Counterexample, Finding } from './verdict.js'
import { counterexampleOf, operationText, plural, wasAcknowledged } from './words.js'

const examples = 3

/**
 * `reaps`: tombstones may be gone in the end. A delete is then lost if what it had seen is back
 * (DEL-1).
 */
export const checkDurability = (subject: Subject, ruleOf: RuleOf, reaps = false): Finding =>
  new Durability(subject, ruleOf, reaps).run()

class Durability {
  private readonly history: History
  private readonly ruleOf: RuleOf
  private readonly reaps: boolean
  private readonly subject: Subject
  private readonly shown: Counterexample[] = []
  private acknowledged = 0
  private lost = 0
  private lwwDropped = 0
  private lwwShadowed = 0
  private hasLww = false

  constructor(subject: Subject, ruleOf: RuleOf, reaps: boolean) {
    this.reaps = reaps
    this.history = subject.history
    this.subject = subject
    this.ruleOf = ruleOf
  }

  run(): Finding {
    for (let key = 0; key < this.history.keys.length; key++) {
      const writes = answersOf(this.history, this.subject.groups.operations(key), 'writes')
      this.acknowledged += writes.length
      if (writes.length === 0 || this.history.finals === 0) continue
      const isTraced = isTold(this.history.dotActor, writes)
      if (this.ruleOf(key) === 'lww' || !isTraced) {
        this.hasLww = true
        this.lastWriteWins(key, writes)
        if (isTraced) this.shadowed(this.subject.causality(key))
      } else this.siblings(this.subject.causality(key))
    }
    return this.finding()
  }

  private siblings(causality: KeyCausality): void {
    const { history } = this
    const { members, dotActor, dotCounter } = causality
    const width = causality.actors.length
    const replaced = replacedBy(history, causality)
    const held = new Set<number>()
    const known = new Float64Array(width).fill(-1)
    for (let position = causality.operations; position < members.length; position++) {
      eachSibling(history, members[position] as number, (at) => {
        held.add(causality.writers[at] as number)
      })
      for (let at = 0; at < width; at++) {
        known[at] = Math.max(known[at] as number, causality.vector[position * width + at] as number)
      }
    }
    for (let position = 0; position < causality.operations; position++) {
      const operation = members[position] as number
      if (!isAnswered(history, operation, 'writes') || held.has(position)) continue
      const actor = dotActor[position] as number
      const counter = dotCounter[position] as number
      if (actor >= 0 && counter <= (replaced[actor] as number)) continue
      // A tombstone is not among the values; that its dot is known says that it arrived.
      const isKnown = actor >= 0 && counter <= (known[actor] as number)
      if (history.kind[operation] === DELETE) {
        if (isKnown || (this.reaps && !bringsBack(causality, position, held))) continue
      }
      this.lose(operation, null)
    }
  }

  private lastWriteWins(key: number, writes: Int32Array): void {
    const { history } = this
    const held = new Set<number>()
    for (const final of this.subject.groups.finals(key)) {
      if (history.siblingCount[final] === 0) held.add(NULL)
      eachSibling(history, final, (at) => held.add(history.siblingValue[at] as number))
    }
    if (this.subject.groups.finals(key).length === 0) held.add(NULL)
    const possible = this.subject.groups
      .operations(key)
      .filter((each) => isWrite(history.kind[each] as number) && history.outcome[each] !== FAIL)
    const lastStart = history.start[possible.at(-1) as number] as number
    for (const write of writes) {
      if (held.has(history.value[write] as number)) continue
      if (lastStart > (history.end[write] as number)) continue
      const rival = possible.find(
        (other) =>
          held.has(history.value[other] as number) &&
          (history.end[other] as number) > (history.start[write] as number),
      )
      if (rival !== undefined) this.lwwDropped++
      else this.lose(write, possible.find((o) => held.has(history.value[o] as number)) ?? null)
    }
  }

  /**
   * Acknowledged writes that a state covers while it shows a value that was written, and over,
   * before they began.
   */
  private shadowed(causality: KeyCausality): void {
    const { history } = this
    const { members, vector, dotActor, dotCounter } = causality
    const width = causality.actors.length
    const found = new Set<number>()
    /** Positions of the acknowledged writes that began before the state was read. */
    const writes: number[] = []
    members.forEach((state, position) => {
      if (isAnswered(history, state, 'writes')) writes.push(position)
      if (history.outcome[state] !== OK || history.vectorCount[state] === ABSENT) return
      if (isWrite(history.kind[state] as number)) return
      if (history.siblingCount[state] !== 1) return
      const winner = causality.writers[history.siblingStart[state] as number] as number
      if (winner < 0) return
      const winnerEnd = history.end[members[winner] as number] as number
      for (let index = writes.length - 1; index >= 0; index--) {
        const write = writes[index] as number
        if ((history.start[members[write] as number] as number) < winnerEnd) break
        const actor = dotActor[write] as number
        if (actor < 0 || found.has(write)) continue
        const covered = vector[position * width + actor] as number
        if (covered >= (dotCounter[write] as number)) found.add(write)
      }
    })
    this.lwwShadowed += found.size
  }

  private lose(write: number, instead: number | null): void {
    this.lost++
    if (this.shown.length >= examples) return
    const { history } = this
    const key = history.key[write] as number
    const finals = this.subject.groups.finals(key)
    const holds =
      finals.length === 0
        ? 'no owner holds the key'
        : `the owners hold: ${[...finals].map((final) => operationText(history, final)).join('; ')}`
    const why = instead === null ? '' : `, older than it: ${operationText(history, instead)}`
    const acknowledged = wasAcknowledged(history, write)
    const words = `${acknowledged} and never replaced, but is gone; ${holds}${why}.`
    const others = instead === null ? [] : [instead]
    this.shown.push(counterexampleOf(history, [...others, write], words))
  }

  private finding(): Finding {
    const { acknowledged, lost, lwwDropped, lwwShadowed } = this
    const lww = this.hasLww ? { lwwDropped, lwwShadowed } : {}
    const figures = { acknowledged, lost, ...lww }
    const base = { check: 'durability', figures, counterexamples: this.shown }
    const first = this.shown[0]
    if (first !== undefined) {
      const summary = `${String(lost)} of ${plural(acknowledged, 'acknowledged write')} lost. ${first.key}: ${first.explanation}`
      return { ...base, verdict: 'violation', summary }
    }
    if (this.history.finals === 0 && acknowledged > 0) {
      const summary = 'no final reads: what the owners held at the end was not recorded'
      return { ...base, figures: { ...figures, lost: null }, verdict: 'unknown', summary }
    }
    const dropped =
      lwwDropped === 0 ? '' : `; ${String(lwwDropped)} dropped in favour of a concurrent write`
    const shadowed =
      lwwShadowed === 0 ? '' : `; ${String(lwwShadowed)} hidden behind an older value until it went`
    const summary = `${plural(acknowledged, 'acknowledged write')}, none lost${dropped}${shadowed}`
    return { ...base, verdict: 'ok', summary }
  }
}

/** Is one of the values that the owners hold one that this delete had seen? */
const bringsBack = (
  { context, dotActor, dotCounter, actors }: KeyCausality,
  removal: number,
  held: ReadonlySet<number>,
): boolean => {
  for (const write of held) {
    const actor = write < 0 ? -1 : (dotActor[write] as number)
    if (actor < 0) continue
    const seen = context[removal * actors.length + actor] as number
    if ((dotCounter[write] as number) <= seen) return true
  }
  return false
}

/**
 * Pointwise maximum of the contexts of all writes that may have happened: the dots that somebody
 * replaced.
 */
const replacedBy = (history: History, causality: KeyCausality): Float64Array => {
  const width = causality.actors.length
  const replaced = new Float64Array(width).fill(-1)
  for (let position = 0; position < causality.operations; position++) {
    const operation = causality.members[position] as number
    if (history.kind[operation] === READ || history.outcome[operation] === FAIL) continue
    // Nobody knows what a delete without context and without answer replaced: possibly all.
    if (isBareDelete(history, operation) && history.outcome[operation] !== OK)
      replaced.fill(Infinity)
    for (let at = 0; at < width; at++) {
      const named = causality.context[position * width + at] as number
      if (named > (replaced[at] as number)) replaced[at] = named
    }
  }
  return replaced
}
