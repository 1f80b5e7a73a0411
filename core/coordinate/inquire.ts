/** The inquiries of one node: when one is worth it, its own word, and the get that follows. */
import type { Effect } from '../effect.js'
import type { Now } from '../input.js'
import type { VouchOk } from '../message.js'
import { minterOf, wordOf } from '../reap/vouch.js'
import type { VersionVector } from '../types.js'
import { covers } from '../version/dotted.js'
import type { GetState } from './collected.js'
import { unmet } from './collected.js'
import type { Desk } from './desk.js'
import { activeList, push, push1 } from './desk.js'
import type { InquiryState } from './inquiry.js'
import { inquiryAnswered, inquiryStart, roundOf } from './inquiry.js'
import type { Minter } from './mint.js'
import { respond } from './quorum.js'
import type { Reads } from './read.js'

export class Inquiries {
  readonly #desk: Desk
  readonly #minter: Minter
  readonly #reads: Reads

  constructor(desk: Desk, minter: Minter, reads: Reads) {
    this.#desk = desk
    this.#minter = minter
    this.#reads = reads
  }

  /** A get has heard from all that it asked, and has not found all of its session's minimum. */
  begin(now: Now, get: GetState, out: Effect[]): void {
    const { shell } = this.#desk
    const { options, peers, self } = shell
    const { plan } = get
    const refusal = unmet(get, false)
    const dots = missing(plan.operation.minimum ?? [], get.merged.vv)
    const members = options.placement.ring.members.map(({ id }) => id)
    const isOfMembers = dots.every((dot) => members.includes(minterOf(dot)))
    // Who is silent cannot be asked, and the client need not wait to hear that.
    if (peers.anySuspected || !isOfMembers) {
      push1(out, respond(self, plan.origin, refusal))
      return
    }
    const step = inquiryStart(self, {
      request: this.#desk.next(),
      get: plan,
      origin: plan.origin,
      refusal,
      dots,
      members,
      owners: options.placement.owners(plan.key.partition),
      retryMicros: options.timing.reapRetryMicros,
      nowMicros: now.monoMicros,
      deadlineMicros: plan.deadlineMicros,
    })
    this.#desk.open(step[0])
    push(out, step[1])
    this.#answerOwn(now, step[0], out)
  }

  answered(now: Now, state: InquiryState, message: VouchOk, out: Effect[]): void {
    const { self } = this.#desk.shell
    const step = inquiryAnswered(self, state, message.from, message, now.monoMicros)
    this.#desk.after(now, state, step, out)
  }

  /** It has gone on, or has come to its end. */
  after(now: Now, before: InquiryState, state: InquiryState, out: Effect[]): void {
    if (state.phase === 'done') {
      if (state.outcome === null) this.#readAgain(now, state, out)
    } else if (state.phase !== before.phase) this.#answerOwn(now, state, out)
  }

  /** This node is a member like the others. */
  #answerOwn(now: Now, state: InquiryState, out: Effect[]): void {
    const { shell } = this.#desk
    const { get, dots } = state.plan
    if (!state.waiting.includes(shell.self.from)) return
    const word = wordOf(shell, this.#minter.n, get.key, dots)
    const own = { round: roundOf(state), ...word }
    const step = inquiryAnswered(shell.self, state, shell.self.from, own, now.monoMicros)
    this.#desk.after(now, state, step, out)
  }

  /**
   * What was reaped stays so: it need not be found. The answer's context does not name it either,
   * for it is the client's claim, and a context is believed.
   */
  #readAgain(now: Now, { plan, left }: InquiryState, out: Effect[]): void {
    const { opId, minimum } = plan.get.operation
    const { key, r, pr, w, deadlineMicros } = plan.get
    this.#reads.start(
      now,
      {
        request: this.#desk.next(),
        operation: {
          opId,
          bucket: key.bucket,
          minimum: missing(minimum ?? [], left),
          quorum: { r, pr, w, pw: null, monotonic: w > 0 },
        },
        key,
        active: activeList(this.#desk.shell, key.partition),
        origin: plan.origin,
        budget: deadlineMicros - now.monoMicros,
        isLast: true,
      },
      out,
    )
  }
}

const missing = (wanted: VersionVector, found: VersionVector): VersionVector =>
  wanted.filter(({ actor, n }) => !covers(found, actor, n))
