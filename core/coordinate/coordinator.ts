/**
 * The requests that one node coordinates: lets them in, hands each the answers and times that are
 * for it, forgets it when it is done. Who takes part is for `Reads` and `Writes` to say; what an
 * answer means, for the machines.
 */
import type { Effect, Step } from '../effect.js'
import type { Now } from '../input.js'
import type {
  Forward,
  ForwardFailed,
  ForwardOk,
  ReadFailed,
  ReadOk,
  ReplicateFailed,
  ReplicateOk,
  VouchOk,
} from '../message.js'
import type { OutcomeCode } from '../outcome.js'
import { Pending } from '../pending.js'
import { hearEpoch } from '../reap/epoch.js'
import type { ClientRequest } from '../request.js'
import type { Shell } from '../shell.js'
import { rulesOf } from '../shell.js'
import type { Micros, NodeId } from '../types.js'
import type { RequestState } from './desk.js'
import { push, push1 } from './desk.js'
import { forwardAnswered, forwardRefused, forwardTimer } from './forward.js'
import type { GetState } from './collected.js'
import { silentMask } from './collected.js'
import * as get from './get.js'
import { Inquiries } from './inquire.js'
import type { InquiryState } from './inquiry.js'
import { inquiryTimer } from './inquiry.js'
import type { Minter } from './mint.js'
import { Patience } from './patience.js'
import type { PutState } from './put.js'
import * as put from './put.js'
import type { Origin } from './quorum.js'
import { respond } from './quorum.js'
import { Reads } from './read.js'
import { Writes } from './write.js'

/** What the nodes asked have to say. */
type Answer =
  ForwardOk | ForwardFailed | ReplicateOk | ReplicateFailed | ReadOk | ReadFailed | VouchOk

export class Coordinator {
  readonly #shell: Shell
  readonly #requests = new Pending<RequestState>()
  readonly #reads: Reads
  readonly #writes: Writes
  readonly #inquiries: Inquiries
  readonly #patience = new Patience()
  #lastRequest = 0

  constructor(shell: Shell, minter: Minter) {
    this.#shell = shell
    const desk = {
      shell,
      next: () => ++this.#lastRequest,
      open: (state: RequestState) => {
        this.#requests.set(state.plan.request, state)
      },
      patience: this.#patience,
      find: (request: number) => this.#requests.get(request),
      after: (now: Now, before: RequestState, step: Step<RequestState>, out: Effect[]) => {
        this.#after(now, before, step, out)
      },
    }
    this.#reads = new Reads(desk)
    this.#writes = new Writes(desk, minter, this.#reads)
    this.#inquiries = new Inquiries(desk, minter, this.#reads)
  }

  get openRequests(): number {
    return this.#requests.size
  }

