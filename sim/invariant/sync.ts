/**
 * AE-2 and AE-3 (protocol.md section 5): owners that hold the same are not mended, and what they
 * compare is what they hold.
 */
import type { Message } from '../../core/index.js'
import { sameState } from '../../core/version/siblings.js'
import type { Family, Scene } from './family.js'

/** So many states sent in vain, and such a share of all, are a storm. */
const leastInVain = 20
const mostShare = 1 / 4

/**
 * Whoever was cut off is mended by several owners at a time, each of which has looked twice before
 * the first was done. Of three it seldom happens, of more all but one may come too late.
 */
const mostShareOf = (n: number): number => (n <= 3 ? mostShare : (n - 2) / (n - 1))

export class SyncInvariants implements Family {
  readonly #scene: Scene
  #mended = 0
  #inVain = 0

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /**
   * AE-2. A write that was lost may arrive, by a hint or a read, just before its repair does; that
   * is rare. Where it is not, exchanges chase writes in flight.
   */
  sent(node: number, to: number, message: Message): void {
    if (message.kind !== 'sync_states') return
    const { tally, nodes } = this.#scene
    const receiver = this.#scene.node(to)
    for (const { key, state } of message.items) {
      tally['AE-2']++
      this.#mended++
      const held = receiver?.stateOf(key.id) ?? null
      if (held === null || !sameState(held, state)) continue
      this.#inVain++
      const most = this.#mended * mostShareOf(nodes[node]?.replication.n ?? 1)
      if (this.#inVain < leastInVain || this.#inVain < most) continue
      this.#scene.violated('AE-2', {
        say:
          `${String(nodes[node]?.id)} mends at ${String(nodes[to]?.id)} what is the same there; ` +
          `so were ${String(this.#inVain)} of ${String(this.#mended)} states sent so far`,
        key,
      })
    }
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
