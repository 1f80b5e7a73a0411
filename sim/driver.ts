/**
 * Carries out what nodes ask for: the simulated twin of the live node's driver.
 *
 * An input that comes while the processor is busy waits in the inbox; what it makes the node send
 * leaves when its service time is over.
 */
import type {
  Effect,
  Input,
  LogRecord,
  Message,
  NodeId,
  Outcome,
  PersistEffect,
} from '../core/index.js'
import { assert, never } from '../core/index.js'
import { messageBytes } from '../core/wire/size.js'
import { classOfKind, codeOf, codeOfAck, markOf } from './code.js'
import { idle } from './disk.js'
import { noneUndelivered } from './drop.js'
import type { EventLog } from './eventlog.js'
import type { Invariants } from './invariant/invariants.js'
import { kindOf } from './kind.js'
import type { MessageTotals, Meter } from './meter.js'
import { clogged, cut, lost, type Network } from './network.js'
import { Clog } from './network/clog.js'
import { corrupt, type Corrupted, judge } from './network/corrupt.js'
import type { Probes } from './probe.js'
import { type Process, waited } from './process.js'
import type { EventQueue } from './queue.js'
import type { Sink, Watch } from './sink.js'
import { Watcher } from './watch.js'

export interface DriverOptions {
  readonly queue: EventQueue
  readonly network: Network
  readonly processes: readonly Process[]
  readonly meter: Meter
  readonly log: EventLog
  readonly invariants: Invariants
  readonly sink: Sink
  readonly watches: readonly Watch[]
  /** Told of every message; null: the clients do not probe. */
  readonly probes: Probes | null
  readonly cpuPerMessageMicros: number
  /** Q of the ring, which a message's bytes leave out. */
  readonly partitions: number
  /** Told of all that is persisted. */
  readonly stored: (records: readonly LogRecord[]) => void
  readonly replied: (process: Process, request: number, outcome: Outcome, atMicros: number) => void
  /** An fsync has failed, and with it the node's life must end. */
  readonly diskFailed: (process: Process, atMicros: number) => void
  readonly acked: (process: Process, atMicros: number) => void
  /** The process may keep more hints than before. */
  readonly persisted: (process: Process, atMicros: number) => void
}

export class Driver {
  readonly drops = noneUndelivered()
  readonly #clog = new Clog()
  readonly #options: DriverOptions
  readonly #byName = new Map<string, Process>()
  readonly #watcher: Watcher
  /** Of the step under way, of whichever node: none keeps its clocks, or its input. */
  readonly #now = { monoMicros: 0, wallMicros: 0, durablePersists: 0 }
  #heard: { readonly kind: 'message'; message: Message; readonly waitedMicros: 0 } | null = null

  constructor(options: DriverOptions) {
    this.#options = options
    for (const process of options.processes) this.#byName.set(process.options.id, process)
    this.#watcher = new Watcher(options.sink, options.watches)
  }

  get invariants(): Invariants {
    return this.#options.invariants
  }

  get watcher(): Watcher {
    return this.#watcher
  }

  process(node: string): Process {
    const process = this.#byName.get(node)
    assert(process !== undefined, `no process ${node}`)
    return process
  }

  boot(process: Process, nowMicros: number): void {
    const { invariants, log } = this.#options
    const effects = process.boot((restart) => {
      invariants.restarted(process.index, restart)
      log.damage(nowMicros, process.options.id, restart.damage)
    })
    this.#carryOut(process, effects, nowMicros)
    if (process.disk.isFull) this.space(process, nowMicros)
  }

  /** The node hears whether its disk is full, or when it starts. */
  space(process: Process, nowMicros: number): void {
    this.#inside(process, { kind: 'disk_space', isFull: process.disk.isFull }, nowMicros)
  }

  /** Power is lost: whatever was scheduled for this life does not happen. */
  crash(process: Process, nowMicros: number): void {
    const { queue, log } = this.#options
    if (process.waking !== null) queue.cancel(process.waking)
    if (process.diskEvent !== null) queue.cancel(process.diskEvent)
    for (const timer of process.timers.values()) queue.cancel(timer)
    process.timers.clear()
    process.waking = null
    process.diskEvent = null
    this.#options.invariants.crashed(process.index)
    process.kill()
    log.write(nowMicros, 'node_crashed', process.options.id, 'loses what it had not synced')
  }

  /**
   * A message gets to its node; returns what the trace should know of it. `code`: of its kind,
   * told and not looked up, for where a message may be of any shape that is slow.
   */
  deliver(target: number, message: Message, code: number, nowMicros: number): number {
    const { network, meter, processes } = this.#options
    const process = processes[target] as Process
    const totals = meter.messages[code]
    assert(totals !== undefined, 'every kind has its totals')
    if (!network.whole && !network.deliverable(this.process(message.from).index, target)) {
      totals.cut++
      meter.lost()
      this.#watcher.fate(message, process.options.id, 'cut', nowMicros)
    } else if (process.node === null) {
      this.drops.down++
      this.#watcher.fate(message, process.options.id, 'down', nowMicros)
    } else {
      totals.delivered++
      this.#hear(process, message, nowMicros)
    }
    return markOf(message, code)
  }

