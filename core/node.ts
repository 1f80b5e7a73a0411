/**
 * One node of the cluster: owns the maps, routes every input to the part it is for. It holds no
 * protocol rule, and is deterministic in (options, recovered state, inputs). Both worlds drive it:
 * `step` asks for effects, the driver makes them happen.
 *
 * Contract with the driver: effects are carried out in order; a `send` to the node itself comes
 * back as a message without a network in between; a persist's `then` is carried out when it and all
 * before it are durable, and never after a crash; `reply` comes exactly once per client input
 * unless the node crashes first.
 */
import { assert, never } from './assert.js'
import type { NodeOptions } from './config.js'
import { Coordinator } from './coordinate/coordinator.js'
import type { Minter } from './coordinate/mint.js'
import { type Effect, fewEffects } from './effect.js'
import type { Input, Now, TimerId } from './input.js'
import { asHeard } from './input.js'
import type { Inspection } from './inspect.js'
import { hintsHeld, hintsOf, repairsNeeded } from './inspect.js'
import type { DurableState } from './log/recover.js'
import type { LogRecord } from './log/record.js'
import type { Message, ReapMessage, VouchOk } from './message.js'
import { Membership } from './member/membership.js'
import type { MemberView } from './member/peers.js'
import type { Standing } from './member/standing.js'
import { onReapCheck, onReapDelete } from './reap/answer.js'
import { Doubt, recordsOfLoss } from './reap/doubt.js'
import { behindRaise } from './reap/epoch.js'
import { Reaper } from './reap/reaper.js'
import { onVouch } from './reap/vouch.js'
import { Deliveries } from './replica/delivery.js'
import { onHandoff, onRead, onRepair, onReplicate } from './replica/replica.js'
import type { NodeCounters, Shell } from './shell.js'
import { createShell, persist } from './shell.js'
import type { Entry, HintEntry } from './storage.js'
import { Sync } from './sync/sync.js'
import type { Actor, KeyState, Micros, NodeId } from './types.js'
import { actorOf } from './types.js'

/** A timer of the node's own; a request's timer has the request's number. */
const handoffTimer: TimerId = -2

/** `resume` of the start; requests count from 1. */
const startRequest = 0

export class Node {
  // First what every input needs: side by side it is in as few places as can be.
  readonly #shell: Shell
  readonly #plant: NodeOptions['plant']
  #phase: 'new' | 'starting' | 'ready' = 'new'
  readonly #membership: Membership
  readonly #coordinator: Coordinator
  readonly #deliveries: Deliveries
  readonly #sync: Sync | null
  readonly #reaper: Reaper | null
  readonly #doubt: Doubt
  readonly #minter: Minter
  readonly #actorEpoch: number
  readonly #isDamaged: boolean

