/**
 * RW-1 to RW-5 (protocol.md section 3): what a client is told is so.
 *
 * RW-2 and RW-3 are asked of the counts in the answers, not of the configuration: a write that `a`
 * owners held when it was acknowledged and a read that heard `b` owners must meet where a + b > N,
 * whatever the quorums are called. "Nothing here" counts only from owners, so a read that found
 * nothing has heard as many owners as it counts nodes.
 */
import type {
  ClientRequest,
  Dot,
  GetOk,
  GetRequest,
  KeyState,
  Message,
  NodeOptions,
  Outcome,
  PutOk,
  PutRequest,
  Sibling,
  VersionVector,
} from '../../core/index.js'
import { covers, descends, mergeVectors, withDot } from '../../core/version/dotted.js'
import type { Asked, Open, Written } from './asked.js'
import { copiesEver, copiesOf, ownersWith, withReaped } from './key.js'
import type { KeyBook, Mint } from './key.js'
import type { Family, Scene } from './family.js'
import { dotText, stateText, vectorText } from './text.js'
import type { Breach } from './violation.js'

export class RequestInvariants implements Family {
  readonly #scene: Scene
  readonly #asked: Asked

  constructor(scene: Scene, asked: Asked) {
    this.#scene = scene
    this.#asked = asked
  }

  submitted(request: ClientRequest): void {
    const book = request.kind === 'get' ? this.#bookOf(request) : null
    this.#asked.submitted({ request, acked: book?.acked ?? null, shown: book?.shown ?? null })
  }

