/** AE-3 (protocol.md section 5): what owners compare is what they hold. */
import type { Family, Scene } from './family.js'

export class SyncInvariants implements Family {
  readonly #scene: Scene

  constructor(scene: Scene) {
    this.#scene = scene
  }

  sweep(): void {
    this.#scene.nodes.forEach(({ id }, index) => {
      const node = this.#scene.node(index)
      if (node === null) return
      this.#scene.tally['AE-3']++
      const [partition] = node.treeDrift(this.#scene.durablePersists(index))
      if (partition === undefined) return
      this.#scene.violated('AE-3', {
        say: `the Merkle tree of partition ${String(partition)} at ${id} is not that of its data`,
      })
    })
  }

  ended(): void {
    this.sweep()
  }
}
