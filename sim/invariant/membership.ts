/**
 * FD-1 to FD-4 (protocol.md section 6): what nodes believe of each other, against what is true.
 *
 * Beliefs are looked at once a tick, pair by pair; in large clusters a part of them in turn. A pair
 * that is as it should be costs one look-up. What happens between two ticks is heard where it
 * matters: the end of a life, and the moment at which somebody is declared dead.
 */
import type { Micros, NodeId, NodeOptions, Note, Standing } from '../../core/index.js'
import { outranks, unheardOf } from '../../core/member/standing.js'
import { suspicionRules } from '../../core/member/suspicion.js'
import { Doubts } from './doubt.js'
import type { Family, Inspected, Scene } from './family.js'
import { Steady } from './steady.js'

/** Pairs looked at in one tick, and one observer at least. */
const mostPairs = 2_500

/** What is remembered of one observer's life. */
interface Observer {
  /** What it said of each member when it was last looked at. */
  seen: Standing[]
  /** How long it had run by then. */
  ranMicros: Micros
  /** By member: how long it had run, at most, when it began to suspect what it now suspects. */
  readonly suspectedRanMicros: Map<number, Micros>
}

export class MembershipInvariants implements Family {
  readonly #scene: Scene
  readonly #ids: readonly NodeId[]
  readonly steady: Steady
  readonly #doubts: Doubts
  readonly #observers: Observer[]
  /** The highest that each has said of itself. */
  readonly #own: Standing[]
  /** The highest of each that anybody has declared dead. */
  readonly #declared: Standing[]
  #next = 0

  constructor(scene: Scene) {
    this.#scene = scene
    this.#ids = scene.nodes.map(({ id }) => id)
    this.steady = new Steady(scene)
    this.#doubts = new Doubts(scene, this.steady)
    this.#observers = scene.nodes.map(() => this.#newObserver(0))
    this.#own = scene.nodes.map(() => unheardOf)
    this.#declared = scene.nodes.map(() => unheardOf)
  }

