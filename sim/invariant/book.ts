/**
 * What the invariants know and no node does: every dot and where it was minted, what is durable
 * where, and what clients were promised. Kept key by key, and forgotten where all owners agree that
 * it is dead: memory follows the keys, not the length of the run (8 bytes a write aside).
 */
import type {
  Actor,
  Dot,
  DurableState,
  KeyRef,
  KeyState,
  LogRecord,
  NodeId,
  NodeOptions,
  Sibling,
  VersionVector,
} from '../../core/index.js'
import { covers, emptyVector } from '../../core/version/dotted.js'
import type { HintCopy, KeyBook, Mint } from './key.js'
import { bury, forgetSettled, hintOf, newKeyBook, noteLost, remember, repairName } from './key.js'

/** What one actor has minted. */
export interface ActorBook {
  readonly actor: Actor
  readonly node: number
  /** n -> stamp of the write; 0: not minted. */
  stamps: Float64Array
  /** Highest n that is durable at its node. */
  durable: number
}

interface Batch {
  readonly records: readonly LogRecord[]
  readonly mints: readonly Mint[]
}

const noMints: readonly Mint[] = []
const emptyStamps = 1_024

export class Book {
  readonly #nodes: readonly NodeOptions[]
  readonly #indexes = new Map<NodeId, number>()
  readonly #keys = new Map<string, KeyBook>()
  readonly #actors = new Map<Actor, ActorBook>()
  /** Persisted and not durable yet, by node, first first. */
  readonly #batches: Batch[][]
  /** Minted in a life that ended before they were durable; a part may have reached the disk. */
  readonly #doubtful: Mint[][]
  /** Durable by node: target/partition that needs repair. */
  readonly needsRepair: readonly Set<string>[]
  /** Nodes that have lost what was durable there. */
  readonly amnesiacs = new Set<number>()
  readonly #contextOf: (value: string | null) => VersionVector | null
  /** The dots of the last `persisted` that were never seen before. */
  fresh: readonly Mint[] = noMints
  touched: KeyBook[] = []

  constructor(
    nodes: readonly NodeOptions[],
    contextOf: (value: string | null) => VersionVector | null,
  ) {
    this.#nodes = nodes
    this.#contextOf = contextOf
    nodes.forEach(({ id }, index) => this.#indexes.set(id, index))
    this.#batches = nodes.map(() => [])
    this.#doubtful = nodes.map(() => [])
    this.needsRepair = nodes.map(() => new Set())
  }

  get keys(): IterableIterator<KeyBook> {
    return this.#keys.values()
  }

  indexOf(node: NodeId): number {
    return this.#indexes.get(node) ?? -1
  }

  find(id: string): KeyBook | null {
    return this.#keys.get(id) ?? null
  }

  of(key: KeyRef): KeyBook {
    return this.#keys.get(key.id) ?? this.#open(key)
  }

  actor(actor: Actor): ActorBook | null {
    return this.#actors.get(actor) ?? null
  }

  actorsOf(node: number): readonly ActorBook[] {
    return [...this.#actors.values()].filter((actor) => actor.node === node)
  }

  #open(key: KeyRef): KeyBook {
    const [first] = this.#nodes as [NodeOptions, ...NodeOptions[]]
    const owners: number[] = []
    for (const owner of first.placement.owners(key.partition)) owners.push(this.indexOf(owner))
    const isLatest = first.buckets.get(key.bucket)?.conflict === 'lww'
    const book = newKeyBook(key, owners, isLatest)
    this.#keys.set(key.id, book)
    return book
  }

  // --- what happens

  persisted(node: number, records: readonly LogRecord[]): void {
    let mints: Mint[] | null = null
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as LogRecord
      if (record.type === 'key_reaped') bury(this.of(record.key), node)
      if (record.type !== 'key_state' && record.type !== 'hint') continue
      const book = this.of(record.key)
      this.#touch(book)
      if (record.state === book.checked) continue
      mints = this.#mintsOf(node, book, record.state, mints)
    }
    this.fresh = mints ?? noMints
    this.#batches[node]?.push({ records, mints: this.fresh })
  }

