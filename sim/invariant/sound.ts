/**
 * Whether the world, faults aside, lets two nodes keep what they promise of the time after a heal.
 * A scenario may have a modem for a network, a disk that takes minutes, or more messages than its
 * processors can serve: owners that differ there have not broken any promise, however long ago the
 * last fault has ended.
 */
import type { Micros } from '../../core/index.js'
import type { Family, Scene } from './family.js'

/** Of a question and its answer: as long as nodes wait before they ask again. */
const longestRoundTripMicros = 1_000_000
/** More lost messages than that, and rounds are lost as a rule. */
const mostLossPpm = 150_000

export class Sound implements Family {
  readonly #scene: Scene
  /** By node: when it was seen last not to be itself. */
  readonly #upsetMicros: Float64Array

  constructor(scene: Scene) {
    this.#scene = scene
    this.#upsetMicros = new Float64Array(scene.nodes.length).fill(-Infinity)
  }

  checkpoint(): void {
    const { nodes, reality } = this.#scene
    for (let node = 0; node < nodes.length; node++) {
      const isReady = this.#scene.node(node)?.isReady === true
      if (!isReady || reality.isHindered(node) || !reality.stores(node)) this.booted(node)
    }
  }

  booted(node: number): void {
    this.#upsetMicros[node] = this.#scene.nowMicros()
  }

  /** Both have been themselves for so long, on disks and ways that are as good as they must be. */
  together(one: number, other: number, forMicros: Micros): boolean {
    const are = this.#isItself(one, forMicros) && this.#isItself(other, forMicros)
    return are && this.#meet(one, other)
  }

  /** All of them are, with each other. */
  among(nodes: readonly number[], forMicros: Micros): boolean {
    return (
      nodes.every((node) => this.#isItself(node, forMicros)) &&
      nodes.every((one, i) => nodes.slice(0, i).every((other) => this.#meet(one, other)))
    )
  }

  #isItself(node: number, forMicros: Micros): boolean {
    const upsetMicros = this.#upsetMicros[node] as Micros
    return this.#scene.nowMicros() - upsetMicros >= forMicros
  }

  #meet(one: number, other: number): boolean {
    const { reality } = this.#scene
    if (!reality.isOpen(one, other) || !reality.isOpen(other, one)) return false
    const [there, back] = [reality.way(one, other), reality.way(other, one)]
    if (Math.max(there.lossPpm, back.lossPpm) > mostLossPpm) return false
    return there.latestMicros + back.latestMicros <= longestRoundTripMicros
  }
}
