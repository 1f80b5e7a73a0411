/**
 * The simulated world: one event after the other, in an order that the scenario and the seed alone
 * decide.
 *
 * `advance` runs a number of events and returns, so that its caller can show progress and stop;
 * nothing here waits, reads a clock, or draws from anything but the run's own streams.
 */
import type { Input, Message, Outcome, Plant } from '../core/index.js'
import { assert, never } from '../core/index.js'
import { Pending } from '../core/pending.js'
import type { Placement } from '../core/ring/preference.js'
import type { Scenario, ScriptedOperation } from '../scenarios/model.js'
import { seedOf } from '../scenarios/seed.js'
import type { Call, Client, Reply } from './client.js'
import { timedOut, unreachable } from './client.js'
import { Crowd, type Stage } from './crowd.js'
import { Divergence } from './divergence.js'
import type { Step } from './drama.js'
import { Drama } from './drama.js'
import { Driver } from './driver.js'
import type { Drops } from './drop.js'
import { dropsOf } from './drop.js'
import { EventLog } from './eventlog.js'
import { Guard } from './invariant/guard.js'
import { kindOf } from './kind.js'
import { loadOf } from './load.js'
import { Meter } from './meter.js'
import { Network } from './network.js'
import type { Corrupted } from './network/corrupt.js'
import { buildCluster } from './cluster.js'
import { Probes } from './probe.js'
import type { Process } from './process.js'
import type { SimEvent } from './queue.js'
import { EventQueue } from './queue.js'
import { Recorder } from './record.js'
import type { Sink, Watch } from './sink.js'
import { Trace } from './trace.js'

export interface WorldOptions {
  readonly scenario: Scenario
  readonly sink: Sink
  readonly watches?: readonly Watch[]
  /** A planted bug that every node of the run has. */
  readonly plant?: Plant | null
  /** On unless their cost is what is measured. */
  readonly invariants?: boolean
  /** Hears of every operation as it begins, as a script would say it. */
  readonly began?: (operation: ScriptedOperation) => void
}

/** What a run comes to; the facts of run.json that the simulator knows. */
export interface WorldReport {
  readonly events: number
  readonly simulatedMicros: number
  readonly traceHash: string
  readonly checkpoints: readonly string[]
  readonly healedAtMicros: number | null
  readonly convergedAtMicros: number | null
}

/** Between two rows of metrics.csv. */
const shortestTickMicros = 100_000
const mostTicks = 600

export class World {
  readonly scenario: Scenario
  readonly plant: Plant | null
  readonly placement: Placement
  readonly processes: readonly Process[]
  readonly recorder: Recorder
  readonly meter: Meter
  readonly divergence: Divergence
  readonly drama: Drama
  /** null: the clients do not probe. */
  readonly probes: Probes | null
  readonly trace = new Trace()
  readonly guard: Guard
  readonly #queue = new EventQueue()
  readonly #network: Network
  readonly #crowd: Crowd
  readonly #driver: Driver
  readonly #log: EventLog
  readonly #sink: Sink
  readonly #tickMicros: number
  #nowMicros = 0
  #events = 0
  #nextRequest = 1
  readonly #calls = new Pending<Call>()
  #healedAtMicros: number | null = null
  #convergedAtMicros: number | null = null
  #ended = false

