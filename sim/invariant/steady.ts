/**
 * How long each node has been itself: up, serving, neither stopped nor slowed, with no backlog; how
 * long the network has stayed as it is; and how much of its time a node has really run. By their
 * measure failure detection has to keep its promises.
 */
import type { Micros, NodeOptions } from '../../core/index.js'
import { worstHealth } from '../../core/member/health.js'
import type { Scene } from './family.js'

const never = Infinity

export class Steady {
  readonly #scene: Scene
  readonly #sinceMicros: Float64Array
  /** Probes that it has had time for. */
  readonly #probes: Float64Array
  readonly #health: Int8Array
  /** By the clock of each, when it would have woken had it not been stopped. */
  readonly #wakesAtMicros: Float64Array
  readonly #stoodStillMicros: Float64Array
  #networkChanges = -1
  #networkSinceMicros = 0
  #lastMicros = 0

  constructor(scene: Scene) {
    this.#scene = scene
    const count = scene.nodes.length
    this.#sinceMicros = new Float64Array(count).fill(never)
    this.#probes = new Float64Array(count)
    this.#health = new Int8Array(count)
    this.#wakesAtMicros = new Float64Array(count)
    this.#stoodStillMicros = new Float64Array(count)
  }

  /** Since when it has been itself; Infinity: it is not. */
  sinceMicros(node: number): Micros {
    return this.#sinceMicros[node] as Micros
  }

  /** Both, and the network as it is. */
  togetherSinceMicros(one: number, other: number): Micros {
    return Math.max(this.sinceMicros(one), this.sinceMicros(other), this.#networkSinceMicros)
  }

  /**
   * Probes that it has had time for, at least. Local health stretches the interval, and falls only
   * where one ends: the worse of two looks is never too good, if they are no interval apart.
   */
  probes(node: number): number {
    return this.#probes[node] as number
  }

  /** By its monotonic clock, without the time that it stood still. */
  ranMicros(node: number): Micros {
    return this.#scene.reality.monoMicros(node) - (this.#stoodStillMicros[node] as Micros)
  }

  checkpoint(): void {
    const { reality, nodes } = this.#scene
    const nowMicros = this.#scene.nowMicros()
    const changes = reality.networkChanges()
    if (changes !== this.#networkChanges) {
      this.#networkChanges = changes
      this.#networkSinceMicros = nowMicros
    }
    const passedMicros = nowMicros - this.#lastMicros
    this.#lastMicros = nowMicros
    for (let node = 0; node < nodes.length; node++) this.#look(node, nowMicros, passedMicros)
  }

  #look(node: number, nowMicros: Micros, passedMicros: Micros): void {
    const { reality, nodes } = this.#scene
    const running = this.#scene.node(node)
    if (running?.isReady !== true || reality.isHindered(node)) {
      this.#sinceMicros[node] = never
      return
    }
    const { probeMicros } = (nodes[node] as NodeOptions).timing
    const { localHealth } = running
    if (this.#sinceMicros[node] === never) {
      this.#sinceMicros[node] = nowMicros
    } else {
      const before = this.#health[node] as number
      const health = passedMicros > probeMicros ? worstHealth : Math.max(before, localHealth)
      ;(this.#probes[node] as number) += passedMicros / (probeMicros * (health + 1))
    }
    this.#health[node] = localHealth
  }

  /** Something was in its way, between two looks perhaps. */
  upset(node: number): void {
    this.#sinceMicros[node] = never
  }

  /** In its own eyes it goes on until its timer: what comes before that, it reads before that. */
  paused(node: number): void {
    this.upset(node)
    this.#wakesAtMicros[node] = this.#scene.reality.wakesAtMonoMicros(node)
  }

  /** It forgives its timer half of a ping's patience (core/member/membership.ts). */
  resumed(node: number): void {
    this.upset(node)
    const { probeTimeoutMicros } = (this.#scene.nodes[node] as NodeOptions).timing
    const wakesAtMicros = this.#wakesAtMicros[node] as Micros
    const stoodMicros = this.#scene.reality.monoMicros(node) - wakesAtMicros
    if (stoodMicros <= probeTimeoutMicros / 2) return
    ;(this.#stoodStillMicros[node] as number) += stoodMicros
  }

  booted(node: number): void {
    this.upset(node)
    if (this.#scene.reality.isPaused(node)) this.paused(node)
  }
}
