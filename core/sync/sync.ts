/**
 * Anti-entropy of one node (protocol.md section 5): begins an exchange with one peer after the
 * other, at most one with each at a time, and answers those of others. It holds the machines and
 * routes to them; what an answer means is decided in exchange.ts.
 *
 * Exchanges with several peers may be under way: most of an exchange that finds something is
 * waiting before the second look, and one after the other the waits would make the rounds long.
 */
import { never } from '../assert.js'
import type { Effect, Step } from '../effect.js'
import type { Now, TimerId } from '../input.js'
import type { SyncMessage, SyncStates } from '../message.js'
import { fullPace } from '../pace.js'
import type { Shell } from '../shell.js'
import type { Micros, NodeId } from '../types.js'
import { onSyncKeys, onSyncRoots, onSyncSegments, onSyncStates } from './answer.js'
import type { ExchangeState, Ground } from './exchange.js'
import { answers, exchangeAnswered, exchangeStart, exchangeTimer } from './exchange.js'
import { Forest } from './forest.js'
import { mendedMeanwhile } from './meanwhile.js'
import { Duties, Wishes } from './wanted.js'

const roundTimer: TimerId = -3
/** Of the first neighbour; those of the others follow below. */
const firstExchangeTimer: TimerId = -4

/** A peer, the partitions that both own, and how far the two are. */
interface Neighbour {
  readonly peer: NodeId
  readonly timer: TimerId
  readonly partitions: readonly number[]
  /** Null: none under way. */
  exchange: ExchangeState | null
  /** A question put off for the sake of clients, until the neighbour's timer fires. */
  held: readonly Effect[] | null
  askedMicros: Micros
  /** Of all exchanges of this node, which one that is, or was. */
  number: number
  lastRequest: number
}

/** How far the comparison with one peer is. */
export interface NeighbourProgress {
  readonly peer: NodeId
  /** That both own. */
  readonly partitions: number
  /** `resting`: none is under way. */
  readonly phase: ExchangeState['phase'] | 'resting'
  /** Of the exchange under way: keys that differ, and keys sent so far. */
  readonly suspects: number
  readonly repairedKeys: number
}

export interface SyncProgress {
  /** Begun by this node, in this life. */
  readonly exchanges: number
  /** In the order of their names. */
  readonly neighbours: readonly NeighbourProgress[]
}

export class Sync {
  readonly #shell: Shell
  readonly #ground: Ground
  readonly #neighbours: readonly Neighbour[]
  readonly #byPeer: ReadonlyMap<NodeId, Neighbour>
  readonly #betweenMicros: Micros
  readonly #wishes: Wishes
  readonly #duties: Duties
  #exchanges = 0
  #next = 0
  #rebuiltMicros: Micros = 0

