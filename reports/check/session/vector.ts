/**
 * The four session guarantees (Terry et al. 1994) of one key, where reads carry version vectors. A
 * session's requirements are vectors too, taken when an operation begins:
 *
 * - read your writes: a read covers the dots of the session's acknowledged writes;
 * - monotonic reads: a read covers the vectors of the session's earlier reads;
 * - monotonic writes: whatever state covers a write covers the session's earlier acknowledged
 *   writes;
 * - writes follow reads: whatever state covers a write covers what the session had read before it.
 *
 * "Earlier" means completed before the operation began, so sessions with several operations open at
 * once are in order too.
 */
import type { SessionGuarantee } from '../../../scenarios/model.js'
import { Cumulated, coveredCount, writeAt } from '../causal.js'
import type { KeyCausality } from '../causal.js'
import type { Groups } from '../group.js'
import { ABSENT, OK, READ, isWrite } from '../history.js'
import type { History } from '../history.js'
import type { Subject } from '../subject.js'

/** Found by a read: the operations that show it, in the order of the story. */
export interface SessionViolation {
  readonly guarantee: SessionGuarantee
  /**
   * What the session did first (a write or a read); for the last two guarantees also its write
   * after that.
   */
  readonly before: readonly number[]
  readonly read: number
}

export type Report = (violation: SessionViolation) => void

export const checkSessionsByVector = (subject: Subject, key: number, report: Report): void => {
  const { history, groups } = subject
  new VectorSessions(history, groups, subject.causality(key), report).run()
}

class VectorSessions {
  private readonly history: History
  private readonly groups: Groups
  private readonly causality: KeyCausality
  private readonly report: Report
  private readonly width: number
  /**
   * Row per position: what the session had written, and what it had read, when this operation
   * began.
   */
  private readonly written: Int32Array
  private readonly seen: Int32Array

  constructor(history: History, groups: Groups, causality: KeyCausality, report: Report) {
    this.history = history
    this.groups = groups
    this.causality = causality
    this.report = report
    this.width = causality.actors.length
    this.written = new Int32Array(causality.operations * this.width).fill(-1)
    this.seen = new Int32Array(causality.operations * this.width).fill(-1)
  }

  run(): void {
    this.collect()
    const writes = new Cumulated(this.causality, this.written)
    const reads = new Cumulated(this.causality, this.seen)
    const needed = new Int32Array(this.width)
    for (let position = 0; position < this.causality.operations; position++) {
      if (!this.isVectorRead(position)) continue
      this.compare(position, this.written, position * this.width, 'read_your_writes')
      this.compare(position, this.seen, position * this.width, 'monotonic_reads')
      this.compareBehind(position, writes, needed, 'monotonic_writes')
      this.compareBehind(position, reads, needed, 'writes_follow_reads')
    }
  }

  private isVectorRead(position: number): boolean {
    const operation = this.causality.members[position] as number
    const { kind, outcome, vectorCount } = this.history
    return (
      kind[operation] === READ && outcome[operation] === OK && vectorCount[operation] !== ABSENT
    )
  }

  /**
   * Walks the key's events; sessions' rows grow, and each operation keeps a copy of what it found.
   */
  private collect(): void {
    const { history, groups, width } = this
    const rows = new Map<number, SessionRows>()
    for (const event of groups.events(this.causality.key)) {
      const operation = event >> 1
      const position = groups.position[operation] as number
      const session = history.session[operation] as number
      let state = rows.get(session)
      if (state === undefined) {
        state = {
          written: new Int32Array(width).fill(-1),
          seen: new Int32Array(width).fill(-1),
        }
        rows.set(session, state)
      }
      if ((event & 1) === 0) {
        this.written.set(state.written, position * width)
        this.seen.set(state.seen, position * width)
      } else this.learn(state, operation, position)
    }
  }

  private learn(state: SessionRows, operation: number, position: number): void {
    if (this.history.outcome[operation] !== OK) return
    const { causality, width } = this
    if (isWrite(this.history.kind[operation] as number)) {
      const actor = causality.dotActor[position] as number
      if (actor < 0) return
      const counter = causality.dotCounter[position] as number
      if (counter > (state.written[actor] as number)) state.written[actor] = counter
      return
    }
    for (let at = 0; at < width; at++) {
      const counter = causality.vector[position * width + at] as number
      if (counter > (state.seen[at] as number)) state.seen[at] = counter
    }
  }

  /** Requirements of the reading session itself. */
  private compare(
    read: number,
    needs: Int32Array,
    base: number,
    guarantee: 'read_your_writes' | 'monotonic_reads',
  ): void {
    for (let actor = 0; actor < this.width; actor++) {
      const needed = needs[base + actor] as number
      if (this.has(read, actor) >= needed) continue
      const before = this.earlier(read, actor, needed, guarantee === 'read_your_writes')
      this.tell(guarantee, [before], read)
      return
    }
  }

  /** Requirements of whoever wrote what is in the state that was read. */
  private compareBehind(
    read: number,
    requirements: Cumulated,
    needed: Int32Array,
    guarantee: 'monotonic_writes' | 'writes_follow_reads',
  ): void {
    needed.fill(-1)
    requirements.raise(this.causality.vector, read * this.width, needed)
    for (let actor = 0; actor < this.width; actor++) {
      if (this.has(read, actor) >= (needed[actor] as number)) continue
      this.tell(guarantee, this.dependency(read, actor, needed[actor] as number, guarantee), read)
      return
    }
  }

  private has(position: number, actor: number): number {
    return this.causality.vector[position * this.width + actor] as number
  }

  private tell(guarantee: SessionGuarantee, before: readonly number[], read: number): void {
    const { members } = this.causality
    const operations = before.map((position) => members[position] as number)
    this.report({ guarantee, before: operations, read: members[read] as number })
  }

  /** The session's own operation before `position` that brought the entry (actor, counter). */
  private earlier(position: number, actor: number, counter: number, isOwnWrite: boolean): number {
    if (isOwnWrite) return writeAt(this.causality, actor, counter)
    const { history, causality } = this
    const { members } = causality
    const operation = members[position] as number
    for (let other = position - 1; other >= 0; other--) {
      const candidate = members[other] as number
      if (history.session[candidate] !== history.session[operation]) continue
      const done = (history.end[candidate] as number) < (history.start[operation] as number)
      if (done && this.isVectorRead(other) && this.has(other, actor) >= counter) return other
    }
    return position
  }

  /**
   * The write that `read` covers, and what its session did before it, which `read` does not cover.
   */
  private dependency(
    read: number,
    actor: number,
    counter: number,
    guarantee: 'monotonic_writes' | 'writes_follow_reads',
  ): readonly number[] {
    const isWrites = guarantee === 'monotonic_writes'
    const needs = isWrites ? this.written : this.seen
    for (let minter = 0; minter < this.width; minter++) {
      const covered = coveredCount(this.causality, minter, this.has(read, minter))
      for (let index = covered - 1; index >= 0; index--) {
        const write = this.causality.minted[minter]?.[index] as number
        if ((needs[write * this.width + actor] as number) < counter) continue
        return [this.earlier(write, actor, counter, isWrites), write]
      }
    }
    return [read]
  }
}

interface SessionRows {
  readonly written: Int32Array
  readonly seen: Int32Array
}
