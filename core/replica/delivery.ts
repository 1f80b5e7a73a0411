/** The hint deliveries of one node, one machine per target (protocol.md section 4). */
import type { Effect } from '../effect.js'
import type { Now, TimerId } from '../input.js'
import type { HandoffOk } from '../message.js'
import { fullPace } from '../pace.js'
import type { Shell } from '../shell.js'
import type { Micros, NodeId } from '../types.js'
import type { HandoffState } from './hint.js'
import { handoffAnswered, handoffIsDue, handoffTick, idleHandoff } from './hint.js'

/** How deliveries to one target give way to clients. */
interface Course {
  /** Of the target, as it said last. */
  pace: number
  /** A batch is put off until then; null: none is. */
  putOffMicros: Micros | null
}

export class Deliveries {
  readonly #shell: Shell
  readonly #timer: TimerId
  readonly #states = new Map<NodeId, HandoffState>()
  readonly #courses = new Map<NodeId, Course>()

  /** `timer`: whose firing calls `tick`. */
  constructor(shell: Shell, timer: TimerId) {
    this.#shell = shell
    this.#timer = timer
  }

  /** On the timer: every target that has hints and seems alive. */
  tick(now: Now, out: Effect[]): void {
    const { storage } = this.#shell
    if (storage.hintCount === 0) return
    const targets = [...storage.hints.keys()].sort((a, b) => (a < b ? -1 : 1))
    for (const target of targets) this.wake(now, target, out)
  }

  /** This target seems alive: do not wait for the timer. */
  wake(now: Now, target: NodeId, out: Effect[]): void {
    this.#next(now, target, 0, out)
  }

  /** `tookMicros`: the last batch, which has just been answered; 0: none. */
  #next(now: Now, target: NodeId, tookMicros: Micros, out: Effect[]): void {
    const { storage, peers, pace } = this.#shell
    if (storage.hints.get(target) === undefined || peers.disliked(target)) {
      this.#courses.delete(target)
      return
    }
    const state = this.#states.get(target) ?? idleHandoff(target)
    if (!handoffIsDue(this.#shell, state, now)) return
    const course = this.#courseOf(target)
    if (!this.#admits(now, course, tookMicros, out)) return
    const share = pace.shareWith(course.pace)
    this.#keep(state, handoffTick(this.#shell, state, now, share), out)
  }

  #courseOf(target: NodeId): Course {
    const known = this.#courses.get(target)
    if (known !== undefined) return known
    const course = { pace: fullPace, putOffMicros: null }
    this.#courses.set(target, course)
    return course
  }

  #admits({ monoMicros }: Now, course: Course, tookMicros: Micros, out: Effect[]): boolean {
    course.putOffMicros ??= this.#shell.pace.reserve(monoMicros, tookMicros, course.pace)
    if (course.putOffMicros <= monoMicros) {
      course.putOffMicros = null
      return true
    }
    let next = course.putOffMicros
    for (const { putOffMicros: at } of this.#courses.values()) {
      if (at !== null && at > monoMicros && at < next) next = at
    }
    out.push({ kind: 'arm', timer: this.#timer, atMicros: next })
    return false
  }

  answered(now: Now, target: NodeId, message: HandoffOk, out: Effect[]): void {
    const state = this.#states.get(target)
    if (state === undefined) return
    const { request, stale, pace } = message
    const isAnswer = state.batch !== null && state.request === request
    const tookMicros = isAnswer ? now.monoMicros - state.sentMicros : 0
    this.#keep(state, handoffAnswered(this.#shell, state, request, now, stale), out)
    this.#courseOf(target).pace = pace
    this.#next(now, target, tookMicros, out)
  }

  #keep(
    before: HandoffState,
    step: readonly [HandoffState, readonly Effect[]],
    out: Effect[],
  ): void {
    const [state, effects] = step
    for (const effect of effects) out.push(effect)
    if (state === before) return
    this.#states.set(state.target, state)
  }
}
