/** The hint deliveries of one node, one machine per target (protocol.md section 4). */
import type { Effect } from '../effect.js'
import type { Now } from '../input.js'
import type { HandoffOk } from '../message.js'
import type { Shell } from '../shell.js'
import type { NodeId } from '../types.js'
import type { HandoffState } from './hint.js'
import { handoffAnswered, handoffTick, idleHandoff } from './hint.js'

export class Deliveries {
  readonly #shell: Shell
  readonly #states = new Map<NodeId, HandoffState>()

  constructor(shell: Shell) {
    this.#shell = shell
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
    const { storage, peers } = this.#shell
    if (storage.hints.get(target) === undefined || peers.disliked(target)) return
    const state = this.#states.get(target) ?? idleHandoff(target)
    this.#keep(state, handoffTick(this.#shell, state, now), out)
  }

  answered(now: Now, target: NodeId, message: HandoffOk, out: Effect[]): void {
    const state = this.#states.get(target)
    if (state === undefined) return
    const { request, stale } = message
    this.#keep(state, handoffAnswered(this.#shell, state, request, stale), out)
    this.wake(now, target, out)
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
