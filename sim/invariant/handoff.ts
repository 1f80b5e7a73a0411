/** HINT-1 to HINT-4 (protocol.md section 4): what is kept for an owner gets there. */
import type { LogRecord, Message, NodeId, VersionVector } from '../../core/index.js'
import { covers, descends, emptyVector, mergeVectors } from '../../core/version/dotted.js'
import type { KeyBook } from './key.js'
import { hintOf, recoverable, repairName, replaces, representedOf, withReaped } from './key.js'
import type { Family, Scene } from './family.js'
import type { Sound } from './sound.js'
import { stateText, vectorText } from './text.js'

/** Enough for a detector to notice that the target lives, and for a few batches. */
const drainMicros = 10_000_000
/** Questions that were never answered; beyond, what they asked is not looked at. */
const mostQuestions = 10_000

export class HandoffInvariants implements Family {
  readonly #scene: Scene
  readonly #sound: Sound
  /** asker/request/stand-in -> what it was asked to keep, by `repairName`. */
  readonly #questions = new Map<string, string>()

  constructor(scene: Scene, sound: Sound) {
    this.#scene = scene
    this.#sound = sound
  }

  #name(node: number): string {
    return String(this.#scene.nodes[node]?.id)
  }

  // --- HINT-2

  durable(node: number, records: readonly LogRecord[]): void {
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as LogRecord
      if (record.type === 'hint_deleted') this.#deleted(node, record.target, record.key.id)
    }
  }

  #deleted(holder: number, target: NodeId, id: string): void {
    const book = this.#scene.book.find(id)
    const hint = book === null ? null : hintOf(book, holder, target)
    if (book === null || hint === null) return
    this.#scene.tally['HINT-2']++
    const at = this.#scene.indexOf(target)
    const held = recoverable(book, at)
    if (descends(held, hint.state.vv)) return
    // What the target lost with its disk, anti-entropy has to bring back: its word that it had the
    // hint may come after the loss. Nobody keeps that for it any more.
    if (this.#scene.book.amnesiacs.has(at)) {
      book.represented[book.owners.indexOf(at)] = emptyVector
      return
    }
    this.#scene.violated('HINT-2', {
      say: `${this.#name(holder)} deletes its hint for ${target}, where only ${vectorText(held)} is durable`,
      key: book.key,
      state: [
        stateText(`hint at ${this.#name(holder)} for ${target}`, hint.state),
        stateText(`durable at ${target}`, book.copies[book.owners.indexOf(at)] ?? null),
      ],
    })
  }

  // --- HINT-1

  checkpoint(touched: readonly KeyBook[]): void {
    for (const book of touched) this.#nothingUnrepresented(book)
  }

  /** What an owner had, or somebody kept for it, it still has or somebody still keeps. */
  #nothingUnrepresented(book: KeyBook): void {
    const { owners, represented, copies } = book
    for (let place = 0; place < owners.length; place++) {
      this.#scene.tally['HINT-1']++
      const before = represented[place] ?? emptyVector
      let now = withReaped(book, copies[place]?.vv ?? emptyVector)
      if (book.hints.length > 0) {
        now = representedOf(book, place, this.#name(owners[place] ?? -1) as NodeId)
      }
      if (!descends(now, before) && isMissed(book, now, before)) {
        this.#unrepresented(book, owners[place] ?? -1, before)
      }
      represented[place] = mergeVectors(now, before)
    }
  }

  #unrepresented(book: KeyBook, owner: number, before: VersionVector): never {
    const state = book.copies[book.owners.indexOf(owner)] ?? null
    return this.#scene.violated('HINT-1', {
      say: `neither ${this.#name(owner)} nor a hint for it has ${vectorText(before)} any more`,
      key: book.key,
      state: [
        stateText(`durable at ${this.#name(owner)}`, state),
        ...book.hints.map((hint) =>
          stateText(`hint at ${this.#name(hint.holder)} for ${hint.target}`, hint.state),
        ),
      ],
    })
  }

  // --- HINT-3

  ended(): void {
    const healed = this.#scene.healedForMicros()
    if (healed === null || healed < drainMicros) return
    this.#scene.nodes.forEach(({ id, handoff }, index) => {
      if (!handoff) return
      this.#scene.tally['HINT-3']++
      const hints = this.#scene.node(index)?.hintCount ?? 0
      if (hints === 0 || !this.#isSound(index)) return
      this.#scene.violated('HINT-3', {
        say: `${id} still has ${String(hints)} hints, ${(healed / 1e6).toFixed(1)} s after everything healed`,
      })
    })
  }

  /** With all for whom it keeps any. */
  #isSound(holder: number): boolean {
    const targets = new Set<number>()
    for (const { hints } of this.#scene.book.keys) {
      for (const hint of hints)
        if (hint.holder === holder) targets.add(this.#scene.indexOf(hint.target))
    }
    for (const target of targets) {
      if (!this.#sound.together(holder, target, drainMicros)) return false
    }
    return true
  }

  // --- HINT-4

  sent(node: number, to: number, message: Message): void {
    if (message.kind === 'replicate') {
      if (message.hintFor === null) return
      if (this.#questions.size > mostQuestions) this.#questions.clear()
      const what = repairName(message.hintFor, message.key.partition)
      this.#questions.set(questionName(node, message.request, to), what)
    } else if (message.kind === 'replicate_ok') {
      if (this.#questions.size > 0) this.#questions.delete(questionName(to, message.request, node))
    } else if (message.kind === 'replicate_failed' && message.code === 'hint_refused') {
      this.#refused(node, questionName(to, message.request, node))
    }
  }

  #refused(node: number, question: string): void {
    const what = this.#questions.get(question)
    if (what === undefined) return
    this.#scene.tally['HINT-4']++
    if (this.#scene.book.needsRepair[node]?.has(what) === true) return
    this.#scene.violated('HINT-4', {
      say: `${this.#name(node)} refuses a hint without having noted that ${what} needs repair`,
    })
  }
}

/** Is any of what is no longer covered not superseded by something that is? */
function isMissed(book: KeyBook, now: VersionVector, before: VersionVector): boolean {
  if (book.isLatest) return true
  return book.mints.some(({ sibling }) => {
    const { actor, n } = sibling
    if (!covers(before, actor, n) || covers(now, actor, n)) return false
    return !book.mints.some(
      (later) => covers(now, later.sibling.actor, later.sibling.n) && replaces(later, sibling),
    )
  })
}

const questionName = (asker: number, request: number, asked: number): string =>
  `${String(asker)}/${String(request)}/${String(asked)}`
