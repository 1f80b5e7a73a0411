/** The gets that one node coordinates: whom they ask, its own copy, hedging, read repair. */
import type { Effect } from '../effect.js'
import type { Now } from '../input.js'
import type { Message, ReadOk } from '../message.js'
import type { Outcome } from '../outcome.js'
import { readableOf } from '../replica/merge.js'
import type { GetRequest } from '../request.js'
import { barrier, conflictOf } from '../shell.js'
import type { KeyRef, Micros, NodeId } from '../types.js'
import type { Desk } from './desk.js'
import { activeList, push, push1 } from './desk.js'
import type { GetState } from './collected.js'
import { staleMask } from './collected.js'
import { getAnswered, getAskedAgain, getRestarted, getStart, getTimer } from './get.js'
import type { ActiveList, Origin } from './quorum.js'
import { placeOf, respond } from './quorum.js'
import { RateLimit } from './rate.js'

/** A get about to begin; of a client, or of a delete without context. */
export interface Reading {
  readonly request: number
  readonly operation: Pick<GetRequest, 'opId' | 'minimum' | 'quorum' | 'bucket'>
  readonly key: KeyRef
  /** At least one node. */
  readonly active: ActiveList
  readonly origin: Origin
  readonly budget: Micros
  /** It has inquired already into what it had not found. */
  readonly isLast?: boolean
}

export class Reads {
  readonly #desk: Desk
  readonly #repairLimit: RateLimit
  /** A running estimate of the p99 of read latencies, for hedging. */
  #hedgeMicros: Micros = 10_000

