/** All clients of a run: starts their operations, follows each to its end, writes the history. */
import type { ClientRequest, Micros, Outcome, QuorumOptions, Sibling } from '../core/index.js'
import type { OperationKind, Scenario, ScriptedOperation } from '../scenarios/model.js'
import type { Workload } from '../scenarios/workload.js'
import { clientIndex } from '../scenarios/script.js'
import { seedOf } from '../scenarios/seed.js'
import { createWorkload, tagOf } from '../scenarios/workload.js'
import type { Call } from './client.js'
import {
  Client,
  KeyNumbers,
  appendTo,
  askedAgain,
  disappointing,
  nodeBudget,
  quorumOf,
  worthRetrying,
} from './client.js'
import type { Meter } from './meter.js'
import type { Operation, Recorder } from './record.js'
import { forkStream } from './random.js'
import type { RandomStream } from './random.js'
import type { Sampler } from '../scenarios/sample.js'
import { compileLatency } from '../scenarios/sample.js'
import { Script } from './script.js'

/** What the clients need of the world. */
export interface Stage {
  readonly scenario: Scenario
  readonly recorder: Recorder
  readonly meter: Meter
  nowMicros(): number
  /** Numbers count requests over all clients, from 1. */
  nextRequest(): number
  wake(client: Client, atMicros: number): void
  arrive(atMicros: number): void
  /** Sends the call's request to its node, and arms its timeout if it has none. */
  submit(call: Call): void
  forget(call: Call): void
  nodeName(index: number): string
  /** Hears of each operation as a script would say it; null: nobody wants to know. */
  readonly began: ((operation: ScriptedOperation) => void) | null
  /** A probing client's read has succeeded. */
  saw(key: string, seen: boolean): void
}

const maxAttempts = 3

export class Crowd {
  readonly clients: readonly Client[]
  readonly #stage: Stage
  readonly #workload: Workload
  readonly #think: Sampler
  readonly #arrivals: RandomStream
  readonly #freeProcesses: number[] = []
  readonly #openLoop: boolean
  /** null: what is asked is drawn. */
  readonly #script: Script | null
  readonly #quorum: QuorumOptions
  readonly #budgetMicros: Micros
  readonly #probing: Probing | null
  readonly #keys: KeyNumbers
  /** Nothing is asked from then on. */
  readonly #endMicros: Micros
  #nextProcess: number
  #nextArrival = 0
  #open = 0

  constructor(stage: Stage) {
    const { workload, cluster } = stage.scenario
    const { operations } = workload
    const seed = seedOf(stage.scenario, 'clients')
    this.#stage = stage
    this.#endMicros = workload.forMicros ?? stage.scenario.durationMicros
    this.#script = operations === null ? null : new Script(operations)
    this.#workload = createWorkload(workload)
    this.#keys = new KeyNumbers(workload.keyCount)
    this.#think = compileLatency(workload.think)
    this.#openLoop = operations === null ? workload.perSecond !== null : !workload.inTurn
    this.#arrivals = forkStream(seed, 'arrivals')
    this.#quorum = quorumOf(workload)
    this.#budgetMicros = nodeBudget(workload.timeoutMicros)
    this.#probing = probingOf(stage.scenario)
    this.#nextProcess = workload.clients
    const memory = { contexts: workload.contexts === 'session', minimum: workload.sessionMinimum }
    const keys = this.#keys
    this.clients = Array.from({ length: workload.clients }, (_, index) => {
      return new Client(index, cluster.nodes.length, seed, memory, keys)
    })
  }

  /** Operations not answered yet. */
  get open(): number {
    return this.#open
  }

