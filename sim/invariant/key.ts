/** What the invariants know of one key. */
import type { Dot, KeyRef, KeyState, NodeId, Sibling, VersionVector } from '../../core/index.js'
import { covers, descends, emptyVector, mergeVectors, withDot } from '../../core/version/dotted.js'

/** One write, as its coordinator first put it on record. */
export interface Mint {
  readonly sibling: Sibling
  readonly book: KeyBook
  readonly node: number
  /** What the coordinator made of the key with it. */
  readonly state: KeyState
  /** What its client had seen; null: nobody knows (a delete may read for itself). */
  readonly context: VersionVector | null
}

/** A durable copy that a node keeps for somebody else. */
export interface HintCopy {
  readonly holder: number
  readonly target: NodeId
  state: KeyState
}

export interface KeyBook {
  readonly key: KeyRef
  /** Numbers of the nodes, first owner first. */
  readonly owners: readonly number[]
  readonly isLatest: boolean
  /** Durable at each owner, in their order. */
  readonly copies: (KeyState | null)[]
  /** Durable at a node that is no owner: its memory of what it coordinated. */
  readonly strays: Map<number, KeyState>
  readonly hints: HintCopy[]
  /** By node: what it held durably, as owner and for others, each time that its disk was lost. */
  lost: Map<number, readonly VersionVector[]> | null
  /** Not settled yet, oldest first. */
  mints: Mint[]
  /** By owner, where the last write wins: its own last write. */
  readonly lastMints: (Mint | null)[]
  /** By owner, where the last write wins: a stamp from its future that it was handed last. */
  readonly handed: (Sibling | null)[]
  /**
   * Covers what was replaced, and what replaced it, once every owner knows of both. A state that
   * descends this and shows something replaced is wrong.
   */
  settled: VersionVector
  /** Covers what had to be forgotten before it was settled: of that nothing is claimed. */
  forgotten: VersionVector
  /** Covers all that a tombstone had covered which an owner has reaped. */
  reaped: VersionVector
  /** That, and what a node that is no owner has forgotten because a tombstone covers it. */
  buried: VersionVector
  /** Consistent, so need not be looked at again. */
  checked: KeyState | null
  /**
   * [k]: acknowledged writes that k owners held durably when they were. Replaced, never changed.
   */
  acked: readonly VersionVector[]
  /** The same for what monotonic reads have shown. */
  shown: readonly VersionVector[]
  /** By owner: the most that its own copy and the hints for it have covered. */
  readonly represented: VersionVector[]
  touched: boolean
}

/** More than this of one key are not remembered; the checks at the end know them all. */
const mostMints = 128

export function newKeyBook(key: KeyRef, owners: readonly number[], isLatest: boolean): KeyBook {
  const none = Array.from({ length: owners.length + 1 }, () => emptyVector)
  return {
    key,
    owners,
    isLatest,
    copies: owners.map(() => null),
    strays: new Map(),
    hints: [],
    lost: null,
    mints: [],
    lastMints: owners.map(() => null),
    handed: owners.map(() => null),
    settled: emptyVector,
    forgotten: emptyVector,
    reaped: emptyVector,
    buried: emptyVector,
    checked: null,
    acked: none,
    shown: none,
    represented: owners.map(() => emptyVector),
    touched: false,
  }
}

/** Distinct nodes where a state is durable that knows of the dot, or of the whole vector. */
export const copiesOf = (book: KeyBook, what: Dot | VersionVector): number =>
  holdersOf(book, what).size

function holdersOf(book: KeyBook, what: Dot | VersionVector): Set<number> {
  const holders = new Set<number>()
  if (isReaped(book, what)) for (const owner of book.owners) holders.add(owner)
  book.copies.forEach((state, place) => {
    if (state !== null && knows(state, what)) holders.add(book.owners[place] as number)
  })
  for (const [node, state] of book.strays) if (knows(state, what)) holders.add(node)
  // What a node keeps for one owner and what it keeps for another are one answer.
  for (const { holder } of book.hints) {
    if (!holders.has(holder) && knows({ vv: recoverable(book, holder) }, what)) holders.add(holder)
  }
  return holders
}

/** The same, and those that had it when their disks were lost: it was there, and nobody lied. */
export function copiesEver(book: KeyBook, what: Dot | VersionVector): number {
  const holders = holdersOf(book, what)
  for (const [node, vectors] of book.lost ?? []) {
    if (vectors.some((vv) => knows({ vv }, what))) holders.add(node)
  }
  return holders.size
}

/** A node is about to lose all that it holds of the key. */
export function noteLost(book: KeyBook, node: number): void {
  const vv = recoverable(book, node)
  if (vv.length === 0) return
  book.lost ??= new Map()
  const before = book.lost.get(node) ?? []
  if (before.some((known) => descends(known, vv))) return
  book.lost.set(node, [...before.filter((known) => !descends(vv, known)), vv])
}

