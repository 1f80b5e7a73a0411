/**
 * AE-1 (protocol.md section 5): owners that can reach each other, and a key that nobody writes: so
 * many rounds of anti-entropy later they hold the same of it. While the run goes on, faults
 * elsewhere or not; what is left when it ends is DVV-3's matter.
 */
import type { KeyState, Micros, NodeOptions } from '../../core/index.js'
import { sameState } from '../../core/version/siblings.js'
import type { Family, Scene } from './family.js'
import type { KeyBook } from './key.js'
import type { Sound } from './sound.js'
import type { Steady } from './steady.js'
import { stateText } from './text.js'
import { isFromFuture } from './version.js'

/** In each of them both owners call on each other once, or are at it already. */
const rounds = 3

export class ConvergeInvariants implements Family {
  readonly #scene: Scene
  readonly #steady: Steady
  readonly #sound: Sound
  /** Null: there is no anti-entropy. */
  readonly #enoughMicros: Micros | null
  readonly #reaps: boolean
  /** Keys that may differ, and since when nothing has changed of them; longest first. */
  readonly #open = new Map<KeyBook, Micros>()
  /** By node: since when its disk takes what it is given, as fast as ever; Infinity: it does not */
  readonly #storesSinceMicros: Micros[]
  /** node/partition -> when the node was last in doubt of it. */
  readonly #doubtedMicros = new Map<string, Micros>()

  constructor(scene: Scene, steady: Steady, sound: Sound) {
    this.#scene = scene
    this.#steady = steady
    this.#sound = sound
    const { antiEntropyMicros, timing, reap } = scene.nodes[0] as NodeOptions
    // Each round what differs is looked at twice, and a question may have to be asked again.
    const waits = timing.syncConfirmMicros + timing.syncRetryMicros
    this.#enoughMicros = antiEntropyMicros === null ? null : rounds * (antiEntropyMicros + waits)
    this.#reaps = reap !== null
    this.#storesSinceMicros = scene.nodes.map(() => 0)
  }

  checkpoint(touched: readonly KeyBook[]): void {
    const enoughMicros = this.#enoughMicros
    if (enoughMicros === null) return
    const nowMicros = this.#scene.nowMicros()
    this.#disks(nowMicros)
    for (const book of touched) {
      // Last in the order of the map.
      this.#open.delete(book)
      this.#open.set(book, nowMicros)
    }
    for (const [book, sinceMicros] of this.#open) {
      if (nowMicros - sinceMicros < enoughMicros) return
      this.#open.delete(book)
      this.#scene.tally['AE-1']++
      if (!this.#isEqual(book, nowMicros - enoughMicros)) this.#open.set(book, nowMicros)
    }
  }

  #disks(nowMicros: Micros): void {
    const since = this.#storesSinceMicros
    for (let node = 0; node < since.length; node++) {
      const stores = this.#scene.reality.stores(node)
      if (!stores) since[node] = Infinity
      else if (since[node] === Infinity) since[node] = nowMicros
      const doubtful = this.#scene.node(node)?.doubtful
      if (doubtful === undefined || doubtful.size === 0) continue
      for (const p of doubtful) this.#doubtedMicros.set(doubtName(node, p), nowMicros)
    }
  }

  /** Or else there is a reason why it need not be yet. */
  #isEqual({ key, owners, isLatest }: KeyBook, fromMicros: Micros): boolean {
    let isEqual = true
    for (let i = 1; i < owners.length; i++) {
      for (let j = 0; j < i; j++) {
        const [one, other] = [owners[j] as number, owners[i] as number]
        const [a, b] = [this.#stateOf(one, key.id), this.#stateOf(other, key.id)]
        if (this.#scene.node(one) !== null && this.#scene.node(other) !== null) {
          if (same(a, b) || (this.#reaps && isDead(a) && isDead(b))) continue
        }
        isEqual = false
        if (!this.#reach(one, other, fromMicros)) continue
        const forMicros = this.#scene.nowMicros() - fromMicros
        if (isLatest && isFromFuture(this.#scene, [a, b], [one, other], forMicros)) continue
        if (this.#doubted([one, other], key.partition, fromMicros)) continue
        const seconds = ((this.#enoughMicros ?? 0) / 1e6).toFixed(1)
        this.#scene.violated('AE-1', {
          say:
            `${this.#name(one)} and ${this.#name(other)} can reach each other, and nobody has ` +
            `written the key for ${seconds} s: ${String(rounds)} rounds have not made them equal`,
          key,
          state: [stateText(this.#name(one), a), stateText(this.#name(other), b)],
        })
      }
    }
    return isEqual
  }

  #stateOf(node: number, id: string): KeyState | null {
    return this.#scene.node(node)?.stateOf(id) ?? null
  }

  /** Both are themselves, on a network that loses nothing between them, for that long. */
  #reach(one: number, other: number, fromMicros: Micros): boolean {
    const { reality } = this.#scene
    if (!(this.#steady.togetherSinceMicros(one, other) <= fromMicros)) return false
    for (const node of [one, other]) {
      if (!((this.#storesSinceMicros[node] ?? Infinity) <= fromMicros)) return false
    }
    if (!this.#sound.together(one, other, this.#scene.nowMicros() - fromMicros)) return false
    return reality.way(one, other).lossPpm === 0 && reality.way(other, one).lossPpm === 0
  }

  /** Of what a node is in doubt of, it neither tells nor takes anything. */
  #doubted(nodes: readonly number[], partition: number, fromMicros: Micros): boolean {
    if (this.#doubtedMicros.size === 0) return false
    return nodes.some(
      (node) => (this.#doubtedMicros.get(doubtName(node, partition)) ?? -1) >= fromMicros,
    )
  }

  #name(node: number): string {
    return String(this.#scene.nodes[node]?.id)
  }
}

const doubtName = (node: number, partition: number): string =>
  `${String(node)}/${String(partition)}`

function same(a: KeyState | null, b: KeyState | null): boolean {
  return a === null || b === null ? a === b : sameState(a, b)
}

/** Nothing, or tombstones alone: one of the two may have reaped them already. */
const isDead = (state: KeyState | null): boolean =>
  state === null || state.siblings.every(({ value }) => value === null)
