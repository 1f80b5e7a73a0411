/**
 * FD-1, FD-3 and FD-4 (protocol.md section 6): how long a node may be wrong about another. What is
 * asked is said of one pair at a time, and counts from when both have been themselves, the way
 * between them open, and the number of the belief the same: a later number is other news.
 */
import type { Micros, NodeOptions, Standing } from '../../core/index.js'
import { retransmits } from '../../core/member/rumours.js'
import { suspicionRules } from '../../core/member/suspicion.js'
import type { Inspected, Scene } from './family.js'
import type { Steady } from './steady.js'

/** One node is not right about another, or the other is down. */
interface Doubt {
  readonly incarnation: number
  readonly refutation: number
  /** What is true: the life that the member is in; 0 while it is down. */
  readonly life: number
  readonly sinceMicros: Micros
  /** Of the observer, by then. */
  readonly probes: number
  /** Not believed to live since; null: it is. */
  accusedMicros: Micros | null
  deadMicros: Micros | null
}

/** What is not known to be false by so little is not called false. */
const leastChance = 1e-9

export class Doubts {
  readonly #scene: Scene
  readonly #steady: Steady
  /** By pair. */
  readonly #doubts = new Map<number, Doubt>()

  constructor(scene: Scene, steady: Steady) {
    this.#scene = scene
    this.#steady = steady
  }

