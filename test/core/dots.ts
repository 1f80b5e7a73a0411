/**
 * Every dot ever minted in a test cluster, and what must be true of states that speak of them
 * (DVV-1, DVV-2, DVV-4).
 */
import type { Dot, KeyRef, KeyState, Sibling, VersionVector } from '../../core/index.js'
import { compareLatest, covers } from '../../core/index.js'

/** One event of one actor, as it was first seen in a record. */
export interface Mint {
  readonly dot: Dot
  readonly key: string
  readonly sibling: Sibling
  /** Dots that this write replaced. */
  readonly replaces: (dot: Dot) => boolean
  /** Durable where it was minted. */
  effective: boolean
  /** A node has forgotten it, covered by tombstones: it may be covered and not be seen. */
  forgotten: boolean
  /** An owner has deleted the tombstones that cover it: it must never be seen again. */
  reaped: boolean
}

export const nameOf = (dot: Dot): string => `${dot.actor}#${String(dot.n)}`

export const holds = (state: KeyState, dot: Dot): boolean =>
  state.siblings.some((sibling) => sibling.actor === dot.actor && sibling.n === dot.n)

export class Dots {
  readonly #byName = new Map<string, Mint>()
  readonly #byKey = new Map<string, Mint[]>()

  get size(): number {
    return this.#byName.size
  }

  get all(): readonly Mint[] {
    return [...this.#byName.values()]
  }

  get keys(): readonly string[] {
    return [...this.#byKey.keys()]
  }

  get(dot: Dot): Mint | null {
    return this.#byName.get(nameOf(dot)) ?? null
  }

  ofKey(keyId: string): readonly Mint[] {
    return this.#byKey.get(keyId) ?? []
  }

  /** False: it is known, and the same. */
  isNew(key: KeyRef, sibling: Sibling): boolean {
    const known = this.get(sibling)
    if (known === null) return true
    const { value, hlc } = known.sibling
    const same = known.key === key.id && value === sibling.value && hlc === sibling.hlc
    if (!same) throw new Error(`DVV-1: ${nameOf(sibling)} minted twice`)
    return false
  }

  add(key: KeyRef, sibling: Sibling, replaces: Mint['replaces']): void {
    const { actor, n } = sibling
    const mint: Mint = {
      dot: { actor, n },
      key: key.id,
      sibling,
      replaces,
      effective: false,
      forgotten: false,
      reaped: false,
    }
    this.#byName.set(nameOf(sibling), mint)
    const ofKey = this.#byKey.get(key.id)
    if (ofKey === undefined) this.#byKey.set(key.id, [mint])
    else ofKey.push(mint)
  }

  /** It was never durable, so it was never told: the dot may be minted again. */
  forget(mint: Mint): void {
    this.#byName.delete(nameOf(mint.dot))
    const left = this.ofKey(mint.key).filter((other) => other !== mint)
    this.#byKey.set(mint.key, left)
  }

  /**
   * DVV-2: whatever a state covers is among its siblings, or was replaced by something that it
   * covers. DVV-4: and nothing that was so replaced is among them.
   */
  checkState(where: string, keyId: string, state: KeyState): void {
    const covered = this.ofKey(keyId).filter(({ dot }) => covers(state.vv, dot.actor, dot.n))
    for (const { dot } of covered) {
      const replaced = covered.find((later) => later.replaces(dot))
      const held = holds(state, dot)
      this.checkReaped(where, state)
      if (!held && replaced === undefined && this.get(dot)?.forgotten !== true) {
        throw new Error(`DVV-2: ${nameOf(dot)} covered but unseen at ${where}`)
      }
      if (held && replaced !== undefined && this.get(dot)?.reaped !== true) {
        throw new Error(`DVV-4: ${nameOf(dot)} is back at ${where}, after ${nameOf(replaced.dot)}`)
      }
    }
  }

  /** Everything of this key that `vv` covers is gone from a node; from an owner for good. */
  bury(keyId: string, vv: VersionVector, isOwner: boolean): void {
    for (const mint of this.ofKey(keyId)) {
      if (!covers(vv, mint.dot.actor, mint.dot.n)) continue
      mint.forgotten = true
      if (isOwner) mint.reaped = true
    }
  }

  /** DEL-1. A tombstone may come back: it is reaped again. */
  checkReaped(where: string, state: KeyState): void {
    for (const sibling of state.siblings) {
      if (sibling.value !== null && this.get(sibling)?.reaped === true) {
        throw new Error(`DEL-1: ${nameOf(sibling)} is back at ${where}, after it was reaped`)
      }
    }
  }

  /** At rest: the siblings are exactly the durable writes that no durable write has replaced. */
  checkSiblings(keyId: string, state: KeyState | null): void {
    const effective = this.ofKey(keyId).filter((mint) => mint.effective)
    const expected = effective
      .filter(({ dot }) => !effective.some((later) => later.replaces(dot)))
      .map(({ dot }) => dot)
    const isLeft = (dot: Dot) => this.get(dot)?.reaped !== true
    const [want, got] = [expected, state?.siblings ?? []].map((dots: readonly Dot[]) =>
      dots
        .filter(isLeft)
        .map(nameOf)
        .sort((a, b) => (a < b ? -1 : 1))
        .join(' '),
    )
    if (want !== got) {
      throw new Error(`DVV-4: ${keyId} has [${String(got)}], should have [${String(want)}]`)
    }
  }

  /** At rest, where the last write wins. */
  checkLatest(keyId: string, state: KeyState | null): void {
    let latest: Sibling | null = null
    for (const { sibling, effective, reaped } of this.ofKey(keyId)) {
      if (!reaped && effective && (latest === null || compareLatest(sibling, latest) > 0))
        latest = sibling
    }
    const last = state?.siblings[0] ?? null
    const isReaped = last !== null && this.get(last)?.reaped === true
    const [want, got] = [latest, isReaped ? null : last].map((one) => one && nameOf(one))
    if (want !== got) {
      throw new Error(`DVV-4: ${keyId} has [${String(got)}], the latest is [${String(want)}]`)
    }
  }
}