  #touch(book: KeyBook): void {
    if (book.touched) return
    book.touched = true
    this.touched.push(book)
  }

  #mintsOf(node: number, book: KeyBook, state: KeyState, before: Mint[] | null): Mint[] | null {
    let mints = before
    for (let i = 0; i < state.siblings.length; i++) {
      const sibling = state.siblings[i] as Sibling
      const actor = this.#actors.get(sibling.actor) ?? this.#openActor(sibling.actor)
      if (actor.node !== node || (actor.stamps[sibling.n] ?? 0) !== 0) continue
      const context = this.#contextOf(sibling.value)
      const mint: Mint = { sibling, book, node, state, context }
      stamp(actor, sibling)
      const place = book.owners.indexOf(node)
      if (!book.isLatest) remember(book, mint)
      else if (place >= 0) book.lastMints[place] = mint
      if (mints === null) mints = [mint]
      else mints.push(mint)
    }
    return mints
  }

  #openActor(actor: Actor): ActorBook {
    const node = this.indexOf(actor.slice(0, actor.lastIndexOf(':')) as NodeId)
    const opened = { actor, node, stamps: new Float64Array(emptyStamps), durable: 0 }
    this.#actors.set(actor, opened)
    return opened
  }

  /** All that is not durable yet. */
  pending(node: number): readonly LogRecord[] {
    return (this.#batches[node] ?? []).flatMap(({ records }) => records)
  }

  /** The oldest batch that is not durable yet. */
  nextBatch(node: number): readonly LogRecord[] {
    return this.#batches[node]?.[0]?.records ?? []
  }

  durable(node: number): void {
    const batch = this.#batches[node]?.shift()
    if (batch === undefined) return
    for (let i = 0; i < batch.mints.length; i++) {
      const { actor, n } = (batch.mints[i] as Mint).sibling
      const book = this.#actors.get(actor) as ActorBook
      if (n > book.durable) book.durable = n
    }
    for (let i = 0; i < batch.records.length; i++) this.#apply(node, batch.records[i] as LogRecord)
  }

  #apply(node: number, record: LogRecord): void {
    switch (record.type) {
      case 'key_state':
        this.#copied(node, this.of(record.key), record.state)
        return
      case 'key_reaped':
        this.#gone(node, this.of(record.key))
        return
      case 'hint':
        this.#hinted(node, this.of(record.key), record.target, record.state)
        return
      case 'hint_deleted': {
        const { hints } = this.of(record.key)
        const at = placeOfHint(hints, node, record.target)
        if (at >= 0) hints.splice(at, 1)
        return
      }
      case 'doubt':
        if (record.phase === 'forgotten') {
          const gone = new Set(record.marks.map(({ partition }) => partition))
          this.#lost(node, (book) => gone.has(book.key.partition))
        }
        return
      case 'needs_repair': {
        const name = repairName(record.target, record.partition)
        if (record.needed) this.needsRepair[node]?.add(name)
        else this.needsRepair[node]?.delete(name)
        return
      }
      default:
        return
    }
  }

  #copied(node: number, book: KeyBook, state: KeyState): void {
    const place = book.owners.indexOf(node)
    if (place >= 0) book.copies[place] = state
    else book.strays.set(node, state)
  }

  #gone(node: number, book: KeyBook): void {
    const place = book.owners.indexOf(node)
    if (place >= 0) book.copies[place] = null
    else book.strays.delete(node)
  }

  #hinted(holder: number, book: KeyBook, target: NodeId, state: KeyState): void {
    const known = hintOf(book, holder, target)
    if (known === null) book.hints.push({ holder, target, state })
    else known.state = state
  }

  /** What was not durable may be gone. */
  crashed(node: number): void {
    for (const { mints } of this.#batches[node] ?? []) this.#doubtful[node]?.push(...mints)
    this.#batches[node] = []
  }

  /** A dot that did not reach the disk was never told, and may be minted again. */
  booted(node: number, recovered: DurableState | null): void {
    for (const mint of this.#doubtful[node] ?? []) {
      const { sibling, book } = mint
      const actor = this.#actors.get(sibling.actor) as ActorBook
      if (isRecovered(recovered, book.key.id, sibling)) {
        actor.durable = Math.max(actor.durable, sibling.n)
        continue
      }
      actor.stamps[sibling.n] = 0
      book.mints = book.mints.filter((other) => other !== mint)
      book.checked = null
    }
    this.#doubtful[node] = []
    if (recovered === null) return
    // What was buried may be gone, though nobody had been told that it is.
    for (const book of this.#keys.values()) {
      if (book.buried.length > 0 && !recovered.keys.has(book.key.id)) this.#gone(node, book)
    }
    for (const { key, state } of recovered.keys.values()) this.#copied(node, this.of(key), state)
    for (const [target, hints] of recovered.hints) {
      for (const { key, state } of hints.values()) this.#hinted(node, this.of(key), target, state)
    }
  }

  /** Its disk was wiped, or what was on it cannot be believed. */
  diskLost(node: number): void {
    this.amnesiacs.add(node)
    this.needsRepair[node]?.clear()
    this.#lost(node, () => true)
  }

  /** All that it holds of these keys, for itself and for others. */
  #lost(node: number, which: (book: KeyBook) => boolean): void {
    for (const book of this.#keys.values()) {
      if (!which(book)) continue
      noteLost(book, node)
      const place = book.owners.indexOf(node)
      if (place >= 0) {
        book.copies[place] = null
        book.represented[place] = emptyVector
      }
      book.strays.delete(node)
      for (let i = book.hints.length - 1; i >= 0; i--) {
        const hint = book.hints[i] as HintCopy
        if (hint.holder !== node) continue
        book.hints.splice(i, 1)
        const target = book.owners.indexOf(this.indexOf(hint.target))
        if (target >= 0) book.represented[target] = emptyVector
      }
    }
  }

  /** Hands over the keys written since the last time, and forgets what is settled of them. */
  takeTouched(): readonly KeyBook[] {
    const taken = this.touched
    this.touched = []
    for (const book of taken) {
      book.touched = false
      if (book.mints.length > 1) forgetSettled(book)
    }
    return taken
  }
}

function isRecovered(recovered: DurableState | null, id: string, dot: Dot): boolean {
  if (recovered === null) return false
  const own = recovered.keys.get(id)
  if (own !== undefined && covers(own.state.vv, dot.actor, dot.n)) return true
  for (const hints of recovered.hints.values()) {
    const hint = hints.get(id)
    if (hint !== undefined && covers(hint.state.vv, dot.actor, dot.n)) return true
  }
  return false
}

function stamp(actor: ActorBook, { n, hlc }: Sibling): void {
  if (n >= actor.stamps.length) {
    const larger = new Float64Array(Math.max(n + 1, actor.stamps.length * 2))
    larger.set(actor.stamps)
    actor.stamps = larger
  }
  actor.stamps[n] = hlc === 0 ? Number.MIN_VALUE : hlc
}

function placeOfHint(hints: readonly HintCopy[], holder: number, target: NodeId): number {
  for (let at = 0; at < hints.length; at++) {
    const hint = hints[at] as HintCopy
    if (hint.holder === holder && hint.target === target) return at
  }
  return -1
}