  /** What became of flipped bits; returns what the trace should know of it. */
  deliverCorrupted(target: number, corrupted: Corrupted, nowMicros: number): number {
    const { network, meter, log, processes, partitions } = this.#options
    const code = codeOf(corrupted.message.kind)
    const to = (processes[target] as Process).options.id
    const from = this.process(corrupted.message.from).index
    if (!network.whole && !network.deliverable(from, target)) {
      meter.messages[code]!.cut++
      meter.lost()
      this.#watcher.fate(corrupted.message, to, 'cut', nowMicros)
      return code
    }
    const judgement = judge(corrupted, partitions)
    if (judgement.kind === 'passed' && this.#byName.has(judgement.message.from)) {
      if (judgement.changed) {
        this.drops.corrupted_unnoticed++
        log.write(nowMicros, 'corruption_unnoticed', to, `believes ${judgement.message.kind}`)
      }
      const { message } = judgement
      return this.deliver(target, message, codeOf(message.kind), nowMicros)
    }
    this.drops.corrupted++
    if (judgement.kind === 'refused' && judgement.readable) this.drops.corrupted_readable++
    this.#watcher.fate(corrupted.message, to, 'corrupted', nowMicros)
    return code
  }

  /** A link may be open again: what waits for it goes on, in the order in which it was sent. */
  unclog(nowMicros: number): void {
    const earliest = new Map<string, number>()
    for (const { from, to, message } of this.#clog.release()) {
      const link = `${String(from)}/${String(to)}`
      const earliestMicros = earliest.get(link) ?? 0
      const code = codeOf(message.kind)
      const bytes = messageBytes(message)
      const atMicros = this.#transmit(from, to, message, code, bytes, nowMicros, earliestMicros)
      if (atMicros >= 0) earliest.set(link, atMicros)
    }
  }

  /** An input for a live process: served now, or when those before it have been. */
  arrive(process: Process, input: Input, nowMicros: number): void {
    if (process.paused || nowMicros < process.busyUntilMicros || process.waiting > 0) {
      if (!process.enqueue({ input, atMicros: nowMicros })) this.drops.overflow++
      else this.#wakeLater(process, nowMicros)
      return
    }
    this.#serve(process, input, nowMicros)
  }

  /** As `arrive`, without an input of its own for a message that is served at once. */
  #hear(process: Process, message: Message, nowMicros: number): void {
    if (process.paused || nowMicros < process.busyUntilMicros || process.waiting > 0) {
      this.arrive(process, { kind: 'message', message, waitedMicros: 0 }, nowMicros)
      return
    }
    const heard = (this.#heard ??= { kind: 'message', message, waitedMicros: 0 })
    heard.message = message
    this.#serve(process, heard, nowMicros)
  }

  serve(target: number, nowMicros: number): void {
    const process = this.#options.processes[target] as Process
    process.waking = null
    if (process.paused) return
    const arrival = process.dequeue()
    if (arrival === null) return
    this.#serve(process, waited(arrival.input, nowMicros - arrival.atMicros), nowMicros)
    if (process.waiting > 0) this.#wakeLater(process, nowMicros)
  }

  resume(process: Process, nowMicros: number): void {
    this.#options.invariants.resumed(process.index)
    process.paused = false
    if (process.diskWaits) {
      process.diskWaits = false
      const { queue } = this.#options
      process.diskEvent = queue.schedule(nowMicros, kindOf.disk, process.index, null)
    }
    if (process.waiting > 0) this.#wakeLater(process, nowMicros)
  }