  begin(now: Now, operation: ClientRequest, origin: Origin, budget: Micros, out: Effect[]): void {
    // First of all: were a second copy refused, its sender would tell that nothing has happened,
    // while the first one goes on.
    if (operation.kind === 'put' && this.#writes.repeated(operation, origin, out)) return
    const code = this.#admit(operation, origin, budget)
    if (operation.kind === 'put') {
      if (code === null) this.#writes.begin(now, operation, origin, budget, out)
      else this.#writes.refuse(operation, origin, code, 0, 0, out)
    } else if (code === null) this.#reads.begin(now, operation, origin, budget, out)
    else push1(out, respond(this.#shell.self, origin, { kind: 'rejected', code, need: 0, got: 0 }))
  }

  #admit(operation: ClientRequest, origin: Origin, budget: Micros): OutcomeCode | null {
    const { options, counters } = this.#shell
    if (budget <= 0) {
      counters.expired++
      return 'expired'
    }
    const isHopeless = origin.kind === 'client' && waitedTooLong(operation, budget)
    if (isHopeless || this.#requests.size >= options.limits.openRequests) {
      counters.shed++
      return 'overloaded'
    }
    if (rulesOf(this.#shell, operation.bucket) === undefined) return 'no_such_bucket'
    if (this.#isInDoubt(operation)) return 'not_ready'
    const { n } = options.replication
    const { r, w, pr, pw } = operation.quorum
    for (const wanted of [r, w, pr, pw]) {
      if (wanted !== null && (wanted < 0 || wanted > n)) return 'bad_quorum'
    }
    return null
  }

  #isInDoubt({ bucket, key }: ClientRequest): boolean {
    const { options, storage } = this.#shell
    if (storage.isSure) return false
    return storage.doubtful.has(options.placement.keyRef(bucket, key).partition)
  }

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
      if (message.expects === 0) push1(out, this.#writes.forwardFailed(origin, 'not_ready'))
      else this.#shell.counters.otherIncarnation++
      return
    }
    this.begin(now, message.operation, origin, message.budgetMicros - waitedMicros, out)
  }

  onAnswer(now: Now, message: Answer, out: Effect[]): void {
    if (message.asked !== this.#shell.self.incarnation) {
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
        // What was written back before a restart is not what will be told now.
        else if (state.kind === 'get' && message.reapEpoch === state.reapEpoch) {
          this.#after(now, state, get.getWrittenBack(self, state, message.from, micros), out)
        }
        return
      case 'replicate_failed':
        if ((state.kind === 'put' || state.kind === 'get') && message.code === 'stale_reap') {
          this.#onStale(now, state, message, out)
        } else if (state.kind === 'put') {
          this.#after(now, state, put.putRefused(self, state, message.from), out)
        } else if (state.kind === 'get') {
          this.#after(now, state, get.getUnwritten(self, state, message.from, micros), out)
        }
        return
      case 'read_ok':
        if (state.kind !== 'get') return
        hearEpoch(this.#shell, state.plan.key.partition, message.reapEpoch, out)
        this.#reads.answerOf(now, state, message, out)
        return
      case 'read_failed':
        if (state.kind === 'get') {
          this.#after(now, state, get.getRefused(self, state, message.from, micros), out)
        }
        return
      case 'vouch_ok':
        if (state.kind === 'inquiry') this.#inquiries.answered(now, state, message, out)
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
    }
  }

  /** A copy of what this request has to say was refused: it was read under an older reap epoch. */
  #onStale(now: Now, state: PutState | GetState, message: ReplicateFailed, out: Effect[]): void {
    hearEpoch(this.#shell, state.plan.key.partition, message.reapEpoch, out)
    if (state.kind === 'put') this.#writes.stale(now, state, message.from, out)
    else this.#reads.restart(now, state, out)
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
        this.#writes.timer(now, state, out)
        return
      case 'get':
        if (now.monoMicros >= state.plan.deadlineMicros) {
          this.#blame(state.plan.active.nodes, silentMask(state), out)
        }
        this.#reads.timer(now, state, out)
        return
      case 'forward':
        this.#shell.peers.timedOut(state.target.node, out)
        this.#after(now, state, forwardTimer(self, state), out)
        return
      case 'inquiry':
        this.#after(now, state, inquiryTimer(self, state, now.monoMicros), out)
        return
    }
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
    // By index: to take a pair apart costs an iterator.
    const state = step[0]
    push(out, step[1])
    if (state === before) return
    if (asksAgain(state) && !asksAgain(before)) this.#patience.spend()
    const { request, origin } = state.plan
    if (state.phase === 'done') this.#requests.delete(request)
    else this.#requests.set(request, state)
    if (state.kind === 'inquiry') {
      this.#inquiries.after(now, before as InquiryState, state, out)
      return
    }
    const answered = before.outcome === null && state.outcome !== null ? state.outcome : null
    if (answered?.kind === 'ok' && state.kind !== 'forward') {
      this.#shell.pace.answered(now.monoMicros - state.plan.nowMicros, now.monoMicros)
    }
    if (state.kind !== 'get') {
      this.#writes.after(now, state, answered, out)
      return
    }
    if (state.phase === 'done') {
      this.#reads.repair(state, out)
      if (state.outcome === null) this.#inquiries.begin(now, state, out)
    }
    if (answered === null) return
    this.#reads.answered(now, state)
    if (origin.kind === 'delete') this.#writes.continueDelete(now, request, answered, out)
  }
}

/** It has asked those that were silent once more, or others instead of them. */
const asksAgain = (state: RequestState): boolean =>
  state.kind === 'put' ? state.extended : state.kind === 'get' && state.isResent

/** Queues that a request stands in: here, at an owner, at the replicas, and with their answers. */
const queues = 4

/**
 * Were all of them as long as the first one, its client would have given up by the end. It is
 * refused while that is still news to the client, and before others have worked for it in vain:
 * else, under overload, every request is served just too late, and none in time.
 */
const waitedTooLong = ({ timeoutMicros }: ClientRequest, budget: Micros): boolean =>
  timeoutMicros - budget > timeoutMicros / queues