  #newObserver(ranMicros: Micros): Observer {
    const seen = this.#ids.map(() => unheardOf)
    return { seen, ranMicros, suspectedRanMicros: new Map() }
  }

  checkpoint(): void {
    const count = this.#ids.length
    if (count < 2) return
    this.steady.checkpoint()
    const looks = Math.min(count, Math.max(1, Math.floor(mostPairs / count)))
    for (let i = 0; i < looks; i++) {
      this.#look(this.#next)
      this.#next = (this.#next + 1) % count
    }
  }

  /** Who is down has no beliefs, and one that stands still does not change them. */
  #look(observer: number): void {
    const node = this.#scene.node(observer)
    if (node === null || this.#scene.reality.isPaused(observer)) return
    const { tally } = this.#scene
    const ids = this.#ids
    const known = this.#observers[observer] as Observer
    const { seen } = known
    for (let member = 0; member < ids.length; member++) {
      const standing = node.standingOf(ids[member] as NodeId)
      tally['FD-2']++
      if (standing !== seen[member]) this.#changed(observer, member, standing)
      if (member !== observer) this.#doubts.look(observer, member, standing)
    }
    known.ranMicros = this.steady.ranMicros(observer)
  }

  /** FD-2. */
  #changed(observer: number, member: number, standing: Standing): void {
    const known = this.#observers[observer] as Observer
    const before = known.seen[member] as Standing
    if (outranks(before, standing)) {
      this.#scene.violated('FD-2', {
        say:
          `${this.#name(observer)} held ${this.#name(member)} to be ${standingText(before)}, ` +
          `and now to be ${standingText(standing)}, which says less`,
      })
    }
    known.seen[member] = standing
    if (standing.state !== 'suspect') known.suspectedRanMicros.delete(member)
    else known.suspectedRanMicros.set(member, known.ranMicros)
    if (observer === member) this.#own[member] = standing
    else if (isLater(standing, this.#own[member] as Standing)) {
      this.#raised(observer, member, standing)
    }
  }

  /** Only a member itself raises its number. */
  #raised(observer: number, member: number, standing: Standing): void {
    const node = this.#scene.node(member)
    if (node !== null) this.#refresh(member, node)
    const own = this.#own[member] as Standing
    if (!isLater(standing, own)) return
    this.#scene.violated('FD-2', {
      say:
        `${this.#name(observer)} holds ${this.#name(member)} to be ${standingText(standing)}; ` +
        `it has never said more of itself than ${standingText(own)}`,
    })
  }

  #refresh(member: number, node: Inspected): void {
    const own = node.standingOf(this.#ids[member] as NodeId)
    if (isLater(own, this.#own[member] as Standing)) this.#own[member] = own
  }

  // --- FD-3: nobody is declared dead whose accuser has not given it its time

  noted(observer: number, note: Note): void {
    if (note.kind !== 'peer_dead') return
    const node = this.#scene.node(observer)
    const member = this.#scene.indexOf(note.peer)
    if (node === null || member < 0) return
    const standing = node.standingOf(note.peer)
    if (standing.state !== 'dead' || !isNews(standing, this.#declared[member] as Standing)) return
    this.#declared[member] = standing
    this.#scene.tally['FD-3']++
    const { timing } = this.#scene.nodes[observer] as NodeOptions
    const { minMicros } = suspicionRules(timing, this.#ids.length)
    const gaveMicros =
      this.steady.ranMicros(observer) - this.#suspectedSince(observer, member, standing)
    if (gaveMicros >= minMicros || !this.#isThere(observer, member)) return
    this.#scene.violated('FD-3', {
      say:
        `${this.#name(observer)} declares ${this.#name(member)} dead, which lives and can be ` +
        `reached: having stood still, it has given it ${seconds(gaveMicros)} s to contradict, ` +
        `of at least ${seconds(minMicros)} s`,
      state: [`${this.#name(observer)} of ${this.#name(member)}: ${standingText(standing)}`],
    })
  }

  /** Before the last look at which it did not suspect this number yet. */
  #suspectedSince(observer: number, member: number, dead: Standing): Micros {
    const { seen, suspectedRanMicros, ranMicros } = this.#observers[observer] as Observer
    const last = seen[member] as Standing
    const same = last.state === 'suspect' && !isLater(dead, last)
    return same ? (suspectedRanMicros.get(member) ?? ranMicros) : ranMicros
  }

  #isThere(observer: number, member: number): boolean {
    const { reality } = this.#scene
    if (this.#scene.node(member)?.isReady !== true || reality.isHindered(member)) return false
    return reality.isOpen(observer, member) && reality.isOpen(member, observer)
  }

  // --- what happens between two looks

  /** The end of a life: what it says of itself now is the most that anybody may know. */
  crashed(node: number): void {
    const running = this.#scene.node(node)
    if (running !== null) this.#refresh(node, running)
    this.steady.upset(node)
    this.#doubts.forget(node)
  }

  booted(node: number): void {
    this.steady.booted(node)
    this.#doubts.forget(node)
    this.#observers[node] = this.#newObserver(this.steady.ranMicros(node))
  }

  paused(node: number): void {
    this.steady.paused(node)
  }

  resumed(node: number): void {
    this.steady.resumed(node)
  }

  hindered(node: number): void {
    this.steady.upset(node)
  }

  #name(node: number): NodeId {
    return this.#ids[node] as NodeId
  }
}

/** Of a later life, or of a later contradiction in the same. */
function isLater(a: Standing, b: Standing): boolean {
  if (a.incarnation !== b.incarnation) return a.incarnation > b.incarnation
  return a.refutation > b.refutation
}

/** Nobody has said this one before. */
const isNews = (dead: Standing, declared: Standing): boolean =>
  declared.state !== 'dead' || isLater(dead, declared)

const standingText = ({ state, incarnation, refutation }: Standing): string =>
  `${state} in life ${String(incarnation)}, contradiction ${String(refutation)}`

const seconds = (micros: Micros): string => (micros / 1e6).toFixed(1)
