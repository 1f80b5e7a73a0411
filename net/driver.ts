/**
 * Drives one node in the real world: tells it what comes in, and carries out what it asks for, in
 * order. The live twin of sim/driver.ts; the contract stands at the head of core/node.ts.
 *
 * Everything runs on one thread and to its end, so a step never meets half of another.
 */
import type {
  ClientRequest,
  Effect,
  Input,
  LogRecord,
  Micros,
  Message,
  Node,
  Note,
  Now,
  NodeId,
  Outcome,
} from '../core/index.js'
import { isMemberMessage, never } from '../core/index.js'
import { Pending } from '../core/pending.js'
import { monoMicros, wallMicros } from './clock.js'
import type { Operation } from './door.js'
import type { Lag } from './lag.js'
import { tickMicros } from './lag.js'
import { Outbox } from './outbox.js'
import type { Parts } from './parts.js'
import { Timers } from './timer.js'

export interface DriverOptions {
  readonly self: NodeId
  readonly node: Node
  /** `done` comes once the records, and all before them, are durable: in the order of the calls. */
  readonly append: (records: readonly LogRecord[], done: () => void) => void
  readonly send: (to: NodeId, message: Message) => void
  readonly note: (note: Note) => void
  /** Told of every message from a peer; null: nobody asks. */
  readonly trace: ((message: Message) => void) | null
  /** The disk took longer than `slowMicros`; told once a second at most. */
  readonly slowSync: (micros: Micros, records: number) => void
  readonly slowMicros: Micros
  readonly parts: Parts
  /** How long what comes in may have waited. */
  readonly lag: Pick<Lag, 'begin' | 'tick' | 'waitedMicros'>
}

interface Waiting {
  readonly operation: Operation
  readonly done: (outcome: Outcome) => void
}

const earlyLimits = { messages: 10_000, bytes: 16 * 1024 * 1024, lifeMicros: 10_000_000 }

export class Driver {
  readonly #options: DriverOptions
  readonly #timers: Timers
  readonly #waiting = new Pending<Waiting>()
  readonly #now = { monoMicros: 0, wallMicros: 0, durablePersists: 0 }
  #lastRequest = 0
  #durablePersists = 0
  #persisting = 0
  #stopped = false
  #ticking: NodeJS.Timeout | undefined
  #quietUntilMicros = 0
  /** What has come before the node was ready; null: it is. */
  #early: Outbox | null = new Outbox(earlyLimits)
  /** Of an operation of another node, while the step that it began is carried out. */
  #part: ReturnType<Parts['partOf']> = null

