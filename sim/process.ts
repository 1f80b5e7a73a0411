/**
 * One simulated process: a node, its clocks, its disk, its timers, and the queue in front of its
 * processor.
 *
 * The processor serves one input at a time, first come first served. What an input makes the node
 * send leaves when its service ends. A paused process serves nothing, and its timers fire late, all
 * at once, when it goes on, as after a stopped virtual machine.
 */
import type { Effect, Input, NodeOptions, Now, TimerId } from '../core/index.js'
import { Node } from '../core/index.js'
import { Pending } from '../core/pending.js'
import type { NodeClock } from './clock.js'
import type { Restart, SimDisk } from './disk.js'
import type { PowerCut } from './disk/folder.js'
import type { SimEvent } from './queue.js'

export interface Arrival {
  readonly input: Input
  readonly atMicros: number
}

/**
 * The timers of one node that will fire: of its requests, whose numbers rise, and its own, numbered
 * below zero.
 */
class Timers {
  readonly #ofRequests = new Pending<SimEvent>()
  readonly #own = new Map<TimerId, SimEvent>()

  get(timer: TimerId): SimEvent | null {
    return timer >= 0 ? this.#ofRequests.get(timer) : (this.#own.get(timer) ?? null)
  }

  set(timer: TimerId, event: SimEvent): void {
    if (timer >= 0) this.#ofRequests.set(timer, event)
    else this.#own.set(timer, event)
  }

  delete(timer: TimerId): void {
    if (timer >= 0) this.#ofRequests.delete(timer)
    else this.#own.delete(timer)
  }

  values(): readonly SimEvent[] {
    return [...this.#own.values(), ...this.#ofRequests.values()]
  }

  clear(): void {
    this.#ofRequests.clear()
    this.#own.clear()
  }
}

type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] }

/** More than this many waiting inputs and the next is dropped, as a full socket buffer would. */
const inboxLimit = 100_000

export class Process {
  // First what every message needs: side by side it is in as few places as can be.
  /** null while it is down. */
  node: Node | null = null
  paused = false
  /** When the processor is free. */
  busyUntilMicros = 0
  /** Inputs in front of its processor: asked for every message, so it is a number of its own. */
  #waiting = 0
  slowness = 1
  readonly clock: NodeClock
  durablePersists = 0
  readonly index: number
  readonly options: NodeOptions
  /** When the last of what it has sent, in all lives, gets to somebody. */
  reachesUntilMicros = 0
  readonly timers = new Timers()
  readonly disk: SimDisk
  /** Rises at every crash, so that what belonged to an earlier life can be told. */
  life = 0
  /** Set while a wake-up of the processor is scheduled. */
  waking: SimEvent | null = null
  diskEvent: SimEvent | null = null
  /** Set when the disk was done during a pause. */
  diskWaits = false
  /** What the next crash leaves of writes that were not synced. */
  nextCut: PowerCut = 'prefix'
  /** `replicate_ok` sent so far, in all lives: what milestones count. */
  acked = 0
  #inbox: Arrival[] = []
  #head = 0

  constructor(index: number, options: NodeOptions, clock: NodeClock, disk: SimDisk) {
    this.index = index
    this.options = options
    this.clock = clock
    this.disk = disk
  }

  /** A new life, from the disk alone. `found` hears what was on it. */
  boot(found: (restart: Restart) => void): readonly Effect[] {
    const restart = this.disk.restart()
    const { state } = restart
    found(restart)
    const node = new Node(this.options, state)
    const admits = (nowMicros: number): boolean =>
      node.admitsBackground(this.clock.monoMicros(nowMicros))
    this.disk.snapshotFrom(() => node.liveRecords(), admits)
    this.node = node
    this.durablePersists = 0
    return node.start()
  }

  /** Everything volatile is gone; the caller cancels the events that belonged to it. */
  kill(): void {
    this.node = null
    this.life++
    this.diskWaits = false
    this.busyUntilMicros = 0
    this.#inbox = []
    this.#head = 0
    this.#waiting = 0
    this.disk.crash(this.nextCut)
    this.nextCut = 'prefix'
  }

  /** Since when the oldest waiting input waits; null: none does. */
  get waitsSinceMicros(): number | null {
    return this.#inbox[this.#head]?.atMicros ?? null
  }

  get waiting(): number {
    return this.#waiting
  }

  /** False: the queue is full, and the input is gone. */
  enqueue(arrival: Arrival): boolean {
    if (this.#waiting >= inboxLimit) return false
    this.#inbox.push(arrival)
    this.#waiting++
    return true
  }

  dequeue(): Arrival | null {
    const arrival = this.#inbox[this.#head]
    if (arrival === undefined) return null
    this.#head++
    this.#waiting--
    if (this.#head === this.#inbox.length) {
      this.#inbox = []
      this.#head = 0
    } else if (this.#head > 4_096 && this.#head * 2 > this.#inbox.length) {
      this.#inbox = this.#inbox.slice(this.#head)
      this.#head = 0
    }
    return arrival
  }

  /** The node's clocks at a simulated time, written into `now`. */
  at(simMicros: number, now: Writable<Now>): Now {
    const { clock } = this
    const monoMicros = clock.monoMicros(simMicros)
    now.monoMicros = monoMicros
    now.wallMicros = clock.wallAtMono(monoMicros)
    now.durablePersists = this.durablePersists
    return now
  }
}

/** The same input, knowing how long it waited. */
export function waited(input: Input, waitedMicros: number): Input {
  if (input.kind === 'message') return { kind: 'message', message: input.message, waitedMicros }
  if (input.kind === 'client') return { kind: 'client', operation: input.operation, waitedMicros }
  return input
}
