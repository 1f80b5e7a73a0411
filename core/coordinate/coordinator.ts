/**
 * The requests that one node coordinates: starts the right machine for each, hands it every answer, forgets it when it is
 * done. It decides who takes part; what an answer means is the machines' business.
 */
import type { Effect, Step } from '../effect.js'
import type { Now } from '../input.js'
import type { ClientRequest, GetRequest, PutRequest } from '../request.js'
import type { LogRecord } from '../log/record.js'
import type { Forward, Message } from '../message.js'
import type { Outcome, OutcomeCode, RefusalCode } from '../outcome.js'
import { keepHint } from '../replica/hint.js'
import { heldOf, readableOf } from '../replica/merge.js'
import { keyRef } from '../ring/hash.js'
import type { Shell } from '../shell.js'
import { Pending } from '../pending.js'
import { barrier, persist } from '../shell.js'
import type { KeyRef, Micros, NodeId, OperationId } from '../types.js'
import type { ForwardState } from './forward.js'
import { forwardAnswered, forwardRefused, forwardStart, forwardTimer } from './forward.js'
import type { GetState } from './get.js'
import * as get from './get.js'
import { Ledger } from './ledger.js'
import { mint, type Minter } from './mint.js'
import type { PutState } from './put.js'
import * as put from './put.js'
import type { ActiveList, Origin } from './quorum.js'
import { respond, sloppyList, strictList } from './quorum.js'
import { RateLimit } from './rate.js'

type RequestState = PutState | GetState | ForwardState

/** A delete without context: the write that waits for its read. */
interface PendingDelete {
  readonly operation: PutRequest
  readonly origin: Origin
  readonly deadlineMicros: Micros
}

export class Coordinator {
  readonly #shell: Shell
  readonly #minter: Minter
  readonly #requests = new Pending<RequestState>()
  readonly #deletes = new Map<number, PendingDelete>()
  readonly #ledger: Ledger
  readonly #repairLimit: RateLimit
  #lastRequest = 0
  /** A running estimate of the p99 of read latencies, for hedging. */
  #hedgeMicros: Micros = 10_000

  constructor(shell: Shell, minter: Minter) {
    this.#shell = shell
    this.#minter = minter
    this.#ledger = new Ledger(shell.options.limits.rememberedWrites)
    this.#repairLimit = new RateLimit(shell.options.limits.repairsPerSecond)
  }

  get openRequests(): number {
    return this.#requests.size
  }