  /** `recovered`: what the log held; null on a disk never used. */
  constructor(options: NodeOptions, recovered: DurableState | null) {
    const incarnation = (recovered?.incarnation ?? 0) + 1
    this.#actorEpoch = recovered?.actorEpoch ?? 0
    this.#isDamaged = recovered?.damaged ?? false
    // A crash may have eaten part of the lease; the rest is given up, so that no dot is minted
    // twice (WAL-6).
    const leased = recovered?.leaseUpTo ?? 0
    const actor = actorOf(options.id, this.#actorEpoch)
    this.#minter = { n: leased, leaseUpTo: leased, hlc: highestHlc(recovered, actor) }
    this.#plant = options.plant
    this.#shell = createShell(options, incarnation, actor, recovered)
    this.#coordinator = new Coordinator(this.#shell, this.#minter)
    this.#deliveries = new Deliveries(this.#shell, handoffTimer)
    const { self, peers } = this.#shell
    this.#membership = new Membership(options, self, peers, (now, node, out) => {
      this.#deliveries.wake(now, node, out)
    })
    const { antiEntropyMicros } = options
    this.#sync = antiEntropyMicros === null ? null : new Sync(this.#shell, antiEntropyMicros)
    this.#reaper = options.reap === null ? null : new Reaper(this.#shell, options.reap)
    this.#doubt = new Doubt(this.#shell, this.#minter)
  }

  get incarnation(): number {
    return this.#shell.self.incarnation
  }

  /** It answers: its incarnation is durable. */
  get isReady(): boolean {
    return this.#phase === 'ready'
  }

  get counters(): Readonly<NodeCounters> {
    return this.#shell.counters
  }

  get openRequests(): number {
    return this.#coordinator.openRequests
  }

  /** It has lost its memory, and waits to hear of some partition how far reaping has come. */
  get isInDoubt(): boolean {
    return !this.#doubt.isOver
  }

  /** The partitions of which that is so. */
  get doubtful(): ReadonlySet<number> {
    return this.#shell.storage.doubtful
  }

  get hintCount(): number {
    return this.#shell.storage.hintCount
  }

  /** What this node holds of a key as an owner, in flight included; for tests and simulators. */
  stateOf(id: string): KeyState | null {
    const { storage, options } = this.#shell
    const entry = storage.entry(id)
    if (entry === null || !options.placement.isOwner(entry.key.partition, options.id)) return null
    return entry.state
  }

  inspect(): Inspection {
    return {
      ready: this.#phase === 'ready',
      openRequests: this.openRequests,
      ...{ keys: this.#shell.storage.keyCount, tombstones: this.tombstoneCount },
      hints: hintsHeld(this.#shell),
      needsRepair: repairsNeeded(this.#shell),
      sync: this.#sync?.progress() ?? null,
      pace: this.#shell.pace.progress,
    }
  }

  /** What this node holds of a key, as an owner or not; a write in flight included. */
  entry(id: string): Entry | null {
    return this.#shell.storage.entry(id)
  }

  /** All that this node stores, in no order that means anything; writes in flight included. */
  entries(): IterableIterator<Entry> {
    return this.#shell.storage.entries()
  }

  /** The hints kept of one key, by their targets. */
  hintsOf(id: string): ReadonlyMap<NodeId, HintEntry> {
    return hintsOf(this.#shell, id)
  }

  /** An operator's wish: every peer is compared with now, not when its turn comes. */
  syncNow(now: Now): readonly Effect[] {
    const out: Effect[] = []
    if (this.#phase === 'ready') this.#sync?.hurry(now, out)
    return out
  }

  /** May the next slice of a snapshot be written now, as far as clients are concerned? */
  admitsBackground(monoMicros: Micros): boolean {
    return this.#shell.pace.admits(monoMicros)
  }

  /** AE-3: partitions whose Merkle tree is not that of the data; none where there are no trees. */
  treeDrift(durablePersists: number): readonly number[] {
    return this.#sync?.forest.drift(durablePersists) ?? []
  }

  /** Keys of which this node holds nothing but tombstones. */
  get tombstoneCount(): number {
    return this.#shell.storage.tombstoneCount
  }

  /** The cluster's word of a member, or of this node, as this node has heard it. */
  standingOf(member: NodeId): Standing {
    return this.#membership.standing(member)
  }

  suspects(node: NodeId): boolean {
    return this.#shell.peers.disliked(node)
  }

  /** All members as this node sees them, at that time of its monotonic clock. */
  members(monoMicros: Micros): readonly MemberView[] {
    return this.#membership.views(monoMicros)
  }

  /** How well this node thinks that it is doing itself (Lifeguard): 0 well, 7 worst. */
  get localHealth(): number {
    return this.#membership.health
  }

  /** First step of a life. Until its incarnation is durable the node answers nobody. */
  start(): readonly Effect[] {
    assert(this.#phase === 'new', 'a node starts once')
    this.#phase = 'starting'
    const out: Effect[] = []
    const losses = this.#isDamaged ? recordsOfLoss(this.#shell) : []
    const records = [this.#life(), ...losses]
    persist(this.#shell, records, [{ kind: 'resume', request: startRequest }], out)
    return out
  }

  /** What a snapshot of this node must hold (WAL-4); it may change while it is read. */
  *liveRecords(): Generator<LogRecord> {
    yield this.#life()
    const { leaseUpTo } = this.#minter
    if (leaseUpTo > 0) yield { type: 'counter_lease', upTo: leaseUpTo }
    yield* this.#shell.storage.records()
  }

  #life(): LogRecord {
    const { clusterId, from, incarnation } = this.#shell.self
    const actorEpoch = this.#actorEpoch
    return { type: 'incarnation', clusterId, nodeId: from, incarnation, actorEpoch }
  }

  step(now: Now, input: Input): readonly Effect[] {
    const out = fewEffects()
    this.#take(now, this.#plant === null ? input : asHeard(input, this.#plant), out)
    return behindRaise(this.#shell, now, out)
  }

  #take(now: Now, input: Input, out: Effect[]): void {
    switch (input.kind) {
      case 'message':
        this.#onMessage(now, input.message, input.waitedMicros, out)
        return
      case 'timer':
        this.#onTimer(now, input.timer, out)
        return
      case 'client': {
        const { operation, waitedMicros } = input
        const { request } = operation
        if (this.#phase !== 'ready') {
          const outcome = { kind: 'rejected', code: 'not_ready', need: 0, got: 0 } as const
          out.push({ kind: 'reply', request, outcome })
          return
        }
        const budget = operation.timeoutMicros - waitedMicros
        this.#coordinator.begin(now, operation, { kind: 'client', request }, budget, out)
        return
      }
      case 'disk_space':
        if (input.isFull !== this.#shell.isReadOnly) {
          this.#shell.isReadOnly = input.isFull
          out.push({ kind: 'note', note: { kind: input.isFull ? 'read_only' : 'writable' } })
        }
        return
      case 'resume':
        if (input.request === startRequest) this.#onReady(now, out)
        else this.#coordinator.onDurable(now, input.request, out)
        return
      case 'leave':
        if (this.#phase === 'ready') this.#membership.leave(now, out)
        return
      default:
        never(input)
    }
  }

  #onReady(now: Now, out: Effect[]): void {
    this.#phase = 'ready'
    const { options, self } = this.#shell
    out.push({ kind: 'note', note: { kind: 'node_ready', incarnation: self.incarnation } })
    this.#membership.start(now, out)
    const { handoffEveryMicros } = options.timing
    out.push({ kind: 'arm', timer: handoffTimer, atMicros: now.monoMicros + handoffEveryMicros })
    this.#sync?.start(now, out)
    this.#reaper?.start(now, out)
    this.#doubt.start(now, out)
  }

  #onTimer(now: Now, timer: TimerId, out: Effect[]): void {
    if (timer === handoffTimer) {
      const atMicros = now.monoMicros + this.#shell.options.timing.handoffEveryMicros
      out.push({ kind: 'arm', timer, atMicros })
      this.#deliveries.tick(now, out)
      return
    }
    if (this.#doubt.onTimer(now, timer, out)) return
    if (this.#membership.onTimer(now, timer, out)) return
    if (this.#reaper?.onTimer(now, timer, out) === true) return
    if (this.#sync?.onTimer(now, timer, out) !== true) this.#coordinator.onTimer(now, timer, out)
  }

  #onMessage(now: Now, message: Message, waitedMicros: number, out: Effect[]): void {
    if (this.#phase !== 'ready') return
    this.#membership.hear(now, message, out)
    const isAdmitted = this.#shell.storage.isSure || this.#doubt.admits(message)
    if (isAdmitted) this.#route(now, message, waitedMicros, out)
  }

  #route(now: Now, message: Message, waitedMicros: number, out: Effect[]): void {
    switch (message.kind) {
      case 'replicate':
        if (!this.#expired(waitedMicros, message.budgetMicros)) {
          onReplicate(this.#shell, now, message, out)
        }
        return
      case 'read':
        if (!this.#expired(waitedMicros, message.budgetMicros)) {
          onRead(this.#shell, now, message, out)
        }
        return
      case 'replicate_ok':
      case 'replicate_failed':
      case 'read_ok':
      case 'read_failed':
      case 'vouch_ok':
      case 'forward_ok':
      case 'forward_failed':
        this.#coordinator.onAnswer(now, message, out)
        return
      case 'forward':
        this.#coordinator.onForward(now, message, waitedMicros, out)
        return
      case 'repair':
        if (!this.#shell.isReadOnly) onRepair(this.#shell, now, message, out)
        return
      case 'handoff':
        // Unanswered: its holder keeps the hints, and comes again.
        if (!this.#shell.isReadOnly) onHandoff(this.#shell, now, message, out)
        return
      case 'handoff_ok':
        if (message.asked === this.#shell.self.incarnation) {
          this.#deliveries.answered(now, message.from, message, out)
        }
        return
      case 'sync_roots':
      case 'sync_roots_ok':
      case 'sync_segments':
      case 'sync_segments_ok':
      case 'sync_keys':
      case 'sync_keys_ok':
      case 'sync_states':
      case 'sync_states_ok':
      case 'sync_wanted':
      case 'sync_wanted_ok':
        this.#sync?.onMessage(now, message, out)
        return
      case 'reap_epochs':
      case 'reap_epochs_ok':
      case 'reap_check':
      case 'reap_delete':
      case 'reap_check_ok':
      case 'reap_delete_ok':
      case 'vouch':
        this.#onReap(now, message, out)
        return
      case 'announce':
      case 'ping':
      case 'ping_req':
      case 'ack':
      case 'nack':
      case 'gossip':
      case 'push_pull':
      case 'push_pull_ok':
        this.#membership.onMessage(now, message, out)
        return
      default:
        never(message)
    }
  }

  #onReap(now: Now, message: Exclude<ReapMessage, VouchOk>, out: Effect[]): void {
    if (message.kind === 'reap_epochs') this.#doubt.onQuestion(now, message, out)
    else if (message.kind === 'reap_epochs_ok') this.#doubt.onAnswer(message, out)
    else if (message.kind === 'vouch') onVouch(this.#shell, this.#minter.n, message, out)
    else if (message.kind === 'reap_check') onReapCheck(this.#shell, message, out)
    else if (message.kind === 'reap_delete') onReapDelete(this.#shell, message, out)
    else this.#reaper?.onAnswer(now, message, out)
  }

  /**
   * Nobody waits for it any more: under overload, doing it anyway is how a backlog outlives its
   * cause.
   */
  #expired(waitedMicros: number, budgetMicros: number): boolean {
    if (waitedMicros < budgetMicros) return false
    this.#shell.counters.expired++
    return true
  }
}

/**
 * A restart must not stamp below what this node has stamped before. What others have stamped does
 * not count: a fast clock among them would become this node's own.
 */
function highestHlc(recovered: DurableState | null, actor: Actor): number {
  let highest = Number.MIN_SAFE_INTEGER
  if (recovered === null) return highest
  for (const held of [recovered.keys, ...recovered.hints.values()]) {
    for (const { state } of held.values()) {
      for (const sibling of state.siblings) {
        if (sibling.actor === actor) highest = Math.max(highest, sibling.hlc)
      }
    }
  }
  return highest
}
