/**
 * Which keys' owners hold different states, kept without looking at every key: only keys written
 * since they were last seen equal are compared.
 */
import type { KeyRef, KeyState, LogRecord, NodeId } from '../core/index.js'
import { sameState } from '../core/version/siblings.js'

/** Who may hold a key. */
export interface Holder {
  /** null: it is down, so nobody can say. */
  readonly node: { stateOf(id: string): KeyState | null } | null
}

/** A fault that has ended; until its keys are equal again the cluster is not whole. */
export interface Recovery {
  readonly label: string
  readonly healedAtMicros: number
  convergedAtMicros: number | null
  readonly pending: Set<string>
}

export class Divergence {
  readonly #owners: readonly (readonly Holder[])[]
  /** Every key ever stored, for the final reads. */
  readonly #known = new Map<string, KeyRef>()
  readonly #suspects = new Map<string, KeyRef>()
  /** By partition: the key touched last, while it is a suspect. A write touches its key thrice. */
  readonly #lately: (KeyRef | null)[]
  readonly recoveries: Recovery[] = []
  readonly #open: Recovery[] = []

  /** `owners`: by partition. */
  constructor(owners: readonly (readonly NodeId[])[], nodes: { process(id: NodeId): Holder }) {
    const holders: Holder[][] = []
    for (const ids of owners) {
      const here: Holder[] = []
      for (const id of ids) here.push(nodes.process(id))
      holders.push(here)
    }
    this.#owners = holders
    this.#lately = holders.map(() => null)
  }

  touched(key: KeyRef): void {
    if (this.#lately[key.partition] === key) return
    this.#lately[key.partition] = key
    if (!this.#suspects.has(key.id)) {
      this.#suspects.set(key.id, key)
      if (!this.#known.has(key.id)) this.#known.set(key.id, key)
    }
  }

  /** Some node persists these. */
  stored(records: readonly LogRecord[]): void {
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as LogRecord
      if (record.type === 'key_state' || record.type === 'key_reaped') this.touched(record.key)
      else if (record.type === 'doubt') {
        const partitions = new Set(record.marks.map(({ partition }) => partition))
        for (const key of this.#known.values()) {
          if (partitions.has(key.partition)) this.touched(key)
        }
      }
    }
  }

  /**
   * This one's disk may have lost anything: every key that it owns is looked at again. Told which
   * have not been equal since.
   */
  lost(holder: Holder): { readonly pending: ReadonlySet<string> } {
    for (const key of this.#known.values()) {
      if (this.#owners[key.partition]?.includes(holder) === true) this.touched(key)
    }
    const pending = new Set(this.#suspects.keys())
    this.#open.push({ label: '', healedAtMicros: 0, convergedAtMicros: null, pending })
    return { pending }
  }

  /** Begins to watch the keys that differ now. */
  healed(label: string, atMicros: number): void {
    this.sweep(atMicros)
    const pending = new Set(this.#suspects.keys())
    const convergedAtMicros = pending.size === 0 ? atMicros : null
    const recovery = { label, healedAtMicros: atMicros, convergedAtMicros, pending }
    this.recoveries.push(recovery)
    if (convergedAtMicros === null) this.#open.push(recovery)
  }

  /** Returns how many keys differ now. */
  sweep(atMicros: number): number {
    for (const [id, key] of this.#suspects) {
      if (!this.#equal(key)) continue
      this.#suspects.delete(id)
      this.#lately[key.partition] = null
      for (const recovery of this.#open) recovery.pending.delete(id)
    }
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const recovery = this.#open[i]
      if (recovery === undefined || recovery.pending.size > 0) continue
      recovery.convergedAtMicros = atMicros
      this.#open.splice(i, 1)
    }
    return this.#suspects.size
  }

  /** What every owner holds of every key, sorted by the key's id: the last lines of the history. */
  eachFinal(tell: (place: number, key: KeyRef, state: KeyState) => void): void {
    const keys = [...this.#known.values()].sort(byId)
    for (const key of keys) {
      const owners = this.#owners[key.partition] as readonly Holder[]
      for (let place = 0; place < owners.length; place++) {
        const state = (owners[place] as Holder).node?.stateOf(key.id) ?? null
        if (state !== null) tell(place, key, state)
      }
    }
  }

  #equal(key: KeyRef): boolean {
    const owners = this.#owners[key.partition] as readonly Holder[]
    let first: KeyState | null = null
    for (let i = 0; i < owners.length; i++) {
      const { node } = owners[i] as Holder
      if (node === null) return false
      const state = node.stateOf(key.id)
      if (i === 0) first = state
      else if (!same(first, state)) return false
    }
    return true
  }
}

function same(a: KeyState | null, b: KeyState | null): boolean {
  if (a === null || b === null) return a === b
  return sameState(a, b)
}

const byId = (a: KeyRef, b: KeyRef): number => (a.id < b.id ? -1 : 1)
