/**
 * The fault atlas in a run (scenarios/atlas.ts): knows whose disks are damaged, and holds back what
 * would take the last good copy of an acknowledged write.
 *
 * A damaged disk is as good as any again when its node has started from it, and every key that it
 * may have lost has been equal at all its owners since.
 */
import type { FaultAction, Scenario } from '../scenarios/model.js'
import { damagedBy, mostDamaged } from '../scenarios/atlas.js'

/** Keys that have not been equal at all owners since. */
export interface Mending {
  readonly pending: ReadonlySet<string>
}

export interface AtlasReport {
  /** Null: the scenario lets faults take the last copy. */
  readonly mostDamaged: number | null
  /** Faults that did not happen, and faults that hit another node than was drawn. */
  readonly heldBack: number
  readonly moved: number
}

export class Atlas {
  readonly #most: number
  readonly #damaged = new Map<string, Mending | null>()
  #heldBack = 0
  #moved = 0

  constructor(scenario: Scenario) {
    this.#most = mostDamaged(scenario)
  }

  get report(): AtlasReport {
    const most = Number.isFinite(this.#most) ? this.#most : null
    return { mostDamaged: most, heldBack: this.#heldBack, moved: this.#moved }
  }

  /** Null: it may begin. Else why not, for people. */
  objection(action: FaultAction): string | null {
    const nodes = damagedBy(action)
    if (nodes.length === 0) return null
    for (const [node, mending] of this.#damaged) {
      if (mending?.pending.size === 0) this.#damaged.delete(node)
    }
    const all = new Set([...this.#damaged.keys(), ...nodes])
    if (all.size <= this.#most) return null
    const others = [...this.#damaged.keys()].filter((node) => !nodes.includes(node)).sort(byName)
    const damaged = others.length === 0 ? '' : `, with ${others.join(', ')} not mended yet`
    return `an acknowledged write may be on ${String(this.#most + 1)} disks alone${damaged}`
  }

  heldBack(): void {
    this.#heldBack++
  }

  /** It begins. */
  started(action: FaultAction, wasMoved: boolean): void {
    if (wasMoved) this.#moved++
    for (const node of damagedBy(action)) this.#damaged.set(node, null)
  }

  isDamaged(node: string): boolean {
    return this.#damaged.has(node)
  }

  /** A damaged node has started again, and this is what it may lack. */
  restarted(node: string, mending: Mending): void {
    this.#damaged.set(node, mending)
  }
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1)
