/**
 * WAL-1, 2, 5, 6 (protocol.md section 10): what was told survives, what is recovered is a prefix,
 * corruption is noticed, and no dot is issued twice.
 */
import type {
  DurableState,
  KeyState,
  LogRecord,
  Message,
  Outcome,
  Sibling,
} from '../../core/index.js'
import type { FileDamage } from '../../core/log/folder.js'
import { descends, emptyVector, mergeVectors } from '../../core/version/dotted.js'
import type { KeyBook } from './key.js'
import type { Family, Scene } from './family.js'
import { dotText, stateText, vectorText } from './text.js'

export class DurabilityInvariants implements Family {
  readonly #scene: Scene
  /** By node; 0 before its first life. */
  readonly #incarnations: number[]
  #missing: 'WAL-2' | 'WAL-5' = 'WAL-2'

  constructor(scene: Scene) {
    this.#scene = scene
    this.#incarnations = scene.nodes.map(() => 0)
  }

  #name(node: number): string {
    return String(this.#scene.nodes[node]?.id)
  }

  // --- told only what is durable where it was minted

  sent(node: number, _to: number, message: Message): void {
    switch (message.kind) {
      case 'read_ok':
        if (message.state !== null) this.#told(node, message.state, message.kind)
        return
      case 'replicate':
      case 'repair':
        this.#told(node, message.state, message.kind)
        return
      case 'handoff':
      case 'sync_states':
      case 'sync_states_ok':
        for (const { state } of message.items) this.#told(node, state, message.kind)
        return
      default:
        return
    }
  }

  replied(node: number, _request: number, outcome: Outcome): void {
    if (outcome.kind !== 'ok' || outcome.f !== 'get') return
    this.#told(node, { vv: [], siblings: outcome.values }, 'an answer')
  }

  #told(node: number, state: KeyState, where: string): void {
    const { book, tally } = this.#scene
    tally['WAL-1']++
    const { siblings } = state
    for (let i = 0; i < siblings.length; i++) {
      const sibling = siblings[i] as Sibling
      const actor = book.actor(sibling.actor)
      if (actor !== null && sibling.n <= actor.durable) continue
      this.#scene.violated('WAL-1', {
        say:
          `${this.#name(node)} tells of ${dotText(sibling)} in ${where} before it is durable ` +
          'at the node that minted it',
        state: [stateText(where, state)],
      })
    }
  }

  // --- found again

  /**
   * The log was read. It is a beginning of what was written that holds all that was told: nothing
   * is missing from it, unless the disk was made to lose it.
   */
  read(node: number, missing: 'WAL-2' | 'WAL-5', damage: readonly FileDamage[]): void {
    this.#scene.tally['WAL-2']++
    if (missing === 'WAL-5') this.#scene.tally['WAL-5']++
    this.#missing = missing
    const [first] = damage
    if (first === undefined) return
    const { file, from, to, what } = first
    this.#scene.violated('WAL-2', {
      say:
        `after its restart ${this.#name(node)} cannot read its log, on a disk that loses nothing: ` +
        `${file} ${String(from)} to ${String(to)}: ${what}`,
    })
  }

  durable(node: number, records: readonly LogRecord[]): void {
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as LogRecord
      if (record.type === 'incarnation') this.#newLife(node, record.incarnation)
    }
  }

  #newLife(node: number, incarnation: number): void {
    const before = this.#incarnations[node] ?? 0
    this.#scene.tally['WAL-6']++
    if (incarnation <= before && !this.#scene.book.amnesiacs.has(node)) {
      this.#scene.violated('WAL-6', {
        say: `${this.#name(node)} begins life ${String(incarnation)} after life ${String(before)}`,
      })
    }
    this.#incarnations[node] = incarnation
  }

  booted(node: number, recovered: DurableState | null): void {
    if (this.#scene.book.amnesiacs.has(node)) return
    for (const book of this.#scene.book.keys) this.#keyRecovered(node, book, recovered)
    this.#leaseRecovered(node, recovered)
    for (const name of this.#scene.book.needsRepair[node] ?? []) {
      const [target, partition] = name.split('/')
      this.#scene.tally['WAL-1']++
      const noted = [...(recovered?.needsRepair ?? [])].some(
        ([owner, partitions]) => owner === target && partitions.has(Number(partition)),
      )
      if (noted) continue
      this.#scene.violated('WAL-1', {
        say: `${this.#name(node)} has forgotten that ${name} needs repair`,
      })
    }
  }

  #keyRecovered(node: number, book: KeyBook, recovered: DurableState | null): void {
    const { id } = book.key
    const place = book.owners.indexOf(node)
    const own = place >= 0 ? book.copies[place] : book.strays.get(node)
    this.#found(node, book, own ?? null, recovered?.keys.get(id)?.state ?? null)
    for (const { holder, target, state } of book.hints) {
      if (holder !== node) continue
      const hint = recovered?.hints.get(target)?.get(id)?.state ?? null
      // Deleted durably, if the record of that came through though nobody was told.
      if (hint === null && this.#isDelivered(book, target, state)) continue
      this.#found(node, book, state, hint)
    }
  }

  #isDelivered(book: KeyBook, target: string, hint: KeyState): boolean {
    const place = book.owners.findIndex((owner) => this.#name(owner) === target)
    const held = book.copies[place] ?? null
    return held !== null && descends(held.vv, hint.vv)
  }

  #found(node: number, book: KeyBook, was: KeyState | null, is: KeyState | null): void {
    if (was === null) return
    this.#scene.tally['WAL-1']++
    const found = mergeVectors(is?.vv ?? emptyVector, book.buried)
    if (descends(found, was.vv)) return
    const breach = {
      say:
        `after its restart ${this.#name(node)} has ` +
        `${is === null ? 'nothing' : vectorText(is.vv)} of what it held durably before`,
      key: book.key,
      state: [stateText('durable before', was), stateText('found after', is)],
    }
    // What was flipped on the disk is WAL-5's matter, if the log does not admit it.
    if (this.#missing === 'WAL-5') this.#scene.violated('WAL-5', breach)
    this.#scene.violated('WAL-1', breach)
  }

  #leaseRecovered(node: number, recovered: DurableState | null): void {
    for (const actor of this.#scene.book.actorsOf(node)) {
      this.#scene.tally['WAL-6']++
      if ((recovered?.leaseUpTo ?? 0) >= actor.durable) continue
      if (recovered !== null && !actor.actor.endsWith(`:${String(recovered.actorEpoch)}`)) continue
      this.#scene.violated('WAL-6', {
        say:
          `${this.#name(node)} may mint anything above ${String(recovered?.leaseUpTo ?? 0)}, ` +
          `and has minted ${dotText({ actor: actor.actor, n: actor.durable })}`,
      })
    }
  }
}