  /** `everyMicros`: how long a round takes that calls on every peer once. */
  constructor(shell: Shell, everyMicros: Micros) {
    this.#shell = shell
    const { storage, options } = shell
    const drifts = options.plant === 'tree_drifts'
    const forest = new Forest(storage, options.placement, options.id, drifts)
    this.#ground = { shell, forest }
    storage.onPut = this.#ground.forest.touched
    this.#neighbours = neighboursOf(shell)
    this.#byPeer = new Map(this.#neighbours.map((neighbour) => [neighbour.peer, neighbour]))
    const count = Math.max(1, this.#neighbours.length)
    this.#betweenMicros = Math.max(1_000, Math.floor(everyMicros / count))
    this.#wishes = new Wishes(shell)
    this.#duties = new Duties(shell)
  }

  get forest(): Forest {
    return this.#ground.forest
  }

  progress(): SyncProgress {
    const neighbours = this.#neighbours.map(({ peer, partitions, exchange }) => ({
      peer,
      partitions: partitions.length,
      phase: exchange?.phase ?? ('resting' as const),
      suspects: exchange?.suspects.length ?? 0,
      repairedKeys: exchange?.repairedKeys ?? 0,
    }))
    return { exchanges: this.#exchanges, neighbours }
  }

  /** As many turns at once as there are peers. */
  hurry(now: Now, out: Effect[]): void {
    for (let i = 0; i < this.#neighbours.length; i++) this.#round(now, out)
  }

  start(now: Now, out: Effect[]): void {
    this.#rebuiltMicros = now.monoMicros
    // Where the round begins differs by node, and so does when: or all would call at once.
    const members = this.#shell.options.placement.ring.members
    const place = members.findIndex(({ id }) => id === this.#shell.options.id)
    this.#next = place
    const offset = Math.floor((this.#betweenMicros * (place + 1)) / members.length)
    out.push({ kind: 'arm', timer: roundTimer, atMicros: now.monoMicros + offset })
  }

  /** False: none of this part's timers. */
  onTimer(now: Now, timer: TimerId, out: Effect[]): boolean {
    if (timer > roundTimer) return false
    if (timer === roundTimer) this.#round(now, out)
    else {
      const neighbour = this.#neighbours[firstExchangeTimer - timer]
      if (neighbour === undefined) return true
      const { exchange: state, held } = neighbour
      neighbour.held = null
      if (held !== null) {
        neighbour.askedMicros = now.monoMicros
        for (const effect of held) out.push(effect)
      } else if (state !== null)
        this.#keep(now, neighbour, exchangeTimer(this.#ground, now, state), out)
    }
    return true
  }

  #round(now: Now, out: Effect[]): void {
    const atMicros = now.monoMicros + this.#betweenMicros
    out.push({ kind: 'arm', timer: roundTimer, atMicros })
    this.#wishes.tick(out)
    if (now.monoMicros - this.#rebuiltMicros >= this.#shell.options.timing.syncRebuildMicros) {
      this.#rebuiltMicros = now.monoMicros
      this.#ground.forest.rebuild()
    }
    const neighbour = this.#nextNeighbour()
    if (neighbour === null) return
    const { peer, timer, lastRequest } = neighbour
    neighbour.number = ++this.#exchanges
    // Not always the same partitions first: an exchange is bounded, and none should wait for ever.
    const partitions = turned(this.#settled(neighbour.partitions), this.#exchanges)
    const start = { peer, timer, lastRequest, partitions }
    this.#keep(now, neighbour, exchangeStart(this.#ground, now, start), out)
  }

  /** Of a partition in doubt nothing may be told. */
  #settled(partitions: readonly number[]): readonly number[] {
    const { doubtful, isSure } = this.#shell.storage
    return isSure ? partitions : partitions.filter((p) => !doubtful.has(p))
  }

  /** The next one that seems alive and is not being compared with. */
  #nextNeighbour(): Neighbour | null {
    const count = this.#neighbours.length
    for (let i = 0; i < count; i++) {
      const neighbour = this.#neighbours[(this.#next + i) % count] as Neighbour
      if (neighbour.exchange !== null || this.#shell.peers.disliked(neighbour.peer)) continue
      this.#next = (this.#next + i + 1) % count
      return neighbour
    }
    return null
  }

  onMessage(now: Now, message: SyncMessage, out: Effect[]): void {
    const { self, counters } = this.#shell
    // Owners of one epoch only: another table, other owners.
    if (message.ringEpoch !== self.ringEpoch) return
    if ('asked' in message && message.asked !== self.incarnation) {
      counters.otherIncarnation++
      return
    }
    switch (message.kind) {
      case 'sync_roots':
        onSyncRoots(this.#ground, now, message, out)
        return
      case 'sync_segments':
        onSyncSegments(this.#ground, now, message, out)
        return
      case 'sync_keys':
        onSyncKeys(this.#ground, now, message, out)
        return
      case 'sync_states':
        onSyncStates(this.#ground, now, message, out)
        this.#meanwhile(message)
        return
      case 'sync_wanted':
        this.#duties.wanted(message, this.#exchanges, out)
        return
      case 'sync_wanted_ok':
        this.#wishes.answered(message, out)
        return
      case 'sync_roots_ok':
      case 'sync_segments_ok':
      case 'sync_keys_ok':
      case 'sync_states_ok':
        this.#answered(now, message, out)
        return
      default:
        never(message)
    }
  }

  /** What a peer's own exchange mends need not be mended by that with the peer. */
  #meanwhile(message: SyncStates): void {
    const neighbour = this.#byPeer.get(message.from)
    const state = neighbour?.exchange ?? null
    if (neighbour === undefined || state === null || this.#shell.isReadOnly) return
    const { held } = neighbour
    const ids = [...message.items.map(({ key }) => key.id), ...message.wanted.map(({ id }) => id)]
    const next = mendedMeanwhile(state, new Set(ids), held !== null)
    neighbour.exchange = next
    const { question } = next
    if (held === null || question === null) return
    neighbour.held = held.map((effect) =>
      effect.kind === 'send' ? { ...effect, message: question } : effect,
    )
  }

  #answered(now: Now, message: Parameters<typeof answers>[1], out: Effect[]): void {
    const neighbour = this.#byPeer.get(message.from)
    const state = neighbour?.exchange
    if (neighbour === undefined || !state) return
    if (message.kind === 'sync_roots_ok' && answers(state, message)) {
      const roots = state.question?.kind === 'sync_roots' ? state.question.roots : []
      const differing = new Set(message.partitions)
      const equal = roots.map(({ index }) => index).filter((p) => !differing.has(p))
      this.#duties.equal(state.peer, neighbour.number, equal, out)
    }
    const pace = message.kind === 'sync_states_ok' ? message.pace : fullPace
    this.#keep(now, neighbour, exchangeAnswered(this.#ground, now, state, message), out, pace)
  }

  /** When the next question may go out; after states, a pause in proportion to what they took. */
  #reserve(now: Now, neighbour: Neighbour, pace: number): Micros {
    const tookMicros = Math.max(0, now.monoMicros - neighbour.askedMicros)
    const isFollowUp = neighbour.exchange?.phase === 'states'
    const at = this.#shell.pace.reserve(now.monoMicros, isFollowUp ? tookMicros : 0, pace)
    if (at <= now.monoMicros) neighbour.askedMicros = now.monoMicros
    return at
  }

  #keep(
    now: Now,
    neighbour: Neighbour,
    step: Step<ExchangeState>,
    out: Effect[],
    pace = fullPace,
  ): void {
    const [state, effects] = step
    if (state === neighbour.exchange && effects.length === 0) return
    neighbour.lastRequest = state.request
    neighbour.exchange = state.phase === 'done' ? null : state
    const { timer } = neighbour
    const waits = effects.filter((effect) => isQuestion(effect) || isArm(effect, timer))
    const atMicros = waits.some(isQuestion) ? this.#reserve(now, neighbour, pace) : 0
    const isPutOff = atMicros > now.monoMicros
    for (const effect of effects) if (!isPutOff || !waits.includes(effect)) out.push(effect)
    neighbour.held = isPutOff
      ? waits.map((effect) => later(effect, atMicros - now.monoMicros))
      : null
    if (isPutOff) out.push({ kind: 'arm', timer, atMicros })
  }
}

const isQuestion = ({ kind }: Effect): boolean => kind === 'send'

const isArm = (effect: Effect, timer: TimerId): boolean =>
  effect.kind === 'arm' && effect.timer === timer

/** What waits for an answer to a question that goes out later, waits as much longer. */
const later = (effect: Effect, micros: Micros): Effect =>
  effect.kind === 'arm' ? { ...effect, atMicros: effect.atMicros + micros } : effect

function neighboursOf({ options: { placement, id } }: Shell): readonly Neighbour[] {
  const shared = new Map<NodeId, number[]>()
  for (const partition of placement.partitionsOf(id)) {
    for (const owner of placement.owners(partition)) {
      if (owner === id) continue
      const partitions = shared.get(owner)
      if (partitions === undefined) shared.set(owner, [partition])
      else partitions.push(partition)
    }
  }
  return [...shared]
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([peer, partitions], i) => {
      const timer = firstExchangeTimer - i
      return {
        peer,
        timer,
        partitions,
        exchange: null,
        held: null,
        askedMicros: 0,
        number: 0,
        lastRequest: 0,
      }
    })
}

function turned(partitions: readonly number[], turn: number): readonly number[] {
  const first = partitions.length === 0 ? 0 : turn % partitions.length
  return [...partitions.slice(first), ...partitions.slice(0, first)]
}