  /**
   * Planted bug 14: what was read before a reap is told and mended with after it, as if it were
   * new.
   */
  get #mixes(): boolean {
    return this.#desk.shell.options.plant === 'repair_races_reap'
  }

  constructor(desk: Desk) {
    this.#desk = desk
    this.#repairLimit = new RateLimit(desk.shell.options.limits.repairsPerSecond)
  }

  begin(now: Now, operation: GetRequest, origin: Origin, budget: Micros, out: Effect[]): void {
    const { options, self } = this.#desk.shell
    const key = options.placement.keyRef(operation.bucket, operation.key)
    const active = activeList(this.#desk.shell, key.partition)
    if (active.nodes.length > 0) {
      const request = this.#desk.next()
      this.start(now, { request, operation, key, active, origin, budget }, out)
      return
    }
    // Everyone who could be asked is suspected, and this node cannot stand in: there is nobody to
    // wait for.
    const need = operation.quorum.r ?? options.replication.r
    const outcome: Outcome = { kind: 'rejected', code: 'r_unsatisfied', need, got: 0 }
    push1(out, respond(self, origin, outcome))
  }

  start(now: Now, reading: Reading, out: Effect[]): void {
    const { options, self } = this.#desk.shell
    const { replication } = options
    const { request, operation, key, active, origin, budget } = reading
    const resend = this.#desk.patience.begin() ? options.timing.fallbackAfterMicros : null
    const r = operation.quorum.r ?? replication.r
    const step = getStart(self, {
      request,
      origin,
      operation,
      key,
      conflict: conflictOf(this.#desk.shell, operation.bucket),
      r,
      pr: operation.quorum.pr ?? replication.pr,
      w: this.#writesBack(operation) ? (operation.quorum.w ?? replication.w) : 0,
      reapEpoch: this.#reapEpoch(key),
      active: replication.hedge ? this.#inOrder(active, now.monoMicros) : active,
      ask: replication.hedge ? Math.max(1, r) : active.nodes.length,
      hedgeMicros: this.#hedgeMicros,
      resendMicros: resend === null ? null : Math.min(resend, Math.floor(budget / 4)),
      nowMicros: now.monoMicros,
      deadlineMicros: now.monoMicros + budget,
      inquires: operation.minimum !== null && reading.isLast !== true,
      plant: options.plant,
    })
    const state = step[0]
    this.#desk.open(state)
    push(out, step[1])
    this.#answerOwnRead(now, state, out)
  }

  #writesBack({ quorum }: Reading['operation']): boolean {
    return quorum.monotonic && this.#desk.shell.options.plant !== 'no_write_back'
  }

  /**
   * With hedging only the first r are asked: this node's own copy should be among them, then those
   * that answer fast.
   */
  #inOrder(active: ActiveList, nowMicros: Micros): ActiveList {
    const { self, peers } = this.#desk.shell
    const others = active.nodes.filter((node) => node !== self.from)
    const preferred = peers.preferred(others, nowMicros)
    return arranged(
      active,
      preferred.length < active.nodes.length ? [self.from, ...preferred] : preferred,
    )
  }

  /**
   * The coordinator's own copy answers at once, unless it is not durable yet: then behind a
   * barrier.
   */
  #answerOwnRead(now: Now, state: GetState, out: Effect[]): void {
    const { self, options } = this.#desk.shell
    const { key, active, request } = state.plan
    const index = placeOf(active.nodes, self.from)
    if (index < 0 || (state.askedMask & (1 << index)) === 0) return
    const owner = options.placement.isOwner(key.partition, self.from)
    const held = readableOf(this.#desk.shell, key, owner)
    if (held === null || held.persist <= now.durablePersists) {
      const found = held === null ? null : held.state
      this.#desk.after(
        now,
        state,
        getAnswered(self, state, self.from, found, owner, now.monoMicros),
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
      reapEpoch: this.#reapEpoch(key),
    }
    barrier(this.#desk.shell, [{ kind: 'send', to: self.from, message }], out)
  }

  /** One of the nodes asked has answered; its epoch has been heard. */
  answerOf(now: Now, state: GetState, message: ReadOk, out: Effect[]): void {
    const { self } = this.#desk.shell
    const { from, owner, reapEpoch } = message
    const current = this.restart(now, state, out)
    if (current === null) return
    const step =
      reapEpoch < current.reapEpoch
        ? getAskedAgain(self, current, from, now.monoMicros)
        : getAnswered(self, current, from, message.state, owner, now.monoMicros)
    this.#desk.after(now, current, step, out)
  }

  /** Begins anew if this node's epoch has risen. Null: the get has ended, if it had not before. */
  restart(now: Now, state: GetState, out: Effect[]): GetState | null {
    const { self } = this.#desk.shell
    const { key, request } = state.plan
    const reapEpoch = this.#reapEpoch(key)
    if (reapEpoch <= state.reapEpoch || this.#mixes) return state
    const step = getRestarted(self, state, reapEpoch, now.monoMicros)
    this.#desk.after(now, state, step, out)
    if (step[0].phase === 'done') return null
    this.#answerOwnRead(now, step[0], out)
    const current = this.#desk.find(request)
    return current?.kind === 'get' ? current : null
  }

  #reapEpoch(key: KeyRef): number {
    return this.#desk.shell.storage.reapEpoch(key.partition)
  }

  /** A hedge is due, or time is up. */
  timer(now: Now, before: GetState, out: Effect[]): void {
    const isOver = now.monoMicros >= before.plan.deadlineMicros
    const state = isOver ? before : this.restart(now, before, out)
    if (state === null) return
    const step = getTimer(this.#desk.shell.self, state, now.monoMicros)
    this.#desk.after(now, state, step, out)
    const self = this.#desk.shell.self.from
    const added = step[0].askedMask & ~state.askedMask
    if (added !== 0 && state.plan.active.nodes[31 - Math.clz32(added)] === self) {
      this.#answerOwnRead(now, step[0], out)
    }
  }

  /** Answered: the client has its outcome. */
  answered(now: Now, state: GetState): void {
    const { shell } = this.#desk
    if (shell.options.replication.hedge) this.#learnLatency(now.monoMicros - state.plan.nowMicros)
  }

  /**
   * Frugal streaming quantile (Ma et al. 2014): steps up 99 for every step down, so it settles at
   * p99.
   */
  #learnLatency(latencyMicros: Micros): void {
    const step = Math.max(1, this.#hedgeMicros >> 8)
    this.#hedgeMicros += latencyMicros > this.#hedgeMicros ? step * 99 : -step
    if (this.#hedgeMicros < 100) this.#hedgeMicros = 100
  }

  /** Done: nobody else will answer. Owners that lack what was found get it. */
  repair(state: GetState, out: Effect[]): void {
    const { options, self } = this.#desk.shell
    if (!options.readRepair) return
    const mask = staleMask(state)
    if (mask === 0) return
    const { key, active, nowMicros } = state.plan
    const current = this.#reapEpoch(key)
    // It would be refused everywhere.
    if (state.reapEpoch < current && !this.#mixes) return
    for (let i = 0; i < active.nodes.length; i++) {
      if ((mask & (1 << i)) === 0 || !this.#repairLimit.take(nowMicros)) continue
      this.#desk.shell.counters.readRepairs++
      const message: Message = {
        kind: 'repair',
        clusterId: self.clusterId,
        from: self.from,
        incarnation: self.incarnation,
        ringEpoch: self.ringEpoch,
        key,
        state: state.merged,
        reapEpoch: this.#mixes ? current : state.reapEpoch,
      }
      out.push({ kind: 'send', to: active.nodes[i] as NodeId, message })
    }
  }
}

/** The same nodes in another order. */
function arranged(active: ActiveList, nodes: readonly NodeId[]): ActiveList {
  const order = nodes.map((node) => active.nodes.indexOf(node))
  let ownerMask = 0
  order.forEach((at, i) => {
    if ((active.ownerMask & (1 << at)) !== 0) ownerMask |= 1 << i
  })
  const hintFor = order.map((at) => active.hintFor[at] ?? null)
  return { nodes, hintFor, ownerMask, uncovered: active.uncovered }
}