  #wakeLater(process: Process, nowMicros: number): void {
    if (process.waking !== null || process.paused) return
    const atMicros = Math.max(nowMicros, process.busyUntilMicros)
    process.waking = this.#options.queue.schedule(atMicros, kindOf.serve, process.index, null)
  }

  #serve(process: Process, input: Input, nowMicros: number): void {
    const { node } = process
    if (node === null) return
    const costMicros = this.#options.cpuPerMessageMicros * process.slowness
    const doneMicros = nowMicros + Math.round(costMicros)
    process.busyUntilMicros = doneMicros
    this.#carryOut(process, node.step(process.at(nowMicros, this.#now), input), doneMicros)
  }

  timer(target: number, timer: number, nowMicros: number): void {
    const process = this.#options.processes[target] as Process
    process.timers.delete(timer)
    const input: Input = { kind: 'timer', timer }
    // Timers cost no service time, but a stopped process does not notice them.
    if (process.paused) process.enqueue({ input, atMicros: nowMicros })
    else if (process.node !== null) {
      this.#carryOut(process, process.node.step(process.at(nowMicros, this.#now), input), nowMicros)
    }
  }

  disk(target: number, nowMicros: number): void {
    const process = this.#options.processes[target] as Process
    if (process.paused) {
      // The disk is done, but nobody is there to hear it: an acknowledgement waits for the pause to
      // end.
      process.diskEvent = null
      process.diskWaits = true
      return
    }
    const { released, nextCompletionMicros, hasFailed } = process.disk.complete(nowMicros)
    process.diskEvent = null
    if (hasFailed) return this.#options.diskFailed(process, nowMicros)
    process.diskEvent =
      nextCompletionMicros === idle
        ? null
        : this.#options.queue.schedule(nextCompletionMicros, kindOf.disk, target, null)
    for (const effects of released) {
      process.durablePersists++
      this.#options.invariants.durable(target)
      this.#carryOut(process, effects, nowMicros)
    }
  }

  #carryOut(process: Process, effects: readonly Effect[], nowMicros: number): void {
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i] as Effect
      switch (effect.kind) {
        case 'send':
          this.#send(process, effect.to, effect.message, nowMicros)
          break
        case 'persist':
          this.#persist(process, effect, nowMicros)
          break
        case 'arm':
          this.#arm(process, effect.timer, effect.atMicros, nowMicros)
          break
        case 'disarm': {
          const armed = process.timers.get(effect.timer)
          if (armed === null) break
          this.#options.queue.cancel(armed)
          process.timers.delete(effect.timer)
          break
        }
        case 'reply':
          this.#options.invariants.replied(process.index, effect.request, effect.outcome)
          this.#options.replied(process, effect.request, effect.outcome, nowMicros)
          break
        case 'resume':
          this.#inside(process, { kind: 'resume', request: effect.request }, nowMicros)
          break
        case 'note':
          this.#options.log.note(nowMicros, process.options.id, effect.note)
          this.#options.invariants.noted(process.index, effect.note)
          break
        default:
          never(effect)
      }
    }
  }

  /** What comes from the node itself neither waits nor costs. */
  #inside(process: Process, input: Input, nowMicros: number): void {
    if (process.node === null) return
    this.#carryOut(process, process.node.step(process.at(nowMicros, this.#now), input), nowMicros)
  }

  #persist(process: Process, effect: PersistEffect, nowMicros: number): void {
    const { records } = effect
    this.#options.invariants.persisted(process.index, records)
    this.#options.stored(records)
    this.#options.persisted(process, nowMicros)
    const completesMicros = process.disk.append(records, effect.then, nowMicros)
    if (completesMicros === idle) return
    const { queue } = this.#options
    process.diskEvent = queue.schedule(completesMicros, kindOf.disk, process.index, null)
  }

  #arm(process: Process, timer: number, atMonoMicros: number, nowMicros: number): void {
    const { queue } = this.#options
    const armed = process.timers.get(timer)
    if (armed !== null) queue.cancel(armed)
    const atMicros = Math.max(nowMicros, process.clock.simAtMono(atMonoMicros))
    process.timers.set(timer, queue.schedule(atMicros, kindOf.timer, process.index, timer))
  }

  #send(process: Process, to: NodeId, message: Message, nowMicros: number): void {
    if (to === process.options.id) {
      this.#inside(process, { kind: 'message', message, waitedMicros: 0 }, nowMicros)
      return
    }
    const { meter, invariants } = this.#options
    const target = this.process(to)
    invariants.sent(process.index, target.index, message)
    const code = codeOf(message.kind)
    const bytes = messageBytes(message)
    const totals = meter.messages[code]
    assert(totals !== undefined, 'every kind has its totals')
    totals.sent++
    totals.bytes += bytes
    meter.sent()
    this.#transmit(process.index, target.index, message, code, bytes, nowMicros, 0)
    if (code === codeOfAck) {
      process.acked++
      this.#options.acked(process, nowMicros)
    }
  }

  /** Not before `earliestMicros`; returns the network's answer. */
  #transmit(
    from: number,
    to: number,
    message: Message,
    code: number,
    bytes: number,
    nowMicros: number,
    earliestMicros: number,
  ): number {
    const { network, meter, queue, processes } = this.#options
    const messageClass = classOfKind[code] as number
    const sent = network.send(from, to, messageClass, bytes, nowMicros)
    const copyMicros = network.duplicateAtMicros
    const noise = network.corrupted
    if (sent === clogged && this.#clog.hold({ from, to, message })) return clogged
    const answer = sent === clogged ? lost : sent
    const atMicros = answer >= 0 ? Math.max(answer, earliestMicros) : answer
    this.#watcher.sent(message, (processes[to] as Process).options.id, nowMicros, atMicros)
    this.#options.probes?.sent(from, to, message, nowMicros, atMicros)
    const totals = meter.messages[code] as MessageTotals
    const sender = processes[from] as Process
    const lastMicros = copyMicros > atMicros ? copyMicros : atMicros
    if (lastMicros > sender.reachesUntilMicros) sender.reachesUntilMicros = lastMicros
    if (atMicros >= 0) {
      if (noise === null) queue.schedule(atMicros, kindOf.deliver, to, message, code)
      else queue.schedule(atMicros, kindOf.deliver_corrupted, to, corrupt(message, noise))
    } else {
      meter.lost()
      if (atMicros === lost) totals.lost++
      else if (atMicros === cut) totals.cut++
    }
    if (copyMicros >= 0) {
      totals.duplicated++
      queue.schedule(copyMicros, kindOf.deliver, to, message, code)
    }
    return atMicros
  }
}