  #bookOf({ bucket, key }: ClientRequest): KeyBook | null {
    const { placement } = this.#options
    return this.#scene.book.find(placement.keyRef(bucket, key).id)
  }

  get #options(): NodeOptions {
    return this.#scene.nodes[0] as NodeOptions
  }

  replied(node: number, request: number, outcome: Outcome): void {
    const open = this.#asked.take(request)
    if (open === null) return
    if (outcome.kind === 'rejected') this.#rejected(open, outcome.code)
    else if (outcome.kind === 'ok') {
      if (outcome.f === 'get') this.#read(node, open, outcome)
      else this.#written(node, open.request, outcome)
    }
  }

  // --- RW-4

  persisted(): void {
    const { fresh } = this.#scene.book
    for (let i = 0; i < fresh.length; i++) {
      const { sibling, book } = fresh[i] as Mint
      const written = sibling.value === null ? null : this.#asked.written(sibling.value)
      if (written !== null) this.#once(book, sibling, written)
    }
  }

  #once(book: KeyBook, dot: Sibling, written: Written): void {
    this.#scene.tally['RW-4']++
    if (written.rejected) {
      this.#scene.violated('RW-4', {
        say: `operation ${written.request.opId} was refused, and is now written as ${dotText(dot)}`,
        key: book.key,
        state: this.#holdings(book),
      })
    }
    if (written.dot !== null && this.#exists(written.dot)) {
      this.#scene.violated('RW-4', {
        say: `operation ${written.request.opId} is both ${dotText(written.dot)} and ${dotText(dot)}`,
        key: book.key,
        state: this.#holdings(book),
      })
    }
    written.dot = dot
  }

  /** A crash may have taken it back before anybody was told. */
  #exists({ actor, n }: Dot): boolean {
    return (this.#scene.book.actor(actor)?.stamps[n] ?? 0) !== 0
  }

  #rejected({ request }: Open, code: string): void {
    if (request.kind !== 'put' || request.value === null) return
    const written = this.#asked.written(request.value)
    if (written === null) return
    this.#scene.tally['RW-4']++
    if (written.dot !== null && this.#exists(written.dot)) {
      const book = this.#bookOf(request)
      this.#scene.violated('RW-4', {
        say: `operation ${request.opId} is refused (${code}), though it is written as ${dotText(written.dot)}`,
        ...(book !== null && { key: book.key, state: this.#holdings(book) }),
      })
    }
    if (written.request.request === request.request) written.rejected = true
  }

  #holdings(book: KeyBook): readonly string[] {
    const { nodes } = this.#scene
    const own = book.owners.map((owner, place) =>
      stateText(`durable at ${String(nodes[owner]?.id)}`, book.copies[place] ?? null),
    )
    const hints = book.hints.map(({ holder, target, state }) =>
      stateText(`hint at ${String(nodes[holder]?.id)} for ${target}`, state),
    )
    return [...own, ...hints]
  }

  // --- RW-1, and what later reads are promised

  #written(node: number, request: ClientRequest, { dot, counts }: PutOk): void {
    const book = this.#bookOf(request)
    const w = (request as PutRequest).quorum.w ?? this.#options.replication.w
    const copies = book === null ? 0 : this.#copies(book, dot, counts.nodes)
    this.#scene.tally['RW-1']++
    if (book === null || counts.nodes < w || copies < counts.nodes) {
      this.#scene.violated('RW-1', {
        say:
          `${dotText(dot)} of operation ${request.opId} is acknowledged with ${String(copies)} ` +
          `durable copies; ${String(counts.nodes)} were counted, and it asked for ${String(w)}`,
        ...(book !== null && { key: book.key, state: this.#holdings(book) }),
      })
    }
    // By the clock that stamped it: a node that only passed the answer on may have any.
    const minter = this.#scene.book.actor(dot.actor)?.node ?? node
    if (book.isLatest) this.#notShadowed(minter, book, dot, w)
    if (counts.owners > 0) book.acked = raised(book.acked, counts.owners, dot)
  }

  /**
   * Owners are enough as a rule; only then are hints and memories looked through, and what nodes
   * held whose disks were lost between their word and this answer.
   */
  #copies(book: KeyBook, dot: Dot, enough: number): number {
    const owners = ownersWith(book, dot)
    return owners >= enough ? owners : copiesEver(book, dot)
  }

  /** A hint goes to its owner whatever it says: its stand-in has believed it already. */
  sent(_: number, to: number, message: Message): void {
    if (message.kind !== 'handoff') return
    const limit = this.#scene.wallMicros(to) + this.#options.limits.maxSkewMicros
    for (const { key, state } of message.items) {
      const [winner] = state.siblings
      const book =
        winner === undefined || winner.hlc <= limit ? null : this.#scene.book.find(key.id)
      const place = book?.isLatest === true ? book.owners.indexOf(to) : -1
      if (book !== null && winner !== undefined && place >= 0) book.handed[place] = winner
    }
  }

  /**
   * RW-5, where the last write wins: w copies show it, not a stamp from the future over it. From
   * the future for who keeps the copy, too, or its own and older: where most clocks are ahead,
   * nobody can say of a write that it is not an old one.
   */
  #notShadowed(node: number, book: KeyBook, dot: Dot, w: number): void {
    this.#scene.tally['RW-5']++
    const stamp = this.#scene.book.actor(dot.actor)?.stamps[dot.n] ?? 0
    const clock = Math.max(stamp, this.#scene.wallMicros(node))
    const limit = clock + this.#options.limits.maxSkewMicros
    const buried = book.copies.filter((state, place) => {
      if (state === null || !buries(state, dot, limit)) return false
      return this.#couldTell(book, book.owners[place] ?? -1, state, dot)
    })
    const winner = buried[0]?.siblings[0]
    if (winner === undefined || copiesOf(book, dot) - buried.length >= w) return
    const ahead = seconds(winner.hlc - this.#scene.wallMicros(node))
    this.#scene.violated('RW-5', {
      say:
        `${dotText(dot)} is acknowledged, and buried at once: ${dotText(winner)} is stamped ` +
        `${ahead} ahead of the clock of ${String(this.#scene.nodes[node]?.id)}`,
      key: book.key,
      state: this.#holdings(book),
    })
  }

  #couldTell(book: KeyBook, holder: number, { siblings }: KeyState, dot: Dot): boolean {
    const [winner] = siblings
    if (winner === undefined) return false
    const handed = book.handed[book.owners.indexOf(holder)]
    if (handed?.n === winner.n && handed.actor === winner.actor) return false
    if (this.#scene.book.actor(winner.actor)?.node === holder) {
      // What it wrote over the copy while others were still asked is a later write.
      const last = book.lastMints[book.owners.indexOf(holder)] ?? null
      const isOver = last?.sibling.n === winner.n && covers(last.state.vv, dot.actor, dot.n)
      return !isOver
    }
    return winner.hlc > this.#scene.wallMicros(holder) + this.#options.limits.maxSkewMicros
  }

  // --- RW-2, RW-3, RW-5

  #read(node: number, open: Open, outcome: GetOk): void {
    const request = open.request as GetRequest
    const { vv } = outcome.context
    const { nodes, owners } = outcome.counts
    const heard = vv.length === 0 ? nodes : owners
    const { tally } = this.#scene
    if (open.acked !== null && heard > 0) {
      tally['RW-2']++
      const missed = this.#missed(node, open, outcome, heard, open.acked)
      if (missed !== null) {
        this.#scene.violated('RW-2', {
          ...missed,
          say: `${missed.say} acknowledged writes ${missed.promised}`,
        })
      }
    }
    if (request.minimum !== null) {
      tally['RW-5']++
      if (!descends(this.#known(request, vv), request.minimum)) {
        this.#scene.violated('RW-5', {
          say:
            `the read ${request.opId} of a session that has seen ` +
            `${vectorText(request.minimum)} is answered with ${vectorText(vv)}`,
          ...this.#about(request),
        })
      }
    }
    if (request.quorum.monotonic) this.#monotonic(node, open, outcome, heard)
  }

  /** What was reaped is a promise kept: nothing is left of it to be found. */
  #known(request: ClientRequest, vv: VersionVector): VersionVector {
    const book = this.#bookOf(request)
    return book === null ? vv : withReaped(book, vv)
  }

  #about(request: ClientRequest): Omit<Breach, 'say'> {
    const book = this.#bookOf(request)
    return book === null ? {} : { key: book.key, state: this.#holdings(book) }
  }

  /** Null: all is there that was promised to who hears so many owners. */
  #missed(
    node: number,
    { request }: Open,
    { context, counts }: GetOk,
    heard: number,
    promises: readonly VersionVector[],
  ): (Breach & { readonly promised: string }) | null {
    if (this.#scene.book.amnesiacs.size > 0) return null
    const { n } = this.#options.replication
    const promised = promises[n - heard + 1]
    if (promised === undefined) return null
    if (descends(this.#known(request, context.vv), promised)) return null
    const name = String(this.#scene.nodes[node]?.id)
    const say =
      `the read ${request.opId} at ${name} heard ${String(counts.nodes)} nodes, ` +
      `${String(counts.owners)} of them owners, and finds ${vectorText(context.vv)}; ` +
      `when it began, more than ${String(n - heard)} of ${String(n)} owners held the`
    return { ...this.#about(request), say, promised: vectorText(promised) }
  }

  /** RW-3: what a monotonic read shows is on w nodes, and no later one shows less. */
  #monotonic(node: number, open: Open, outcome: GetOk, heard: number): void {
    const { request } = open
    const { vv } = outcome.context
    const book = this.#bookOf(request)
    if (book === null || vv.length === 0) return
    this.#scene.tally['RW-3']++
    const missed =
      open.shown === null || heard === 0
        ? null
        : this.#missed(node, open, outcome, heard, open.shown)
    if (missed !== null) {
      this.#scene.violated('RW-3', {
        ...missed,
        say: `${missed.say} versions that an earlier read had shown: ${missed.promised}`,
      })
    }
    const w = request.quorum.w ?? this.#options.replication.w
    const copies = copiesEver(book, vv)
    if (copies < w) {
      this.#scene.violated('RW-3', {
        say:
          `the monotonic read ${request.opId} is answered with ${vectorText(vv)}, durable on ` +
          `${String(copies)} nodes, not on ${String(w)}: the next read may not find it`,
        key: book.key,
        state: this.#holdings(book),
      })
    }
    book.shown = raisedAll(book.shown, ownersWith(book, vv), vv)
  }
}

/** Knows of the dot, and shows what is stamped later than the limit. */
function buries({ vv, siblings }: KeyState, dot: Dot, limit: number): boolean {
  const [winner] = siblings
  if (winner === undefined || winner.hlc <= limit) return false
  if (winner.actor === dot.actor && winner.n === dot.n) return false
  return covers(vv, dot.actor, dot.n)
}

const seconds = (micros: number): string => `${(micros / 1e6).toFixed(1)} s`

/** With a dot that so many owners hold. */
function raised(
  before: readonly VersionVector[],
  owners: number,
  dot: Dot,
): readonly VersionVector[] {
  const after = before.slice()
  for (let k = 1; k <= owners && k < after.length; k++) {
    const [last, known] = [before[k - 1], before[k] as VersionVector]
    after[k] = k > 1 && known === last ? (after[k - 1] as VersionVector) : withDot(known, dot)
  }
  return after
}

function raisedAll(
  before: readonly VersionVector[],
  owners: number,
  vv: VersionVector,
): readonly VersionVector[] {
  return before.map((known, k) => (k >= 1 && k <= owners ? mergeVectors(known, vv) : known))
}