  start(): void {
    if (this.#openLoop) this.#scheduleArrival()
    else {
      // Spread over the first think time, so that the clients do not march in step.
      for (const client of this.clients) this.#wakeNext(client)
    }
  }

  /** A closed-loop client has thought enough. */
  awake(client: Client): void {
    if (this.#stage.nowMicros() >= this.#endMicros) return
    this.#begin(client, client.process)
  }

  /** An open-loop request is due. */
  arrival(): void {
    const scripted = this.#script?.next ?? null
    const index = scripted === null ? this.#nextArrival++ : clientIndex(scripted.client)
    const client = this.clients[index % this.clients.length] as Client
    this.#script?.skip()
    this.#scheduleArrival()
    this.#begin(client, this.#freeProcesses.pop() ?? this.#nextProcess++)
  }

  #scheduleArrival(): void {
    const nowMicros = this.#stage.nowMicros()
    const atMicros =
      this.#script === null
        ? this.#workload.nextArrivalMicros(nowMicros, this.#arrivals)
        : (this.#script.next?.atMicros ?? Infinity)
    if (atMicros < this.#endMicros) this.#stage.arrive(atMicros)
  }

  /** After the think time, or when the script says. */
  #wakeNext(client: Client): void {
    const nowMicros = this.#stage.nowMicros()
    if (this.#script === null) {
      this.#stage.wake(client, nowMicros + this.#think(client.thinkStream))
      return
    }
    const next = this.#script.nextOf(client.index)
    if (next !== null) this.#stage.wake(client, Math.max(nowMicros, next.atMicros))
  }

  /** Whether this key's operations are in the history. */
  records(key: string): boolean {
    return this.#probing === null || Number(key.slice(1)) <= this.#probing.recorded
  }

  #begin(client: Client, process: number): void {
    if (this.#probing !== null) {
      this.#probe(client, process, this.#probing.via)
      return
    }
    const scripted = this.#script?.take(client.index) ?? null
    if (scripted !== null && scripted.node !== null) client.home = this.#nodeIndex(scripted.node)
    const kind = scripted?.kind ?? this.#workload.chooseOperation(client.operationStream)
    const index = scripted === null ? this.#workload.chooseKey(client.keyStream, kind) : 0
    const key = scripted?.key ?? this.#workload.keyName(index)
    const number = scripted === null ? this.#keys.at(index, key) : this.#keys.of(key)
    const { began } = this.#stage
    if (began !== null) {
      const node = this.#stage.nodeName(client.home)
      began({ atMicros: this.#stage.nowMicros(), client: client.id, kind, key, node })
    }
    this.#open++
    if (kind === 'append') this.#read(client, process, key, number, true)
    else if (kind === 'get') this.#read(client, process, key, number, false)
    else this.#write(client, process, key, number, kind, null)
  }

  #nodeIndex(id: string): number {
    return this.#stage.scenario.cluster.nodes.findIndex((node) => node.id === id)
  }

  /** Each client has a key to itself, so the latest write is its own. */
  #probe(client: Client, process: number, via: readonly number[]): void {
    client.home = via[client.probeStream.integer(via.length)] as number
    const key = `k${String(client.index + 1)}`
    this.#open++
    const number = this.#keys.of(key)
    if (client.written === null) this.#write(client, process, key, number, 'put', null)
    else this.#read(client, process, key, number, false)
  }

  #read(client: Client, process: number, key: string, number: number, thenAppend: boolean): void {
    const opId = client.nextOperation()
    const operation = this.#operation(client, process, key, number, 'read', opId, null, null)
    const request: ClientRequest = {
      kind: 'get',
      request: this.#stage.nextRequest(),
      opId,
      bucket: operation.bucket,
      key,
      quorum: this.#quorum,
      timeoutMicros: this.#budgetMicros,
      minimum: client.minimum(number),
    }
    this.#submit(client, operation, request, thenAppend)
  }

