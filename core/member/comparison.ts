/**
 * Comparing all that two nodes know of the members (push-pull): a stretch of the ring's members
 * with each message, so that it fits a packet. Every stretch is compared with somebody once in
 * `pushPullMicros`, and all of them, one after the other, with a peer that has just turned out not
 * to be dead: after a partition each side has to learn what the other went through.
 */
import type { Effect } from '../effect.js'
import type { MemberUpdate, PushPull, PushPullOk } from '../message.js'
import type { Member } from '../ring/ring.js'
import type { Micros, NodeId } from '../types.js'
import type { Ground } from './ground.js'
import { updateBytes } from './rumours.js'
import type { Standing } from './standing.js'
import { outranks, unheardOf } from './standing.js'

/** Members in one message at most: no step looks at all. */
const stretch = 64

/** Comparing everything with one peer. */
interface Whole {
  readonly peer: NodeId
  readonly request: number
  /** Where the next stretch starts. */
  readonly next: number
  readonly sentMicros: Micros
}

export class Comparison {
  readonly #ground: Ground
  #next = 0
  #whole: Whole | null = null

  constructor(ground: Ground) {
    this.#ground = ground
  }

  start(nowMicros: Micros): void {
    const { agenda, chance } = this.#ground
    agenda.add(nowMicros + chance.below(this.#everyMicros), { kind: 'push_pull' })
  }

  get #everyMicros(): Micros {
    const { options, members } = this.#ground
    return Math.ceil(options.timing.pushPullMicros / Math.ceil(members.length / stretch))
  }

  /** The next stretch, with anybody. */
  turn(nowMicros: Micros, out: Effect[]): void {
    const { agenda } = this.#ground
    agenda.add(nowMicros + this.#everyMicros, { kind: 'push_pull' })
    const [peer] = this.#ground.some(1, 'alive')
    if (peer === undefined) return
    const end = this.#push(peer, this.#next, this.#ground.nextRequest(), out)
    this.#next = end % this.#ground.members.length
  }

  /** Everything, with this peer, unless that is under way with somebody. */
  whole(peer: NodeId, nowMicros: Micros, out: Effect[]): void {
    const patienceMicros = 2 * this.#ground.options.timing.probeMicros
    if (this.#whole !== null && nowMicros - this.#whole.sentMicros < patienceMicros) return
    this.#go(peer, 0, nowMicros, out)
  }

  #go(peer: NodeId, start: number, nowMicros: Micros, out: Effect[]): void {
    const request = this.#ground.nextRequest()
    const next = this.#push(peer, start, request, out)
    this.#whole = { peer, request, next, sentMicros: nowMicros }
  }

  /** Returns where the stretch ends. */
  #push(peer: NodeId, start: number, request: number, out: Effect[]): number {
    const { self, members } = this.#ground
    const most = Math.min(members.length, start + stretch)
    const updates: MemberUpdate[] = []
    let bytes = this.#ground.newsBytes
    let end = start
    for (; end < most; end++) {
      const { id } = members[end] as Member
      const standing = this.#ground.standing(id)
      if (isExpected(standing)) continue
      const update = this.#claim(id, standing)
      bytes -= updateBytes(update)
      // The first one always goes: a name that fills a packet must not stop the rest for ever.
      if (bytes < 0 && end > start) break
      updates.push(update)
    }
    const message = { kind: 'push_pull', ...self, request, start, end, updates } as const
    out.push({ kind: 'send', to: peer, message })
    return end
  }

  /** What is claimed has been taken in already. */
  onPush(message: PushPull, out: Effect[]): void {
    const { self, members } = this.#ground
    const { from, request, incarnation } = message
    const updates: MemberUpdate[] = []
    // Members of another epoch stand in other places.
    if (message.ringEpoch === self.ringEpoch) {
      const end = Math.min(message.end, message.start + stretch, members.length)
      const claimed = new Map(message.updates.map((update) => [update.node, update]))
      let bytes = this.#ground.newsBytes
      for (let at = message.start; at < end; at++) {
        const { id } = members[at] as Member
        const standing = this.#ground.standing(id)
        const claim: Standing = claimed.get(id) ?? unheardOf
        if (isExpected(standing) || !outranks(standing, claim)) continue
        const update = this.#claim(id, standing)
        bytes -= updateBytes(update)
        if (bytes < 0) break
        updates.push(update)
      }
    }
    const answer = { kind: 'push_pull_ok', ...self, request, asked: incarnation, updates } as const
    out.push({ kind: 'send', to: from, message: answer })
  }

  onPull(message: PushPullOk, nowMicros: Micros, out: Effect[]): void {
    const whole = this.#whole
    if (whole?.request !== message.request || whole.peer !== message.from) return
    this.#whole = null
    if (whole.next < this.#ground.members.length) this.#go(whole.peer, whole.next, nowMicros, out)
  }

  #claim(node: NodeId, standing: Standing): MemberUpdate {
    const { peers } = this.#ground
    return peers.accusation(node) ?? { node, ...standing, by: null }
  }
}

/** Alive, in its first life: not worth a word. */
const isExpected = ({ state, incarnation, refutation }: Standing): boolean =>
  state === 'alive' && incarnation <= 1 && refutation === 0