  constructor(options: WorldOptions) {
    const { scenario, sink, watches = [], plant = null, invariants = true } = options
    this.scenario = scenario
    this.plant = plant
    this.#sink = sink
    const cluster = buildCluster(scenario, plant)
    this.placement = cluster.placement
    this.processes = cluster.processes
    const times = { nowMicros: () => this.#nowMicros, healedAtMicros: () => this.#healedAtMicros }
    this.guard = new Guard(this.processes, times, invariants)
    this.recorder = new Recorder(sink)
    this.meter = new Meter(sink)
    this.probes = Probes.of(scenario)
    this.#log = new EventLog(sink)
    this.#crowd = new Crowd(this.#stage(options))
    const clients = this.#crowd.clients.map((client) => client.id)
    const nodes = scenario.cluster.nodes.map((node) => node.id)
    const seed = seedOf(scenario, 'network')
    const zones = scenario.cluster.nodes.map((node) => node.zone)
    this.#network = new Network({ model: scenario.network, nodes, clients, seed, zones })
    this.guard.watch(this.#network)
    this.#driver = new Driver({
      queue: this.#queue,
      network: this.#network,
      processes: this.processes,
      meter: this.meter,
      log: this.#log,
      invariants: this.guard.invariants,
      sink,
      watches,
      probes: this.probes,
      cpuPerMessageMicros: scenario.cpuPerMessageMicros,
      partitions: scenario.cluster.partitions,
      stored: (records) => this.divergence.stored(records),
      replied: (process, request, outcome, atMicros) =>
        this.#replied(process, request, outcome, atMicros),
      diskFailed: (process, atMicros) => this.drama.diskFailed(process, atMicros),
      acked: (process, atMicros) => this.drama.acked(process, atMicros),
      persisted: (process, atMicros) => this.drama.persisted(process, atMicros),
    })
    this.divergence = new Divergence(cluster.placement.ring.owners, this.#driver)
    this.drama = new Drama({
      scenario,
      queue: this.#queue,
      network: this.#network,
      processes: this.processes,
      names: [...nodes, ...clients],
      driver: this.#driver,
      log: this.#log,
      divergence: this.divergence,
    })
    const ticks = (scenario.durationMicros + scenario.settleMicros) / mostTicks
    this.#tickMicros = Math.max(shortestTickMicros, Math.ceil(ticks / 100_000) * 100_000)
    this.guard.run(() => this.#open())
  }

  get ended(): boolean {
    return this.#ended || this.guard.violation !== null
  }

  get nowMicros(): number {
    return this.#nowMicros
  }

  get events(): number {
    return this.#events
  }

  get report(): WorldReport {
    return {
      events: this.#events,
      simulatedMicros: this.#nowMicros,
      traceHash: this.trace.digest,
      checkpoints: this.trace.checkpoints,
      healedAtMicros: this.#healedAtMicros,
      convergedAtMicros: this.#convergedAtMicros,
    }
  }

  /** Messages and inputs that came to nothing, by reason. */
  get drops(): Drops {
    return dropsOf(this.processes, this.#driver.drops)
  }

  /** Runs up to so many events; false once the run has ended. */
  advance(budget: number, observe: ((event: SimEvent) => boolean) | null = null): boolean {
    const isOver = this.ended
    const goesOn = this.guard.run(() => this.#advance(budget, observe))
    // The event that broke an invariant was one, too.
    if (!isOver && this.guard.violation !== null) this.#sink.trace(this.trace.fingerprint & 0xffff)
    return goesOn
  }

  #advance(budget: number, observe: ((event: SimEvent) => boolean) | null): boolean {
    for (let left = budget; left > 0 && !this.#ended; left--) {
      const event = this.#queue.pop()
      assert(event !== null, 'the world never runs out of events before it ends')
      this.#nowMicros = event.atMicros
      this.#events++
      this.guard.before(event)
      this.trace.mixEvent(event.atMicros, event.kind, event.target)
      this.#dispatch(event)
      this.#sink.trace(this.trace.fingerprint & 0xffff)
      if (observe !== null && !observe(event)) return false
    }
    return !this.#ended
  }

  #open(): true {
    this.guard.invariants.opened()
    for (const process of this.processes) this.#driver.boot(process, 0)
    this.drama.open()
    this.#crowd.start()
    this.#queue.schedule(this.#tickMicros, kindOf.tick, 0, null)
    this.#queue.schedule(this.scenario.durationMicros, kindOf.heal, 0, null)
    return true
  }

  #dispatch(event: SimEvent): void {
    const { target } = event
    switch (event.kind) {
      case kindOf.deliver: {
        const message = event.payload as Message
        this.trace.mix(this.#driver.deliver(target, message, event.note, this.#nowMicros))
        return
      }
      case kindOf.deliver_corrupted: {
        const corrupted = event.payload as Corrupted
        this.trace.mix(this.#driver.deliverCorrupted(target, corrupted, this.#nowMicros))
        return
      }
      case kindOf.serve:
        this.#driver.serve(target, this.#nowMicros)
        return
      case kindOf.timer:
        this.#driver.timer(target, event.payload as number, this.#nowMicros)
        return
      case kindOf.disk:
        this.#driver.disk(target, this.#nowMicros)
        return
      case kindOf.client_wake:
        this.#crowd.awake(this.#crowd.clients[target] as Client)
        return
      case kindOf.client_arrival:
        this.#crowd.arrival()
        return
      case kindOf.client_request:
        this.#request(target, event.payload as Call)
        return
      case kindOf.client_reply: {
        const { call, request, outcome } = event.payload as Reply
        // An answer to an attempt that was given up, or to an operation that has timed out, is not
        // heard.
        if (call.waitingFor === request) this.#answered(call, outcome)
        return
      }
      case kindOf.client_timeout:
        this.#timedOut(event.payload as Call)
        return
      case kindOf.fault_start:
        this.drama.start(target, this.#nowMicros)
        return
      case kindOf.fault_step:
        this.drama.step(event.payload as Step, this.#nowMicros)
        return
      case kindOf.fault_end:
        this.drama.end(target, this.#nowMicros)
        return
      case kindOf.tick:
        this.#tick()
        return
      case kindOf.heal:
        this.#heal()
        return
      default:
        never(event.kind as never)
    }
  }

  // --- clients

  #stage(options: WorldOptions): Stage {
    return {
      began: options.began ?? null,
      scenario: this.scenario,
      recorder: this.recorder,
      meter: this.meter,
      nowMicros: () => this.#nowMicros,
      nextRequest: () => this.#nextRequest++,
      wake: (client: Client, atMicros: number) => {
        this.#queue.schedule(atMicros, kindOf.client_wake, client.index, null)
      },
      arrive: (atMicros: number) => {
        this.#queue.schedule(atMicros, kindOf.client_arrival, 0, null)
      },
      submit: (call: Call) => this.#submit(call),
      forget: (call: Call) => this.#forget(call),
      nodeName: (index: number) => this.#nodeName(index),
      saw: (key: string, seen: boolean) => this.probes?.saw(key, seen),
    }
  }

  #nodeName(index: number): string {
    return this.scenario.cluster.nodes[index]?.id ?? ''
  }

  #submit(call: Call): void {
    const { request } = call.request
    call.waitingFor = request
    this.#calls.set(request, call)
    this.guard.invariants.submitted(call.request)
    call.timeout ??= this.#queue.schedule(
      call.deadlineMicros,
      kindOf.client_timeout,
      call.client.index,
      call,
    )
    const from = this.processes.length + call.client.index
    const atMicros = this.#network.send(from, call.node, 0, 0, this.#nowMicros)
    this.#driver.watcher.request(call, this.#nodeName(call.node), this.#nowMicros, atMicros)
    if (atMicros >= 0) this.#queue.schedule(atMicros, kindOf.client_request, call.node, call)
  }

  #request(target: number, call: Call): void {
    const process = this.processes[target] as Process
    const from = this.processes.length + call.client.index
    if (!this.#network.deliverable(from, target)) return
    const { request } = call.request
    if (process.node === null) {
      // Nobody listens there: the client's connection is refused, so nothing has happened.
      this.#reply(process, call, request, unreachable, this.#nowMicros)
      return
    }
    const input: Input = { kind: 'client', operation: call.request, waitedMicros: 0 }
    this.#driver.arrive(process, input, this.#nowMicros)
  }

  #replied(process: Process, request: number, outcome: Outcome, atMicros: number): void {
    const call = this.#calls.get(request)
    if (call !== null) this.#reply(process, call, request, outcome, atMicros)
  }

  #reply(process: Process, call: Call, request: number, outcome: Outcome, atMicros: number): void {
    this.#calls.delete(request)
    const to = this.processes.length + call.client.index
    const arrivesMicros = this.#network.send(process.index, to, 0, 0, atMicros)
    this.#driver.watcher.reply(call, process, outcome, arrivesMicros, atMicros)
    if (arrivesMicros < 0) return
    const reply: Reply = { call, request, outcome }
    this.#queue.schedule(arrivesMicros, kindOf.client_reply, call.client.index, reply)
  }

