/**
 * What is true of the simulated world and no node can know for certain: who stands still, which way
 * is open, how long a message may be on its way. Conditions of the membership's invariants.
 */
import type { Micros } from '../../core/index.js'
import { assert } from '../../core/assert.js'
import { membershipTimer } from '../../core/member/membership.js'
import { messageClasses } from '../../scenarios/model.js'
import type { Link } from '../network/link.js'
import type { Network } from '../network.js'
import type { Process } from '../process.js'
import { forkStream } from '../random.js'

/** An open way from one node to another. */
export interface Way {
  /** Parts per million of what is sent that never gets there as it was. */
  readonly lossPpm: number
  /** Hardly anything takes longer than this. */
  readonly latestMicros: Micros
}

export interface Reality {
  /** It stands still, is slow, its clock runs wild, or what it is told has to wait. */
  isHindered(node: number): boolean
  isPaused(node: number): boolean
  /** Its disk has room, and is as fast as ever. */
  stores(node: number): boolean
  /** When the last of what it has sent so far gets to somebody. */
  reachesUntilMicros(node: number): Micros
  /** What its monotonic clock shows. */
  monoMicros(node: number): Micros
  /** What that clock shows when its failure detection is to be woken next. */
  wakesAtMonoMicros(node: number): Micros
  /** How often faults of links have begun or ended. */
  networkChanges(): number
  isOpen(from: number, to: number): boolean
  /** Of an open way. */
  way(from: number, to: number): Way
}

/** A clock that is off by more than one in a hundred runs wild. */
const mostDriftPpm = 10_000
/** Longer in the queue than this, and an answer comes late. */
const mostWaitMicros = 100_000

const million = 1_000_000
/** Of so many draws the longest, three times over, stands for the longest of a run. */
const draws = 256
const reserve = 3
/** Failure detection is in none of the classes that have latencies of their own. */
const other = messageClasses.indexOf('other')

export class SimulatedReality implements Reality {
  /** Null before the world is built. */
  network: Network | null = null
  readonly #processes: readonly Process[]
  readonly #nowMicros: () => Micros
  /** Drawn once a kind of link. */
  readonly #longest = new Map<Link['latency'][number], Micros>()

  constructor(processes: readonly Process[], nowMicros: () => Micros) {
    this.#processes = processes
    this.#nowMicros = nowMicros
  }

  isHindered(node: number): boolean {
    const { paused, slowness, clock, waitsSinceMicros } = this.#processes[node] as Process
    if (paused || slowness !== 1 || Math.abs(clock.driftPpm) > mostDriftPpm) return true
    return waitsSinceMicros !== null && this.#nowMicros() - waitsSinceMicros > mostWaitMicros
  }

  isPaused(node: number): boolean {
    return this.#processes[node]?.paused === true
  }

  stores(node: number): boolean {
    const { disk } = this.#processes[node] as Process
    return !disk.isFull && !disk.isSlow(this.#nowMicros())
  }

  reachesUntilMicros(node: number): Micros {
    return this.#processes[node]?.reachesUntilMicros ?? 0
  }

  monoMicros(node: number): Micros {
    return this.#processes[node]?.clock.monoMicros(this.#nowMicros()) ?? 0
  }

  wakesAtMonoMicros(node: number): Micros {
    const { timers, clock } = this.#processes[node] as Process
    return clock.monoMicros(timers.get(membershipTimer)?.atMicros ?? this.#nowMicros())
  }

  networkChanges(): number {
    return this.network?.changes ?? 0
  }

  /** A link with a bandwidth has a queue, in which anything may stand for any time. */
  isOpen(from: number, to: number): boolean {
    if (this.network === null) return false
    const { cut, clogged, microsPerByte } = this.network.link(from, to)
    return !cut && !clogged && microsPerByte === 0
  }

  way(from: number, to: number): Way {
    const { network } = this
    assert(network !== null, 'a world has its network before its first tick')
    const { lossPpm, corruptPpm, reorderPpm, latencyFactor, latency } = network.link(from, to)
    const arrives = (1 - lossPpm / million) * (1 - corruptPpm / million)
    const longest = this.#longestOf(latency[other] as Link['latency'][number]) * latencyFactor
    const overtaken = reorderPpm > 0 ? network.reorderMicros : 0
    return {
      lossPpm: Math.ceil((1 - arrives) * million),
      latestMicros: Math.ceil(longest) + overtaken + network.apartMicros(from, to),
    }
  }

  #longestOf(sample: Link['latency'][number]): Micros {
    const known = this.#longest.get(sample)
    if (known !== undefined) return known
    // A stream of its own, from a seed of its own: the run's draws do not shift.
    const random = forkStream(1, 'longest')
    let longest = 0
    for (let i = 0; i < draws; i++) longest = Math.max(longest, sample(random))
    this.#longest.set(sample, longest * reserve)
    return longest * reserve
  }
}
