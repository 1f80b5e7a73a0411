/**
 * DVV-1 to DVV-5 (protocol.md section 2): no dot twice, nothing that is covered but unseen, nothing
 * that comes back, no siblings of one who had seen the other.
 */
import type { KeyState, LogRecord, Micros, NodeOptions, Sibling } from '../../core/index.js'
import { covers, descends } from '../../core/version/dotted.js'
import { sameState } from '../../core/version/siblings.js'
import type { KeyBook, Mint } from './key.js'
import { holds, replaces } from './key.js'
import type { Family, Scene } from './family.js'
import type { Sound } from './sound.js'
import { dotText, stateText } from './text.js'

export class VersionInvariants implements Family {
  readonly #scene: Scene
  readonly #sound: Sound

  constructor(scene: Scene, sound: Sound) {
    this.#scene = scene
    this.#sound = sound
  }

  persisted(node: number, records: readonly LogRecord[]): void {
    const { fresh } = this.#scene.book
    for (let i = 0; i < fresh.length; i++) this.#sawWhatItReplaced(fresh[i] as Mint)
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as LogRecord
      if (record.type !== 'key_state' && record.type !== 'hint') continue
      const book = this.#scene.book.of(record.key)
      if (record.state === book.checked) continue
      this.#check(node, book, record.state)
      book.checked = record.state
    }
  }

  /** DVV-5: a sibling that the writer had seen is replaced, not kept beside. */
  #sawWhatItReplaced(mint: Mint): void {
    const { state, sibling, context, book, node } = mint
    this.#scene.tally['DVV-5']++
    if (context === null || context.length === 0 || book.isLatest) return
    for (const other of state.siblings) {
      if (other === sibling || !covers(context, other.actor, other.n)) continue
      this.#scene.violated('DVV-5', {
        say: `${this.#name(node)} keeps ${dotText(other)} beside ${dotText(sibling)}, whose writer had seen it`,
        key: book.key,
        state: [stateText(this.#name(node), state)],
      })
    }
  }

  #name(node: number): string {
    return String(this.#scene.nodes[node]?.id)
  }

  #check(node: number, book: KeyBook, state: KeyState): void {
    const { tally } = this.#scene
    for (let i = 0; i < state.siblings.length; i++) {
      this.#sameDot(node, book, state.siblings[i] as Sibling, state)
    }
    if (book.isLatest) return
    tally['DVV-2']++
    tally['DVV-4']++
    const { mints } = book
    for (let i = 0; i < mints.length; i++) {
      const { sibling } = mints[i] as Mint
      if (covers(state.vv, sibling.actor, sibling.n)) this.#rightful(node, book, state, sibling)
    }
    if (state.siblings.length > 0 && descends(state.vv, book.settled)) {
      this.#nothingSettled(node, book, state)
    }
  }

  /** DVV-1: what stands under a dot is what was minted under it. */
  #sameDot(node: number, book: KeyBook, sibling: Sibling, state: KeyState): void {
    const { tally, book: all } = this.#scene
    tally['DVV-1']++
    const actor = all.actor(sibling.actor)
    const stamp = actor?.stamps[sibling.n] ?? 0
    if (stamp === sibling.hlc || (stamp === Number.MIN_VALUE && sibling.hlc === 0)) return
    const say =
      stamp === 0
        ? `${this.#name(node)} holds ${dotText(sibling)}, which nobody minted`
        : `${dotText(sibling)} was minted twice: ${this.#name(node)} holds it with another stamp`
    this.#scene.violated('DVV-1', {
      say,
      key: book.key,
      state: [stateText(this.#name(node), state)],
    })
  }

  /** A covered dot is there, or something that the state covers too has replaced it; not both. */
  #rightful(node: number, book: KeyBook, state: KeyState, dot: Sibling): void {
    const held = holds(state, dot)
    const { mints } = book
    let later: Mint | null = null
    for (let i = mints.length - 1; i >= 0 && later === null; i--) {
      const mint = mints[i] as Mint
      const { actor, n } = mint.sibling
      if (covers(state.vv, actor, n) && replaces(mint, dot)) later = mint
    }
    if (held === (later === null)) return
    // What replaced it may be what had to be forgotten.
    if (later === null && book.forgotten.length > 0) return
    const name = this.#name(node)
    if (held) {
      this.#scene.violated('DVV-4', {
        say: `${dotText(dot)} is back at ${name}, though ${dotText((later as Mint).sibling)} had replaced it`,
        key: book.key,
        state: [stateText(name, state)],
      })
    }
    this.#scene.violated('DVV-2', {
      say: `${name} covers ${dotText(dot)} and does not show it, though nobody has replaced it`,
      key: book.key,
      state: [stateText(name, state)],
    })
  }

  /** DVV-4, of writes that are no longer remembered one by one: all of them are dead. */
  #nothingSettled(node: number, book: KeyBook, state: KeyState): void {
    for (const sibling of state.siblings) {
      const { actor, n } = sibling
      if (!covers(book.settled, actor, n) || covers(book.forgotten, actor, n)) continue
      if (book.mints.some((mint) => mint.sibling.n === n && mint.sibling.actor === actor)) continue
      this.#scene.violated('DVV-4', {
        say: `${dotText(sibling)} is back at ${this.#name(node)}, long after it was replaced everywhere`,
        key: book.key,
        state: [stateText(this.#name(node), state)],
      })
    }
  }

  /** DVV-3: owners that compare what they hold end up equal. */
  ended(): void {
    const { nodes, book, tally } = this.#scene
    const [first] = nodes
    const every = first?.antiEntropyMicros ?? null
    const healed = this.#scene.healedForMicros()
    if (first === undefined || every === null || healed === null) return
    // What differs is looked at twice, and a question may have to be asked again.
    const waits = first.timing.syncConfirmMicros + first.timing.syncRetryMicros
    const enough = 3 * Math.max(every, waits)
    if (healed < enough) return
    for (const { key, owners, isLatest } of book.keys) {
      tally['DVV-3']++
      const states = owners.map((owner) => this.#scene.node(owner)?.stateOf(key.id) ?? null)
      const [one, ...others] = states
      if (others.every((state) => same(one ?? null, state))) continue
      if (!this.#sound.among(owners, enough)) continue
      if (isLatest && isFromFuture(this.#scene, states, owners, enough)) continue
      this.#scene.violated('DVV-3', {
        say: 'the owners hold different states, long after everything healed',
        key,
        state: states.map((state, place) => stateText(this.#name(owners[place] ?? -1), state)),
      })
    }
  }
}

/** One of them holds a stamp that another must not have believed all that time. */
export function isFromFuture(
  scene: Scene,
  states: readonly (KeyState | null)[],
  owners: readonly number[],
  forMicros: Micros,
): boolean {
  const earliest = Math.min(...owners.map((owner) => scene.wallMicros(owner)))
  const { maxSkewMicros } = (scene.nodes[0] as NodeOptions).limits
  const limit = earliest - forMicros + maxSkewMicros
  return states.some((state) => state?.siblings.some(({ hlc }) => hlc > limit) === true)
}

function same(a: KeyState | null, b: KeyState | null): boolean {
  return a === null || b === null ? a === b : sameState(a, b)
}
