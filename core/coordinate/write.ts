/**
 * The writes that one node takes in: coordinated here, handed to an owner, or refused; each once,
 * whatever is doubled (RW-4).
 */
import type { Effect } from '../effect.js'
import type { Now } from '../input.js'
import type { LogRecord } from '../log/record.js'
import type { Outcome, OutcomeCode, RefusalCode } from '../outcome.js'
import { keepHint } from '../replica/hint.js'
import { heldOf } from '../replica/merge.js'
import type { PutRequest } from '../request.js'
import { barrier, persist, sendsBehind } from '../shell.js'
import type { KeyRef, Micros, NodeId } from '../types.js'
import { covers } from '../version/dotted.js'
import type { Desk } from './desk.js'
import { activeList, coordinatesForOthers, push, push1 } from './desk.js'
import type { ForwardState } from './forward.js'
import { forwardOrder, forwardStart } from './forward.js'
import { Ledger } from './ledger.js'
import type { Minter } from './mint.js'
import { mint } from './mint.js'
import { firstLookMicros } from './patience.js'
import type { Payload, PutState } from './put.js'
import { putRefused, putRenewed, putStart } from './put.js'
import { putTimer, strandedOwners, unservedOwners } from './put.js'
import type { ActiveList, Origin } from './quorum.js'
import { placeOf, respond } from './quorum.js'
import type { Reads } from './read.js'

/** A delete without context: the write that waits for its read. */
interface PendingDelete {
  readonly operation: PutRequest
  readonly origin: Origin
  readonly deadlineMicros: Micros
}

export class Writes {
  readonly #desk: Desk
  readonly #minter: Minter
  readonly #reads: Reads
  readonly #deletes = new Map<number, PendingDelete>()
  readonly #ledger: Ledger
  /** Turns with every forward, to spread the work over the owners. */
  #turn = 0

  constructor(desk: Desk, minter: Minter, reads: Reads) {
    this.#desk = desk
    this.#minter = minter
    this.#reads = reads
    this.#ledger = new Ledger(desk.shell.options.limits.rememberedWrites)
  }

