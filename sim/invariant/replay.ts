/**
 * WAL-3 and WAL-4 (protocol.md section 10), at every restart: what a node reads from its newest
 * snapshot and the records behind it is what all its records say, and to read it once more on top
 * of that changes nothing.
 *
 * What all records say is in the book, which has heard of each as it became durable. What was on
 * its way to the disk at the crash may be there or not.
 */
import type { DurableState, Held, KeyRef, KeyState, LogRecord } from '../../core/index.js'
import { foldRecords, snapshotRecords } from '../../core/index.js'
import { sameState } from '../../core/version/siblings.js'
import type { Family, Scene } from './family.js'
import { hintOf } from './key.js'
import { stateText } from './text.js'

export class ReplayInvariants implements Family {
  readonly #scene: Scene
  /** By node: on its way to the disk when its last life ended. */
  readonly #pending: (readonly LogRecord[])[]

  constructor(scene: Scene) {
    this.#scene = scene
    this.#pending = scene.nodes.map(() => [])
  }

  crashed(node: number): void {
    this.#pending[node] = this.#scene.book.pending(node)
  }

  booted(node: number, recovered: DurableState | null): void {
    const pending = this.#pending[node] ?? []
    this.#pending[node] = []
    if (recovered === null) return
    this.#again(node, recovered)
    // What a damaged log says is not all that it said.
    if (recovered.damaged || this.#scene.book.amnesiacs.has(node)) return
    this.#keys(node, recovered, pending)
    this.#hints(node, recovered, pending)
  }

  // --- WAL-3

  #again(node: number, recovered: DurableState): void {
    this.#scene.tally['WAL-3']++
    const records = snapshotRecords(recovered)
    const twice = foldRecords([...records, ...records])
    const what = difference(recovered, twice)
    if (what === null) return
    this.#scene.violated('WAL-3', {
      say: `what ${this.#name(node)} has read says something else when it is read again: ${what}`,
    })
  }

  // --- WAL-4

  #keys(node: number, { keys }: DurableState, pending: readonly LogRecord[]): void {
    for (const book of this.#scene.book.keys) {
      const place = book.owners.indexOf(node)
      const was = (place >= 0 ? book.copies[place] : book.strays.get(node)) ?? null
      const is = keys.get(book.key.id)?.state ?? null
      this.#scene.tally['WAL-4']++
      if (same(was, is)) continue
      const { id } = book.key
      const explained = pending.some((record) =>
        is === null
          ? record.type === 'key_reaped' && record.key.id === id
          : record.type === 'key_state' && record.key.id === id && sameState(record.state, is),
      )
      if (!explained) this.#differs(node, book.key, 'the key', was, is)
    }
  }

  #hints(node: number, { hints }: DurableState, pending: readonly LogRecord[]): void {
    for (const [target, held] of hints) {
      for (const { key, state } of held.values()) {
        const was = hintOf(this.#scene.book.of(key), node, target)?.state ?? null
        this.#scene.tally['WAL-4']++
        if (same(was, state)) continue
        const explained = pending.some(
          (record) =>
            record.type === 'hint' &&
            record.target === target &&
            record.key.id === key.id &&
            sameState(record.state, state),
        )
        if (!explained) this.#differs(node, key, `a hint for ${target}`, was, state)
      }
    }
  }

  #differs(
    node: number,
    key: KeyRef,
    what: string,
    was: KeyState | null,
    is: KeyState | null,
  ): never {
    return this.#scene.violated('WAL-4', {
      say:
        `after its restart ${this.#name(node)} has of ${what} neither what its log said as a whole ` +
        'nor anything that was on its way there',
      key,
      state: [stateText('by the whole log', was), stateText('found after', is)],
    })
  }

  #name(node: number): string {
    return String(this.#scene.nodes[node]?.id)
  }
}

function same(a: KeyState | null, b: KeyState | null): boolean {
  return a === null || b === null ? a === b : sameState(a, b)
}

/** In which part two states differ, for people; null: in none. */
function difference(a: DurableState, b: DurableState): string | null {
  if (a.incarnation !== b.incarnation || a.actorEpoch !== b.actorEpoch) return 'the life'
  if (a.leaseUpTo !== b.leaseUpTo) return 'the lease of dots'
  if (a.reapedHlc !== b.reapedHlc) return 'the stamp of the last reaping'
  if (!sameMaps(a.keys, b.keys, sameHeld)) return 'the keys'
  if (!sameMaps(a.hints, b.hints, (x, y) => sameMaps(x, y, sameHeld))) return 'the hints'
  if (!sameMaps(a.needsRepair, b.needsRepair, sameSets)) return 'what needs repair'
  if (!sameMaps(a.reapEpochs, b.reapEpochs, (x, y) => x === y)) return 'the reap epochs'
  return sameSets(a.doubtful, b.doubtful) ? null : 'what is in doubt'
}

const sameHeld = (a: Held, b: Held): boolean => sameState(a.state, b.state)

const sameSets = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean =>
  a.size === b.size && [...a].every((one) => b.has(one))

function sameMaps<Key, Value>(
  a: ReadonlyMap<Key, Value>,
  b: ReadonlyMap<Key, Value>,
  sameValues: (x: Value, y: Value) => boolean,
): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || !sameValues(value, other)) return false
  }
  return true
}