  #answered(call: Call, outcome: Outcome): void {
    this.trace.mixOutcome(outcome)
    this.#crowd.answered(call, outcome)
    const { ok, fail, info } = this.recorder.counts
    this.drama.answered(ok + fail + info, this.#nowMicros)
  }

  #timedOut(call: Call): void {
    call.timeout = null
    this.#answered(call, timedOut(call))
  }

  #forget(call: Call): void {
    this.#calls.delete(call.waitingFor)
    this.guard.invariants.forgotten(call.waitingFor)
    // From here on no answer's number matches.
    call.waitingFor = 0
    if (call.timeout !== null) this.#queue.cancel(call.timeout)
    call.timeout = null
  }

  #tick(): void {
    this.guard.tick()
    const divergentKeys = this.divergence.sweep(this.#nowMicros)
    const load = loadOf(this.processes)
    const { hints, requestsOpen } = load
    this.meter.tick(this.#nowMicros, { divergentKeys, ...load })
    const quiet = divergentKeys === 0 && hints === 0 && this.#crowd.open === 0
    const healed = this.#healedAtMicros
    if (healed !== null && divergentKeys === 0) this.#convergedAtMicros ??= this.#nowMicros
    else this.#convergedAtMicros = null
    const out = healed !== null && this.#nowMicros >= healed + this.scenario.settleMicros
    if (healed !== null && (out || (quiet && requestsOpen === 0))) this.#finish()
    else this.#queue.schedule(this.#nowMicros + this.#tickMicros, kindOf.tick, 0, null)
  }

  #heal(): void {
    this.drama.healAll(this.#nowMicros)
    this.#healedAtMicros = this.#nowMicros
    this.#log.write(this.#nowMicros, 'healed', null, 'all faults ended, clients stop')
  }

  #finish(): void {
    this.guard.invariants.ended()
    this.#ended = true
    if (this.#convergedAtMicros !== null) {
      this.#log.write(this.#convergedAtMicros, 'converged', null, 'every replica equal')
    }
    this.divergence.eachFinal((place, key, state) => {
      if (!this.#crowd.records(key.key)) return
      this.recorder.final(this.placement.owners(key.partition)[place]!, key, state, this.#nowMicros)
    })
  }
}