  begin(now: Now, operation: ClientRequest, origin: Origin, budget: Micros, out: Effect[]): void {
    // First of all: were a second copy refused, its sender would tell that nothing has happened, while the first one goes on.
    if (operation.kind === 'put' && this.#repeated(operation, origin, out)) return
    const refusal = this.#admit(operation, budget)
    if (operation.kind === 'get') {
      if (refusal === null) this.#beginGet(now, operation, origin, budget, out)
      else this.#reject(origin, refusal, out)
    } else if (refusal === null) this.#beginWrite(now, operation, origin, budget, out)
    else this.#refuseWrite(operation, origin, refusal, 0, 0, out)
  }

  /** A retry or a doubled message is answered like the first, and never coordinated again (RW-4). */
  #repeated(operation: PutRequest, origin: Origin, out: Effect[]): boolean {
    const known = this.#ledger.recall(operation.opId, origin)
    if (known === null) return false
    if (known === 'under_way') return true
    if (known.kind !== 'rejected') push1(out, respond(this.#shell.self, origin, known))
    // To a client that asks again its refusal is no news; a peer has been told, and may have gone elsewhere.
    else if (origin.kind === 'client') return false
    else push1(out, this.#forwardFailed(origin, 'not_accepted'))
    return true
  }

  #admit(operation: ClientRequest, budget: Micros): OutcomeCode | null {
    const { options, counters } = this.#shell
    if (budget <= 0) {
      counters.expired++
      return 'expired'
    }
    if (this.#requests.size >= options.limits.openRequests) {
      counters.shed++
      return 'overloaded'
    }
    if (!options.buckets.has(operation.bucket)) return 'no_such_bucket'
    const { n } = options.replication
    const { r, w, pr, pw } = operation.quorum
    for (const wanted of [r, w, pr, pw]) {
      if (wanted !== null && (wanted < 0 || wanted > n)) return 'bad_quorum'
    }
    return null
  }

  // --- reads

  #beginGet(now: Now, operation: GetRequest, origin: Origin, budget: Micros, out: Effect[]): void {
    const { options } = this.#shell
    const key = keyRef(operation.bucket, operation.key, options.placement.ring.partitions)
    const active = this.#activeList(key.partition)
    if (active.nodes.length > 0) {
      this.#startGet(now, operation, key, active, origin, budget, out)
      return
    }
    // Everyone who could be asked is suspected, and this node cannot stand in: there is nobody to wait for.
    const need = operation.quorum.r ?? options.replication.r
    const outcome: Outcome = { kind: 'rejected', code: 'r_unsatisfied', need, got: 0 }
    push1(out, respond(this.#shell.self, origin, outcome))
  }

  #startGet(
    now: Now,
    operation: Pick<GetRequest, 'opId' | 'minimum' | 'quorum' | 'bucket'>,
    key: KeyRef,
    active: ActiveList,
    origin: Origin,
    budget: Micros,
    out: Effect[],
  ): void {
    const { options, self } = this.#shell
    const { replication } = options
    const request = ++this.#lastRequest
    const r = operation.quorum.r ?? replication.r
    const [state, effects] = get.getStart(self, {
      request,
      origin,
      operation,
      key,
      conflict: options.buckets.get(operation.bucket)?.conflict ?? 'siblings',
      r,
      pr: operation.quorum.pr ?? replication.pr,
      w: operation.quorum.monotonic ? (operation.quorum.w ?? replication.w) : 0,
      active: replication.hedge ? selfFirst(active, self.from) : active,
      ask: replication.hedge ? Math.max(1, r) : active.nodes.length,
      hedgeMicros: this.#hedgeMicros,
      nowMicros: now.monoMicros,
      deadlineMicros: now.monoMicros + budget,
    })
    this.#requests.set(request, state)
    push(out, effects)
    this.#answerOwnRead(now, state, out)
  }

  /** The coordinator's own copy answers at once, unless it is not durable yet: then behind a barrier. */
  #answerOwnRead(now: Now, state: GetState, out: Effect[]): void {
    const { self, options } = this.#shell
    const { key, active, request } = state.plan
    const index = active.nodes.indexOf(self.from)
    if (index < 0 || (state.askedMask & (1 << index)) === 0) return
    const owner = options.placement.isOwner(key.partition, self.from)
    const held = readableOf(this.#shell, key, owner)
    if (held === null || held.persist <= now.durablePersists) {
      const found = held === null ? null : held.state
      this.#after(
        now,
        state,
        get.getAnswered(self, state, self.from, found, owner, now.monoMicros),
        out,
      )
      return
    }
    const message: Message = {
      kind: 'read_ok',
      clusterId: self.clusterId,
      from: self.from,
      incarnation: self.incarnation,
      ringEpoch: self.ringEpoch,
      request,
      asked: self.incarnation,
      state: held.state,
      owner,
    }
    barrier(this.#shell, [{ kind: 'send', to: self.from, message }], out)
  }

  // --- writes

  #beginWrite(
    now: Now,
    operation: PutRequest,
    origin: Origin,
    budget: Micros,
    out: Effect[],
  ): void {
    const { options, self } = this.#shell
    const key = keyRef(operation.bucket, operation.key, options.placement.ring.partitions)
    if (operation.context !== null && operation.context.keyHash !== key.hash) {
      this.#refuseWrite(operation, origin, 'bad_context', 0, 0, out)
      return
    }
    const active = this.#activeList(key.partition)
    const here = active.nodes.indexOf(self.from)
    if (here < 0 && origin.kind === 'client') {
      this.#forward(now, operation, key, active, origin, budget, out)
      return
    }
    // Chosen by a peer that thinks less of the owners than this node does: take part in somebody's place, or refuse.
    const joined = here >= 0 ? active : this.#joinAsFallback(active)
    if (joined === null) {
      this.#refuseWrite(operation, origin, 'not_accepted', 0, 0, out)
      return
    }
    if (operation.value === null && operation.context === null) {
      this.#readThenDelete(now, operation, key, active, origin, budget, out)
      return
    }
    this.#coordinate(now, operation, key, joined, origin, budget, out)
  }

  #joinAsFallback(active: ActiveList): ActiveList | null {
    const { options, self } = this.#shell
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
    const { self, peers, counters } = this.#shell
    const candidates = forwardOrder(active, this.#lastRequest)
      .filter((node) => !peers.disliked(node))
      .map((node) => ({ node, incarnation: peers.incarnation(node) }))
    const target = candidates[0]
    if (target === undefined) {
      this.#refuseWrite(operation, origin, 'no_reachable_owner', 0, 0, out)
      return
    }
    counters.forwards++
    this.#ledger.begin(operation.opId)
    const request = ++this.#lastRequest
    const [state, effects] = forwardStart(self, {
      request,
      origin,
      operation,
      target,
      others: candidates.slice(1),
      nowMicros: now.monoMicros,
      deadlineMicros: now.monoMicros + budget,
    })
    this.#requests.set(request, state)
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
    this.#ledger.begin(operation.opId)
    const request = this.#lastRequest + 1
    this.#deletes.set(request, { operation, origin, deadlineMicros })
    const quorum = { ...operation.quorum, monotonic: false }
    const read = { opId: operation.opId, minimum: null, quorum, bucket: operation.bucket }
    this.#startGet(now, read, key, active, { kind: 'delete', request }, budget, out)
  }

  #continueDelete(now: Now, request: number, outcome: Outcome, out: Effect[]): void {
    const pending = this.#deletes.get(request)
    if (pending === undefined) return
    this.#deletes.delete(request)
    const { operation, origin, deadlineMicros } = pending
    if (outcome.kind !== 'ok' || outcome.f !== 'get') {
      const code = outcome.kind === 'ok' ? 'timeout' : outcome.code
      const [need, got] = outcome.kind === 'ok' ? [0, 0] : [outcome.need, outcome.got]
      this.#refuseWrite(operation, origin, code, need, got, out)
      return
    }
    const withContext = { ...operation, context: outcome.context }
    const { options, self } = this.#shell
    const key = keyRef(operation.bucket, operation.key, options.placement.ring.partitions)
    const active = this.#activeList(key.partition)
    const joined = active.nodes.indexOf(self.from) >= 0 ? active : this.#joinAsFallback(active)
    if (joined === null) this.#refuseWrite(operation, origin, 'not_accepted', 0, 0, out)
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
    const { options, self } = this.#shell
    const { replication, limits, timing } = options
    const w = operation.quorum.w ?? replication.w
    const pw = operation.quorum.pw ?? replication.pw
    const unreachable = this.#unreachable(active, w, pw)
    if (unreachable !== null) {
      this.#refuseWrite(operation, origin, unreachable.code, unreachable.need, unreachable.got, out)
      return
    }
    const selfIndex = active.nodes.indexOf(self.from)
    const minted = mint(this.#shell, this.#minter, now, {
      operation,
      key,
      held: heldOf(this.#shell, key)?.state ?? null,
      hintFor: active.hintFor[selfIndex] ?? null,
      uncovered: active.uncovered,
    })
    if (typeof minted === 'string') {
      const need = minted === 'too_many_siblings' ? limits.siblings : 0
      this.#refuseWrite(operation, origin, minted, need, 0, out)
      return
    }
    this.#ledger.begin(operation.opId)
    const request = ++this.#lastRequest
    const [state, effects] = put.putStart({
      request,
      origin,
      operation,
      key,
      state: minted.state,
      dot: minted.dot,
      context: minted.context,
      w,
      pw,
      active,
      selfIndex,
      records: minted.records,
      nowMicros: now.monoMicros,
      deadlineMicros: now.monoMicros + budget,
      fallbackAfterMicros: Math.min(timing.fallbackAfterMicros, Math.floor(budget / 4)),
    })
    this.#shell.persists++
    this.#requests.set(request, state)
    push(out, effects)
  }