  /**
   * A retry or a doubled message is answered like the first, and never coordinated again (RW-4).
   */
  repeated(operation: PutRequest, origin: Origin, out: Effect[]): boolean {
    const known = this.#ledger.recall(operation.opId, origin)
    if (known === null) return false
    if (known === 'under_way' || known === 'forgotten') return true
    if (known.kind !== 'rejected') push1(out, respond(this.#desk.shell.self, origin, known))
    // To a client that asks again its refusal is no news; a peer has been told, and may have gone
    // elsewhere.
    else if (origin.kind === 'client') return false
    else push1(out, this.forwardFailed(origin, 'not_accepted'))
    return true
  }

  begin(now: Now, operation: PutRequest, origin: Origin, budget: Micros, out: Effect[]): void {
    const { options, self } = this.#desk.shell
    const key = options.placement.keyRef(operation.bucket, operation.key)
    if (operation.context !== null && operation.context.keyHash !== key.hash) {
      this.refuse(operation, origin, 'bad_context', 0, 0, out)
      return
    }
    const active = activeList(this.#desk.shell, key.partition)
    const here = placeOf(active.nodes, self.from)
    if (here < 0 && coordinatesForOthers(this.#desk.shell, operation.bucket)) {
      this.#coordinate(now, operation, key, active, origin, budget, out)
      return
    }
    if (here < 0 && origin.kind === 'client') {
      this.#forward(now, operation, key, active, origin, budget, out)
      return
    }
    // Chosen by a peer that thinks less of the owners than this node does: take part in somebody's
    // place, or refuse.
    const joined = here >= 0 ? active : this.#joinAsFallback(active)
    if (joined === null) {
      this.refuse(operation, origin, 'not_accepted', 0, 0, out)
      return
    }
    if (operation.value === null && operation.context === null) {
      this.#readThenDelete(now, operation, key, active, origin, budget, out)
      return
    }
    this.#coordinate(now, operation, key, joined, origin, budget, out)
  }

  #joinAsFallback(active: ActiveList): ActiveList | null {
    const { options, self } = this.#desk.shell
    if (!options.replication.sloppy || !options.handoff) return null
    const last = active.nodes.length - 1
    const owner = active.hintFor[last] ?? active.nodes[last]
    if (owner === undefined) return null
    const nodes = active.nodes.with(last, self.from)
    const hintFor = active.nodes.map((_, i) => (i === last ? owner : (active.hintFor[i] ?? null)))
    return { ...active, nodes, hintFor, ownerMask: active.ownerMask & ~(1 << last) }
  }

  #forward(
    now: Now,
    operation: PutRequest,
    key: KeyRef,
    active: ActiveList,
    origin: Origin,
    budget: Micros,
    out: Effect[],
  ): void {
    const { self, peers, counters } = this.#desk.shell
    const order = (nodes: readonly NodeId[]): readonly NodeId[] =>
      peers.preferred(nodes, now.monoMicros)
    const candidates = forwardOrder(active, this.#turn++, order)
      .filter((node) => !peers.disliked(node))
      .map((node) => ({ node, incarnation: peers.incarnation(node) }))
    const target = candidates[0]
    if (target === undefined) {
      this.refuse(operation, origin, 'no_reachable_owner', 0, 0, out)
      return
    }
    counters.forwards++
    this.#ledger.begin(operation.opId, origin)
    const request = this.#desk.next()
    const [state, effects] = forwardStart(self, {
      request,
      origin,
      operation,
      target,
      others: candidates.slice(1),
      nowMicros: now.monoMicros,
      deadlineMicros: now.monoMicros + budget,
      plant: this.#desk.shell.options.plant,
    })
    this.#desk.open(state)
    push(out, effects)
  }

  /** Section 3: a delete without context covers what a quorum read finds. */
  #readThenDelete(
    now: Now,
    operation: PutRequest,
    key: KeyRef,
    active: ActiveList,
    origin: Origin,
    budget: Micros,
    out: Effect[],
  ): void {
    const deadlineMicros = now.monoMicros + budget
    this.#ledger.begin(operation.opId, origin)
    const request = this.#desk.next()
    this.#deletes.set(request, { operation, origin, deadlineMicros })
    const quorum = { ...operation.quorum, monotonic: false }
    const read = { opId: operation.opId, minimum: null, quorum, bucket: operation.bucket }
    const from: Origin = { kind: 'delete', request }
    this.#reads.start(now, { request, operation: read, key, active, origin: from, budget }, out)
  }

  /** The read of a delete has ended. */
  continueDelete(now: Now, request: number, outcome: Outcome, out: Effect[]): void {
    const pending = this.#deletes.get(request)
    if (pending === undefined) return
    this.#deletes.delete(request)
    const { operation, origin, deadlineMicros } = pending
    if (outcome.kind !== 'ok' || outcome.f !== 'get') {
      const code = outcome.kind === 'ok' ? 'timeout' : outcome.code
      const [need, got] = outcome.kind === 'ok' ? [0, 0] : [outcome.need, outcome.got]
      this.refuse(operation, origin, code, need, got, out)
      return
    }
    const withContext = { ...operation, context: outcome.context }
    const { options, self } = this.#desk.shell
    const key = options.placement.keyRef(operation.bucket, operation.key)
    const active = activeList(this.#desk.shell, key.partition)
    const joined = placeOf(active.nodes, self.from) >= 0 ? active : this.#joinAsFallback(active)
    if (joined === null) this.refuse(operation, origin, 'not_accepted', 0, 0, out)
    else {
      const budget = deadlineMicros - now.monoMicros
      this.#coordinate(now, withContext, key, joined, origin, budget, out)
    }
  }

  #coordinate(
    now: Now,
    operation: PutRequest,
    key: KeyRef,
    active: ActiveList,
    origin: Origin,
    budget: Micros,
    out: Effect[],
  ): void {
    const { options, self } = this.#desk.shell
    const { replication, limits, timing } = options
    if (this.#desk.shell.isReadOnly) return this.refuse(operation, origin, 'read_only', 0, 0, out)
    const w = operation.quorum.w ?? replication.w
    const pw = operation.quorum.pw ?? replication.pw
    const unreachable = this.#unreachable(active, w, pw)
    if (unreachable !== null) {
      this.refuse(operation, origin, unreachable.code, unreachable.need, unreachable.got, out)
      return
    }
    const selfIndex = placeOf(active.nodes, self.from)
    const minted = mint(this.#desk.shell, this.#minter, now, {
      operation,
      key,
      held: heldOf(this.#desk.shell, key),
      keeps: selfIndex >= 0,
      hintFor: active.hintFor[selfIndex] ?? null,
      uncovered: active.uncovered,
    })
    if (typeof minted === 'string') {
      const need = minted === 'too_many_siblings' ? limits.siblings : 0
      this.refuse(operation, origin, minted, need, 0, out)
      return
    }
    this.#ledger.begin(operation.opId, origin)
    const request = this.#desk.next()
    const step = putStart({
      request,
      origin,
      operation,
      key,
      state: minted.state,
      reapEpoch: this.#desk.shell.storage.reapEpoch(key.partition),
      dot: minted.dot,
      context: minted.context,
      w,
      pw,
      active,
      selfIndex,
      records: minted.records,
      nowMicros: now.monoMicros,
      deadlineMicros: now.monoMicros + budget,
      fallbackAfterMicros:
        timing.fallbackAfterMicros === null || !this.#desk.patience.begin()
          ? budget
          : firstLookMicros(timing.fallbackAfterMicros, budget),
      toldEarly: options.plant === 'replicate_before_persist' ? self : null,
      plant: options.plant,
    })
    this.#desk.shell.persists++
    this.#desk.open(step[0])
    push(out, step[1])
  }

  /** Nothing has happened yet, so a quorum that cannot be met is refused for certain. */
  #unreachable(active: ActiveList, w: number, pw: number) {
    const { peers } = this.#desk.shell
    if (!peers.anySuspected) return null
    let nodes = 0
    let owners = 0
    for (let i = 0; i < active.nodes.length; i++) {
      if (peers.disliked(active.nodes[i] as NodeId)) continue
      nodes++
      if ((active.ownerMask & (1 << i)) !== 0) owners++
    }
    if (nodes < w) return { code: 'w_unsatisfied' as const, need: w, got: nodes }
    if (owners < pw) return { code: 'pw_unsatisfied' as const, need: pw, got: owners }
    return null
  }

  /** Time to look for silent nodes, or time is up. */
  timer(now: Now, stale: PutState, out: Effect[]): void {
    const state = this.#fresh(now, stale)
    const { shell } = this.#desk
    const [next, asked] = putTimer(shell.self, state, now.monoMicros, this.#fallbacks(state))
    // What was read anew may be on its way to the disk.
    const isNew = next.payload.state !== next.plan.state
    this.#desk.after(now, state, [next, isNew ? sendsBehind(shell, asked) : asked], out)
    if (!state.extended) this.#keepHints(now, next, strandedOwners(next), out)
  }

  /**
   * A copy was refused: it was read under an older reap epoch. The same dot goes out again, in the
   * state held now. If there is none, a delete that had seen it has been reaped: refused it stays.
   */
  stale(now: Now, state: PutState, from: NodeId, out: Effect[]): void {
    const { shell } = this.#desk
    const payload = this.#renewed(state)
    if (payload === null) {
      this.#desk.after(now, state, putRefused(shell.self, state, from), out)
      return
    }
    const [next, sends] = putRenewed(shell.self, state, payload, from, now.monoMicros)
    const effects: Effect[] = []
    // What is held now may be on its way to the disk.
    if (sends.length > 0) barrier(shell, sends, effects)
    this.#desk.after(now, state, [next, effects], out)
  }

  /** All that is held of the key, if the write is in it or was replaced in it. */
  #renewed({ plan: { key, dot } }: PutState): Payload | null {
    const { shell } = this.#desk
    const held = heldOf(shell, key)
    if (held === null || !covers(held.state.vv, dot.actor, dot.n)) return null
    return { state: held.state, reapEpoch: shell.storage.reapEpoch(key.partition) }
  }

  #isOld({ plan, payload }: PutState): boolean {
    return payload.reapEpoch < this.#desk.shell.storage.reapEpoch(plan.key.partition)
  }

  /** With a payload of this node's epoch, if there is one that is durable. */
  #fresh(now: Now, state: PutState): PutState {
    if (!this.#isOld(state)) return state
    const held = heldOf(this.#desk.shell, state.plan.key)
    if (held === null || held.persist > now.durablePersists) return state
    return { ...state, payload: this.#renewed(state) ?? state.payload }
  }

  #keepHints(now: Now, state: PutState, owners: readonly NodeId[], out: Effect[]): void {
    const { options } = this.#desk.shell
    if (owners.length === 0 || !options.replication.sloppy || !options.handoff) return
    const records: LogRecord[] = []
    const isOld = this.#isOld(state)
    const payload = isOld ? this.#renewed(state) : state.payload
    if (payload === null) return
    for (const owner of owners) {
      const record = keepHint(this.#desk.shell, now, owner, state.plan.key, payload.state)
      if (record !== null) records.push(record)
    }
    if (records.length > 0) persist(this.#desk.shell, records, [], out)
  }

  /** Liked nodes that can stand in for silent ones, not asked yet. */
  #fallbacks(state: PutState): readonly NodeId[] {
    const { options, peers } = this.#desk.shell
    if (!options.replication.sloppy || !options.handoff) return []
    return options.placement
      .preference(state.plan.key.partition)
      .filter((node) => !state.active.nodes.includes(node) && !peers.disliked(node))
  }

  /**
   * A put is done, or a put or forward is answered: owners that nobody served get a hint, those who
   * asked too an answer.
   */
  after(now: Now, state: PutState | ForwardState, answered: Outcome | null, out: Effect[]): void {
    if (state.kind === 'put' && state.phase === 'done') {
      this.#keepHints(now, state, unservedOwners(state), out)
    }
    if (answered === null) return
    const { operation, origin } = state.plan
    const { opId } = operation
    const others =
      answered.kind === 'rejected'
        ? this.#ledger.refuse(opId, origin, answered)
        : this.#ledger.end(opId, answered, origin)
    for (const other of others) push1(out, respond(this.#desk.shell.self, other, answered))
  }

  /**
   * Remembered, so that a second copy of the same forward is not accepted after the first was
   * refused.
   */
  refuse(
    operation: PutRequest,
    origin: Origin,
    code: OutcomeCode,
    need: number,
    got: number,
    out: Effect[],
  ): void {
    const outcome: Outcome = { kind: 'rejected', code, need, got }
    for (const other of this.#ledger.refuse(operation.opId, origin, outcome)) {
      push1(out, respond(this.#desk.shell.self, other, outcome))
    }
    if (origin.kind === 'peer' && code === 'not_accepted') {
      push1(out, this.forwardFailed(origin, code))
    } else push1(out, respond(this.#desk.shell.self, origin, outcome))
  }

  forwardFailed(origin: Origin, code: RefusalCode): Effect | null {
    if (origin.kind !== 'peer') return null
    return {
      kind: 'send',
      to: origin.from,
      message: {
        kind: 'forward_failed',
        ...this.#desk.shell.self,
        request: origin.request,
        asked: origin.incarnation,
        code,
      },
    }
  }
}