export function ownersWith(book: KeyBook, what: Dot | VersionVector): number {
  const { copies } = book
  if (isReaped(book, what)) return copies.length
  let owners = 0
  for (let place = 0; place < copies.length; place++) {
    const state = copies[place] ?? null
    if (state !== null && knows(state, what)) owners++
  }
  return owners
}

const isReaped = ({ reaped }: KeyBook, what: Dot | VersionVector): boolean =>
  reaped.length > 0 && knows({ vv: reaped }, what)

const knows = ({ vv }: Pick<KeyState, 'vv'>, what: Dot | VersionVector): boolean =>
  'actor' in what ? covers(vv, what.actor, what.n) : descends(vv, what)

export function hintOf(book: KeyBook, holder: number, target: NodeId): HintCopy | null {
  for (const hint of book.hints) {
    if (hint.holder === holder && hint.target === target) return hint
  }
  return null
}

/** All that would be found at a node after a crash. */
export function recoverable(book: KeyBook, node: number): VersionVector {
  const place = book.owners.indexOf(node)
  const own = place >= 0 ? book.copies[place] : book.strays.get(node)
  let vv = withReaped(book, own?.vv ?? emptyVector)
  for (const { holder, state } of book.hints) {
    if (holder === node) vv = mergeVectors(vv, state.vv)
  }
  return vv
}

/** What one owner has, or somebody keeps for it. */
export function representedOf(book: KeyBook, place: number, owner: NodeId): VersionVector {
  let vv = withReaped(book, book.copies[place]?.vv ?? emptyVector)
  for (const { target, state } of book.hints) {
    if (target === owner) vv = mergeVectors(vv, state.vv)
  }
  return vv
}

/** What was reaped is known by all: nobody has to hold it. */
export const withReaped = ({ reaped }: KeyBook, vv: VersionVector): VersionVector =>
  reaped.length === 0 ? vv : mergeVectors(vv, reaped)

/**
 * A node forgets all that it holds of the key; as an owner, because everybody has agreed to. What
 * later states cover of it they need not show.
 */
export function bury(book: KeyBook, node: number): void {
  const place = book.owners.indexOf(node)
  const vv = (place >= 0 ? book.copies[place] : book.strays.get(node))?.vv ?? emptyVector
  book.buried = mergeVectors(book.buried, vv)
  book.forgotten = mergeVectors(book.forgotten, vv)
  if (place < 0) return
  book.reaped = mergeVectors(book.reaped, vv)
  book.mints = book.mints.filter(({ sibling: { actor, n } }) => !covers(vv, actor, n))
}

export const holds = ({ siblings }: KeyState, dot: Dot): boolean => {
  for (let i = 0; i < siblings.length; i++) {
    const sibling = siblings[i] as Sibling
    if (sibling.n === dot.n && sibling.actor === dot.actor) return true
  }
  return false
}

/** Did this write replace that dot? */
export function replaces({ sibling, context, state }: Mint, dot: Dot): boolean {
  if (sibling.n === dot.n && sibling.actor === dot.actor) return false
  if (context !== null) return covers(context, dot.actor, dot.n)
  // What its coordinator knew to be dead is the most that it can have replaced.
  return covers(state.vv, dot.actor, dot.n) && !holds(state, dot)
}

export const repairName = (target: NodeId, partition: number): string =>
  `${target}/${String(partition)}`

export function remember(book: KeyBook, mint: Mint): void {
  book.mints.push(mint)
  if (book.mints.length <= mostMints) return
  const dropped = book.mints.shift()
  if (dropped !== undefined) book.forgotten = mergeVectors(book.forgotten, [dotOf(dropped)])
}

function isKnownToAll(copies: KeyBook['copies'], { actor, n }: Dot): boolean {
  for (const state of copies) if (state === null || !covers(state.vv, actor, n)) return false
  return true
}

/** Replaced, and every owner knows it durably: nothing can bring it back but a bug. */
export function forgetSettled(book: KeyBook): void {
  const { mints, copies } = book
  const wide: Mint[] = []
  for (const mint of mints) if (isKnownToAll(copies, mint.sibling)) wide.push(mint)
  if (wide.length < 2) return
  const kept: Mint[] = []
  for (const mint of mints) {
    const later = wide.includes(mint) ? replacerOf(mint, wide) : null
    if (later === null) kept.push(mint)
    else book.settled = mergeVectors(book.settled, withDot([dotOf(mint)], dotOf(later)))
  }
  book.mints = kept
}

const replacerOf = (mint: Mint, among: readonly Mint[]): Mint | null =>
  among.find((later) => replaces(later, mint.sibling)) ?? null

const dotOf = ({ sibling: { actor, n } }: Mint): Dot => ({ actor, n })