  /** Nothing has happened yet, so a quorum that cannot be met is refused for certain. */
  #unreachable(active: ActiveList, w: number, pw: number) {
    const { peers } = this.#shell
    if (!peers.anySuspected) return null
    let nodes = 0
    let owners = 0
    active.nodes.forEach((node, i) => {
      if (peers.disliked(node)) return
      nodes++
      if ((active.ownerMask & (1 << i)) !== 0) owners++
    })
    if (nodes < w) return { code: 'w_unsatisfied' as const, need: w, got: nodes }
    if (owners < pw) return { code: 'pw_unsatisfied' as const, need: pw, got: owners }
    return null
  }

  // --- answers

  onForward(now: Now, message: Forward, waitedMicros: Micros, out: Effect[]): void {
    const { self } = this.#shell
    const origin: Origin = {
      kind: 'peer',
      from: message.from,
      request: message.request,
      incarnation: message.incarnation,
    }
    if (message.expects !== self.incarnation) {
      // See Forward: a copy meant for an earlier life may have been executed in it.
      if (message.expects === 0) push1(out, this.#forwardFailed(origin, 'not_ready'))
      else this.#shell.counters.otherIncarnation++
      return
    }
    this.begin(now, message.operation, origin, message.budgetMicros - waitedMicros, out)
  }

  onAnswer(now: Now, message: Message, out: Effect[]): void {
    if (!('asked' in message) || message.asked !== this.#shell.self.incarnation) {
      this.#shell.counters.otherIncarnation++
      return
    }
    const state = this.#requests.get(message.request)
    if (state === null) return
    const { self } = this.#shell
    const micros = now.monoMicros
    switch (message.kind) {
      case 'replicate_ok':
        if (state.kind === 'put')
          this.#after(now, state, put.putAcked(self, state, message.from), out)
        else if (state.kind === 'get') {
          this.#after(now, state, get.getWrittenBack(self, state, message.from, micros), out)
        }
        return
      case 'replicate_failed':
        if (state.kind === 'put') {
          this.#after(now, state, put.putRefused(self, state, message.from), out)
        } else if (state.kind === 'get') {
          this.#after(now, state, get.getUnwritten(self, state, message.from, micros), out)
        }
        return
      case 'read_ok':
        if (state.kind !== 'get') return
        this.#after(
          now,
          state,
          get.getAnswered(self, state, message.from, message.state, message.owner, micros),
          out,
        )
        return
      case 'read_failed':
        if (state.kind === 'get') {
          this.#after(now, state, get.getRefused(self, state, message.from, micros), out)
        }
        return
      case 'forward_ok':
        if (state.kind === 'forward') {
          this.#after(now, state, forwardAnswered(self, state, message.from, message.outcome), out)
        }
        return
      case 'forward_failed':
        if (state.kind === 'forward') {
          this.#after(now, state, forwardRefused(self, state, message, micros), out)
        }
        return
      default:
        return
    }
  }

  onDurable(now: Now, request: number, out: Effect[]): void {
    const state = this.#requests.get(request)
    if (state?.kind !== 'put') return
    this.#after(now, state, put.putDurable(this.#shell.self, state, now.monoMicros), out)
  }

  onTimer(now: Now, request: number, out: Effect[]): void {
    const state = this.#requests.get(request)
    if (state === null) return
    const { self } = this.#shell
    switch (state.kind) {
      case 'put':
        this.#blame(state.active.nodes, put.silentMask(state), out)
        this.#lookAgain(now, state, out)
        return
      case 'get':
        if (now.monoMicros >= state.plan.deadlineMicros) {
          this.#blame(state.plan.active.nodes, get.silentMask(state), out)
        }
        this.#hedged(now, state, out)
        return
      case 'forward':
        this.#shell.peers.timedOut(state.target.node, out)
        this.#after(now, state, forwardTimer(self, state), out)
        return
    }
  }

  #lookAgain(now: Now, state: PutState, out: Effect[]): void {
    const step = put.putTimer(this.#shell.self, state, now.monoMicros, this.#fallbacks(state))
    this.#after(now, state, step, out)
    if (!state.extended) this.#keepHints(now, step[0], put.strandedOwners(step[0]), out)
  }

  #keepHints(now: Now, state: PutState, owners: readonly NodeId[], out: Effect[]): void {
    const { options } = this.#shell
    if (owners.length === 0 || !options.replication.sloppy || !options.handoff) return
    const records: LogRecord[] = []
    for (const owner of owners) {
      const record = keepHint(this.#shell, now, owner, state.plan.key, state.plan.state)
      if (record !== null) records.push(record)
    }
    if (records.length > 0) persist(this.#shell, records, [], out)
  }

  #hedged(now: Now, state: GetState, out: Effect[]): void {
    const step = get.getTimer(this.#shell.self, state, now.monoMicros)
    this.#after(now, state, step, out)
    const self = this.#shell.self.from
    const added = step[0].askedMask & ~state.askedMask
    if (added !== 0 && state.plan.active.nodes[31 - Math.clz32(added)] === self) {
      this.#answerOwnRead(now, step[0], out)
    }
  }

  /** Liked nodes that can stand in for silent ones, not asked yet. */
  #fallbacks(state: PutState): readonly NodeId[] {
    const { options, peers } = this.#shell
    if (!options.replication.sloppy || !options.handoff) return []
    return options.placement
      .preference(state.plan.key.partition)
      .filter((node) => !state.active.nodes.includes(node) && !peers.disliked(node))
  }

  #blame(nodes: readonly NodeId[], mask: number, out: Effect[]): void {
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as NodeId
      if ((mask & (1 << i)) !== 0 && node !== this.#shell.self.from) {
        this.#shell.peers.timedOut(node, out)
      }
    }
  }

  /** Keeps the machine's new state, and does what follows from its end. */
  #after(now: Now, before: RequestState, step: Step<RequestState>, out: Effect[]): void {
    const [state, effects] = step
    push(out, effects)
    if (state === before) return
    const answered = before.outcome === null && state.outcome !== null ? state.outcome : null
    const { request, origin } = state.plan
    if (state.phase === 'done') this.#requests.delete(request)
    else this.#requests.set(request, state)
    if (state.kind === 'put' && state.phase === 'done') {
      this.#keepHints(now, state, put.unservedOwners(state), out)
    }
    if (state.kind === 'get') {
      if (state.phase === 'done') this.#readRepair(state, out)
      if (answered !== null) {
        if (this.#shell.options.replication.hedge) {
          this.#learnLatency(now.monoMicros - state.plan.nowMicros)
        }
        if (origin.kind === 'delete') this.#continueDelete(now, request, answered, out)
      }
    } else if (answered !== null) {
      const { operation } = state.plan
      for (const other of this.#remember(operation.opId, origin, answered)) {
        push1(out, respond(this.#shell.self, other, answered))
      }
    }
  }

  #remember(opId: OperationId, origin: Origin, outcome: Outcome): readonly Origin[] {
    return outcome.kind === 'rejected'
      ? this.#ledger.refuse(opId, origin, outcome)
      : this.#ledger.end(opId, outcome)
  }

  /** Frugal streaming quantile (Ma et al. 2014): steps up 99 for every step down, so it settles at p99. */
  #learnLatency(latencyMicros: Micros): void {
    const step = Math.max(1, this.#hedgeMicros >> 8)
    this.#hedgeMicros += latencyMicros > this.#hedgeMicros ? step * 99 : -step
    if (this.#hedgeMicros < 100) this.#hedgeMicros = 100
  }

  #readRepair(state: GetState, out: Effect[]): void {
    const { options, self } = this.#shell
    if (!options.readRepair) return
    const mask = get.staleMask(state)
    if (mask === 0) return
    const { key, active, nowMicros } = state.plan
    for (let i = 0; i < active.nodes.length; i++) {
      if ((mask & (1 << i)) === 0 || !this.#repairLimit.take(nowMicros)) continue
      this.#shell.counters.readRepairs++
      const message: Message = {
        kind: 'repair',
        clusterId: self.clusterId,
        from: self.from,
        incarnation: self.incarnation,
        ringEpoch: self.ringEpoch,
        key,
        state: state.merged,
      }
      out.push({ kind: 'send', to: active.nodes[i] as NodeId, message })
    }
  }

  #activeList(partition: number): ActiveList {
    const { options, peers } = this.#shell
    const { placement, replication } = options
    if (!replication.sloppy || !options.handoff || !peers.anySuspected) {
      return strictList(placement, partition)
    }
    return sloppyList(placement, partition, peers.disliked)
  }

  #reject(origin: Origin, code: OutcomeCode, out: Effect[]): void {
    push1(out, respond(this.#shell.self, origin, { kind: 'rejected', code, need: 0, got: 0 }))
  }

  /** Remembered, so that a second copy of the same forward is not accepted after the first was refused. */
  #refuseWrite(
    operation: PutRequest,
    origin: Origin,
    code: OutcomeCode,
    need: number,
    got: number,
    out: Effect[],
  ): void {
    const outcome: Outcome = { kind: 'rejected', code, need, got }
    for (const other of this.#ledger.refuse(operation.opId, origin, outcome)) {
      push1(out, respond(this.#shell.self, other, outcome))
    }
    if (origin.kind === 'peer' && code === 'not_accepted') {
      push1(out, this.#forwardFailed(origin, code))
    } else push1(out, respond(this.#shell.self, origin, outcome))
  }

  #forwardFailed(origin: Origin, code: RefusalCode): Effect | null {
    if (origin.kind !== 'peer') return null
    return {
      kind: 'send',
      to: origin.from,
      message: {
        kind: 'forward_failed',
        ...this.#shell.self,
        request: origin.request,
        asked: origin.incarnation,
        code,
      },
    }
  }
}

/** Owners first: what a fallback coordinates has one more actor in its vector. Turning spreads the work over the owners. */
function forwardOrder(active: ActiveList, turn: number): readonly NodeId[] {
  const { nodes, ownerMask } = active
  const owners = nodes.filter((_, i) => (ownerMask & (1 << i)) !== 0)
  const fallbacks = nodes.filter((_, i) => (ownerMask & (1 << i)) === 0)
  return [...turned(owners, turn), ...turned(fallbacks, turn)]
}

function turned(nodes: readonly NodeId[], turn: number): readonly NodeId[] {
  const first = turn % Math.max(1, nodes.length)
  return [...nodes.slice(first), ...nodes.slice(0, first)]
}

/** With hedging only the first r are asked: this node's own copy should be among them. */
function selfFirst(active: ActiveList, self: NodeId): ActiveList {
  const index = active.nodes.indexOf(self)
  if (index <= 0) return active
  const order = [index, ...active.nodes.keys()].filter((at, i) => i === 0 || at !== index)
  let ownerMask = 0
  order.forEach((at, i) => {
    if ((active.ownerMask & (1 << at)) !== 0) ownerMask |= 1 << i
  })
  return {
    nodes: order.map((at) => active.nodes[at] as NodeId),
    hintFor: order.map((at) => active.hintFor[at] ?? null),
    ownerMask,
    uncovered: active.uncovered,
  }
}

function push(out: Effect[], effects: readonly Effect[]): void {
  for (let i = 0; i < effects.length; i++) out.push(effects[i] as Effect)
}

function push1(out: Effect[], effect: Effect | null): void {
  if (effect !== null) out.push(effect)
}
