/**
 * DEL-1 and DEL-2 (protocol.md section 5): what a reaped tombstone covered never comes back, and
 * in a healthy cluster tombstones are reaped.
 */
import type { KeyRef, LogRecord, Sibling } from '../../core/index.js'
import { covers } from '../../core/version/dotted.js'
import type { Family, Scene } from './family.js'
import type { Sound } from './sound.js'
import { dotText, stateText } from './text.js'

export class ReapInvariants implements Family {
  readonly #scene: Scene
  readonly #sound: Sound

  constructor(scene: Scene, sound: Sound) {
    this.#scene = scene
    this.#sound = sound
  }

  #name(node: number): string {
    return String(this.#scene.nodes[node]?.id)
  }

  persisted(node: number, records: readonly LogRecord[]): void {
    const { book, tally } = this.#scene
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as LogRecord
      if (record.type !== 'key_state' && record.type !== 'hint') continue
      const { reaped } = book.of(record.key)
      if (reaped.length === 0) continue
      tally['DEL-1']++
      for (const sibling of record.state.siblings) {
        // A tombstone may come back, from an owner that had not deleted it yet: it is reaped again.
        if (sibling.value === null || !covers(reaped, sibling.actor, sibling.n)) continue
        this.#isBack(node, record.key, sibling, stateText(this.#name(node), record.state))
      }
    }
  }

  #isBack(node: number, key: KeyRef, sibling: Sibling, state: string): never {
    return this.#scene.violated('DEL-1', {
      say:
        `${dotText(sibling)} is back at ${this.#name(node)}, though it was deleted and its ` +
        'tombstone has been reaped',
      key,
      state: [state],
    })
  }

  /** So far that in a last-write-wins bucket one node refuses what another has stamped. */
  #areClocksApart(): boolean {
    const { nodes } = this.#scene
    const [first] = nodes
    const isLatest = [...(first?.buckets.values() ?? [])].some(({ conflict }) => conflict === 'lww')
    if (first === undefined || !isLatest) return false
    const clocks = nodes.map((_, index) => this.#scene.wallMicros(index))
    // Of thousands of nodes, too.
    const [low, high] = clocks.reduce(
      ([least, most], clock) => [Math.min(least, clock), Math.max(most, clock)],
      [Infinity, -Infinity],
    )
    return high - low > first.limits.maxSkewMicros
  }

  /**
   * Anti-entropy brings tombstones to all owners; then it takes a round or two. A node has one
   * round at a time, and each lost message holds it up until it is asked again: so long may it be
   * busy with the other partitions that it leads.
   */
  ended(): void {
    const { nodes, tally } = this.#scene
    const healed = this.#scene.healedForMicros()
    const [first] = nodes
    if (first === undefined || healed === null) return
    const { reap, antiEntropyMicros, placement, timing, limits } = first
    if (reap === null || antiEntropyMicros === null) return
    const led = Math.ceil(placement.ring.partitions / nodes.length)
    const retries = led * limits.reapTries * timing.reapRetryMicros
    const enough = 3 * antiEntropyMicros + 4 * (reap.everyMicros + reap.afterMicros) + retries
    if (healed < enough) return
    // Of all pairs of nodes, so asked once, and only if a tombstone is left.
    let isDue: boolean | null = null
    nodes.forEach((_, index) => {
      const node = this.#scene.node(index)
      if (node === null) return
      tally['DEL-2']++
      if (node.tombstoneCount === 0) return
      // A round needs a word from everybody, of the same tombstone.
      isDue ??= this.#sound.among([...nodes.keys()], enough) && !this.#areClocksApart()
      if (!isDue) return
      this.#scene.violated('DEL-2', {
        say:
          `${this.#name(index)} still has ${String(node.tombstoneCount)} tombstones, ` +
          `${(healed / 1e6).toFixed(1)} s after everything healed`,
      })
    })
  }
}