  #write(
    client: Client,
    process: number,
    key: string,
    number: number,
    kind: OperationKind,
    cart: readonly Sibling[] | null,
  ): void {
    // The operation's id is its tag, too: unique, and short.
    const opId = client.nextOperation()
    const f = kind === 'delete' ? 'delete' : kind === 'append' ? 'append' : 'write'
    const value = kind === 'delete' ? null : cart === null ? opId : appendTo(cart, opId)
    const context = client.context(number)
    const operation = this.#operation(client, process, key, number, f, opId, value, context)
    const request: ClientRequest = {
      kind: 'put',
      request: this.#stage.nextRequest(),
      opId,
      bucket: operation.bucket,
      key,
      quorum: this.#quorum,
      timeoutMicros: this.#budgetMicros,
      value: value === null ? null : this.#workload.pad(value),
      context,
    }
    this.#submit(client, operation, request, false)
  }

  #operation(
    client: Client,
    process: number,
    key: string,
    keyNumber: number,
    f: Operation['f'],
    opId: string,
    value: string | null,
    context: Operation['context'],
  ): Operation {
    return {
      process,
      session: client.id,
      f,
      bucket: this.#stage.scenario.workload.bucket,
      key,
      keyNumber,
      opId,
      value,
      context,
      invokedMicros: this.#stage.nowMicros(),
    }
  }

  #submit(client: Client, operation: Operation, request: ClientRequest, thenAppend: boolean): void {
    const call: Call = {
      client,
      operation,
      request,
      waitingFor: 0,
      node: client.home,
      attempts: 1,
      timeout: null,
      deadlineMicros: operation.invokedMicros + this.#stage.scenario.workload.timeoutMicros,
      thenAppend,
    }
    this.#stage.recorder.invoke(
      operation,
      this.#stage.nodeName(call.node),
      this.records(operation.key),
    )
    this.#stage.submit(call)
  }

  /** An answer has come, or the client's own timeout has. */
  answered(call: Call, outcome: Outcome): void {
    const stage = this.#stage
    const { workload, cluster } = stage.scenario
    const nowMicros = stage.nowMicros()
    const { client, operation } = call
    if (workload.failover && worthRetrying(outcome) && call.attempts < maxAttempts) {
      call.attempts++
      call.node = client.nodeAfter(call.node, cluster.nodes.length)
      client.home = call.node
      const left = nodeBudget(call.deadlineMicros - nowMicros)
      if (left > 0) {
        call.request = askedAgain(call.request, stage.nextRequest(), left)
        stage.submit(call)
        return
      }
    }
    stage.forget(call)
    const isRead = operation.f === 'read'
    const type =
      outcome.kind === 'ok' ? 'ok' : outcome.kind === 'rejected' || isRead ? 'fail' : 'info'
    const recorded = this.records(operation.key)
    stage.recorder.complete(operation, stage.nodeName(call.node), outcome, nowMicros, recorded)
    stage.meter.operation(isRead, type, nowMicros - operation.invokedMicros)
    if (outcome.kind === 'ok') {
      stage.meter.siblings(outcome.f === 'put' ? outcome.siblings : outcome.values.length)
    }
    const { request } = call
    client.remember(operation.keyNumber, outcome, request.kind === 'get' ? request.minimum : null)
    if (workload.failover && disappointing(outcome) && client.home === call.node) {
      client.home = client.nodeAfter(call.node, cluster.nodes.length)
    }
    this.#next(call, outcome, type)
  }

  #next(call: Call, outcome: Outcome, type: 'ok' | 'fail' | 'info'): void {
    const { client, operation } = call
    // A process whose operation never returned is never used again (Jepsen's rule).
    const process = type === 'info' ? this.#nextProcess++ : operation.process
    if (!this.#openLoop) client.process = process
    if (call.thenAppend && outcome.kind === 'ok' && outcome.f === 'get') {
      this.#write(client, process, operation.key, operation.keyNumber, 'append', outcome.values)
      return
    }
    this.#open--
    if (this.#openLoop) {
      if (type !== 'info') this.#freeProcesses.push(process)
    } else if (this.#probing === null) this.#wakeNext(client)
    else this.#nextProbe(client, operation, outcome, this.#probing)
  }

  #nextProbe(client: Client, { key, opId }: Operation, outcome: Outcome, probing: Probing): void {
    const stage = this.#stage
    if (client.written === null) {
      if (outcome.kind === 'ok') client.written = opId
      if (outcome.kind !== 'ok') this.#wakeNext(client)
      else stage.wake(client, stage.nowMicros() + probing.after(client.probeStream))
      return
    }
    if (outcome.kind === 'ok' && outcome.f === 'get') {
      const written = client.written
      stage.saw(
        key,
        outcome.values.some(({ value }) => value !== null && tagOf(value) === written),
      )
    }
    client.written = null
    this.#wakeNext(client)
  }
}

interface Probing {
  readonly after: Sampler
  /** Numbers of nodes. */
  readonly via: readonly number[]
  readonly recorded: number
}

function probingOf({ workload: { probe }, cluster }: Scenario): Probing | null {
  if (probe === null) return null
  const numbers = new Map(cluster.nodes.map(({ id }, index) => [id, index]))
  const via = probe.via.map((id) => numbers.get(id) ?? 0)
  return { after: compileLatency(probe.after), via, recorded: probe.recorded }
}