  constructor(options: DriverOptions) {
    this.#options = options
    this.#timers = new Timers((timer) => {
      this.#step({ kind: 'timer', timer })
    })
  }

  /** Client requests that have no answer yet. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Nothing of a client's is under way, and nothing that a peer waits to see on disk. */
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#persisting === 0
  }

  start(): void {
    const { lag } = this.#options
    lag.begin()
    this.#ticking = setInterval(() => lag.tick(), tickMicros / 1_000).unref()
    this.#carryOut(this.#options.node.start())
  }

  submit(operation: Operation, done: (outcome: Outcome) => void): void {
    if (this.#stopped) {
      done({ kind: 'rejected', code: 'not_ready', need: 0, got: 0 })
      return
    }
    const request = ++this.#lastRequest
    this.#waiting.set(request, { operation, done })
    const waitedMicros = this.#options.lag.waitedMicros(monoMicros())
    this.#step({ kind: 'client', operation: numbered(operation, request), waitedMicros })
  }

  receive(message: Message): void {
    if (this.#stopped) return
    if (this.#early !== null) {
      this.#keep(message)
      return
    }
    this.#options.trace?.(message)
    const nowMicros = monoMicros()
    this.#part = this.#options.parts.partOf(message, nowMicros)
    // A copy is worth storing although nobody waits for it any more: else it must be sent again.
    const isCopy = message.kind === 'replicate'
    const waitedMicros = isCopy ? 0 : this.#options.lag.waitedMicros(nowMicros)
    this.#step({ kind: 'message', message, waitedMicros })
    this.#part = null
  }

  /**
   * Peers connect as soon as the ports are taken, and send all that has waited for that. The node
   * hears nothing before its incarnation is durable, and who has asked twice does not ask again: it
   * would wait in vain. Probes are another matter, which late answers would mislead.
   */
  #keep(message: Message): void {
    if (!isMemberMessage(message)) this.#early?.add(message, monoMicros())
  }

  #hearEarly(): void {
    const early = this.#early
    this.#early = null
    for (let next = early?.take(monoMicros()); next; next = early?.take(monoMicros())) {
      this.receive(next)
    }
  }

  /** What an operator wants of the node. */
  ask(step: (node: Node, now: Now) => readonly Effect[]): void {
    if (!this.#stopped) this.#carryOut(step(this.#options.node, this.now()))
  }

  /** The disk has no room any more, or has room again. */
  space(isFull: boolean): void {
    if (!this.#stopped) this.#step({ kind: 'disk_space', isFull })
  }

  /** Peers hear that this node leaves for a while: none of them has to find out. */
  leave(): void {
    if (!this.#stopped) this.#step({ kind: 'leave' })
  }

  /**
   * Nothing is carried out any more. Who still waits hears what is true: a write may have happened,
   * a read has not been answered.
   */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    clearInterval(this.#ticking)
    this.#timers.clear()
    const waiting = this.#waiting.values()
    this.#waiting.clear()
    for (const { operation, done } of waiting) {
      const reason = { code: 'not_ready', need: 0, got: 0 } as const
      if (operation.kind === 'put') done({ kind: 'unknown', ...reason, dot: null })
      else done({ kind: 'rejected', ...reason })
    }
  }

  #step(input: Input): void {
    this.#carryOut(this.#options.node.step(this.now(), input))
  }

  /** The node's clocks, in an object that the next call overwrites. */
  now(): Now {
    const now = this.#now
    now.monoMicros = monoMicros()
    now.wallMicros = wallMicros()
    now.durablePersists = this.#durablePersists
    return now
  }

  #carryOut(effects: readonly Effect[]): void {
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i] as Effect
      switch (effect.kind) {
        case 'send':
          this.#send(effect.to, effect.message)
          break
        case 'persist':
          this.#persist(effect.records, effect.then)
          break
        case 'arm':
          this.#timers.arm(effect.timer, effect.atMicros)
          break
        case 'disarm':
          this.#timers.disarm(effect.timer)
          break
        case 'reply':
          this.#reply(effect.request, effect.outcome)
          break
        case 'resume':
          this.#step({ kind: 'resume', request: effect.request })
          break
        case 'note':
          this.#options.note(effect.note)
          // Not in the midst of the step that made it ready.
          if (effect.note.kind === 'node_ready') setImmediate(() => this.#hearEarly())
          break
        default:
          never(effect)
      }
    }
  }

  #send(to: NodeId, message: Message): void {
    const { self, send, parts } = this.#options
    if (to === self) {
      this.#step({ kind: 'message', message, waitedMicros: 0 })
      return
    }
    send(to, message)
    parts.sent(to, message, this.#now.monoMicros)
  }

  #persist(records: readonly LogRecord[], then: readonly Effect[]): void {
    const sinceMicros = monoMicros()
    const part = this.#part
    this.#persisting++
    this.#options.append(records, () => {
      this.#persisting--
      if (this.#stopped) return
      this.#durablePersists++
      this.#carryOut(then)
      this.#judge(sinceMicros, records.length)
      if (part !== null) this.#options.parts.stored(part, monoMicros() - sinceMicros)
    })
  }

  #judge(sinceMicros: Micros, records: number): void {
    const { slowMicros, slowSync } = this.#options
    const nowMicros = monoMicros()
    if (nowMicros - sinceMicros < slowMicros || nowMicros < this.#quietUntilMicros) return
    this.#quietUntilMicros = nowMicros + 1_000_000
    slowSync(nowMicros - sinceMicros, records)
  }

  #reply(request: number, outcome: Outcome): void {
    const waiting = this.#waiting.get(request)
    if (waiting === null) return
    this.#waiting.delete(request)
    waiting.done(outcome)
  }
}

/** Spelled out: a copy by a spread is of a shape of its own each time, and slow to look into. */
function numbered(operation: Operation, request: number): ClientRequest {
  const { opId, bucket, key, quorum, timeoutMicros } = operation
  if (operation.kind === 'get') {
    const { minimum } = operation
    return { kind: 'get', request, opId, bucket, key, quorum, timeoutMicros, minimum }
  }
  const { value, context } = operation
  return { kind: 'put', request, opId, bucket, key, quorum, timeoutMicros, value, context }
}