  /** Its life begins or ends: what was asked of it, or by it, is no longer the question. */
  forget(node: number): void {
    if (this.#doubts.size === 0) return
    const count = this.#scene.nodes.length
    for (let other = 0; other < count; other++) {
      this.#doubts.delete(node * count + other)
      this.#doubts.delete(other * count + node)
    }
  }

  look(observer: number, member: number, standing: Standing): void {
    const scene = this.#scene
    const node = scene.node(member)
    const life = node === null ? 0 : lifeOf(scene, member, node)
    const { state, incarnation } = standing
    // Nobody need have heard of a first life: it is what all expect.
    if (state === 'alive' && (incarnation === life || (incarnation === 0 && life === 1))) {
      if (this.#doubts.size > 0) this.#doubts.delete(this.#pair(observer, member))
      if (scene.healedForMicros() !== null) scene.tally['FD-4']++
      return
    }
    const doubt = this.#doubtOf(observer, member, standing, life)
    if (state !== 'alive') doubt.accusedMicros ??= scene.nowMicros()
    if (state === 'dead') doubt.deadMicros ??= scene.nowMicros()
    if (node === null) this.#crashed(observer, member, standing, doubt)
    else this.#living(observer, member, standing, doubt)
  }

  #pair(observer: number, member: number): number {
    return observer * this.#scene.nodes.length + member
  }

  #doubtOf(observer: number, member: number, standing: Standing, life: number): Doubt {
    const pair = this.#pair(observer, member)
    const { incarnation, refutation } = standing
    const known = this.#doubts.get(pair)
    const holds =
      known?.incarnation === incarnation &&
      known.refutation === refutation &&
      known.life === life &&
      known.sinceMicros >= this.#steady.sinceMicros(observer)
    if (holds && (life > 0 || known.sinceMicros >= this.#lastWordMicros(member))) return known
    const doubt: Doubt = {
      ...{ incarnation, refutation, life },
      sinceMicros: this.#scene.nowMicros(),
      probes: this.#steady.probes(observer),
      ...{ accusedMicros: null, deadMicros: null },
    }
    this.#doubts.set(pair, doubt)
    return doubt
  }

  #lastWordMicros(member: number): Micros {
    return this.#scene.reality.reachesUntilMicros(member)
  }

  // --- FD-1

  /**
   * Everybody probes everybody within 2n - 1 intervals, and one later it knows. Nothing of what the
   * others do can keep it from that, so neither the state of the network nor theirs matters.
   */
  #crashed(observer: number, member: number, standing: Standing, doubt: Doubt): void {
    this.#scene.tally['FD-1']++
    const { timing } = this.#scene.nodes[observer] as NodeOptions
    const count = this.#scene.nodes.length
    const spreadMicros = retransmits(count) * timing.gossipMicros
    const most = 2 * count + Math.ceil(spreadMicros / timing.probeMicros)
    const probes = this.#steady.probes(observer) - doubt.probes
    if (standing.state === 'alive' && probes > most) {
      this.#late(
        observer,
        member,
        doubt,
        `still takes it to live, after ${probes.toFixed(0)} probes`,
      )
    }
    const { accusedMicros } = doubt
    if (accusedMicros === null || standing.state !== 'suspect') return
    // A clock may be off by one in a hundred, and looks are a while apart.
    const { maxMicros } = suspicionRules(timing, count)
    const waitedMicros = this.#scene.nowMicros() - accusedMicros
    if (waitedMicros <= 1.02 * maxMicros + timing.probeMicros) return
    this.#late(observer, member, doubt, `suspects it, and has for ${seconds(waitedMicros)} s`)
  }

  #late(observer: number, member: number, { sinceMicros }: Doubt, what: string): never {
    const gone = seconds(this.#scene.nowMicros() - sinceMicros)
    return this.#scene.violated('FD-1', {
      say:
        `${this.#name(member)} is down, and nothing of it has been heard anywhere for ${gone} s; ` +
        `${this.#name(observer)} ${what}`,
    })
  }

  // --- FD-3, FD-4

  #living(observer: number, member: number, standing: Standing, doubt: Doubt): void {
    const { tally } = this.#scene
    const { state } = standing
    const isHealed = this.#scene.healedForMicros() !== null
    if (isHealed) tally['FD-4']++
    if (state === 'dead') tally['FD-3']++
    const { reality } = this.#scene
    if (!reality.isOpen(observer, member) || !reality.isOpen(member, observer)) return
    const sinceMicros = this.#steady.togetherSinceMicros(observer, member)
    // FD-4 first: after the heal it says more.
    if (isHealed) this.#unequal(observer, member, standing, doubt, sinceMicros)
    const { deadMicros } = doubt
    if (state !== 'dead' || deadMicros === null) return
    const wrongMicros = this.#scene.nowMicros() - Math.max(sinceMicros, deadMicros)
    if (!this.#isTooLong(observer, member, wrongMicros)) return
    this.#scene.violated('FD-3', {
      say:
        `${this.#name(observer)} has taken ${this.#name(member)} for dead for ` +
        `${seconds(wrongMicros)} s, though both live and each can reach the other`,
    })
  }

  #unequal(
    observer: number,
    member: number,
    { state, incarnation }: Standing,
    doubt: Doubt,
    sinceMicros: Micros,
  ): void {
    const { accusedMicros, life, probes } = doubt
    const healedMicros = this.#scene.nowMicros() - (this.#scene.healedForMicros() ?? 0)
    const fromMicros = Math.max(sinceMicros, healedMicros, accusedMicros ?? doubt.sinceMicros)
    const wrongMicros = this.#scene.nowMicros() - fromMicros
    if (!this.#isTooLong(observer, member, wrongMicros)) return
    // Of a new life it may not have heard: it does, when it probes.
    const rounds = this.#rounds(observer, member)
    const most = rounds * 2 * this.#scene.nodes.length + 1
    if (state === 'alive' && this.#steady.probes(observer) - probes <= most) return
    const what = state === 'alive' ? `in its life ${String(incarnation)}` : state
    this.#scene.violated('FD-4', {
      say:
        `${seconds(this.#scene.healedForMicros() ?? 0)} s after everything healed ` +
        `${this.#name(observer)} takes ${this.#name(member)} to be ${what}; ` +
        `it is alive, in its life ${String(life)}`,
    })
  }

  /** Longer than its pings need, by which it hears that it is wrong. */
  #isTooLong(observer: number, member: number, micros: Micros): boolean {
    const { timing } = this.#scene.nodes[observer] as NodeOptions
    // How often one that is not as it should be is pinged (core/member/ground.ts).
    const everyMicros = timing.probeMicros * Math.max(1, this.#scene.nodes.length / 8)
    if (micros <= everyMicros + timing.probeMicros) return false
    const there = this.#scene.reality.way(observer, member)
    const back = this.#scene.reality.way(member, observer)
    const roundTripMicros = there.latestMicros + back.latestMicros
    const most = this.#rounds(observer, member) * everyMicros + timing.probeMicros
    return micros > most + roundTripMicros
  }

  /**
   * One, where nothing is lost and all that is new fits a message; else as many as make it next to
   * impossible that each time something was lost.
   */
  #rounds(observer: number, member: number): number {
    const { reality, nodes } = this.#scene
    const there = 1 - reality.way(observer, member).lossPpm / 1e6
    const back = 1 - reality.way(member, observer).lossPpm / 1e6
    const failed = 1 - there * back
    // Its logarithm is zero: by the quotient it would have to be known before it was said.
    if (failed >= 1) return Infinity
    const lost = failed <= 0 ? 1 : Math.ceil(Math.log(leastChance) / Math.log(failed))
    return lost + Math.floor(nodes.length / newsPerMessage)
  }

  #name(node: number): string {
    return String(this.#scene.nodes[node]?.id)
  }
}

/** At most so many pieces of news are certain to fit a message. */
const newsPerMessage = 16

function lifeOf(scene: Scene, member: number, node: Inspected): number {
  const { id } = scene.nodes[member] as NodeOptions
  return node.standingOf(id).incarnation
}

const seconds = (micros: Micros): string => (micros / 1e6).toFixed(1)
